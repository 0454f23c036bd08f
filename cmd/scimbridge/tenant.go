package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// tenantCommands are scimbridge tenant ….
type tenantCommands struct {
	Create  tenantCreate  `cmd:"" help:"Create a tenant."`
	List    tenantList    `cmd:"" help:"List the tenants."`
	Show    tenantShow    `cmd:"" help:"Show a tenant with what it has chosen."`
	Update  tenantUpdate  `cmd:"" help:"Change a tenant."`
	Disable tenantDisable `cmd:"" help:"Let nobody into a tenant any more, at any door; nothing is lost."`
	Enable  tenantEnable  `cmd:"" help:"Let people and programs into a tenant again."`
	Recall  tenantRecall  `cmd:"" help:"End all that opens a door of a tenant: credentials, sessions, invitations and reset links."`
}

// tenantView is a tenant as the commands show it, with the values of all its policies.
type tenantView struct {
	TenantID   string `json:"TenantId"`
	Slug       string
	Name       string
	SsoEnabled bool
	Account    string `json:",omitempty"`
	Disabled   bool
	Sandbox    bool
	Policies   map[domain.Policy]string
	CreatedAt  *time.Time

	MigrationWindowUntil *time.Time `json:",omitempty"` // while migrations may be started
}

func viewTenant(t *domain.Tenant) tenantView {
	return tenantView{t.ID.String(), t.Slug, t.Name, t.SsoEnabled, t.Account.Name, t.Disabled, t.Sandbox, t.Policies.All(false), stamp(t.CreatedAt), stamp(t.MigrationUntil)}
}

func (v tenantView) line() string {
	sso := "off"
	if v.SsoEnabled {
		sso = "on"
	}
	line := fmt.Sprintf("%s  %s  SSO %s  %s", v.TenantID, v.Slug, sso, v.Name)
	if v.Account != "" {
		line += "  of " + v.Account
	}
	if v.Sandbox {
		line += "  sandbox"
	}
	if v.Disabled {
		line += "  disabled"
	}
	return line
}

type tenantCreate struct {
	databaseFlags
	Slug    string            `help:"Short name in URLs and headers: a-z, 0-9 and -; made from --name where it is missing."`
	Name    string            `help:"Name for people, in mails for one."`
	Sso     toggle            `help:"Whether people sign in through an identity provider."`
	Account string            `help:"Business account that the tenant belongs to; made with its first tenant." placeholder:"NAME"`
	Sandbox bool              `help:"Make one for trying things out: it works like any other, but its mails and deliveries never leave."`
	Policy  map[string]string `help:"Choice of the tenant, as in InvitationTtl=72h; may be repeated." placeholder:"NAME=VALUE"`
}

// Run creates the tenant.
func (c *tenantCreate) Run(p *program) error {
	if c.Slug == "" {
		if c.Slug = slugOf(c.Name); c.Slug == "" {
			return errors.New("a tenant needs a --slug, like acme")
		}
	}
	return p.administration(c.Database, func(a *domain.Administration) error {
		tenant, err := a.CreateTenantOf(p, c.Account, c.Slug, c.Name, c.Sso.on, c.Policy)
		if err == nil && c.Sandbox {
			tenant, err = a.SetTenant(p, c.Slug, domain.TenantState{Sandbox: &c.Sandbox})
		}
		if err != nil {
			return err
		}
		return p.show(viewTenant(tenant), fmt.Sprintf("Tenant %s was created; its id is %s.", tenant.Slug, tenant.ID))
	})
}

// slugOf makes a short name of a long one.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

type tenantList struct{ databaseFlags }

// Run lists the tenants.
func (c *tenantList) Run(p *program) error {
	return p.administration(c.Database, func(a *domain.Administration) error {
		tenants, err := a.Tenants(p)
		if err != nil {
			return err
		}
		list := listOf(tenants, viewTenant)
		lines := make([]string, len(list.Items))
		for i, tenant := range list.Items {
			lines[i] = tenant.line()
		}
		if len(lines) == 0 {
			lines = []string{"There is no tenant yet; create one with scimbridge tenant create --slug acme."}
		}
		return p.show(list, lines...)
	})
}

