package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var retentionPromises = []promise{
	{"what is old is removed, the oldest first and not too much at once", oldRemoved},
	{"mails are removed by what became of them", oldMailsRemoved},
}

// old has two of everything that is kept by its expiry: one that expired at noon, one an hour later.
func old(t *testing.T, w *world) {
	t.Helper()
	p, c := user("ann"), credential(w)
	w.insert(t, p)
	require.NoError(t, w.SaveCredential(ctx(), c, entry(domain.EventCredentialCreated)))
	provider := &domain.IdentityProvider{ID: newID(), Name: "Okta", Prefix: "okta", Version: 1}
	w.write(t, func(tx domain.Tx) error { return tx.InsertProvider(provider) })
	for i, at := range []time.Time{noon, noon.Add(time.Hour)} {
		name := string(rune('a' + i))
		i1, s := invitation(p.ID, name), session(p.ID, name)
		i1.ExpiresAt, s.ExpiresAt = at, at
		w.write(t, func(tx domain.Tx) error {
			require.NoError(t, tx.InsertInvitation(i1))
			require.NoError(t, tx.InsertSession(s))
			require.NoError(t, tx.InsertResetToken(&domain.ResetToken{ID: newID(), Person: p.ID, TokenHash: []byte(name), Origin: domain.ResetByAdmin, ExpiresAt: at, CreatedAt: noon}))
			require.NoError(t, tx.InsertPasskeyChallenge(&domain.PasskeyChallenge{Ticket: []byte(name), Purpose: domain.PasskeyToSignIn, ExpiresAt: at}))
			require.NoError(t, tx.InsertSsoRequest(&domain.SsoRequest{Provider: provider.ID, RelayState: []byte(name), ExpiresAt: at}))
			fresh, err := tx.RememberAssertion("issuer", name, at)
			require.NoError(t, err)
			require.True(t, fresh)
			return tx.SaveOnce(&domain.OnceRecord{Credential: c.ID, Route: "r", Key: name, BodyHash: []byte{1}, ExpiresAt: at})
		})
		_, err := w.UseAssertion(ctx(), w.Scope.Tenant, c.ID, []byte(name), at)
		require.NoError(t, err)
	}
}

func oldRemoved(t *testing.T, open Open) {
	w := newWorld(t, open)
	old(t, w)
	tables := map[domain.Kept]string{domain.KeptAnswers: "idempotency_record", domain.KeptInvitations: "invitation", domain.KeptResetLinks: "reset_token",
		domain.KeptSessions: "session", domain.KeptAssertions: "used_assertion", domain.KeptPasskeyAsks: "passkey_challenge", domain.KeptSsoRequests: "sso_request", domain.KeptSsoIDs: "sso_assertion"}
	remove := func(what domain.Kept, tenant uuid.UUID, before time.Time, count int) int {
		t.Helper()
		removed, err := w.DeleteOld(ctx(), tenant, what, before, count)
		require.NoError(t, err)
		return removed
	}
	for what, table := range tables {
		assert.Zero(t, remove(what, w.Scope.Tenant, noon, 10), "%s: not before its time", what)
		assert.Zero(t, remove(what, newID(), noon.Add(2*time.Hour), 10), "%s: not of another tenant", what)
		assert.Equal(t, 1, remove(what, w.Scope.Tenant, noon.Add(time.Minute), 10), what)
		assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM "+table+" WHERE expires_at > ?", noon.UnixMicro()), what)
		assert.Equal(t, 1, remove(what, w.Scope.Tenant, noon.Add(2*time.Hour), 1), what)
		assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM "+table), what)
	}
	for _, kept := range domain.Retentions() {
		remove(kept.What, w.Scope.Tenant, noon, 1) // it is known where it is
	}
	_, err := w.DeleteOld(ctx(), w.Scope.Tenant, "something", noon, 1)
	assert.Error(t, err)
}

func oldMailsRemoved(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	for _, status := range []string{"Waiting", "Delivered", "Cancelled", "Dead", "Dead"} {
		m := mail(p, uuid.Nil)
		w.write(t, func(tx domain.Tx) error { return tx.Enqueue(m) })
		w.SQL(t, "UPDATE outbox SET status = ?, next_at = ? WHERE message_id = ?", status, noon.UnixMicro(), m.ID)
	}
	for _, step := range []struct {
		what       domain.Kept
		count, got int
	}{{domain.KeptMails, 10, 2}, {domain.KeptDeadMails, 1, 1}, {domain.KeptDeadMails, 10, 1}} {
		removed, err := w.DeleteOld(ctx(), w.Scope.Tenant, step.what, noon.Add(time.Second), step.count)
		require.NoError(t, err)
		assert.Equal(t, step.got, removed, step.what)
	}
	assert.Equal(t, "Waiting", w.Text(t, "SELECT status FROM outbox"))
}
