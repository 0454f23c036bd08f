package feed_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// all are the numbers behind from up to to.
func all(from, to int64) []int64 {
	var list []int64
	for i := from + 1; i <= to; i++ {
		list = append(list, i)
	}
	return list
}

func TestEveryEventIsDeliveredOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook, theirs := s.hook(t, s.mine), s.hook(t, s.other)
		few := s.hook(t, s.mine, domain.EventUserDeactivated)
		s.happen(t, s.mine, 230) // more than two batches
		require.NoError(t, s.feed.Spread(t.Context()))
		require.NoError(t, s.feed.Spread(t.Context()), "there is nothing left to do")
		assert.NotZero(t, s.woken.Load())
		last := s.last(t, s.mine)
		assert.ElementsMatch(t, all(hook.Position, last), s.owed(t, hook))
		assert.Equal(t, 230, s.Number(t, "SELECT COUNT(*) FROM subscription_delivery WHERE subscription_id = ?", few.ID))
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM subscription_delivery WHERE subscription_id = ?", theirs.ID), "its own creation")
		for _, each := range []*domain.Subscription{hook, few} {
			assert.Equal(t, int(last), s.Number(t, "SELECT event_index FROM subscription WHERE subscription_id = ?", each.ID))
		}
	})
}

// TestSpreadSurvivesCrashes fails at every write in turn: what is made is made whole, and nothing is lost or doubled.
func TestSpreadSurvivesCrashes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook := s.hook(t, s.mine)
		s.happen(t, s.mine, 220)
		fired := 0
		for n := 1; ; n++ {
			failing := storetest.Failing(s.DB, n)
			err := s.on(failing).Spread(t.Context())
			if !failing.Fired() {
				require.NoError(t, err)
				break
			}
			fired++
			require.ErrorIs(t, err, storetest.ErrInjected)
		}
		assert.GreaterOrEqual(t, fired, 4)
		assert.ElementsMatch(t, all(hook.Position, s.last(t, s.mine)), s.owed(t, hook))
	})
}

// TestReplicasSpreadTogether: several servers make deliveries at once, while more happens.
func TestReplicasSpreadTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook := s.hook(t, s.mine)
		replica := s.on(s.Another(t))
		var done sync.WaitGroup
		for i := range 4 {
			done.Go(func() {
				for range 15 {
					assert.NoError(t, []*feed.Feed{s.feed, replica}[i%2].Spread(t.Context()))
				}
			})
		}
		done.Go(func() { s.happen(t, s.mine, 60) })
		done.Wait()
		require.NoError(t, s.feed.Spread(t.Context()))
		assert.ElementsMatch(t, all(hook.Position, s.last(t, s.mine)), s.owed(t, hook))
	})
}

func TestActsStayTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		made, _, err := s.feed.Create(t.Context(), s.mine, feed.NewSubscription{Name: "signals", Kind: domain.SetPoll, Connection: s.polling.Connection})
		require.NoError(t, err)
		s.happen(t, s.mine, 150) // an odd number of events with the creation, so that a batch would end inside an act
		require.NoError(t, s.feed.Spread(t.Context()))
		assert.Equal(t, 151, s.Number(t, "SELECT COUNT(*) FROM subscription_delivery WHERE subscription_id = ?", made.ID))
	})
}

func TestDisabledSubscriptionsWait(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook := s.hook(t, s.mine)
		require.NoError(t, s.feed.Spread(t.Context()))
		no, yes := false, true
		_, err := s.feed.Change(t.Context(), s.mine, hook.ID, feed.Change{Enabled: &no})
		require.NoError(t, err)
		s.happen(t, s.mine, 3)
		require.NoError(t, s.feed.Spread(t.Context()))
		assert.Empty(t, s.owed(t, hook))
		_, err = s.feed.Test(t.Context(), s.mine, hook.ID)
		assert.Equal(t, domain.CodeValidation, domain.CodeOf(err))
		_, err = s.feed.Change(t.Context(), s.mine, hook.ID, feed.Change{Enabled: &yes})
		require.NoError(t, err)
		require.NoError(t, s.feed.Spread(t.Context()))
		assert.ElementsMatch(t, all(hook.Position, s.last(t, s.mine)), s.owed(t, hook), "nothing is lost meanwhile")
	})
}

