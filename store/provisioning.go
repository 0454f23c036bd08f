package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// provisioningDocument is the stored form of what an entry of the provisioning log tells besides its columns.
type provisioningDocument struct {
	Subject    string              `json:"subject,omitzero"`
	Search     string              `json:"search,omitzero"`
	Found      int                 `json:"found,omitzero"`
	Candidates []candidateDocument `json:"candidates,omitzero"`
	Rule       string              `json:"rule,omitzero"`
	Changes    []changeDocument    `json:"changes,omitzero"`
	Effects    []domain.EventType  `json:"effects,omitzero"`
	Attribute  string              `json:"attribute,omitzero"`
	Message    string              `json:"message,omitzero"`
	Notes      []string            `json:"notes,omitzero"`
}

type candidateDocument struct {
	Person  uuid.UUID       `json:"person"`
	By      domain.MatchKey `json:"by,omitzero"`
	Verdict string          `json:"verdict"`
}

func encodeProvisioning(e *domain.ProvisioningEntry) string {
	return encode(provisioningDocument{
		Subject: e.Subject, Search: e.Search, Found: e.Found,
		Candidates: converted(e.Candidates, func(c domain.ProvisioningCandidate) candidateDocument { return candidateDocument(c) }),
		Rule:       e.Rule, Changes: converted(e.Changes, func(c domain.Change) changeDocument { return changeDocument(c) }),
		Effects: e.Effects, Attribute: e.Attribute, Message: e.Message, Notes: e.Notes,
	})
}

// provisioningTarget is the target of what an entry tells besides its columns.
type provisioningTarget domain.ProvisioningEntry

// Scan implements [sql.Scanner].
func (t *provisioningTarget) Scan(source any) error {
	var d provisioningDocument
	err := decode(source, &d)
	t.Subject, t.Search, t.Found, t.Rule = d.Subject, d.Search, d.Found, d.Rule
	t.Effects, t.Attribute, t.Message, t.Notes = d.Effects, d.Attribute, d.Message, d.Notes
	t.Candidates = converted(d.Candidates, func(c candidateDocument) domain.ProvisioningCandidate { return domain.ProvisioningCandidate(c) })
	t.Changes = converted(d.Changes, func(c changeDocument) domain.Change { return domain.Change(c) })
	return err
}

const provisioningColumns = `entry_id, at, connection_id, credential_id, request_id, client, dialect, method, path, operation, outcome,
	status, took, person_id, group_id, code, detail`

