package journal_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/journal"
	"github.com/scimbridge/scimbridge/store/storetest"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// flaky is a registry that can fail to write.
type flaky struct {
	domain.Registry
	failure atomic.Pointer[domain.Error]
}

func (f *flaky) RecordProvisioning(ctx context.Context, tenant uuid.UUID, entries []*domain.ProvisioningEntry) error {
	if failure := f.failure.Load(); failure != nil {
		return failure
	}
	return f.Registry.RecordProvisioning(ctx, tenant, entries)
}

// desk is a journal on a store of its own, and somebody who reads it.
type desk struct {
	*journal.Journal
	reader   domain.Caller
	registry *flaky
	engine   *domain.Engine
	now      time.Time
}

func newDesk(t *testing.T, open storetest.Open) *desk {
	t.Helper()
	d := &desk{now: noon}
	clock := func() time.Time { return d.now }
	f := open(t, clock)
	d.registry = &flaky{Registry: f}
	d.engine = domain.New(domain.Config{Store: f, Registry: d.registry, Clock: clock})
	tenant, err := d.engine.Administration.CreateTenant(t.Context(), "acme", "Acme", false, nil)
	require.NoError(t, err)
	d.reader = domain.Caller{Tenant: tenant.ID, Door: domain.DoorRest, Permissions: domain.NewPermissions(domain.ProvisioningLogRead)}
	d.Journal = journal.New(d.engine.Base())
	return d
}

func (d *desk) refuse(at time.Time) {
	caller := d.reader
	caller.Entry = &domain.ProvisioningEntry{At: at, Operation: domain.ProvisioningCreate}
	caller.Entry.Refuse(409, "username_taken", "Username", "The username is taken.", time.Millisecond)
	d.Note(caller)
}

func (d *desk) read(t *testing.T) []*domain.ProvisioningEntry {
	t.Helper()
	list, _, err := d.List(t.Context(), d.reader, domain.ProvisioningQuery{Count: 100})
	require.NoError(t, err)
	return list
}

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	for name, open := range map[string]storetest.Open{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newDesk(t, open))
		})
	}
}

func TestWhoIsRefusedFindsTheReason(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.refuse(noon)
		list := d.read(t)
		require.Len(t, list, 1)
		assert.Equal(t, "The username is taken.", list[0].Message)
		assert.Equal(t, domain.ProvisioningRefused, list[0].Outcome)
	})
}

func TestReadingNeedsThePermission(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite)
	d.reader.Permissions = domain.NewPermissions(domain.AuditRead)
	_, _, err := d.List(t.Context(), d.reader, domain.ProvisioningQuery{})
	assert.True(t, domain.Is(err, domain.CodePermissionDenied))
}

func TestPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite)
	for i := range 5 {
		d.refuse(noon.Add(time.Duration(i) * time.Microsecond))
	}
	list, more, err := d.List(t.Context(), d.reader, domain.ProvisioningQuery{Count: 3})
	require.NoError(t, err)
	assert.True(t, more)
	require.Len(t, list, 3)
	rest, more, err := d.List(t.Context(), d.reader, domain.ProvisioningQuery{Count: 3, Before: list[2].ID})
	require.NoError(t, err)
	assert.False(t, more)
	assert.Len(t, rest, 2)
}

// TestWhatCantBeWrittenWaits: while the database is away entries wait; what it will never take is counted and left out.
func TestWhatCantBeWrittenWaits(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite)
	d.refuse(noon.Add(-time.Second))
	d.registry.failure.Store(domain.Refuse(domain.CodeUnavailable, "", "away"))
	require.Error(t, d.Flush(t.Context()))
	d.registry.failure.Store(nil)
	assert.Len(t, d.read(t), 1)

	d.refuse(noon.Add(-time.Second))
	d.registry.failure.Store(domain.Fail(domain.CodeInternal, errors.New("no such row"), ""))
	require.Error(t, d.Flush(t.Context()))
	d.registry.failure.Store(nil)
	list := d.read(t)
	require.Len(t, list, 2)
	assert.Equal(t, journal.Omitted{Others: 1}, d.Omitted())
	assert.Equal(t, domain.ProvisioningOmitted, list[0].Operation)
}

func TestRunWritesAndEmptiesAtTheEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Run(ctx, func(err error) { assert.NoError(t, err) })
	}()
	for range 1200 {
		d.refuse(noon)
	}
	stop()
	<-ended
	var before uuid.UUID
	for total := 0; total < 1200; {
		list, more, err := d.List(t.Context(), d.reader, domain.ProvisioningQuery{Count: 200, Before: before})
		require.NoError(t, err)
		require.True(t, more || total+len(list) == 1200)
		total += len(list)
		before = list[len(list)-1].ID
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		for i := range 3 {
			d.refuse(noon.Add(-time.Duration(i) * 20 * 24 * time.Hour))
		}
		require.NoError(t, d.Flush(t.Context()))
		require.NoError(t, d.Forget(t.Context()))
		assert.Len(t, d.read(t), 2, "30 days unless the tenant says otherwise")
		operator, err := d.engine.Administration.Operator(t.Context(), "acme")
		require.NoError(t, err)
		_, err = d.engine.Administration.UpdateTenant(t.Context(), operator, domain.TenantChange{Policies: map[string]string{"ProvisioningLogTtl": "24h"}})
		require.NoError(t, err)
		require.NoError(t, d.Forget(t.Context()))
		assert.Len(t, d.read(t), 1)
	})
}
