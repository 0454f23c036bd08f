package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

var auditPromises = []promise{
	{"the audit is one chain", auditChained},
	{"what the audit says of a person can be scrubbed, and the chain holds", auditScrubbed},
	{"addresses are noted of entries about somebody else only", auditMentions},
	{"the audit is read newest first, page by page, by each filter", auditListed},
	{"the audit of a time is found, clocks that differ and all", auditOfTimes},
	{"a filter without an index looks at so many lines at once", auditStretch},
	{"the heads of all tenants are known", auditHeads},
}

// spoken makes a line of the audit that says something of people.
func spoken() *domain.AuditEntry {
	e := entry(domain.EventPersonUpdated)
	e.Effects = []domain.EventType{domain.EventPersonUpdated, domain.EventPersonEmailChanged}
	e.Actor = domain.Actor{Kind: domain.ActorPerson, ID: newID(), Name: "Zoë"}
	e.Person, e.Group, e.Note, e.RequestID, e.IP = newID(), newID(), `said "so"`, "request", "192.0.2.1"
	e.Changes = []domain.Change{{Attribute: "FirstName", Before: "a", After: `"b" <é>`}, {Attribute: "LastName", After: "c"}}
	return e
}

func (w *world) record(t testing.TB, entries ...*domain.AuditEntry) {
	t.Helper()
	for _, e := range entries {
		w.write(t, func(tx domain.Tx) error { return tx.Record(e) })
	}
}

// audit is all of the tenant's audit, and its head.
func (w *world) audit(t testing.TB) (list []*domain.AuditEntry, head domain.AuditHead) {
	t.Helper()
	w.read(t, func(tx domain.Tx) (err error) {
		if head, err = tx.AuditHead(); err == nil {
			list, err = tx.ScanAudit(0, 10000)
		}
		return err
	})
	return list, head
}

// chained demands that the audit is one chain.
func (w *world) chained(t testing.TB, lines int) []*domain.AuditEntry {
	t.Helper()
	list, head := w.audit(t)
	require.Len(t, list, lines)
	var before []byte
	for i, e := range list {
		require.Equal(t, int64(i+1), e.Index)
		if !e.Scrubbed() {
			payload := e.PayloadDigest(e.Seal.Salt)
			require.Equal(t, payload[:], e.Seal.Payload, "line %d", e.Index)
		}
		digest := e.Digest(w.Scope.Tenant, e.Seal.Payload)
		hash := domain.ChainHash(before, digest[:])
		require.Equal(t, hash[:], e.Seal.Chain, "line %d", e.Index)
		before = e.Seal.Chain
	}
	require.Equal(t, domain.AuditHead{Tenant: w.Scope.Tenant, Index: int64(lines), Hash: before}, head)
	return list
}

func auditChained(t *testing.T, open Open) {
	w := newWorld(t, open)
	first, second, third := spoken(), entry(domain.EventPersonDeleted), spoken()
	w.record(t, first)
	w.write(t, func(tx domain.Tx) error { return tx.Append([]domain.Event{{ID: newID(), At: noon}}) }) // moves the head, not the audit
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.Record(second))
		return tx.Record(third)
	})
	require.ErrorIs(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
		require.NoError(t, tx.Record(spoken()))
		return ErrInjected
	}), ErrInjected)
	list := w.chained(t, 2+3)
	assert.Empty(t, cmp.Diff([]*domain.AuditEntry{first, second, third}, list[2:]), "what is read is what was written, the seal included")
	assert.NotEqual(t, first.Seal.Salt, third.Seal.Salt)
}

// chainedTogether lets two replicas write at once.
func chainedTogether(t *testing.T, open Open) {
	w := newWorld(t, open)
	replicas := []*store.DB{w.DB, w.Another(t)}
	for i, err := range together(60, func(i int) error {
		return replicas[i%2].Write(ctx(), w.Scope, func(tx domain.Tx) error {
			if err := act(tx, i%2); err != nil || i%3 > 0 {
				return err
			}
			return tx.Record(spoken())
		})
	}) {
		assert.NoError(t, err, i)
	}
	w.chained(t, 2+60+20)
}