type tenantUpdate struct {
	databaseFlags
	Slug                 string            `required:"" help:"The tenant."`
	Name                 *string           `help:"New name for people."`
	Sso                  toggle            `help:"Whether people sign in through an identity provider: --sso=on or --sso=off."`
	Account              string            `help:"Business account that the tenant belongs to from now on." placeholder:"NAME"`
	Sandbox              toggle            `help:"Whether mails and deliveries are withheld for good: --sandbox=on or --sandbox=off."`
	MigrationWindow      *time.Duration    `xor:"window" help:"Open the tenant for migrations for so long, like 24h; 0s closes it."`
	MigrationWindowUntil *time.Time        `xor:"window" help:"Open the tenant for migrations until then (RFC 3339)."`
	Policy               map[string]string `help:"Choice of the tenant; NAME= returns to the default; may be repeated." placeholder:"NAME=VALUE"`
}

// Run changes the tenant.
func (c *tenantUpdate) Run(p *program) error {
	return tenantFlag{c.Slug}.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		change := domain.TenantChange{Name: c.Name, Policies: c.Policy, Account: c.Account}
		if c.Sso.set {
			change.Sso = &c.Sso.on
		}
		if change.MigrationUntil = c.MigrationWindowUntil; c.MigrationWindow != nil {
			until := time.Now().Add(*c.MigrationWindow)
			change.MigrationUntil = &until
		}
		tenant, err := a.UpdateTenant(p, operator, change)
		if err == nil && c.Sandbox.set {
			tenant, err = a.SetTenant(p, tenant.Slug, domain.TenantState{Sandbox: &c.Sandbox.on})
		}
		if err != nil {
			return err
		}
		return p.show(viewTenant(tenant), "Tenant "+tenant.Slug+" is up to date.", viewTenant(tenant).line())
	})
}

type tenantShow struct {
	databaseFlags
	Slug string `required:"" help:"The tenant."`
}

// Run shows the tenant.
func (c *tenantShow) Run(p *program) error {
	return p.administration(c.Database, func(a *domain.Administration) error {
		tenant, err := a.Tenant(p, c.Slug)
		if err != nil {
			return err
		}
		view := viewTenant(tenant)
		lines := []string{view.line()}
		for _, policy := range domain.PolicyCatalogue() {
			if !policy.Connection && view.Policies[policy.Name] != policy.Default {
				lines = append(lines, "policy: "+string(policy.Name)+"="+view.Policies[policy.Name])
			}
		}
		return p.show(view, lines...)
	})
}

type tenantDisable struct {
	databaseFlags
	Slug string `required:"" help:"The tenant."`
}

// Run turns the tenant off.
func (c *tenantDisable) Run(p *program) error {
	return p.setDisabled(c.Database, c.Slug, true, "is disabled; servers let nobody in within a second.")
}

type tenantEnable struct {
	databaseFlags
	Slug string `required:"" help:"The tenant."`
}

// Run turns the tenant on.
func (c *tenantEnable) Run(p *program) error {
	return p.setDisabled(c.Database, c.Slug, false, "is enabled.")
}

func (p *program) setDisabled(database, slug string, disabled bool, done string) error {
	return p.administration(database, func(a *domain.Administration) error {
		tenant, err := a.SetTenant(p, slug, domain.TenantState{Disabled: &disabled})
		if err != nil {
			return err
		}
		return p.show(viewTenant(tenant), "Tenant "+tenant.Slug+" "+done)
	})
}

type tenantRecall struct {
	databaseFlags
	Slug string `required:"" help:"The tenant."`
}

// Run ends what was given out.
func (c *tenantRecall) Run(p *program) error {
	return tenantFlag{c.Slug}.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		done, err := a.Recall(p, operator, p.peopleSoFar(operator.TenantSlug))
		if err != nil {
			return err
		}
		return p.show(done, fmt.Sprintf("Recalled: %d credentials, and what %d people had in hand; servers follow within a second.", done.Credentials, done.People))
	})
}

// tenantFlag names the tenant that a command is about.
type tenantFlag struct {
	Tenant string `required:"" help:"Slug or id of the tenant."`
}

// administer runs an operator's command on the tenant.
func (f tenantFlag) administer(p *program, database string, act func(a *domain.Administration, operator domain.Caller) error) error {
	return p.administration(database, func(a *domain.Administration) error {
		slug, err := f.slug(p, a)
		if err != nil {
			return err
		}
		operator, err := a.Operator(p, slug)
		if err != nil {
			return err
		}
		return act(a, operator)
	})
}

// slug is the slug of the tenant, which may be named by its id.
func (f tenantFlag) slug(p *program, a *domain.Administration) (string, error) {
	tenants, err := a.Tenants(p)
	if err != nil {
		return "", err
	}
	for _, tenant := range tenants {
		if tenant.ID.String() == f.Tenant {
			return tenant.Slug, nil
		}
	}
	return f.Tenant, nil
}
