package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var tokenPromises = []promise{
	{"invitations are listed, newest first", invitationsListed},
	{"a pending invitation is found by its token", invitationFound},
	{"voided invitations end, and their mails with them", invitationsVoided},
	{"voided reset links end, and their mails with them", resetsVoided},
	{"sessions end once", sessionsEnd},
	{"sessions without a second factor end alone", sessionsWithoutMfaEnd},
	{"a session is found by its token while the access is active", sessionFound},
	{"the use of a session is noted", sessionTouched},
}

func invitation(person uuid.UUID, token string) *domain.Invitation {
	return &domain.Invitation{ID: newID(), Person: person, TokenHash: []byte(token), SentTo: "a@x", Status: domain.InvitationPending, SentAt: noon,
		ExpiresAt: noon.Add(time.Hour), ResendCount: 2, InvitedBy: "admin"}
}

func invitationsListed(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	old, recent := invitation(p.ID, "1"), invitation(p.ID, "2")
	old.SentAt, old.Status = noon.Add(-time.Hour), domain.InvitationRevoked
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertInvitation(recent))
		return tx.InsertInvitation(old)
	})
	w.read(t, func(tx domain.Tx) error {
		list, err := tx.ListInvitations(p.ID)
		assert.Empty(t, cmp.Diff([]*domain.Invitation{recent, old}, list))
		return err
	})
}

func invitationFound(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	pending, revoked := invitation(p.ID, "1"), invitation(p.ID, "2")
	revoked.Status = domain.InvitationRevoked
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertInvitation(pending))
		require.NoError(t, tx.InsertInvitation(revoked))
		found, err := tx.FindInvitation([]byte("1"))
		assert.Empty(t, cmp.Diff(pending, found))
		return err
	})
	for _, token := range []string{"2", "3", ""} {
		err := w.Read(ctx(), w.Scope, func(tx domain.Tx) error { _, err := tx.FindInvitation([]byte(token)); return err })
		refused(t, err, domain.CodeTokenInvalid, "")
	}
}

func (w *world) waiting(t testing.TB, message *domain.OutboxMessage) bool {
	t.Helper()
	return w.Text(t, "SELECT status FROM outbox WHERE message_id = ?", message.ID) == "Waiting"
}

func invitationsVoided(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	mine, done, others := invitation(p.ID, "1"), invitation(p.ID, "2"), invitation(other.ID, "3")
	done.Status = domain.InvitationAccepted
	owed, unrelated, foreign := mail(p, mine.ID), mail(p, uuid.Nil), mail(other, others.ID)
	w.write(t, func(tx domain.Tx) error {
		for _, i := range []*domain.Invitation{mine, done, others} {
			require.NoError(t, tx.InsertInvitation(i))
		}
		for _, m := range []*domain.OutboxMessage{owed, unrelated, foreign} {
			require.NoError(t, tx.Enqueue(m))
		}
		count, err := tx.VoidInvitations(p.ID, domain.InvitationRevoked)
		assert.Equal(t, 1, count)
		require.NoError(t, err)
		count, err = tx.VoidInvitations(p.ID, domain.InvitationRevoked)
		assert.Zero(t, count)
		return err
	})
	w.read(t, func(tx domain.Tx) error {
		list, err := tx.ListInvitations(p.ID)
		require.Len(t, list, 2)
		assert.Equal(t, []domain.InvitationStatus{domain.InvitationAccepted, domain.InvitationRevoked}, []domain.InvitationStatus{list[0].Status, list[1].Status})
		return err
	})
	assert.False(t, w.waiting(t, owed))
	assert.True(t, w.waiting(t, unrelated))
	assert.True(t, w.waiting(t, foreign))
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM outbox WHERE status <> 'Waiting' AND sealed_token IS NOT NULL"))
}