func auditScrubbed(t *testing.T, open Open) {
	w := newWorld(t, open)
	about, by, naming, noting, other := spoken(), spoken(), spoken(), spoken(), spoken()
	person := about.Person
	by.Actor.ID = person
	about.Changes[1].Before = "once@example.org"
	naming.Changes = append(naming.Changes, domain.Change{Attribute: "Manager", After: `x: <"Zed@example.org">`})
	noting.Note = "as ann@example.org wished"
	w.record(t, about, by, naming, noting, other)
	w.write(t, func(tx domain.Tx) error {
		scrubbed, err := tx.ScrubAudit(person, []string{`"Zed@example.org`, "ann@example.org", "a", ""})
		assert.Equal(t, 4, scrubbed)
		return err
	})
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM audit_mention"))
	list := w.chained(t, 2+5)
	for i, e := range list[2:] {
		before := []*domain.AuditEntry{about, by, naming, noting, other}[i]
		if e.ID != other.ID {
			assert.True(t, e.Scrubbed())
			before.Actor.Name, before.Changes, before.Note, before.IP, before.Seal.Salt = "", nil, "", "", nil
		}
		assert.Empty(t, cmp.Diff(before, e))
	}
	w.write(t, func(tx domain.Tx) error {
		scrubbed, err := tx.ScrubAudit(newID(), nil)
		assert.Zero(t, scrubbed)
		return err
	})
}

// listed is what a query gives, over all pages of that size, by index.
func (w *world) listed(t testing.TB, q domain.AuditQuery) (found []int64) {
	t.Helper()
	for q.Count = max(q.Count, 1); ; {
		w.read(t, func(tx domain.Tx) error {
			list, next, err := tx.ListAudit(q)
			for _, e := range list {
				found = append(found, e.Index)
			}
			require.LessOrEqual(t, len(list), q.Count)
			q.Before = next
			return err
		})
		if q.Before == 0 {
			return found
		}
	}
}

func auditListed(t *testing.T, open Open) {
	w := newWorld(t, open)
	early, late := spoken(), spoken()
	late.At, late.Action, late.Door, late.Actor.Name = noon.Add(time.Hour), domain.EventUserLocked, domain.DoorScim, "Okta"
	w.record(t, early, late)
	for name, test := range map[string]struct {
		query domain.AuditQuery
		want  []int64
	}{
		"all":          {domain.AuditQuery{Door: early.Door, Person: early.Person}, []int64{3}},
		"person":       {domain.AuditQuery{Person: late.Person}, []int64{4}},
		"nobody":       {domain.AuditQuery{Person: newID()}, nil},
		"actor":        {domain.AuditQuery{Actor: early.Actor.ID}, []int64{3}},
		"name":         {domain.AuditQuery{ActorName: "Okta"}, []int64{4}},
		"action":       {domain.AuditQuery{Action: domain.EventUserLocked}, []int64{4}},
		"door":         {domain.AuditQuery{Door: domain.DoorScim}, []int64{4}},
		"request":      {domain.AuditQuery{RequestID: late.RequestID, Person: late.Person}, []int64{4}},
		"no request":   {domain.AuditQuery{RequestID: "none"}, nil},
		"from":         {domain.AuditQuery{From: late.At, Person: late.Person}, []int64{4}},
		"from later":   {domain.AuditQuery{From: late.At.Add(time.Microsecond), Person: late.Person}, nil},
		"to":           {domain.AuditQuery{To: late.At, Person: late.Person}, nil},
		"to and after": {domain.AuditQuery{To: late.At.Add(time.Microsecond), Person: late.Person}, []int64{4}},
		"long ago":     {domain.AuditQuery{To: noon.Add(-24 * 365 * 20 * time.Hour)}, nil},
		"to come":      {domain.AuditQuery{From: noon.Add(24 * 365 * 20 * time.Hour)}, nil},
		"before":       {domain.AuditQuery{Before: 3, Person: late.Person}, nil},
		"several":      {domain.AuditQuery{Person: late.Person, Actor: early.Actor.ID}, nil},
	} {
		assert.Equal(t, test.want, w.listed(t, test.query), name)
	}
	assert.Equal(t, []int64{4, 3, 2, 1}, w.listed(t, domain.AuditQuery{Count: 3}))
	assert.Equal(t, []int64{4, 3, 2, 1}, w.listed(t, domain.AuditQuery{Count: 4}))
}

