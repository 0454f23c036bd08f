package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/console"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/sso"
)

// resolver asks the DNS by the machine's own settings.
type resolver struct{ *net.Resolver }

// LookupTXT implements domain.Resolver.
func (r resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	texts, err := r.Resolver.LookupTXT(ctx, name)
	if failure, is := errors.AsType[*net.DNSError](err); is && failure.IsNotFound {
		return nil, nil
	}
	return texts, err
}

// recheckEvery is how often domains are looked for whose proof is due.
const recheckEvery = time.Hour

// elsewhere leads whoever signs in on the pages to the provider that does so, by what their address tells.
func elsewhere(engine *domain.Engine) func(ctx context.Context, visitor domain.Caller, name string) (string, error) {
	return func(ctx context.Context, visitor domain.Caller, name string) (string, error) {
		provider, err := engine.Domains.Discover(ctx, visitor, name)
		if err != nil || provider == nil {
			return "", err
		}
		return sso.Prefix + "/" + visitor.TenantSlug + "/" + provider.Prefix + "/login?ReturnTo=" + url.QueryEscape(console.Home(visitor.TenantSlug)), nil
	}
}

// domainCommands are what an operator does about the domains of e-mail addresses.
type domainCommands struct {
	Add    domainAdd    `cmd:"" help:"Name a domain of a tenant, and tell the record that proves it."`
	List   domainList   `cmd:"" help:"List the domains of a tenant."`
	Verify domainVerify `cmd:"" help:"Look for the proof of a domain in the DNS."`
	Remove domainRemove `cmd:"" help:"Remove a domain."`
}

// domainView is a domain as the commands show it.
type domainView struct {
	Domain             string
	Readable           string `json:",omitempty"` // where it is written in another script
	IdentityProviderID string `json:"IdentityProviderId,omitempty"`
	Record, Text       string
	VerifiedAt         time.Time `json:",omitzero"`
	CheckedAt          time.Time `json:",omitzero"`
}

func viewDomain(d *domain.SsoDomain) domainView {
	view := domainView{Domain: d.Name, Record: d.RecordName(), Text: d.RecordText(), VerifiedAt: d.VerifiedAt, CheckedAt: d.CheckedAt}
	if readable := d.Readable(); readable != d.Name {
		view.Readable = readable
	}
	if d.Provider != uuid.Nil {
		view.IdentityProviderID = d.Provider.String()
	}
	return view
}

func (v domainView) line() string {
	name := v.Domain
	if v.Readable != "" {
		name += " (" + v.Readable + ")"
	}
	if v.VerifiedAt.IsZero() {
		return fmt.Sprintf("%s  not verified: TXT record %s has to say %s", name, v.Record, v.Text)
	}
	return fmt.Sprintf("%s  verified %s  %s", name, v.VerifiedAt.Format(time.DateOnly), v.IdentityProviderID)
}

type domainAdd struct {
	databaseFlags
	tenantFlag
	Domain   string `arg:"" help:"Domain of e-mail addresses, like example.com."`
	Provider string `help:"Prefix or id of the provider that it leads to; without it the tenant's only enabled one."`
}

// Run adds the domain.
func (c *domainAdd) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		provider := uuid.Nil
		if c.Provider != "" {
			found, err := providerOf(p, engine, operator, c.Provider)
			if err != nil {
				return err
			}
			provider = found.ID
		}
		added, err := engine.Domains.Add(p, operator, c.Domain, provider)
		if err != nil {
			return err
		}
		view := viewDomain(added)
		return p.show(view, view.line())
	})
}

type domainList struct {
	databaseFlags
	tenantFlag
}

// Run lists the domains.
func (c *domainList) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		domains, err := engine.Domains.List(p, operator)
		if err != nil {
			return err
		}
		list := listOf(domains, viewDomain)
		lines := []string{}
		for _, view := range list.Items {
			lines = append(lines, view.line())
		}
		if len(lines) == 0 {
			lines = []string{"The tenant has no domain yet."}
		}
		return p.show(list, lines...)
	})
}

type domainVerify struct {
	databaseFlags
	tenantFlag
	Domain string `arg:"" help:"The domain."`
}

// Run verifies the domain.
func (c *domainVerify) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		verified, err := engine.Domains.Verify(p, operator, c.Domain)
		if err != nil {
			return err
		}
		view := viewDomain(verified)
		return p.show(view, view.line())
	})
}

type domainRemove struct {
	databaseFlags
	tenantFlag
	Domain string `arg:"" help:"The domain."`
}

// Run removes the domain.
func (c *domainRemove) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		if err := engine.Domains.Remove(p, operator, c.Domain); err != nil {
			return err
		}
		return p.show(map[string]string{"Domain": c.Domain}, "The domain "+c.Domain+" was removed.")
	})
}
