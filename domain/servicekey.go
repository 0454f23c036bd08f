package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// ServiceKey is a key by which we are known to an identity provider: it encrypts for all that are published, and we sign
// with the newest that has come into its time.
type ServiceKey struct {
	Provider    uuid.UUID
	Generation  int    // from 1; one is taken once
	Certificate []byte // X.509, DER
	Private     []byte // PKCS #8, DER; in memory only
	Sealed      []byte // Private, sealed for serviceKeyPurpose
	CreatedAt   time.Time
	SignsAt     time.Time // after CreatedAt where another key came before, so that the provider learns of it first
	EndsAt      time.Time // from when it is neither published nor used; zero: there is no newer one
}

// Published reports whether the provider is told of the key now, and whether we decrypt with it.
func (k *ServiceKey) Published(now time.Time) bool {
	return k.EndsAt.IsZero() || now.Before(k.EndsAt)
}

// serviceKeyOverlap is how long a new key is published before we sign with it, and how long the old one is used after that.
const serviceKeyOverlap = 7 * day

func serviceKeyPurpose(tenant, provider uuid.UUID) string {
	return "service-key:" + tenant.String() + ":" + provider.String()
}

// ServiceKeyTx keeps the keys by which we are known to identity providers.
type ServiceKeyTx interface {
	// ListServiceKeys loads all keys of the provider, sealed, the newest first.
	ListServiceKeys(provider uuid.UUID) ([]*ServiceKey, error)
	// InsertServiceKey stores a key, and tells whether its generation was free.
	InsertServiceKey(k *ServiceKey) (bool, error)
	// EndServiceKeys ends all keys of a lower generation at that time, where they don't end before.
	EndServiceKeys(provider uuid.UUID, before int, at time.Time) error
}

// NewServiceKey makes a key pair, and a certificate for it. It takes a while.
type NewServiceKey func() (certificate, private []byte, err error)

// ServiceKeys gives the keys that are published now, opened, the one that signs first. The first key of a provider is made
// on the way; of servers that do so at once one wins.
func (g *Gatekeeper) ServiceKeys(ctx context.Context, caller Caller, provider uuid.UUID, make NewServiceKey) ([]*ServiceKey, error) {
	list, err := g.serviceKeys(ctx, caller, provider)
	if err != nil || len(list) > 0 {
		return list, err
	}
	fresh, err := g.newServiceKey(caller, provider, make)
	if err != nil {
		return nil, err
	}
	err = g.store.Write(ctx, caller.Scope(), func(tx Tx) error {
		fresh.Generation, fresh.CreatedAt, fresh.SignsAt = 1, g.now(), g.now()
		_, err := tx.InsertServiceKey(fresh)
		return err
	})
	if err != nil {
		return nil, err
	}
	return g.serviceKeys(ctx, caller, provider)
}

// newServiceKey makes a key and seals it, outside of any transaction.
func (e *engine) newServiceKey(caller Caller, provider uuid.UUID, make NewServiceKey) (*ServiceKey, error) {
	certificate, private, err := make()
	if err != nil {
		return nil, err
	}
	sealed, err := e.secrets.Seal(string(private), serviceKeyPurpose(caller.Tenant, provider))
	return &ServiceKey{Provider: provider, Certificate: certificate, Sealed: sealed}, err
}

func (g *Gatekeeper) serviceKeys(ctx context.Context, caller Caller, provider uuid.UUID) (list []*ServiceKey, err error) {
	var stored []*ServiceKey
	err = g.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		stored, err = tx.ListServiceKeys(provider)
		return err
	})
	if err != nil {
		return nil, err
	}
	now := g.now()
	var ahead []*ServiceKey // published, but not signing yet
	for _, k := range stored {
		if !k.Published(now) {
			continue
		}
		private, err := g.secrets.Open(k.Sealed, serviceKeyPurpose(caller.Tenant, provider))
		if err != nil {
			return nil, err
		}
		if k.Private = []byte(private); k.SignsAt.After(now) {
			ahead = append(ahead, k)
		} else {
			list = append(list, k)
		}
	}
	return append(list, ahead...), nil
}

// RotateServiceKey makes a new key for a provider. For a week it is only published, so that the provider can learn of it;
// for another week the old one still decrypts.
//
// Errors: identity_provider_not_found.
func (s *Providers) RotateServiceKey(ctx context.Context, caller Caller, provider uuid.UUID, make NewServiceKey) (*ServiceKey, error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	fresh, err := s.newServiceKey(caller, provider, make)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, caller, func(a *act) error {
		if _, err := a.tx.FindProvider(provider); err != nil {
			return err
		}
		before, err := a.tx.ListServiceKeys(provider)
		if err != nil {
			return err
		}
		fresh.Generation, fresh.CreatedAt, fresh.SignsAt = 1, a.now, a.now
		if len(before) > 0 {
			fresh.Generation, fresh.SignsAt = before[0].Generation+1, a.now.Add(serviceKeyOverlap)
			if err := a.tx.EndServiceKeys(provider, fresh.Generation, fresh.SignsAt.Add(serviceKeyOverlap)); err != nil {
				return err
			}
		}
		inserted, err := a.tx.InsertServiceKey(fresh)
		if err == nil && !inserted {
			err = Refuse(CodeVersionConflict, "", "Somebody else rotated the key at the same time.")
		}
		a.happened(EventProviderUpdated)
		a.entry.Changes = append(a.entry.Changes, Change{"IdentityProviderId", "", provider.String()},
			Change{"ServiceKeySignsAt", "", fresh.SignsAt.Format(time.RFC3339)})
		return err
	})
	return fresh, err
}