func resetsVoided(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	token := &domain.ResetToken{ID: newID(), Person: p.ID, TokenHash: []byte("1"), Origin: domain.ResetByAdmin, ExpiresAt: noon, CreatedAt: noon}
	owed := mail(p, token.ID)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertResetToken(token))
		require.NoError(t, tx.Enqueue(owed))
		count, err := tx.VoidResetTokens(p.ID, noon)
		assert.Equal(t, 1, count)
		require.NoError(t, err)
		count, err = tx.VoidResetTokens(p.ID, noon)
		assert.Zero(t, count)
		return err
	})
	assert.False(t, w.waiting(t, owed))
}

func session(person uuid.UUID, token string) *domain.Session {
	return &domain.Session{ID: newID(), Person: person, TokenHash: []byte(token), Method: domain.SignInPassword, Mfa: true, CreatedAt: noon,
		LastSeenAt: noon, ExpiresAt: noon.Add(time.Hour)}
}

func sessionsEnd(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	w.write(t, func(tx domain.Tx) error {
		for i, id := range []uuid.UUID{p.ID, p.ID, other.ID} {
			require.NoError(t, tx.InsertSession(session(id, string(rune('a'+i)))))
		}
		count, err := tx.EndSessions(p.ID, noon, "deactivated")
		assert.Equal(t, 2, count)
		require.NoError(t, err)
		count, err = tx.EndSessions(p.ID, noon, "again")
		assert.Zero(t, count)
		return err
	})
	assert.Equal(t, 2, w.Number(t, "SELECT COUNT(*) FROM session WHERE end_reason = 'deactivated'"))
	_, err := w.FindSession(ctx(), []byte("a"))
	refused(t, err, domain.CodeNotFound, "")
	_, err = w.FindSession(ctx(), []byte("c"))
	assert.NoError(t, err)
}

func sessionsWithoutMfaEnd(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	with, without := session(p.ID, "with"), session(p.ID, "without")
	without.Mfa = false
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertSession(with))
		require.NoError(t, tx.InsertSession(without))
		count, err := tx.EndSessionsWithoutMfa(p.ID, noon, "mfa")
		assert.Equal(t, 1, count)
		return err
	})
	_, err := w.FindSession(ctx(), []byte("with"))
	assert.NoError(t, err)
	_, err = w.FindSession(ctx(), []byte("without"))
	refused(t, err, domain.CodeNotFound, "")
}

func sessionFound(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("Ann")
	s := session(p.ID, "token")
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error { return tx.InsertSession(s) })
	found, err := w.FindSession(ctx(), []byte("token"))
	require.NoError(t, err)
	assert.Empty(t, cmp.Diff(&domain.SignedIn{Session: *s, Tenant: w.Scope.Tenant, TenantSlug: "acme", Username: "Ann"}, found))

	tenant, err := w.FindTenant(ctx(), "acme")
	require.NoError(t, err)
	tenant.SsoEnabled = true
	require.NoError(t, w.UpdateTenant(ctx(), tenant, entry(domain.EventTenantUpdated)))
	found, err = w.FindSession(ctx(), []byte("token"))
	require.NoError(t, err)
	assert.True(t, found.TenantSso)

	p.Access.IsActive = false
	w.write(t, func(tx domain.Tx) error { return tx.UpdateAccess(p) })
	_, err = w.FindSession(ctx(), []byte("token"))
	refused(t, err, domain.CodeNotFound, "")
	p.Access.IsActive = true
	w.write(t, func(tx domain.Tx) error { return tx.UpdateAccess(p) })
	tenant.Disabled = true
	require.NoError(t, w.UpdateTenant(ctx(), tenant, entry(domain.EventTenantUpdated)))
	_, err = w.FindSession(ctx(), []byte("token"))
	refused(t, err, domain.CodeNotFound, "")
}

func sessionTouched(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	s := session(p.ID, "token")
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error { return tx.InsertSession(s) })
	later := noon.Add(time.Minute)
	for _, at := range []time.Time{later, noon} {
		require.NoError(t, w.TouchSession(ctx(), w.Scope.Tenant, s.ID, at))
		found, err := w.FindSession(ctx(), []byte("token"))
		require.NoError(t, err)
		assert.Equal(t, later, found.Session.LastSeenAt, "it never goes back")
	}
}
