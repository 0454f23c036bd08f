package feed_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
)

func TestTheFeedIsReadByIndex(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		s.happen(t, s.mine, 5)
		var seen []int64
		page := feed.Page{}
		for !page.Completed {
			var err error
			page, err = s.feed.Events(t.Context(), s.mine, feed.Query{After: page.Next, Count: 5})
			require.NoError(t, err)
			assert.False(t, page.Truncated)
			for _, e := range page.Events {
				seen = append(seen, e.Index)
			}
		}
		assert.Equal(t, all(0, 12), seen)
		few, err := s.feed.Events(t.Context(), s.mine, feed.Query{Count: 100, Types: []domain.EventType{domain.EventUserDeactivated}})
		require.NoError(t, err)
		require.Len(t, few.Events, 5)
		assert.Equal(t, map[string]string{"Reason": "left"}, few.Events[0].Data)
		assert.Equal(t, []string{"FirstName"}, few.Events[0].Attributes)
		assert.Equal(t, int64(12), few.Next)
		none, err := s.feed.Events(t.Context(), s.other, feed.Query{Count: 100, Types: []domain.EventType{domain.EventUserDeactivated}})
		require.NoError(t, err)
		assert.Empty(t, none.Events)
		_, err = s.feed.Events(t.Context(), s.other, feed.Query{After: 3, Count: 1})
		assert.Equal(t, domain.CodeInvalidParameter, domain.CodeOf(err), "an index of another feed, or from before a restore")
	})
}

func TestOldEventsAreForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook := s.hook(t, s.mine)
		s.happen(t, s.mine, 3)
		require.NoError(t, s.feed.Spread(t.Context()))
		s.pass(14 * 24 * time.Hour)
		s.happen(t, s.mine, 1)
		require.NoError(t, s.feed.Spread(t.Context()))
		last := s.last(t, s.mine)
		require.NoError(t, s.feed.Forget(t.Context()))
		page, err := s.feed.Events(t.Context(), s.mine, feed.Query{After: 4, Count: 100})
		require.NoError(t, err)
		assert.True(t, page.Truncated)
		require.Len(t, page.Events, 2)
		assert.Equal(t, last, page.Events[1].Index)
		page, err = s.feed.Events(t.Context(), s.mine, feed.Query{After: last - 2, Count: 100})
		require.NoError(t, err)
		assert.False(t, page.Truncated)
		assert.Len(t, page.Events, 2)
		assert.Equal(t, 2, s.Number(t, "SELECT COUNT(*) FROM subscription_delivery WHERE subscription_id = ?", hook.ID))
		s.pass(15 * 24 * time.Hour)
		require.NoError(t, s.feed.Forget(t.Context()))
		page, err = s.feed.Events(t.Context(), s.mine, feed.Query{Count: 100})
		require.NoError(t, err)
		assert.Equal(t, feed.Page{Next: last, Completed: true, Truncated: true}, page)
	})
}

func TestSecretsAreShownOnceAndSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		made, secret, err := s.feed.Create(t.Context(), s.mine, feed.NewSubscription{Name: "hook", Kind: domain.Webhook, URL: "https://example.org/hook?key=hidden"})
		require.NoError(t, err)
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		require.NoError(t, err)
		assert.Len(t, raw, 32)
		opened := func(sealed []byte, of *domain.Subscription) string {
			text, err := s.secrets.Open(sealed, of.SealPurpose())
			require.NoError(t, err)
			return text
		}
		assert.Equal(t, secret, opened(made.SealedSecret, made))
		rotated, fresh, err := s.feed.Rotate(t.Context(), s.mine, made.ID, time.Hour)
		require.NoError(t, err)
		assert.NotEqual(t, secret, fresh)
		assert.Equal(t, fresh, opened(rotated.SealedSecret, made))
		assert.Equal(t, secret, opened(rotated.SealedOldSecret, made))
		assert.True(t, rotated.OldSecretUntil.After(noon))
		rotated, _, err = s.feed.Rotate(t.Context(), s.mine, made.ID, 0)
		require.NoError(t, err)
		assert.Nil(t, rotated.SealedOldSecret)
		for table, rows := range s.Snapshot(t) {
			for _, row := range rows {
				assert.NotContains(t, row, strings.TrimPrefix(secret, "whsec_"), table)
				assert.False(t, table != "subscription" && strings.Contains(row, "hidden"), "a URL may hold a secret: %s", table)
			}
		}
	})
}

