package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

var uniquePromises = []promise{
	{"each key is taken once, however it is written", keysTaken},
	{"absent keys are not taken", absentKeys},
	{"a hidden link frees its key", hiddenKeyFree},
	{"an update can take a key too", updateTaken},
	{"names are equal when their folded forms are", foldedNames},
	{"another tenant's keys are free", foreignKeys},
}

// keyed are the keys: who takes one, and what is said to the second.
var keyed = []struct {
	name      string
	take      func(w *world, key string) *domain.Person
	code      domain.Code
	attribute string
}{
	{"username", func(_ *world, key string) *domain.Person {
		p := person("x")
		p.Access = &domain.UserAccess{Username: key}
		return p
	},
		domain.CodeUsernameTaken, "Username"},
	{"e-mail", func(_ *world, key string) *domain.Person {
		p := user(newID().String())
		p.Emails[0].Address = key
		return p
	}, domain.CodeEmailInUse, "EmailAddresses"},
	{"employee number", func(_ *world, key string) *domain.Person { p := person("x"); p.Employee.Number = key; return p },
		domain.CodeEmployeeNumberInUse, "EmployeeNumber"},
	{"external login", func(_ *world, key string) *domain.Person { p := person("x"); p.ExternalLogin = key; return p },
		domain.CodeExternalLoginInUse, "ExternalLoginUsername"},
}

func keysTaken(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, k := range keyed {
		w.insert(t, k.take(w, "Straße"))
		for _, same := range []string{"Straße", "STRASSE", "straẞe"} {
			err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return insert(tx, k.take(w, same)) })
			refused(t, err, k.code, k.attribute)
		}
		w.insert(t, k.take(w, "Strase"))
	}
	w.insert(t, linked(w, person("a"), "Key"), linked(w, person("b"), "KEY"))
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return insert(tx, linked(w, person("c"), "Key")) })
	refused(t, err, domain.CodeExternalKeyInUse, "ExternalKey")

	g, same := group("Straße"), group("STRASSE")
	w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(g) })
	refused(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.InsertGroup(same) }), domain.CodeGroupNameTaken, "Name")
	same.Name = "other"
	g.Link = &domain.Link{Connection: w.Scope.Connection, ExternalKey: "Key"}
	same.Link = g.Link
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertGroup(same))
		return tx.SaveGroupLink(g)
	})
	refused(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.SaveGroupLink(same) }), domain.CodeExternalKeyInUse, "ExternalKey")
}

func absentKeys(t *testing.T, open Open) {
	w := newWorld(t, open)
	for range 2 {
		p := linked(w, person("x"), "")
		p.Access = &domain.UserAccess{Username: newID().String()}
		w.insert(t, p, person("y"))
	}
}

func hiddenKeyFree(t *testing.T, open Open) {
	w := newWorld(t, open)
	for range 3 { // all hidden at the same moment
		p := linked(w, person("x"), "Key")
		w.insert(t, p)
		p.Link.HiddenAt = noon
		w.write(t, func(tx domain.Tx) error { return tx.SaveLink(p) })
	}
	assert.Len(t, w.match(t, domain.MatchKeys{ExternalKey: "Key"}), 3)
}

func updateTaken(t *testing.T, open Open) {
	w := newWorld(t, open)
	one, two := user("one"), user("two")
	one.Employee.Number, two.Employee.Number = "1", "2"
	w.insert(t, one, two)
	before := w.Snapshot(t)
	two.Employee.Number = "1"
	refused(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.UpdatePerson(two) }), domain.CodeEmployeeNumberInUse, "EmployeeNumber")
	two.Access.Username = "ONE"
	refused(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.UpdateAccess(two) }), domain.CodeUsernameTaken, "Username")
	two.Access.Username, two.Emails = "two", one.Emails
	refused(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.UpdateAccess(two) }), domain.CodeEmailInUse, "EmailAddresses")
	assert.Equal(t, before, w.Snapshot(t))
	w.write(t, func(tx domain.Tx) error { return tx.UpdateAccess(one) })
}

// foldedNames asks the database about generated pairs: its verdict has to be that of domain.Fold, and so the same on
// every database.
func foldedNames(t *testing.T, open Open) {
	w := newWorld(t, open)
	letters := []rune("aAäÄßẞſsSiIıİkKKfﬁσςΣåÅÅǅ\u0301\u0308\u03d4\u1e9e\u00a0 ａＡ日🙂%_'\"\\")
	text := rapid.StringOfN(rapid.SampledFrom(letters), 1, 4, -1)
	variants := []func(string) string{norm.NFD.String, norm.NFC.String, norm.NFKD.String, domain.Fold, func(s string) string { return s + "x" }}
	pairs := 0
	rapid.Check(t, func(r *rapid.T) {
		w.Scope = w.NewTenant(t, newID().String())
		for range 12 {
			one := text.Draw(r, "one")
			other := rapid.OneOf(text, rapid.Map(rapid.SampledFrom(variants), func(v func(string) string) string { return v(one) })).Draw(r, "other")
			err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
				require.NoError(t, tx.InsertGroup(group(one)))
				if err := tx.InsertGroup(group(other)); err != nil {
					return err
				}
				return ErrInjected // so that the next pair finds the names free
			})
			want := domain.CodeInternal
			if domain.Fold(one) == domain.Fold(other) {
				want = domain.CodeGroupNameTaken
			}
			if got := domain.CodeOf(err); got != want {
				r.Fatalf("%q and %q: %s, should be %s: %v", one, other, got, want, err)
			}
			pairs++
		}
	})
	t.Log(pairs, "pairs")
}

func foreignKeys(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, k := range keyed {
		w.insert(t, k.take(w, "key"))
	}
	w.insert(t, linked(w, person("a"), "Key"))
	w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(group("g")) })
	w.Scope = w.NewTenant(t, "beta")
	for _, k := range keyed {
		w.insert(t, k.take(w, "key"))
	}
	w.insert(t, linked(w, person("a"), "Key"))
	w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(group("g")) })
}
