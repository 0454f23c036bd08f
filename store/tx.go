package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// ErrConflict tells an [Engine] that a transaction met another one and that running it again will show the
// other's outcome.
var ErrConflict = errors.New("store: conflict with another transaction")

// tx implements [domain.Tx] on a connection. Its methods are in the files of their subjects.
type tx struct {
	ctx     context.Context // of long statements
	short   context.Context // of point statements
	conn    Conn
	dialect *Dialect
	scope   domain.Scope
	writing bool
	now     func() time.Time
	bounds  Bounds

	readers    *personReaders
	names      *groupNames
	named      uint64 // how often names of groups had been forgotten before the transaction
	renames    bool   // groups
	trails     *trails
	generation uint64 // of the tenant, from before the transaction
	read       *readSettings
	settings   *settings            // once asked for
	known      map[uuid.UUID]stored // the people loaded or written so far
	tally      tally
	entries    []*domain.AuditEntry // owed to the ledger, as are the events
	events     []domain.Event
	moved      map[uuid.UUID]int64 // by how many the members of groups have changed, until it is written
	bound      [8]boundID          // the latest
	next       int                 // of bound, to be replaced

	tenant, connection any // of the scope, bound: every statement names them
}

func (db *DB) tx(ctx context.Context, conn Conn, scope domain.Scope, writing bool) *tx {
	t := &tx{ctx: ctx, short: ctx, conn: conn, dialect: db.dialect, scope: scope, writing: writing, now: db.now, bounds: db.bounds,
		readers: &db.readers, names: &db.names, read: &db.read, named: db.names.forgotten.Load(), trails: db.trails, generation: db.trails.generation(scope.Tenant).Load()}
	if db.dialect.Local {
		t.short = context.Background()
	}
	t.tenant, t.connection = db.scopes.arg(db.dialect, scope.Tenant), db.scopes.arg(db.dialect, scope.Connection)
	return t
}

// exec runs a statement and returns how many rows it touched.
func (t *tx) exec(text string, args ...any) (int64, error) {
	touched, err := t.conn.Exec(t.short, t.dialect.SQL(text), t.bind(args))
	return touched, t.dialect.Translate(err)
}

// must is exec for a statement that has to touch a row; otherwise it answers missing.
func (t *tx) must(missing error, text string, args ...any) error {
	touched, err := t.exec(text, args...)
	if err == nil && touched == 0 {
		return missing
	}
	return err
}

// run is exec for a statement whose count does not matter.
func (t *tx) run(text string, args ...any) error {
	_, err := t.exec(text, args...)
	return err
}

// locks tells that what a transaction reads has to be kept for its writes: there is more than one writer at a time.
func (t *tx) locks() bool { return t.writing && !t.dialect.Local }

// hold keeps a row for the rest of a write transaction. It is a statement of its own, before the one that reads: a
// statement that has to wait sees afresh the row that it waited for, but everything that it joins as it was before.
func (t *tx) hold(row string, args ...any) error {
	if !t.locks() {
		return nil
	}
	_, err := t.row(nil, "SELECT 1 FROM "+row+" {lock}", args...)
	return err
}

// row scans the first row of a query into the targets, if any, and reports whether there was one.
func (t *tx) row(targets []any, text string, args ...any) (bool, error) {
	found := false
	err := t.rows(t.short, text, args, func(rows Rows) error {
		if found {
			return nil
		}
		if found = true; len(targets) == 0 {
			return nil
		}
		return rows.Scan(targets...)
	})
	return found, err
}

// rows calls each for every row of a query.
func (t *tx) rows(ctx context.Context, text string, args []any, each func(rows Rows) error) error {
	rows, err := t.conn.Query(ctx, t.dialect.SQL(text), t.bind(args))
	if err != nil {
		return t.dialect.Translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return t.dialect.Translate(errors.Join(rows.Err(), rows.Close()))
}

// ids collects the first column of a query.
func (t *tx) ids(text string, args ...any) ([]uuid.UUID, error) {
	var list []uuid.UUID
	err := t.rows(t.short, text, args, func(rows Rows) error {
		var id uuid.UUID
		if err := rows.Scan((*idTarget)(&id)); err != nil {
			return err
		}
		list = append(list, id)
		return nil
	})
	return list, err
}

// bind gives the arguments the types that drivers understand: ids in the form of the dialect, uuid.Nil as NULL,
// times as microseconds.
func (t *tx) bind(args []any) []any {
	for i, arg := range args {
		switch value := arg.(type) {
		case uuid.UUID:
			args[i] = t.bindID(value)
		case []uuid.UUID:
			args[i] = t.dialect.IDs(value)
		case time.Time:
			args[i] = micros(value)
		case present:
			args[i] = micros(t.now())
		}
	}
	return args
}

// boundID is an id in the form of the dialect.
type boundID struct {
	id  uuid.UUID
	arg any
}

// scopeIDs are the ids of tenants and connections in the form of the dialect, for as many as are busy.
type scopeIDs struct {
	mu    sync.RWMutex
	known map[uuid.UUID]any
}

const maxScopeIDs = 1 << 12

func (s *scopeIDs) arg(d *Dialect, id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	s.mu.RLock()
	arg, found := s.known[id]
	s.mu.RUnlock()
	if found {
		return arg
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxScopeIDs {
		s.known = map[uuid.UUID]any{}
	}
	arg = d.ID(id)
	s.known[id] = arg
	return arg
}

// bindID gives an id the form of the dialect. The statements of a use case name the same few ids.
func (t *tx) bindID(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	for i := range t.bound {
		if t.bound[i].id == id {
			return t.bound[i].arg
		}
	}
	arg := t.dialect.ID(id)
	t.bound[t.next] = boundID{id, arg}
	t.next = (t.next + 1) % len(t.bound)
	return arg
}

// locked adds the words that lock what a statement finds, in a write: a read may not lock, and needs not.
func (t *tx) locked(text, words string) string {
	if t.writing {
		return text + " " + words
	}
	return text
}

// micros is the stored form of a time: microseconds of UTC, 0 for none.
func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}