func TestSubscriptionsAreValidated(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		good := feed.NewSubscription{Name: "n", Kind: domain.Webhook, URL: "https://example.org"}
		for attribute, spoil := range map[string][]func(in *feed.NewSubscription){
			"Name": {func(in *feed.NewSubscription) { in.Name = "" }, func(in *feed.NewSubscription) { in.Name = "a\x00" }},
			"Kind": {func(in *feed.NewSubscription) { in.Kind = "Pigeon" }},
			"Url": {func(in *feed.NewSubscription) { in.URL = "" }, func(in *feed.NewSubscription) { in.URL = "http://example.org" },
				func(in *feed.NewSubscription) { in.URL = "https://user:pw@example.org" }, func(in *feed.NewSubscription) { in.URL = "file:///etc/passwd" },
				func(in *feed.NewSubscription) { in.Kind = domain.SetPoll }},
			"BearerToken":      {func(in *feed.NewSubscription) { in.Token = "t" }},
			"Types":            {func(in *feed.NewSubscription) { in.Types = []domain.EventType{"user.created"} }},
			"ScimConnectionId": {func(in *feed.NewSubscription) { in.Connection = s.polling.Connection }, func(in *feed.NewSubscription) { in.Kind = domain.SetPush }},
		} {
			for _, each := range spoil {
				in := good
				each(&in)
				_, _, err := s.feed.Create(t.Context(), s.mine, in)
				var own *domain.Error
				require.True(t, errors.As(err, &own), "%s: %v", attribute, err)
				assert.Equal(t, domain.CodeValidation, own.Code)
				assert.Equal(t, attribute, own.Attribute)
			}
		}
		good.URL = "http://127.0.0.1:9000/hook"
		_, _, err := s.feed.Create(t.Context(), s.mine, good)
		require.NoError(t, err, "loopback is allowed here")
	})
}

// TestTenantsKeepTheirSubscriptions: what belongs to another tenant is answered like what nobody has.
func TestTenantsKeepTheirSubscriptions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		hook := s.hook(t, s.mine)
		require.NoError(t, s.feed.Spread(t.Context()))
		before := s.RowsOf(t, s.mine.Tenant)
		name := "theirs"
		for _, id := range []uuid.UUID{hook.ID, uuid.New()} {
			_, err := s.feed.Find(t.Context(), s.other, id)
			assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
			_, err = s.feed.Change(t.Context(), s.other, id, feed.Change{Name: &name})
			assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
			_, _, err = s.feed.Rotate(t.Context(), s.other, id, 0)
			assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
			_, _, err = s.feed.Deliveries(t.Context(), s.other, id, 0, 10)
			assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
			_, err = s.feed.Replay(t.Context(), s.other, id, 0, 0)
			assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
			assert.Equal(t, domain.CodeNotFound, domain.CodeOf(s.feed.Remove(t.Context(), s.other, id)))
		}
		mine := s.hook(t, s.other)
		parcels, _, err := s.feed.Deliveries(t.Context(), s.mine, hook.ID, 0, 1)
		require.NoError(t, err)
		assert.Equal(t, domain.CodeNotFound, domain.CodeOf(s.feed.ReplayDelivery(t.Context(), s.other, mine.ID, parcels[0].ID)))
		assert.Equal(t, before, s.RowsOf(t, s.mine.Tenant))
		_, err = s.feed.List(t.Context(), s.polling)
		assert.Equal(t, domain.CodeReadOnlyCredential, domain.CodeOf(err))
	})
}

func TestPollHandsOutUntilAcknowledged(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		_, _, err := s.feed.Poll(t.Context(), s.polling, nil, nil, 10)
		assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
		in := feed.NewSubscription{Name: "signals", Kind: domain.SetPoll, Connection: s.polling.Connection}
		made, secret, err := s.feed.Create(t.Context(), s.mine, in)
		require.NoError(t, err)
		assert.Empty(t, secret)
		_, _, err = s.feed.Create(t.Context(), s.mine, in)
		assert.Equal(t, domain.CodeValidation, domain.CodeOf(err), "a connection has one")
		s.happen(t, s.mine, 3)
		require.NoError(t, s.feed.Spread(t.Context()))
		assert.Empty(t, s.owed(t, made), "it is never sent")
		first, more, err := s.feed.Poll(t.Context(), s.polling, nil, nil, 2)
		require.NoError(t, err)
		assert.True(t, more)
		require.Len(t, first, 2)
		assert.Less(t, first[0].Index, first[1].Index)
		again, _, err := s.feed.Poll(t.Context(), s.polling, nil, nil, 2)
		require.NoError(t, err)
		assert.Equal(t, first, again)
		rest, more, err := s.feed.Poll(t.Context(), s.polling, []uuid.UUID{first[0].ID, uuid.New()}, map[uuid.UUID]string{first[1].ID: "bad \x00 audience"}, 10)
		require.NoError(t, err)
		assert.False(t, more)
		assert.Len(t, rest, 2)
		assert.Equal(t, "bad   audience", s.Text(t, "SELECT reason FROM subscription_delivery WHERE status = 'Dead'"))
		none, more, err := s.feed.Poll(t.Context(), s.polling, nil, nil, 0)
		require.NoError(t, err)
		assert.True(t, more)
		assert.Empty(t, none)
	})
}