// InsertProvisioning implements [domain.ProvisioningTx].
func (t *tx) InsertProvisioning(e *domain.ProvisioningEntry) error {
	err := t.run("INSERT INTO provisioning_log (tenant_id, "+provisioningColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		t.scope.Tenant, e.ID, e.At, e.Connection, e.Credential, e.RequestID, e.Client, string(e.Dialect), e.Method, e.Path, string(e.Operation), string(e.Outcome),
		int64(e.Status), e.Took.Microseconds(), e.Person, e.Group, e.Code, encodeProvisioning(e))
	if err != nil {
		return err
	}
	for _, person := range e.People() {
		if person == e.Person {
			continue
		}
		if err := t.run("INSERT INTO provisioning_concern (tenant_id, person_id, entry_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			t.scope.Tenant, person, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// RecordProvisioning implements [domain.ProvisioningRegistry]. The journal has gathered them already: parts of one batch
// follow each other at once, so that readers of an embedded database forget their pages once and not again and again.
func (db *DB) RecordProvisioning(ctx context.Context, tenant uuid.UUID, entries []*domain.ProvisioningEntry) error {
	return db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) error {
		for _, e := range entries {
			if err := t.InsertProvisioning(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// ListProvisioning implements [domain.ProvisioningTx]. A person's entries are found by two indexes.
func (t *tx) ListProvisioning(q domain.ProvisioningQuery) ([]*domain.ProvisioningEntry, error) {
	text := "SELECT " + provisioningColumns + " FROM provisioning_log WHERE tenant_id = ?"
	args := []any{t.scope.Tenant}
	where := func(asked bool, condition string, values ...any) {
		if asked {
			text, args = text+" AND "+condition, append(args, values...)
		}
	}
	where(q.Person != uuid.Nil, `entry_id IN (SELECT entry_id FROM provisioning_log WHERE tenant_id = ? AND person_id = ?
		UNION ALL SELECT entry_id FROM provisioning_concern WHERE tenant_id = ? AND person_id = ?)`, t.scope.Tenant, q.Person, t.scope.Tenant, q.Person)
	where(q.Connection != uuid.Nil, "connection_id = ?", q.Connection)
	where(q.Outcome != "" && q.Outcome != domain.ProvisioningSucceeded, "outcome <> 'Succeeded'") // in the words of the index
	where(q.Outcome != "", "outcome = ?", string(q.Outcome))
	where(q.Status != 0, "status = ?", int64(q.Status))
	where(q.Code != "", "outcome <> 'Succeeded' AND code = ?", q.Code)
	where(q.Operation != "", "operation = ?", string(q.Operation))
	where(q.RequestID != "", "request_id = ?", q.RequestID)
	where(!q.From.IsZero(), "entry_id >= ? AND at >= ?", domain.FirstProvisioningID(q.From), q.From)
	where(!q.To.IsZero(), "entry_id < ? AND at < ?", domain.FirstProvisioningID(q.To.Add(time.Millisecond)), q.To)
	where(q.Before != uuid.Nil, "entry_id < ?", q.Before)
	var list []*domain.ProvisioningEntry
	err := t.rows(t.ctx, text+" ORDER BY entry_id DESC LIMIT ?", append(args, int64(q.Count)), func(rows Rows) error {
		e := new(domain.ProvisioningEntry)
		list = append(list, e)
		var took numberTarget
		err := rows.Scan((*idTarget)(&e.ID), (*instantTarget)(&e.At), (*idTarget)(&e.Connection), (*idTarget)(&e.Credential),
			(*textTarget)(&e.RequestID), (*textTarget)(&e.Client), (*textTarget)(&e.Dialect), (*textTarget)(&e.Method), (*textTarget)(&e.Path),
			(*textTarget)(&e.Operation), (*textTarget)(&e.Outcome), (*countTarget)(&e.Status), &took, (*idTarget)(&e.Person),
			(*idTarget)(&e.Group), (*textTarget)(&e.Code), (*provisioningTarget)(e))
		e.Took = time.Duration(took) * time.Microsecond
		return err
	})
	return list, err
}

// ForgetProvisioning implements [domain.ProvisioningRegistry].
func (db *DB) ForgetProvisioning(ctx context.Context, tenant uuid.UUID, before time.Time, count int) (gone int, err error) {
	err = db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) error {
		touched, err := t.exec(`DELETE FROM provisioning_log WHERE tenant_id = ? AND entry_id IN (SELECT entry_id FROM provisioning_log
			WHERE tenant_id = ? AND entry_id < ? ORDER BY entry_id LIMIT ?)`, tenant, tenant, domain.FirstProvisioningID(before), int64(count))
		gone = int(touched)
		return err
	})
	return gone, err
}

// ScrubProvisioning implements [domain.ProvisioningTx].
func (t *tx) ScrubProvisioning(person uuid.UUID) error {
	return t.run(`UPDATE provisioning_log SET client = '', detail = '{}' WHERE tenant_id = ? AND entry_id IN (
		SELECT entry_id FROM provisioning_log WHERE tenant_id = ? AND person_id = ?
		UNION ALL SELECT entry_id FROM provisioning_concern WHERE tenant_id = ? AND person_id = ?)`,
		t.scope.Tenant, t.scope.Tenant, person, t.scope.Tenant, person)
}
