package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

var headPromises = []promise{
	{"events and audit rows are numbered without gaps, a tenant for itself", numbered},
	{"operators' acts are numbered like others", operatorsNumbered},
	{"an event keeps its act, attributes and data", eventDetails},
}

// act records one line of audit with so many events.
func act(tx domain.Tx, events int) error {
	e := entry(domain.EventPersonUpdated)
	if err := tx.Record(e); err != nil {
		return err
	}
	list := make([]domain.Event, events)
	for i := range list {
		list[i] = e.Event()
		list[i].ID = newID()
	}
	return tx.Append(list)
}

// numbers demands that the tenant's numbers are 1 to the last one, and that the head knows it.
func (w *world) numbers(t testing.TB, scope domain.Scope, table, column string, last int) {
	t.Helper()
	assert.Equal(t, fmt.Sprint(last, " 1 ", last, " ", last), w.Text(t, fmt.Sprintf(`SELECT COUNT(*) || ' ' || MIN(%[1]s) || ' ' || MAX(%[1]s) || ' ' ||
		(SELECT %[1]s FROM ledger_head WHERE tenant_id = ?) FROM %[2]s WHERE tenant_id = ?`, column, table), scope.Tenant, scope.Tenant))
}

func numbered(t *testing.T, open Open) {
	w := newWorld(t, open)
	other := w.NewTenant(t, "other")
	w.write(t, func(tx domain.Tx) error { return act(tx, 3) })
	w.write(t, func(tx domain.Tx) error { return nil })
	require.ErrorIs(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
		require.NoError(t, act(tx, 5))
		return ErrInjected
	}), ErrInjected)
	w.write(t, func(tx domain.Tx) error { return act(tx, 1) })
	w.numbers(t, w.Scope, "domain_event", "event_index", 2+4)
	w.numbers(t, w.Scope, "audit_event", "audit_index", 2+2)
	w.numbers(t, other, "domain_event", "event_index", 2)
}

func operatorsNumbered(t *testing.T, open Open) {
	w := newWorld(t, open)
	e := entry(domain.EventTenantUpdated)
	require.NoError(t, w.UpdateTenant(ctx(), &domain.Tenant{ID: w.Scope.Tenant, Slug: "acme", Name: "Acme Ltd"}, e))
	assert.Equal(t, int64(3), e.Index)
	w.numbers(t, w.Scope, "domain_event", "event_index", 3)
	w.numbers(t, w.Scope, "audit_event", "audit_index", 3)
}

func eventDetails(t *testing.T, open Open) {
	w := newWorld(t, open)
	e := entry(domain.EventPersonUpdated)
	e.Changes = []domain.Change{{Attribute: "FirstName", After: "Ann"}, {Attribute: "LastName"}, {Attribute: "FirstName", Before: "x"}}
	event := e.Event()
	event.Data = map[string]string{"Reason": "left"}
	w.write(t, func(tx domain.Tx) error { return tx.Append([]domain.Event{event}) })
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM domain_event WHERE event_id = ? AND audit_id = ? AND event_index = 3", e.ID, e.ID))
	assert.JSONEq(t, `["FirstName","LastName"]`, w.Text(t, "SELECT attributes FROM domain_event WHERE event_index = 3"))
	assert.JSONEq(t, `{"Reason":"left"}`, w.Text(t, "SELECT data FROM domain_event WHERE event_index = 3"))
}

// numberedTogether lets two replicas write at once, some of it in vain.
func numberedTogether(t *testing.T, open Open) {
	w := newWorld(t, open)
	replicas := []*store.DB{w.DB, w.Another(t)}
	for i, err := range together(60, func(i int) error {
		return replicas[i%2].Write(ctx(), w.Scope, func(tx domain.Tx) error {
			err := act(tx, 1+i%3)
			if err == nil {
				err = insert(tx, user(fmt.Sprint("u", i)))
			}
			if err == nil && i%5 == 0 {
				return ErrInjected
			}
			return err
		})
	}) {
		if i%5 != 0 {
			assert.NoError(t, err)
		}
	}
	w.numbers(t, w.Scope, "audit_event", "audit_index", 2+48)
	w.numbers(t, w.Scope, "domain_event", "event_index", 2+48+2*48/2)
	assert.Zero(t, w.Number(t, `SELECT COUNT(*) FROM domain_event a JOIN domain_event b ON b.tenant_id = a.tenant_id
		AND b.event_index > a.event_index AND b.sequence < a.sequence WHERE a.tenant_id = ?`, w.Scope.Tenant))
}
