package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/journal"
	"github.com/scimbridge/scimbridge/store"
)

// logCommand is scimbridge log.
type logCommand struct {
	databaseFlags
	tenantFlag
	Person  string `help:"Only what concerns the person: PersonId, username or e-mail address."`
	Request string `help:"Only the request with that id (X-Request-Id of its answer)."`
	Refused bool   `help:"Only what was refused."`
	Count   int    `default:"50" help:"How many entries, newest first; at most 200."`
}

// Run shows the provisioning log.
func (c *logCommand) Run(p *program) error {
	return p.onDatabase(c.Database, func(db *store.DB) error {
		engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: credential.NewSecrets(nil)})
		slug, err := c.slug(p, engine.Administration)
		if err != nil {
			return err
		}
		tenant, err := engine.Administration.Tenant(p, slug)
		if err != nil {
			return err
		}
		caller := domain.Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Actor: domain.Actor{Kind: domain.ActorOperator, Name: "operator"},
			Door: domain.DoorSystem, Permissions: domain.NewPermissions(domain.ProvisioningLogRead, domain.PersonsRead)}
		query := domain.ProvisioningQuery{RequestID: c.Request, Count: c.Count}
		if c.Refused {
			query.Outcome = domain.ProvisioningRefused
		}
		if query.Person, err = c.find(p, engine, caller); err != nil {
			return err
		}
		list, _, err := journal.New(engine.Base()).List(p, caller, query)
		if err != nil {
			return err
		}
		var lines []string
		for _, e := range list {
			lines = append(lines, told(e)...)
		}
		if len(lines) == 0 {
			lines = []string{"The log holds nothing of the kind."}
		}
		return p.show(listOf(list, func(e *domain.ProvisioningEntry) *domain.ProvisioningEntry { return e }), lines...)
	})
}

// find is the person whom the flag names; uuid.Nil where it names none.
func (c *logCommand) find(p *program, engine *domain.Engine, caller domain.Caller) (uuid.UUID, error) {
	if id, err := uuid.Parse(c.Person); c.Person == "" || err == nil {
		return id, nil
	}
	is := func(a *domain.Attribute) domain.Condition {
		return domain.Compare{Attribute: a, Operator: domain.Equal, Value: domain.TextValue(c.Person)}
	}
	for _, where := range []domain.Condition{is(domain.AttrUsername), domain.Some{Collection: domain.Emails, Where: is(domain.AttrEmailAddress)}} {
		page, err := engine.Directory.People(p, caller, domain.Query{Where: where, Count: 2})
		if err != nil {
			return uuid.Nil, err
		}
		if len(page.Items) == 2 {
			return uuid.Nil, fmt.Errorf("several people have %q; name one by its PersonId: %s, %s", c.Person, page.Items[0].ID, page.Items[1].ID)
		}
		if len(page.Items) == 1 {
			return page.Items[0].ID, nil
		}
	}
	return uuid.Nil, fmt.Errorf("nobody has the username or e-mail address %q; see what was refused with --refused", c.Person)
}

// told tells an entry to people.
func told(e *domain.ProvisioningEntry) []string {
	head := fmt.Sprintf("%s  %s %s %d", e.At.Format(time.RFC3339), e.Operation, strings.ToLower(string(e.Outcome)), e.Status)
	for _, part := range []string{e.Subject, e.Method + " " + e.Path, e.Client, "request " + e.RequestID} {
		if strings.TrimSpace(part) != "" {
			head += "  " + part
		}
	}
	lines := []string{head}
	tell := func(format string, args ...any) { lines = append(lines, "    "+fmt.Sprintf(format, args...)) }
	if e.Operation == domain.ProvisioningSearch {
		tell("searched %s: %d found", e.Search, e.Found)
	}
	for _, candidate := range e.Candidates {
		if candidate.By == "" {
			tell("%s: %s", strings.ToLower(candidate.Verdict), candidate.Person)
			continue
		}
		tell("%s matched by %s: %s", candidate.Person, candidate.By, strings.ToLower(candidate.Verdict))
	}
	if e.Rule != "" {
		tell("decided by %s", e.Rule)
	}
	for _, change := range e.Changes {
		tell("%s: %q -> %q", change.Attribute, change.Before, change.After)
	}
	for _, effect := range e.Effects {
		tell("then %s", effect)
	}
	if e.Message != "" {
		tell("because %s: %s", e.Code, e.Message)
	}
	for _, note := range e.Notes {
		tell("note: %s", note)
	}
	return lines
}
