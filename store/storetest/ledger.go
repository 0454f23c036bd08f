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

var ledgerPromises = []promise{
	{"audit rows keep all they are given", auditKept},
	{"events keep all they are given", eventsKept},
	{"a failed use case leaves nothing in the ledger", ledgerRollsBack},
	{"one message a key", messagesOnce},
	{"due messages are claimed once a lease", messagesClaimed},
	{"a claim gives back the whole message", messageRoundTrip},
	{"settled messages keep no secret", messagesSettled},
	{"dead messages can be sent again", deadMessages},
	{"a retried message waits until its time", messageRetried},
	{"a late dispatcher changes nothing", messageFenced},
	{"the answer to a request is kept until it expires", onceKept},
	{"an equal request that came first wins", onceConflict},
}

// mail makes a message of its own that is due at noon.
func mail(p *domain.Person, token uuid.UUID) *domain.OutboxMessage {
	id := newID()
	return &domain.OutboxMessage{ID: id, Person: p.ID, DedupKey: id.String(), Token: token, NextAt: noon, Mail: domain.Mail{
		Kind: domain.MailInvitation, To: p.PrimaryEmail(), PersonName: p.ShownName(), TenantName: "Acme", Message: "welcome",
		SealedToken: []byte("sealed"), ExpiresAt: noon.Add(time.Hour)}}
}

func auditKept(t *testing.T, open Open) {
	w := newWorld(t, open)
	e := entry(domain.EventPersonUpdated)
	e.Effects = []domain.EventType{domain.EventPersonUpdated, domain.EventPersonEmailChanged}
	e.Person, e.Group, e.Note, e.RequestID, e.IP = newID(), newID(), "note", "request", "192.0.2.1"
	e.Actor.ID = newID()
	e.Changes = []domain.Change{{Attribute: "FirstName", Before: "a", After: `"b"`}, {Attribute: "LastName", After: "c"}}
	w.write(t, func(tx domain.Tx) error { return tx.Record(e) })
	where := " FROM audit_event WHERE tenant_id = ? AND audit_id = ? AND person_id = ? AND group_id = ? AND actor_id = ? AND at = ?"
	args := func() []any {
		return []any{w.Scope.Tenant, e.ID, e.Person, e.Group, e.Actor.ID, e.At.UnixMicro()}
	}
	assert.Equal(t, "Operator operator System PERSON_UPDATED note request 192.0.2.1",
		w.Text(t, "SELECT actor_kind || ' ' || actor_name || ' ' || door || ' ' || action || ' ' || note || ' ' || request_id || ' ' || ip"+where, args()...))
	assert.JSONEq(t, `["PERSON_UPDATED", "PERSON_EMAIL_CHANGED"]`, w.Text(t, "SELECT effects"+where, args()...))
	assert.JSONEq(t, `[{"attribute":"FirstName","before":"a","after":"\"b\""},{"attribute":"LastName","after":"c"}]`, w.Text(t, "SELECT changes"+where, args()...))
}

func eventsKept(t *testing.T, open Open) {
	w := newWorld(t, open)
	before := w.Number(t, "SELECT COUNT(*) FROM domain_event")
	events := make([]domain.Event, 3)
	for i := range events {
		events[i] = domain.Event{ID: newID(), Type: domain.EventPersonCreated, Person: newID(), Door: domain.DoorScim,
			Actor: domain.Actor{Kind: domain.ActorCredential, ID: newID(), Name: "key"}, At: noon}
	}
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.Append(nil))
		return tx.Append(events)
	})
	assert.Equal(t, before+3, w.Number(t, "SELECT COUNT(*) FROM domain_event"))
	for _, e := range events {
		assert.Equal(t, "PERSON_CREATED Scim ApiCredential key", w.Text(t,
			"SELECT type || ' ' || door || ' ' || actor_kind || ' ' || actor_name FROM domain_event WHERE event_id = ? AND person_id = ? AND actor_id = ? AND group_id IS NULL",
			e.ID, e.Person, e.Actor.ID))
	}
}

func ledgerRollsBack(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	before := w.Snapshot(t)
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
		require.NoError(t, tx.Record(entry(domain.EventPersonUpdated)))
		require.NoError(t, tx.Append([]domain.Event{{ID: newID(), At: noon}}))
		require.NoError(t, tx.Enqueue(mail(p, uuid.Nil)))
		require.NoError(t, insert(tx, user("ben")))
		return ErrInjected
	})
	assert.ErrorIs(t, err, ErrInjected)
	assert.Empty(t, cmp.Diff(before, w.Snapshot(t)))
}

