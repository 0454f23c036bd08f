package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/store"
)

type auditCommands struct {
	List   auditList   `cmd:"" help:"List who did what in a tenant, newest first."`
	Verify auditVerify `cmd:"" help:"Check that the audit is as it was written, and name the first line that is not."`
	Export auditExport `cmd:"" help:"Print the audit of a tenant, a line of JSON each, and its head as the last line."`
}

// onAudit runs a command on the audit.
func (p *program) onAudit(database string, act func(db *store.DB, engine *domain.Engine, a *audit.Audit) error) error {
	return p.onDatabase(database, func(db *store.DB) error {
		engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: credential.NewSecrets(nil)})
		return act(db, engine, audit.New(engine.Base()))
	})
}

// auditor may read the audit of a tenant.
func auditor(tenant *domain.Tenant) domain.Caller {
	return domain.Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Actor: domain.Actor{Kind: domain.ActorOperator, Name: "operator"},
		Door: domain.DoorSystem, Permissions: domain.NewPermissions(domain.AuditRead)}
}

// found is the tenant of the flag.
func (f tenantFlag) found(p *program, a *domain.Administration) (*domain.Tenant, error) {
	slug, err := f.slug(p, a)
	if err != nil {
		return nil, err
	}
	return a.Tenant(p, slug)
}

// auditLine is a line of the audit, with all that its hash is made from but the tenant.
type auditLine struct {
	AuditEventID      uuid.UUID `json:"AuditEventId"`
	Index             int64
	OccurredAt        *time.Time
	Actor             auditActor
	Door              domain.Door
	Action            domain.EventType
	Effects           []domain.EventType
	PersonID          uuid.UUID `json:"PersonId,omitzero"`
	PermissionGroupID uuid.UUID `json:"PermissionGroupId,omitzero"`
	Changes           []domain.Change
	Note              string
	RequestID         string `json:"RequestId"`
	IP                string `json:"Ip"`
	Salt              string // hexadecimal, as are the next two
	PayloadDigest     string
	ChainHash         string
}

type auditActor struct {
	Kind domain.ActorKind
	ID   uuid.UUID `json:"Id,omitzero"`
	Name string
}

func viewAudit(e *domain.AuditEntry) auditLine {
	return auditLine{e.ID, e.Index, stamp(e.At), auditActor(e.Actor), e.Door, e.Action, append([]domain.EventType{}, e.Effects...), e.Person, e.Group,
		append([]domain.Change{}, e.Changes...), e.Note, e.RequestID, e.IP, hexOf(e.Seal.Salt), hexOf(e.Seal.Payload), hexOf(e.Seal.Chain)}
}

func hexOf(bytes []byte) string { return fmt.Sprintf("%x", bytes) }

type auditList struct {
	databaseFlags
	tenantFlag
	Person uuid.UUID `help:"Only what is about the person." placeholder:"ID"`
	Actor  string    `help:"Only what somebody did, by id or exact name." placeholder:"ID"`
	Action string    `help:"Only acts of that name, as USER_DEACTIVATED." placeholder:"NAME"`
	Count  int       `default:"50" help:"How many lines, newest first; at most 200."`
}

// Run lists the newest lines that meet the flags.
func (c *auditList) Run(p *program) error {
	return p.onAudit(c.Database, func(_ *store.DB, engine *domain.Engine, a *audit.Audit) error {
		tenant, err := c.found(p, engine.Administration)
		if err != nil {
			return err
		}
		list, err := c.gather(p, a, auditor(tenant))
		if err != nil {
			return err
		}
		view, lines := listOf(list, viewAudit), make([]string, 0, len(list))
		for _, e := range list {
			lines = append(lines, toldAudit(e)...)
		}
		if len(lines) == 0 {
			lines = []string{"The audit holds nothing of the kind."}
		}
		return p.show(view, lines...)
	})
}

// gather turns over pages until there are as many lines as were asked for.
func (c *auditList) gather(p *program, a *audit.Audit, caller domain.Caller) (list []*domain.AuditEntry, err error) {
	query := domain.AuditQuery{Person: c.Person, Action: domain.EventType(strings.ToUpper(c.Action))}
	if query.Actor, err = uuid.Parse(c.Actor); err != nil {
		query.ActorName = c.Actor
	}
	count := min(max(c.Count, 1), audit.MaxCount)
	for more := true; more && len(list) < count; more = query.Before > 0 {
		var page []*domain.AuditEntry
		query.Count = count - len(list)
		if page, query.Before, err = a.List(p, caller, query); err != nil {
			return nil, err
		}
		list = append(list, page...)
	}
	return list, nil
}