// auditOfTimes writes lines out of order by up to the skew, takes some away as only a breach would, and asks for every time
// between two of them.
func auditOfTimes(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.SQL(t, "DELETE FROM audit_event")
	assert.Empty(t, w.listed(t, domain.AuditQuery{From: noon, To: noon.Add(time.Hour)}), "none is there")
	const lines, step, skew = 60, 2 * time.Minute, 15 * time.Minute
	random := rand.New(rand.NewPCG(1, 2))
	w.write(t, func(tx domain.Tx) error {
		for i := range lines {
			e := entry(domain.EventPersonUpdated)
			e.At = noon.Add(time.Duration(i) * step).Add(time.Duration(random.Int64N(int64(skew))))
			require.NoError(t, tx.Record(e))
		}
		return nil
	})
	w.SQL(t, "DELETE FROM audit_event WHERE audit_index < 9 OR audit_index IN (20, 21, 22, 40)")
	kept, _ := w.audit(t)
	require.Len(t, kept, lines+2-8-4)
	for from := noon.Add(-time.Hour); from.Before(noon.Add(4 * time.Hour)); from = from.Add(7 * time.Minute) {
		for _, q := range []domain.AuditQuery{{From: from, Count: 100}, {To: from, Count: 100}, {From: from, To: from.Add(20 * time.Minute), Count: 100}} {
			var want []int64
			for _, e := range slices.Backward(kept) {
				if !e.At.Before(q.From) && (q.To.IsZero() || e.At.Before(q.To)) {
					want = append(want, e.Index)
				}
			}
			assert.Equal(t, want, w.listed(t, q), "%s to %s", q.From, q.To)
		}
	}
}

func auditStretch(t *testing.T, open Open) {
	w := newWorld(t, open)
	const lines = 5003
	list := make([]*domain.AuditEntry, lines)
	for i := range list {
		list[i] = entry(domain.EventPersonUpdated)
	}
	list[0].Action, list[lines-1].Action = domain.EventUserLocked, domain.EventUserLocked
	w.write(t, func(tx domain.Tx) error {
		for _, e := range list {
			require.NoError(t, tx.Record(e))
		}
		return nil
	})
	q := domain.AuditQuery{Action: domain.EventUserLocked, Count: 10}
	w.read(t, func(tx domain.Tx) error {
		page, next, err := tx.ListAudit(q)
		assert.Len(t, page, 1)
		assert.Equal(t, int64(lines+2+1-5000), next)
		return err
	})
	assert.Equal(t, []int64{lines + 2, 3}, w.listed(t, q))
}

func auditHeads(t *testing.T, open Open) {
	w := newWorld(t, open)
	other := w.NewTenant(t, "other")
	w.record(t, spoken())
	heads, err := w.AuditHeads(ctx())
	require.NoError(t, err)
	found := map[uuid.UUID]string{}
	for _, head := range heads {
		found[head.Tenant] = fmt.Sprint(head.Index, " ", len(head.Hash), " ", head.Unchained)
	}
	assert.Equal(t, map[uuid.UUID]string{w.Scope.Tenant: "3 32 0", other.Tenant: "2 32 0"}, found)
}

// An address is noted of entries about somebody else only.
func auditMentions(t *testing.T, open Open) {
	w := newWorld(t, open)
	ann := user("ann@example.org")
	said := func(person uuid.UUID) *domain.AuditEntry {
		e := spoken()
		e.Person, e.Changes = person, []domain.Change{{Attribute: "Username", After: "ann@example.org"}}
		return e
	}
	w.write(t, func(tx domain.Tx) error { return errors.Join(insert(tx, ann), tx.Record(said(ann.ID))) })
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM audit_mention"))
	w.record(t, said(newID()))
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM audit_mention"))
	w.write(t, func(tx domain.Tx) error {
		scrubbed, err := tx.ScrubAudit(ann.ID, []string{"ann@example.org"})
		assert.Equal(t, 2, scrubbed)
		return err
	})
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM audit_mention"))
}
