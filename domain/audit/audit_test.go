package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/store/storetest"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// hall is the audit of a tenant of its own, and somebody who may read it.
type hall struct {
	*storetest.Fixture
	*audit.Audit
	reader domain.Caller
}

func newHall(t testing.TB, open storetest.Open, lines int) *hall {
	t.Helper()
	f := open(t, func() time.Time { return noon })
	scope := f.NewTenant(t, "acme")
	h := &hall{f, audit.New(domain.New(domain.Config{Store: f, Registry: f}).Base()),
		domain.Caller{Tenant: scope.Tenant, Permissions: domain.NewPermissions(domain.AuditRead)}}
	for from := 0; from < lines; from += 500 {
		require.NoError(t, f.Write(t.Context(), scope, func(tx domain.Tx) error {
			for i := from; i < min(from+500, lines); i++ {
				if err := tx.Record(&domain.AuditEntry{ID: uuid.New(), At: noon, Actor: domain.Actor{Kind: domain.ActorPerson, ID: uuid.New(), Name: fmt.Sprint("name", i)},
					Door: domain.DoorRest, Action: domain.EventPersonUpdated, Effects: []domain.EventType{domain.EventPersonUpdated}, Person: uuid.New(),
					Changes: []domain.Change{{Attribute: "Title", Before: "a", After: fmt.Sprint(i)}}, RequestID: "r"}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return h
}

func (h *hall) verify(t testing.TB, heads ...domain.AuditHead) audit.Report {
	t.Helper()
	report, err := h.Verify(t.Context(), h.reader, heads, func(int64) {})
	require.NoError(t, err)
	return report
}

func each(t *testing.T, test func(t *testing.T, open storetest.Open)) {
	for name, open := range map[string]storetest.Open{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// tampering is something that is done to the lines of an audit, and the first line at which it shows.
type tampering struct {
	name  string
	do    func(h *hall, t testing.TB, a, b int) // 3 <= a < b <= lines
	kind  audit.Kind
	first func(a, b, lines int) int
}

func firstA(a, _, _ int) int { return a }

// shift moves the lines from there on by so many places, without meeting the ones that are there.
func (h *hall) shift(t testing.TB, from, by int) {
	h.SQL(t, "UPDATE audit_event SET audit_index = -audit_index - ? WHERE audit_index >= ?", by, from)
	h.SQL(t, "UPDATE audit_event SET audit_index = -audit_index WHERE audit_index < 0")
}

const copied = `INSERT INTO audit_event (tenant_id, audit_id, at, actor_kind, actor_id, actor_name, door, action, effects, person_id, group_id, changes,
	note, request_id, ip, audit_index, payload_salt, payload_digest, chain_hash)
	SELECT tenant_id, audit_id, at, actor_kind, actor_id, actor_name, door, action, effects, person_id, group_id, changes,
	note, request_id, ip, ?, payload_salt, payload_digest, chain_hash FROM audit_event WHERE audit_index = ?`

func change(set string) func(h *hall, t testing.TB, a, b int) {
	return func(h *hall, t testing.TB, a, _ int) {
		h.SQL(t, "UPDATE audit_event SET "+set+" WHERE audit_index = ?", a)
	}
}

var tamperings = []tampering{
	{"action", change("action = 'USER_LOCKED'"), audit.Changed, firstA},
	{"time", change("at = at + 1"), audit.Changed, firstA},
	{"effects", change(`effects = '["USER_LOCKED"]'`), audit.Changed, firstA},
	{"person", change("person_id = NULL"), audit.Changed, firstA},
	{"request", change("request_id = 'other'"), audit.Changed, firstA},
	{"name of the actor", change("actor_name = 'nobody'"), audit.Changed, firstA},
	{"address", change("ip = '192.0.2.77'"), audit.Changed, firstA},
	{"changes", change("changes = '[]', note = 'x'"), audit.Changed, firstA},
	{"salt", change("payload_salt = payload_digest"), audit.Changed, firstA},
	{"digest", change("payload_digest = chain_hash"), audit.Changed, firstA},
	{"hash", change("chain_hash = payload_digest"), audit.Changed, firstA},
	{"no seal", change("payload_salt = NULL, payload_digest = NULL, chain_hash = NULL"), audit.Changed, firstA},
	{"something said of people though it was scrubbed", change("payload_salt = NULL, actor_name = 'nobody'"), audit.Changed, firstA},
	{"deleted", func(h *hall, t testing.TB, a, _ int) {
		h.SQL(t, "DELETE FROM audit_event WHERE audit_index = ?", a)
	}, audit.Deleted, firstA},
	{"deleted, the others moved up", func(h *hall, t testing.TB, a, _ int) {
		h.SQL(t, "DELETE FROM audit_event WHERE audit_index = ?", a)
		h.shift(t, a+1, -1)
	}, audit.Deleted, firstA},
	{"several deleted", func(h *hall, t testing.TB, a, b int) {
		h.SQL(t, "DELETE FROM audit_event WHERE audit_index >= ? AND audit_index < ?", a, b)
	}, audit.Deleted, firstA},
	{"swapped", func(h *hall, t testing.TB, a, b int) {
		h.SQL(t, "UPDATE audit_event SET audit_index = -1 WHERE audit_index = ?", a)
		h.SQL(t, "UPDATE audit_event SET audit_index = ? WHERE audit_index = ?", a, b)
		h.SQL(t, "UPDATE audit_event SET audit_index = ? WHERE audit_index = -1", b)
	}, audit.Reordered, firstA},
	{"inserted", func(h *hall, t testing.TB, a, b int) {
		h.shift(t, a, 1)
		h.SQL(t, copied, a, b+1)
		h.SQL(t, "UPDATE audit_event SET person_id = NULL WHERE audit_index = ?", a)
	}, audit.Inserted, firstA},
	{"a later one repeated", func(h *hall, t testing.TB, a, b int) {
		h.shift(t, a, 1)
		h.SQL(t, copied, a, b+1)
	}, audit.Inserted, firstA},
	{"an earlier one repeated", func(h *hall, t testing.TB, a, b int) {
		h.shift(t, b, 1)
		h.SQL(t, copied, b, a)
	}, audit.Inserted, func(_, b, _ int) int { return b }},
	{"added at the end", func(h *hall, t testing.TB, a, _ int) {
		h.SQL(t, copied, h.Number(t, "SELECT MAX(audit_index) + 1 FROM audit_event"), a)
		h.SQL(t, "UPDATE audit_event SET audit_id = tenant_id WHERE audit_index = (SELECT MAX(audit_index) FROM audit_event)")
	}, audit.Changed, func(_, _, lines int) int { return lines + 1 }},
	{"cut", func(h *hall, t testing.TB, a, _ int) {
		h.SQL(t, "DELETE FROM audit_event WHERE audit_index >= ?", a)
	}, audit.Cut, firstA},
	{"cut, and the head", func(h *hall, t testing.TB, a, _ int) {
		h.SQL(t, "DELETE FROM audit_event WHERE audit_index >= ?", a)
		h.SQL(t, `UPDATE ledger_head SET audit_index = (SELECT COUNT(*) FROM audit_event), audit_hash = (SELECT chain_hash FROM audit_event ORDER BY audit_index DESC LIMIT 1)`)
	}, audit.Cut, firstA},
}

// TestTamperingIsFound does each to any lines of an audit, and demands that the first line is named at which it shows.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	const lines = 12
	each(t, func(t *testing.T, open storetest.Open) {
		h := newHall(t, open, lines-2) // a tenant and a connection were made
		whole := h.verify(t)
		require.Nil(t, whole.Fault)
		require.Equal(t, int64(lines), whole.Lines)
		h.SQL(t, "CREATE TABLE kept_event AS SELECT * FROM audit_event")
		h.SQL(t, "CREATE TABLE kept_head AS SELECT * FROM ledger_head")
		rapid.Check(t, func(r *rapid.T) {
			done := rapid.SampledFrom(tamperings).Draw(r, "tampering")
			a := rapid.IntRange(3, lines-1).Draw(r, "a")
			b := rapid.IntRange(a+1, lines).Draw(r, "b")
			defer h.restore(t)
			done.do(h, t, a, b)
			fault := h.verify(t, whole.Head).Fault
			if fault == nil {
				r.Fatalf("%s of %d and %d is not found", done.name, a, b)
			}
			if want := int64(done.first(a, b, lines)); fault.Index != want || fault.Kind != done.kind {
				r.Fatalf("%s of %d and %d: %+v", done.name, a, b, *fault)
			}
		})
		require.Equal(t, whole.Head, h.verify(t, whole.Head).Head)
	})
}

// restore brings back what was kept; the columns that the database numbers itself are left to it.
func (h *hall) restore(t testing.TB) {
	h.SQL(t, "DELETE FROM audit_event")
	const columns = `tenant_id, audit_id, at, actor_kind, actor_id, actor_name, door, action, effects, person_id, group_id, changes,
		note, request_id, ip, audit_index, payload_salt, payload_digest, chain_hash`
	h.SQL(t, "INSERT INTO audit_event ("+columns+") SELECT "+columns+" FROM kept_event")
	h.SQL(t, "UPDATE ledger_head SET audit_index = (SELECT audit_index FROM kept_head), audit_hash = (SELECT audit_hash FROM kept_head)")
}

// TestHistoryThatWasWrittenAnew: who makes all hashes anew has a chain, but not the one whose head was signed.
func TestHistoryThatWasWrittenAnew(t *testing.T) {
	t.Parallel()
	h, other := newHall(t, storetest.SQLite, 8), newHall(t, storetest.SQLite, 9)
	head := other.verify(t).Head
	head.Tenant, head.Index = h.reader.Tenant, 7
	report := h.verify(t, head)
	require.NotNil(t, report.Fault)
	assert.Equal(t, audit.Rewritten, report.Fault.Kind)
	assert.Equal(t, int64(7), report.Fault.Index)

	good := h.verify(t).Head
	h.SQL(t, "UPDATE ledger_head SET unchained = 4")
	h.SQL(t, "UPDATE audit_event SET chain_hash = NULL WHERE audit_index <= 4")
	report = h.verify(t, good)
	require.NotNil(t, report.Fault)
	assert.Equal(t, audit.Fault{Index: 1, Kind: audit.Rewritten, Message: report.Fault.Message}, *report.Fault)
}

func TestHeadThatWasChanged(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.SQLite, 3)
	h.SQL(t, "UPDATE ledger_head SET audit_hash = (SELECT chain_hash FROM audit_event WHERE audit_index = 2)")
	assert.Equal(t, audit.Changed, h.verify(t).Fault.Kind)
}

// TestLinesOlderThanTheChain: they are told of and say nothing; the chain begins behind them.
func TestLinesOlderThanTheChain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, open storetest.Open) {
		h := newHall(t, open, 0)
		h.SQL(t, "UPDATE audit_event SET payload_salt = NULL, payload_digest = NULL, chain_hash = NULL")
		h.SQL(t, "UPDATE ledger_head SET unchained = audit_index, audit_hash = NULL")
		require.Nil(t, h.verify(t).Fault)
		require.NoError(t, h.Write(t.Context(), h.reader.Scope(), func(tx domain.Tx) error {
			return tx.Record(&domain.AuditEntry{ID: uuid.New(), At: noon, Action: domain.EventPersonUpdated})
		}))
		report := h.verify(t)
		require.Nil(t, report.Fault)
		assert.Equal(t, int64(2), report.Unchained)
		assert.Equal(t, int64(3), report.Lines)
	})
}

func TestReadingNeedsThePermission(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.SQLite, 0)
	h.reader.Permissions = domain.NewPermissions(domain.PersonsRead)
	_, _, err := h.List(t.Context(), h.reader, domain.AuditQuery{})
	assert.True(t, domain.Is(err, domain.CodePermissionDenied))
	_, err = h.Export(t.Context(), h.reader, 0, nil)
	assert.True(t, domain.Is(err, domain.CodePermissionDenied))
	_, err = h.Verify(t.Context(), h.reader, nil, nil)
	assert.True(t, domain.Is(err, domain.CodePermissionDenied))
}

func TestExportGoesOn(t *testing.T) {
	t.Parallel()
	h := newHall(t, storetest.SQLite, 1200)
	var seen []int64
	head, err := h.Export(t.Context(), h.reader, 100, func(e *domain.AuditEntry) error {
		seen = append(seen, e.Index)
		return nil
	})
	require.NoError(t, err)
	assert.Len(t, seen, 1102)
	assert.Equal(t, int64(101), seen[0])
	assert.Equal(t, int64(1202), head.Index)
}

func BenchmarkVerify(b *testing.B) {
	const lines = 10_000
	h := newHall(b, storetest.SQLite, lines)
	b.ReportAllocs()
	for b.Loop() {
		require.Nil(b, h.verify(b).Fault)
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