// toldAudit tells a line to people.
func toldAudit(e *domain.AuditEntry) []string {
	by := e.Actor.Name
	if by == "" {
		by = e.Actor.ID.String()
	}
	head := fmt.Sprintf("%d  %s  %s  by %s %s (%s)", e.Index, e.At.Format(time.RFC3339), e.Action, e.Actor.Kind, by, e.Door)
	if e.Person != uuid.Nil {
		head += "  person " + e.Person.String()
	}
	lines := []string{head}
	for _, change := range e.Changes {
		lines = append(lines, fmt.Sprintf("    %s: %q -> %q", change.Attribute, change.Before, change.After))
	}
	if e.Note != "" {
		lines = append(lines, "    note: "+e.Note)
	}
	return lines
}

type auditExport struct {
	databaseFlags
	tenantFlag
	After int64 `help:"Only lines with a higher index." placeholder:"INDEX"`
}

// Run prints all lines as they are read.
func (c *auditExport) Run(p *program) error {
	return p.onAudit(c.Database, func(_ *store.DB, engine *domain.Engine, a *audit.Audit) error {
		tenant, err := c.found(p, engine.Administration)
		if err != nil {
			return err
		}
		encoder := json.NewEncoder(p.out)
		encoder.SetEscapeHTML(false)
		head, err := a.Export(p, auditor(tenant), c.After, func(e *domain.AuditEntry) error { return encoder.Encode(viewAudit(e)) })
		if err != nil {
			return err
		}
		return encoder.Encode(map[string]headView{"Head": viewHead(head)})
	})
}

type auditVerify struct {
	databaseFlags
	sealFlags
	Tenant string   `help:"Slug or id of the tenant; all of them where missing." placeholder:"SLUG"`
	Head   []string `help:"File with heads that a server wrote (see --audit-heads of serve): the audit has to go on from each; may be repeated." placeholder:"FILE"`
}

// verified is what was found in the audit of a tenant.
type verified struct {
	Tenant    string
	Lines     int64
	Unchained int64
	Scrubbed  int64
	Heads     int
	Head      headView
	Fault     *audit.Fault `json:",omitempty"`
}

// Run checks the audits, and fails where one is not as it was written.
func (c *auditVerify) Run(p *program) error {
	return p.onAudit(c.Database, func(db *store.DB, engine *domain.Engine, a *audit.Audit) error {
		heads, err := c.heads(p, db)
		if err != nil {
			return err
		}
		tenants, err := engine.Administration.Tenants(p)
		if err != nil {
			return err
		}
		list, lines, faults := items[verified]{Items: []verified{}}, []string(nil), []error(nil)
		for _, tenant := range tenants {
			if c.Tenant != "" && c.Tenant != tenant.ID.String() && !strings.EqualFold(c.Tenant, tenant.Slug) {
				continue
			}
			report, err := a.Verify(p, auditor(tenant), heads, p.linesSoFar(tenant.Slug))
			if err != nil {
				return err
			}
			list.Items = append(list.Items, verified{tenant.Slug, report.Lines, report.Unchained, report.Scrubbed, report.Heads, viewHead(report.Head), report.Fault})
			if report.Fault != nil {
				faults = append(faults, fmt.Errorf("the audit of %s is not as it was written: %s", tenant.Slug, report.Fault.Message))
				continue
			}
			lines = append(lines, toldReport(tenant.Slug, report))
		}
		if len(list.Items) == 0 && c.Tenant != "" {
			return fmt.Errorf("there is no tenant %q; see scimbridge tenant list", c.Tenant)
		}
		return errors.Join(append([]error{p.show(list, lines...)}, faults...)...)
	})
}

func toldReport(slug string, report audit.Report) string {
	text := fmt.Sprintf("%s: %d lines are as they were written", slug, report.Lines-report.Unchained)
	if report.Unchained > 0 {
		text += fmt.Sprintf(", %d are older than the chain", report.Unchained)
	}
	if report.Scrubbed > 0 {
		text += fmt.Sprintf(", %d say nothing of people any more", report.Scrubbed)
	}
	return text + fmt.Sprintf("; %d earlier heads were met.", report.Heads)
}

// linesSoFar tells now and then how far the check of a long audit has come.
func (p *program) linesSoFar(slug string) func(int64) {
	const often = 100_000
	return func(lines int64) {
		if lines%often == 0 {
			_, _ = fmt.Fprintf(p.log, "%s: %d lines so far\n", slug, lines)
		}
	}
}