func messagesOnce(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	one, same, none, again := mail(p, uuid.Nil), mail(p, uuid.Nil), mail(p, uuid.Nil), mail(p, uuid.Nil)
	same.DedupKey, none.DedupKey, again.DedupKey = one.DedupKey, "", ""
	w.write(t, func(tx domain.Tx) error {
		for _, m := range []*domain.OutboxMessage{one, same, none, again} {
			require.NoError(t, tx.Enqueue(m))
		}
		return nil
	})
	assert.Equal(t, 3, w.Number(t, "SELECT COUNT(*) FROM outbox"))
}

func (w *world) enqueue(t testing.TB, messages ...*domain.OutboxMessage) {
	t.Helper()
	w.write(t, func(tx domain.Tx) error {
		for _, m := range messages {
			require.NoError(t, tx.Enqueue(m))
		}
		return nil
	})
}

func (w *world) claim(t testing.TB, at time.Time, count int) []*domain.OutboxMessage {
	t.Helper()
	claimed, err := w.ClaimMessages(ctx(), at, time.Minute, count)
	require.NoError(t, err)
	return claimed
}

func messagesClaimed(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	first, second, later := mail(p, uuid.Nil), mail(p, uuid.Nil), mail(p, uuid.Nil)
	first.NextAt, later.NextAt = noon.Add(-time.Second), noon.Add(time.Second)
	w.enqueue(t, later, second, first)
	claimed := w.claim(t, noon, 1)
	require.Len(t, claimed, 1)
	assert.Equal(t, first.ID, claimed[0].ID, "the oldest comes first")
	assert.Equal(t, 1, claimed[0].Attempts)
	assert.Len(t, w.claim(t, noon, 10), 1)
	assert.Empty(t, w.claim(t, noon, 10), "nothing else is due")
	assert.Len(t, w.claim(t, noon.Add(2*time.Minute), 10), 3, "the leases are over")
}

func messageRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	m := mail(p, newID())
	w.enqueue(t, m)
	want := *m
	want.Tenant, want.Attempts, want.NextAt = w.Scope.Tenant, 1, noon.Add(time.Minute)
	assert.Empty(t, cmp.Diff([]*domain.OutboxMessage{&want}, w.claim(t, noon, 1)))
}

func messagesSettled(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	w.enqueue(t, mail(p, uuid.Nil), mail(p, uuid.Nil))
	claimed := w.claim(t, noon, 2)
	require.NoError(t, w.SettleMessage(ctx(), claimed[0], false, ""))
	require.NoError(t, w.SettleMessage(ctx(), claimed[1], true, "no such mailbox"))
	assert.Equal(t, "Delivered", w.Text(t, "SELECT status FROM outbox WHERE message_id = ?", claimed[0].ID))
	assert.Equal(t, "Dead no such mailbox", w.Text(t, "SELECT status || ' ' || reason FROM outbox WHERE message_id = ?", claimed[1].ID))
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM outbox WHERE sealed_token IS NOT NULL AND status = 'Delivered'"))
	assert.Empty(t, w.claim(t, noon.Add(time.Hour), 10))
}

// deadMessages are listed newest first, wait again when they are put back, and lose their token with their link.
func deadMessages(t *testing.T, open Open) {
	w := newWorld(t, open)
	other, p := w.NewTenant(t, "beta"), user("ann")
	w.insert(t, p)
	link := &domain.Invitation{ID: newID(), Person: p.ID, TokenHash: []byte("i"), Status: domain.InvitationPending, ExpiresAt: noon.Add(time.Hour)}
	w.write(t, func(tx domain.Tx) error { return tx.InsertInvitation(link) })
	older, newer := mail(p, uuid.Nil), mail(p, link.ID)
	w.enqueue(t, older, newer)
	for _, m := range w.claim(t, noon, 2) {
		require.NoError(t, w.SettleMessage(ctx(), m, true, "no such mailbox"))
	}
	shown := func(scope domain.Scope) (list []*domain.DeadMail) {
		require.NoError(t, w.Read(ctx(), scope, func(tx domain.Tx) (err error) {
			list, err = tx.ListDeadMails(0, 10)
			return err
		}))
		return list
	}
	assert.Empty(t, shown(other))
	dead := shown(w.Scope)
	require.Len(t, dead, 2)
	assert.Equal(t, []any{newer.ID, older.ID, "no such mailbox", newer.Mail, true, false},
		[]any{dead[0].ID, dead[1].ID, dead[0].Reason, dead[0].Mail, dead[0].LinkOpens, dead[1].LinkOpens})

	dead[1].NextAt = noon.Add(time.Minute)
	require.Error(t, w.Write(ctx(), other, func(tx domain.Tx) error { return tx.RequeueMail(dead[1]) }))
	w.write(t, func(tx domain.Tx) error { return tx.RequeueMail(dead[1]) })
	again := w.claim(t, noon.Add(time.Minute), 10)
	require.Len(t, again, 1)
	assert.Equal(t, older.ID, again[0].ID)
	assert.Equal(t, 1, again[0].Attempts)

	w.write(t, func(tx domain.Tx) error {
		_, err := tx.VoidInvitations(p.ID, domain.InvitationRevoked)
		require.NoError(t, err)
		found, err := tx.FindDeadMail(newer.ID)
		require.NoError(t, err)
		assert.False(t, found.LinkOpens)
		assert.Nil(t, found.Mail.SealedToken)
		_, err = tx.FindDeadMail(older.ID)
		assert.True(t, domain.Is(err, domain.CodeNotFound))
		return nil
	})
}

