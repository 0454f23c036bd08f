package feed

import (
	"context"

	"github.com/scimbridge/scimbridge/domain"
)

// Gone disables a subscription whose receiver says that it is gone for good. What waits for it waits until somebody
// enables it again.
func (f *Feed) Gone(ctx context.Context, subscription *domain.Subscription) error {
	return f.Write(ctx, system(subscription.Tenant), func(w *domain.Work) error {
		s, err := w.Tx().FindSubscription(subscription.ID)
		if domain.Is(err, domain.CodeNotFound) || err == nil && !s.Enabled {
			return nil
		}
		if err != nil {
			return err
		}
		s.Enabled, s.UpdatedAt = false, w.Now()
		w.Noting("The receiver answered that it is gone (410).")
		note(w, domain.EventSubscriptionDisabled, s, domain.Change{Attribute: "Enabled", Before: "true", After: "false"})
		return w.Tx().UpdateSubscription(s)
	})
}
