package domain

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// SsoDomain is the domain of e-mail addresses whose people sign in through an identity provider of the tenant. It leads
// nowhere before the tenant has proved, by a record in the DNS, that the domain is its own; it is one tenant's at a time then.
type SsoDomain struct {
	Name       string    // in lower case and ASCII (RFC 5890, A-labels), without a dot at its end
	Provider   uuid.UUID // whom it leads to; uuid.Nil: the only enabled one
	Token      string    // what the record has to say. It is no secret, but nobody else's
	VerifiedAt time.Time // zero: not, or not any more
	CheckedAt  time.Time // when the DNS last answered, whatever it said
	Misses     int       // how often since then the record was not there
	CreatedAt  time.Time
}

// RecordName is where in the DNS the proof of the domain is looked for, as a TXT record.
func (d *SsoDomain) RecordName() string { return "_scimbridge." + d.Name }

// RecordText is what the record has to say.
func (d *SsoDomain) RecordText() string { return "scimbridge-verification=" + d.Token }

// Resolver asks the DNS.
type Resolver interface {
	// LookupTXT gives the texts of the TXT records of a name; none, and no error, where the name has none. An error says
	// that nobody knows.
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

type noResolver struct{}

// LookupTXT implements Resolver.
func (noResolver) LookupTXT(context.Context, string) ([]string, error) {
	return nil, errors.New("domain: there is nobody to ask about the DNS")
}

// resolveTime is how long an answer of the DNS is waited for.
const resolveTime = 5 * time.Second

// maxDomains is how many domains a tenant may name.
const maxDomains = 100

// Domains keeps the domains of e-mail addresses by which people are led to where they sign in.
type Domains struct{ *engine }

// List is all domains of the tenant in the order of their names.
func (s *Domains) List(ctx context.Context, caller Caller) (list []*SsoDomain, err error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	err = s.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		list, err = tx.ListDomains()
		return err
	})
	return list, err
}

// Find gives one domain.
//
// Errors: not_found.
func (s *Domains) Find(ctx context.Context, caller Caller, text string) (d *SsoDomain, err error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	name, _ := ReadDomain(text)
	err = s.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		d, err = tx.FindDomain(name)
		return err
	})
	return d, err
}

// Add names a domain, which is to be verified next. Provider may be uuid.Nil.
//
// Errors: validation_failed, identity_provider_not_found; domain_taken where the tenant has it already.
func (s *Domains) Add(ctx context.Context, caller Caller, text string, provider uuid.UUID) (*SsoDomain, error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	name, problem := ReadDomain(text)
	if problem != "" {
		return nil, (problems{{"Domain", problem}}).err()
	}
	var d *SsoDomain
	err := s.write(ctx, caller, func(a *act) error {
		// The token tells whose the record is. Who knows it can do nothing with it, so that an id is good enough.
		d = &SsoDomain{Name: name, Provider: provider, Token: a.newID().String(), CreatedAt: a.now}
		if provider != uuid.Nil {
			if _, err := a.tx.FindProvider(provider); err != nil {
				return err
			}
		}
		list, err := a.tx.ListDomains()
		if err != nil {
			return err
		}
		if len(list) >= maxDomains {
			return Refuse(CodeValidation, "Domain", "A tenant has up to %d domains; remove one first.", maxDomains)
		}
		a.happened(EventDomainCreated)
		a.domainChanged(d, Change{"IdentityProviderId", "", idText(provider)})
		a.result = d
		return a.tx.InsertDomain(d)
	})
	return d, err
}

func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func (a *act) domainChanged(d *SsoDomain, changes ...Change) {
	a.entry.Note = "domain " + d.Name
	for _, change := range changes {
		if change.Before != change.After {
			a.entry.Changes = append(a.entry.Changes, change)
		}
	}
}

// Verify looks for the proof in the DNS, and from then on the domain leads to the provider.
//
// Errors: not_found; domain_unproven without the record, unavailable when the DNS does not answer; domain_taken for a
// domain that another tenant has verified; version_conflict.
func (s *Domains) Verify(ctx context.Context, caller Caller, text string) (*SsoDomain, error) {
	d, err := s.Find(ctx, caller, text) // who may not verify may not look either
	if err != nil {
		return nil, err
	}
	proved, err := s.proves(ctx, d)
	if err != nil {
		return nil, Fail(CodeUnavailable, err, "The DNS gave no answer about "+d.RecordName()+"; try again in a while.")
	}
	if !proved {
		return nil, Refuse(CodeDomainUnproven, "Domain", "The DNS has no TXT record %s that says %s; add it, and try again once the DNS tells of it.", d.RecordName(), d.RecordText())
	}
	err = s.write(ctx, caller, func(a *act) (err error) {
		d, err = a.checked(d, true)
		return err
	})
	return d, err
}

// proves asks the DNS. It takes its time, so it is done outside of transactions.
func (s *Domains) proves(ctx context.Context, d *SsoDomain) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	texts, err := s.resolver.LookupTXT(ctx, d.RecordName()+".") // the dot keeps the machine's own search list out
	return slices.Contains(texts, d.RecordText()), err
}

// missesAllowed is how many times in a row the record may be missing before the domain leads nowhere.
const missesAllowed = 2

// checked stores what the DNS said of the domain since it was read.
func (a *act) checked(read *SsoDomain, proved bool) (*SsoDomain, error) {
	d := *read
	d.CheckedAt, d.Misses = a.now, d.Misses+1
	switch {
	case proved && read.VerifiedAt.IsZero():
		d.VerifiedAt, d.Misses = a.now, 0
		a.happened(EventDomainVerified)
		a.domainChanged(&d)
	case proved:
		d.Misses = 0
	case d.Misses > missesAllowed:
		d.VerifiedAt = zeroTime
		a.happened(EventDomainUnverified)
		a.domainChanged(&d)
	}
	return &d, a.tx.UpdateDomain(&d, read.CheckedAt)
}

// Remove forgets a domain.
//
// Errors: not_found.
func (s *Domains) Remove(ctx context.Context, caller Caller, text string) error {
	if err := caller.Require(PoliciesManage); err != nil {
		return err
	}
	name, _ := ReadDomain(text)
	return s.write(ctx, caller, func(a *act) error {
		d, err := a.tx.FindDomain(name)
		if err != nil {
			return err
		}
		a.happened(EventDomainDeleted)
		a.domainChanged(d, Change{"IdentityProviderId", idText(d.Provider), ""})
		return a.tx.DeleteDomain(name)
	})
}