func TestFailingSubscriptionsAreDisabled(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook := s.hook(t, s.mine)
		fail := func() {
			t.Helper()
			require.NoError(t, s.feed.Spread(t.Context()))
			parcels, err := s.ClaimParcels(t.Context(), s.clock(), time.Minute, 1)
			require.NoError(t, err)
			require.Len(t, parcels, 1)
			parcels[0].ResponseStatus = 503
			require.NoError(t, s.RetryParcel(t.Context(), parcels[0], s.clock().Add(time.Hour), "the receiver answered 503"))
		}
		fail()
		s.pass(5*24*time.Hour - time.Minute)
		fail()
		require.NoError(t, s.feed.Retire(t.Context()))
		found, err := s.feed.Find(t.Context(), s.mine, hook.ID)
		require.NoError(t, err)
		assert.True(t, found.Enabled)
		assert.Equal(t, 2, found.Failures)
		s.pass(2 * time.Minute)
		require.NoError(t, s.feed.Retire(t.Context()))
		require.NoError(t, s.feed.Retire(t.Context()))
		found, err = s.feed.Find(t.Context(), s.mine, hook.ID)
		require.NoError(t, err)
		assert.False(t, found.Enabled)
		page, err := s.feed.Events(t.Context(), s.mine, feed.Query{Count: 10, Types: []domain.EventType{domain.EventSubscriptionDisabled}})
		require.NoError(t, err)
		require.Len(t, page.Events, 1)
		assert.Equal(t, hook.ID.String(), page.Events[0].Data["SubscriptionId"])
		s.pass(24 * time.Hour)
		parcels, err := s.ClaimParcels(t.Context(), s.clock(), time.Minute, 10)
		require.NoError(t, err)
		assert.Empty(t, parcels)
	})
}

func TestDeliveriesAreClaimedAndSettled(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook := s.hook(t, s.mine)
		s.happen(t, s.mine, 2)
		require.NoError(t, s.feed.Spread(t.Context()))
		now := s.clock()
		none, err := s.ClaimParcels(t.Context(), now, time.Minute, 2, s.mine.Tenant, hook.ID)
		require.NoError(t, err)
		assert.Empty(t, none, "left where they are")
		first, err := s.ClaimParcels(t.Context(), now, time.Minute, 2, s.mine.Tenant)
		require.NoError(t, err)
		require.Len(t, first, 2)
		assert.Equal(t, "https://example.org/hook", first[0].Subscription.URL)
		assert.Same(t, first[0].Subscription, first[1].Subscription)
		assert.Equal(t, 1, first[0].Attempts)
		rest, err := s.ClaimParcels(t.Context(), now, time.Minute, 10)
		require.NoError(t, err)
		assert.Len(t, rest, 3)
		late := first[1]
		again, err := s.ClaimParcels(t.Context(), now.Add(2*time.Minute), time.Minute, 10)
		require.NoError(t, err)
		assert.Len(t, again, 5, "the leases are over")
		require.NoError(t, s.SettleParcel(t.Context(), late, domain.ParcelOutcome{}))
		for _, p := range again {
			p.ResponseStatus = 200
			require.NoError(t, s.SettleParcel(t.Context(), p, domain.ParcelOutcome{}))
		}
		list, more, err := s.feed.Deliveries(t.Context(), s.mine, hook.ID, 0, 4)
		require.NoError(t, err)
		assert.True(t, more)
		require.Len(t, list, 4)
		for _, p := range list {
			assert.Equal(t, domain.ParcelDelivered, p.Status)
			assert.Equal(t, 200, p.ResponseStatus)
			assert.Equal(t, 2, p.Attempts, "a late courier changes nothing")
		}
		assert.True(t, slices.IsSortedFunc(list, func(a, b *domain.Parcel) int { return int(b.Index - a.Index) }))
		require.NoError(t, s.feed.ReplayDelivery(t.Context(), s.mine, hook.ID, list[0].ID))
		count, err := s.feed.Replay(t.Context(), s.mine, hook.ID, hook.Position, 0)
		require.NoError(t, err)
		assert.Equal(t, 5, count)
		repeated, err := s.ClaimParcels(t.Context(), s.clock(), time.Minute, 10)
		require.NoError(t, err)
		assert.Len(t, repeated, 5, "each has one delivery, by its id")
	})
}
