package feed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// onBoth runs a test on a store of each kind.
func onBoth(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStage(t, open))
		})
	}
}

// stage is a store with two tenants and a feed on it.
type stage struct {
	*storetest.Fixture
	ticks   atomic.Int64 // microseconds since noon
	secrets secrets
	woken   atomic.Int64
	feed    *feed.Feed
	mine    domain.Caller // may do everything in the one tenant
	other   domain.Caller // and in the other one
	polling domain.Caller // is a connector of the first
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newStage(t *testing.T, open storetest.Open) *stage {
	t.Helper()
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	s := &stage{secrets: secrets{sealer: sealer}}
	s.Fixture = open(t, s.clock)
	s.feed = s.on(s.DB)
	scope := s.NewTenant(t, "acme")
	s.mine = domain.Caller{Tenant: scope.Tenant, TenantSlug: "acme", Door: domain.DoorRest, Mode: domain.ReadWrite,
		Permissions: domain.AllPermissions(), Actor: domain.Actor{Kind: domain.ActorCredential, ID: uuid.New(), Name: "integrator"}}
	s.polling = s.mine
	s.polling.Connection, s.polling.Permissions = scope.Connection, domain.ScimPermissions(domain.ReadOnly)
	s.polling.Mode = domain.ReadOnly
	s.other = s.mine
	s.other.Tenant = s.NewTenant(t, "beta").Tenant
	return s
}

func (s *stage) clock() time.Time { return noon.Add(time.Duration(s.ticks.Add(1)) * time.Microsecond) }

// pass lets time pass.
func (s *stage) pass(d time.Duration) { s.ticks.Add(d.Microseconds()) }

// on is the feed on another store.
func (s *stage) on(store domain.Store) *feed.Feed {
	engine := domain.New(domain.Config{Store: store, Registry: s.DB, Secrets: s.secrets, Clock: s.clock, Wake: func() { s.woken.Add(1) }})
	return feed.New(feed.Config{Base: engine.Base(), Loopback: true, Renderers: map[domain.SubscriptionKind]feed.Renderer{
		domain.SetPoll: byAct, domain.SetPush: byAct}})
}

// byAct makes one message of the events of an act.
func byAct(_ context.Context, _ *domain.Subscription, events []domain.Event) ([]feed.Rendered, error) {
	var list []feed.Rendered
	for i, e := range events {
		if i > 0 && e.Act == events[i-1].Act {
			list[len(list)-1].Index = e.Index
			continue
		}
		list = append(list, feed.Rendered{Index: e.Index, ID: e.ID, Body: []byte("SET of " + e.Act.String())})
	}
	return list, nil
}

// secrets are those of the program, as far as the feed needs them.
type secrets struct {
	domain.Secrets
	sealer *credential.Sealer
}

func (s secrets) Seal(secret, purpose string) ([]byte, error) {
	return s.sealer.Seal([]byte(secret), purpose), nil
}

func (s secrets) Open(sealed []byte, purpose string) (string, error) {
	secret, err := s.sealer.Open(sealed, purpose)
	return string(secret), err
}

// happen makes acts of two events each.
func (s *stage) happen(t testing.TB, caller domain.Caller, acts int) {
	t.Helper()
	for i := range acts {
		require.NoError(t, s.feed.Write(t.Context(), caller, func(w *domain.Work) error {
			w.About(uuid.New(), uuid.Nil, domain.Change{Attribute: "FirstName", Before: "Ann", After: fmt.Sprint("Eva", i)})
			w.Happened(domain.EventPersonUpdated)
			w.Happened(domain.EventUserDeactivated, domain.Fact{Name: "Reason", Value: "left"})
			return nil
		}))
	}
}

// hook makes a webhook.
func (s *stage) hook(t testing.TB, caller domain.Caller, types ...domain.EventType) *domain.Subscription {
	t.Helper()
	made, _, err := s.feed.Create(t.Context(), caller, feed.NewSubscription{Name: "hook", Kind: domain.Webhook, URL: "https://example.org/hook", Types: types})
	require.NoError(t, err)
	return made
}

// owed are the indexes of the events of which a webhook has deliveries, oldest first; it demands that each is there once.
func (s *stage) owed(t testing.TB, of *domain.Subscription) []int64 {
	t.Helper()
	var list []int64
	for {
		parcels, err := s.ClaimParcels(t.Context(), noon.Add(1000*time.Hour), time.Hour*1000, 500)
		require.NoError(t, err)
		if len(parcels) == 0 {
			break
		}
		for _, p := range parcels {
			if p.Subscription.ID == of.ID {
				var body struct{ Data struct{ Index int64 } }
				require.NoError(t, json.Unmarshal(p.Body, &body))
				require.Equal(t, p.Index, body.Data.Index)
				list = append(list, p.Index)
			}
		}
	}
	return list
}

// last is the index of the last event.
func (s *stage) last(t testing.TB, caller domain.Caller) int64 {
	t.Helper()
	page, err := s.feed.Events(t.Context(), caller, feed.Query{})
	require.NoError(t, err)
	_ = page
	var last int64
	require.NoError(t, s.Read(t.Context(), caller.Scope(), func(tx domain.Tx) (err error) {
		_, last, err = tx.EventSpan()
		return err
	}))
	return last
}
