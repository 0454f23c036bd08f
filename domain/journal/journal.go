package journal

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// MaxCount is how many entries a page has at most.
const MaxCount = 200

// Journal keeps the provisioning log.
type Journal struct {
	base    domain.Base
	pending *pending
}

// New makes the journal of an engine. Entries gather in memory until Run or List writes them.
func New(base domain.Base) *Journal {
	return &Journal{base: base, pending: newPending()}
}

// List is a page of the log, newest first; more tells that there are older entries. What this process has not written yet
// is written first, so that whoever has just been refused finds the reason.
func (j *Journal) List(ctx context.Context, caller domain.Caller, query domain.ProvisioningQuery) (list []*domain.ProvisioningEntry, more bool, err error) {
	if err := caller.Require(domain.ProvisioningLogRead); err != nil {
		return nil, false, err
	}
	if err := j.Flush(ctx); err != nil {
		return nil, false, err
	}
	count := min(max(query.Count, 1), MaxCount)
	query.Count = count + 1
	err = j.base.Read(ctx, caller, func(tx domain.Tx) error {
		list, err = tx.ListProvisioning(query)
		return err
	})
	if len(list) > count {
		return list[:count], true, err
	}
	return list, false, err
}

// forgetAtOnce is how many entries are removed in one transaction, so that nobody waits for long.
const forgetAtOnce = 500

// Forget removes the entries that are older than their tenant wants to keep them (policy ProvisioningLogTtl).
func (j *Journal) Forget(ctx context.Context) error {
	tenants, err := j.base.Registry().ListTenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if err := j.forget(ctx, tenant.ID, j.base.Now().Add(-tenant.Policies.Duration(domain.PolicyProvisioningLogTTL))); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) forget(ctx context.Context, tenant uuid.UUID, before time.Time) error {
	for gone := forgetAtOnce; gone == forgetAtOnce && ctx.Err() == nil; {
		var err error
		gone, err = j.base.Registry().ForgetProvisioning(ctx, tenant, before, forgetAtOnce)
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
