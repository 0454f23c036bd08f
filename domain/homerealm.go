package domain

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Discover tells a visitor which provider signs in the person of that name; nil: a password is asked for. It is told by the
// domain of the address and by what the tenant has chosen; it never looks at people, so that nobody learns of them.
// An account for emergencies is led to a provider like everybody else, and may ask for the form for passwords.
func (s *Domains) Discover(ctx context.Context, visitor Caller, name string) (*IdentityProvider, error) {
	var p *IdentityProvider
	err := s.store.Read(ctx, visitor.Scope(), func(tx Tx) error {
		p = nil
		tenant, err := tx.Tenant()
		if err != nil || !tenant.SsoEnabled {
			return err
		}
		list, err := tx.ListProviders()
		if err != nil {
			return err
		}
		d, err := domainOf(tx, name)
		if err != nil {
			return err
		}
		switch {
		case d != nil:
			p = leadsTo(list, d.Provider)
		case ssoOnly(tenant.SsoEnabled, tenant.Policies):
			p = leadsTo(list, uuid.Nil)
		}
		return nil
	})
	return p, err
}

// domainOf is the verified domain of an address; nil where there is none.
func domainOf(tx Tx, name string) (*SsoDomain, error) {
	at := strings.LastIndexByte(name, '@')
	if at < 0 {
		return nil, nil
	}
	text, problem := ReadDomain(name[at+1:])
	if problem != "" {
		return nil, nil
	}
	d, err := tx.FindDomain(text)
	if Is(err, CodeNotFound) || err == nil && d.VerifiedAt.IsZero() {
		return nil, nil
	}
	return d, err
}

// leadsTo is the provider of that id, or for uuid.Nil the only one, as far as it lets people in; nil: none.
func leadsTo(list []*IdentityProvider, id uuid.UUID) (found *IdentityProvider) {
	for _, p := range list {
		if !p.asserts() || p.Prefix == "" || id != uuid.Nil && p.ID != id {
			continue
		}
		if found != nil {
			return nil // several, and nobody says which
		}
		found = p
	}
	return found
}

// recheckAfter is how long the answer of the DNS about a verified domain is relied on.
const recheckAfter = day

// Recheck asks the DNS again about the verified domains that are due. A domain without its record leads nowhere after the
// third time; where the DNS does not answer, nothing is learned and it is asked again the next time. Several servers may
// do so at once: of a domain's answers the first one counts.
func (s *Domains) Recheck(ctx context.Context) error {
	tenants, err := s.registry.ListTenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if tenant.Disabled {
			continue
		}
		caller := Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Door: DoorSystem, Mode: ReadWrite, Permissions: NewPermissions(PoliciesManage),
			Actor: Actor{Kind: ActorSystem, Name: "domain check"}}
		list, err := s.List(ctx, caller)
		if err != nil {
			return err
		}
		for _, d := range list {
			if !d.recheckDue(s.now()) {
				continue
			}
			if err := s.recheck(ctx, caller, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *SsoDomain) recheckDue(now time.Time) bool {
	return !d.VerifiedAt.IsZero() && !d.CheckedAt.Add(recheckAfter).After(now)
}

func (s *Domains) recheck(ctx context.Context, caller Caller, d *SsoDomain) error {
	proved, err := s.proves(ctx, d)
	if err != nil {
		return ctx.Err()
	}
	err = s.write(ctx, caller, func(a *act) error {
		_, err := a.checked(d, proved)
		return err
	})
	if Is(err, CodeVersionConflict) || Is(err, CodeNotFound) {
		return nil // another server was first, or it is gone
	}
	return err
}
