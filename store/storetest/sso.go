package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var ssoPromises = []promise{
	{"a sign-in that began is answered once, by what it began with", ssoRequestTaken},
	{"an assertion is new once", assertionRemembered},
	{"sessions end that a provider opened under a name", assertedSessionsEnd},
	{"keys of a provider are taken once and end", serviceKeysEnd},
	{"of many that answer one request one does", ssoRequestRaced},
}

// okta inserts a provider.
func okta(t *testing.T, w *world) *domain.IdentityProvider {
	t.Helper()
	p := &domain.IdentityProvider{ID: newID(), Name: "Okta", Prefix: "okta", Version: 1}
	w.write(t, func(tx domain.Tx) error { return tx.InsertProvider(p) })
	return p
}

func ssoRequestTaken(t *testing.T, open Open) {
	w := newWorld(t, open)
	provider := okta(t, w)
	r := domain.SsoRequest{Provider: provider.ID, ID: "_1", RelayState: []byte("relay"), Browser: []byte("browser"), ReturnTo: "/me",
		Secret: []byte("secret"), ExpiresAt: noon.Add(time.Minute)}
	w.write(t, func(tx domain.Tx) error { return tx.InsertSsoRequest(&r) })
	take := func(change func(*domain.SsoRequest), now time.Time) *domain.SsoRequest {
		t.Helper()
		asked := r
		change(&asked)
		var taken *domain.SsoRequest
		w.write(t, func(tx domain.Tx) (err error) {
			taken, err = tx.TakeSsoRequest(&asked, now)
			return err
		})
		return taken
	}
	for name, change := range map[string]func(*domain.SsoRequest){
		"another provider": func(r *domain.SsoRequest) { r.Provider = newID() },
		"another id":       func(r *domain.SsoRequest) { r.ID = "_2" },
		"another relay":    func(r *domain.SsoRequest) { r.RelayState = []byte("x") },
		"another browser":  func(r *domain.SsoRequest) { r.Browser = []byte("x") },
		"no browser":       func(r *domain.SsoRequest) { r.Browser = nil },
	} {
		assert.Nil(t, take(change, noon), name)
	}
	same := func(*domain.SsoRequest) {}
	assert.Nil(t, take(same, noon.Add(time.Minute)), "it has expired")
	assert.Equal(t, &r, take(same, noon))
	assert.Nil(t, take(same, noon), "it was answered")
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertSsoRequest(&r))
		return tx.DeleteProvider(provider.ID)
	})
	assert.Nil(t, take(same, noon), "it goes with its provider")
}

func assertionRemembered(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, try := range []struct {
		issuer, id string
		fresh      bool
	}{{"a", "1", true}, {"a", "1", false}, {"b", "1", true}, {"a", "2", true}, {"a\x001", "", true}} {
		w.write(t, func(tx domain.Tx) error {
			fresh, err := tx.RememberAssertion(try.issuer, try.id, noon)
			assert.Equal(t, try.fresh, fresh, try)
			return err
		})
	}
	w.Scope = w.NewTenant(t, "beta")
	w.write(t, func(tx domain.Tx) error {
		fresh, err := tx.RememberAssertion("a", "1", noon)
		assert.True(t, fresh, "another tenant's are its own")
		return err
	})
}