func messageRetried(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	w.enqueue(t, mail(p, uuid.Nil))
	m := w.claim(t, noon, 1)[0]
	later := noon.Add(10 * time.Second)
	require.NoError(t, w.RetryMessage(ctx(), m, later, "greylisted"))
	assert.Empty(t, w.claim(t, later.Add(-time.Microsecond), 1))
	again := w.claim(t, later, 1)
	require.Len(t, again, 1)
	assert.Equal(t, 2, again[0].Attempts)
}

func messageFenced(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	w.enqueue(t, mail(p, uuid.Nil))
	late := w.claim(t, noon, 1)[0]
	mine := w.claim(t, noon.Add(2*time.Minute), 1)[0]
	require.NoError(t, w.SettleMessage(ctx(), late, true, "late"))
	require.NoError(t, w.RetryMessage(ctx(), late, noon, "late"))
	assert.True(t, w.waiting(t, mine))
	require.NoError(t, w.SettleMessage(ctx(), mine, false, ""))
	require.NoError(t, w.RetryMessage(ctx(), mine, noon, "settled already"))
	assert.False(t, w.waiting(t, mine))
}

func onceKept(t *testing.T, open Open) {
	w := newWorld(t, open)
	r := &domain.OnceRecord{Credential: newID(), Route: "POST /x", Key: "k", BodyHash: []byte("hash"), ExpiresAt: noon.Add(time.Hour),
		Answer: domain.Answer{Status: 201, Header: map[string]string{"Location": "/x/1", "ETag": `"1"`}, Body: []byte(`{"a":1}`)}}
	w.write(t, func(tx domain.Tx) error { return tx.SaveOnce(r) })
	find := func(credential uuid.UUID, route, key string, at time.Time) *domain.OnceRecord {
		var found *domain.OnceRecord
		w.read(t, func(tx domain.Tx) (err error) {
			found, err = tx.FindOnce(credential, route, key, at)
			return err
		})
		return found
	}
	assert.Empty(t, cmp.Diff(r, find(r.Credential, r.Route, r.Key, noon)))
	assert.Nil(t, find(newID(), r.Route, r.Key, noon))
	assert.Nil(t, find(r.Credential, "POST /y", r.Key, noon))
	assert.Nil(t, find(r.Credential, r.Route, "K", noon))
	assert.Nil(t, find(r.Credential, r.Route, r.Key, r.ExpiresAt))
}

func onceConflict(t *testing.T, open Open) {
	w := newWorld(t, open)
	r := &domain.OnceRecord{Credential: newID(), Route: "r", Key: "k", ExpiresAt: noon.Add(time.Hour)}
	w.write(t, func(tx domain.Tx) error { return tx.SaveOnce(r) })
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.SaveOnce(r) })
	refused(t, err, domain.CodeIdempotencyInProgress, "")

	expired := &domain.OnceRecord{Credential: newID(), Route: "r", Key: "k", ExpiresAt: noon, Answer: domain.Answer{Status: 1}}
	w.write(t, func(tx domain.Tx) error { return tx.SaveOnce(expired) })
	expired.Answer.Status, expired.ExpiresAt = 2, noon.Add(time.Hour)
	w.write(t, func(tx domain.Tx) error { return tx.SaveOnce(expired) })
	w.read(t, func(tx domain.Tx) error {
		found, err := tx.FindOnce(expired.Credential, "r", "k", noon)
		assert.Equal(t, 2, found.Answer.Status, "an expired answer makes way")
		return err
	})
}
