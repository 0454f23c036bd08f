package feed

import (
	"context"
	"errors"
	"time"
)

const (
	// kept is how long events and their deliveries are kept.
	kept = 14 * 24 * time.Hour
	// forgetBatch is how many events are removed in one transaction.
	forgetBatch = 1000
)

// Forget removes the events, and the deliveries, that are older than two weeks, of all tenants.
func (f *Feed) Forget(ctx context.Context) error {
	tenants, err := f.Registry().ListTenants(ctx)
	failures := []error{err}
	then := f.Now().Add(-kept)
	for _, tenant := range tenants {
		for ctx.Err() == nil {
			removed, err := f.Registry().ForgetEvents(ctx, tenant.ID, then, forgetBatch)
			if removed < forgetBatch || err != nil {
				failures = append(failures, err)
				break
			}
		}
	}
	return errors.Join(failures...)
}