func assertedSessionsEnd(t *testing.T, open Open) {
	w := newWorld(t, open)
	provider := okta(t, w)
	ann, ben := user("ann"), user("ben")
	w.insert(t, ann, ben)
	ids := map[string]uuid.UUID{}
	w.write(t, func(tx domain.Tx) error {
		for name, made := range map[string]struct {
			person *domain.Person
			by     *domain.AssertedSession
		}{
			"first":    {ann, &domain.AssertedSession{Provider: provider.ID, Name: "Ann", NameFormat: "f", Index: "1", Until: noon.Add(time.Hour)}},
			"second":   {ann, &domain.AssertedSession{Provider: provider.ID, Name: "Ann", Index: "2"}},
			"other":    {ben, &domain.AssertedSession{Provider: provider.ID, Name: "Ben", Index: "1"}},
			"foreign":  {ann, &domain.AssertedSession{Provider: newID(), Name: "Ann", Index: "1"}},
			"password": {ann, nil},
		} {
			s := session(made.person.ID, name)
			s.Asserted, ids[name] = made.by, s.ID
			require.NoError(t, tx.InsertSession(s))
		}
		return nil
	})
	found := func(name string) (s *domain.AssertedSession) {
		t.Helper()
		w.read(t, func(tx domain.Tx) (err error) {
			s, err = tx.FindAssertedSession(ids[name])
			return err
		})
		return s
	}
	end := func(name string, indexes ...string) (people []uuid.UUID) {
		t.Helper()
		w.write(t, func(tx domain.Tx) (err error) {
			people, err = tx.EndAssertedSessions(domain.SsoEnd{Provider: provider.ID, Name: name, Indexes: indexes}, noon, "logout")
			return err
		})
		return people
	}
	assert.Equal(t, &domain.AssertedSession{Provider: provider.ID, Name: "Ann", NameFormat: "f", Index: "1", Until: noon.Add(time.Hour)}, found("first"))
	assert.Nil(t, found("password"))
	assert.Empty(t, end("ann", "1"), "names are compared letter by letter")
	assert.Empty(t, end("Ann", "3"))
	assert.Equal(t, []uuid.UUID{ann.ID}, end("Ann", "1"))
	assert.Nil(t, found("first"))
	assert.NotNil(t, found("second"))
	assert.Equal(t, []uuid.UUID{ann.ID}, end("Ann"))
	assert.Empty(t, end("Ann"))
	assert.NotNil(t, found("other"))
	assert.Empty(t, end("", "2"))
	assert.Equal(t, []uuid.UUID{ben.ID}, end("", "1"), "an index is enough")
	assert.Nil(t, found("other"))
	assert.NotNil(t, found("foreign"))
	_, err := w.FindSession(ctx(), []byte("password"))
	assert.NoError(t, err)
}

func ssoRequestRaced(t *testing.T, open Open) {
	w := newWorld(t, open)
	r := domain.SsoRequest{Provider: okta(t, w).ID, ID: "_1", RelayState: []byte("relay"), Browser: []byte("browser"), ExpiresAt: noon.Add(time.Minute)}
	w.write(t, func(tx domain.Tx) error { return tx.InsertSsoRequest(&r) })
	var taken, fresh atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
				mine, err := tx.TakeSsoRequest(&r, noon)
				if err == nil && mine != nil {
					taken.Add(1)
				}
				return err
			})
			assert.NoError(t, err)
			err = w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
				first, err := tx.RememberAssertion("a", "1", noon)
				if err == nil && first {
					fresh.Add(1)
				}
				return err
			})
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, taken.Load())
	assert.EqualValues(t, 1, fresh.Load())
}

func serviceKeysEnd(t *testing.T, open Open) {
	w := newWorld(t, open)
	provider := okta(t, w)
	insert := func(generation int) (inserted bool) {
		t.Helper()
		w.write(t, func(tx domain.Tx) (err error) {
			inserted, err = tx.InsertServiceKey(&domain.ServiceKey{Provider: provider.ID, Generation: generation, Certificate: []byte{byte(generation)}, Sealed: []byte("s"), CreatedAt: noon, SignsAt: noon})
			return err
		})
		return inserted
	}
	assert.True(t, insert(1))
	assert.False(t, insert(1))
	assert.True(t, insert(2))
	later := noon.Add(time.Hour)
	w.write(t, func(tx domain.Tx) error { return tx.EndServiceKeys(provider.ID, 2, later) })
	w.write(t, func(tx domain.Tx) error { return tx.EndServiceKeys(provider.ID, 2, later.Add(time.Hour)) })
	w.read(t, func(tx domain.Tx) error {
		list, err := tx.ListServiceKeys(provider.ID)
		require.NoError(t, err)
		require.Len(t, list, 2)
		assert.Equal(t, &domain.ServiceKey{Provider: provider.ID, Generation: 1, Certificate: []byte{1}, Sealed: []byte("s"), CreatedAt: noon, SignsAt: noon, EndsAt: later}, list[1])
		assert.True(t, list[0].EndsAt.IsZero())
		none, err := tx.ListServiceKeys(newID())
		assert.Empty(t, none)
		return err
	})
}
