package store

import (
	"slices"

	"github.com/scimbridge/scimbridge/domain"
)

// head is the end of a tenant's ledger: the last numbers that were given.
type head struct {
	event, audit int64
	hash         []byte
}

// enter writes the audit rows and events that the transaction owes, with the next numbers of their tenant. It is the last
// that a transaction does: who takes the head waits for nothing but the commit from then on, so that nobody waits in a
// circle and tenants' writers are one behind the other for the commit only.
func (t *tx) enter() error {
	if len(t.entries)+len(t.events) == 0 {
		return nil
	}
	end, err := t.advance(len(t.events), len(t.entries))
	if err != nil {
		return err
	}
	for i, entry := range t.entries {
		entry.Index = end.audit - int64(len(t.entries)-1-i)
		if err := t.insertEntry(entry); err != nil {
			return err
		}
	}
	for i := range t.events {
		t.events[i].Index = end.event - int64(len(t.events)-1-i)
	}
	return t.insertEvents()
}

// advance moves the head on and gives the new one, locked; its hash is the one that was.
func (t *tx) advance(events, entries int) (end head, err error) {
	_, err = t.row([]any{(*numberTarget)(&end.event), (*numberTarget)(&end.audit), (*bytesTarget)(&end.hash)},
		`INSERT INTO ledger_head (tenant_id, event_index, audit_index) VALUES (?, ?, ?)
		ON CONFLICT (tenant_id) DO UPDATE SET event_index = ledger_head.event_index + excluded.event_index,
		audit_index = ledger_head.audit_index + excluded.audit_index RETURNING event_index, audit_index, audit_hash`,
		t.tenant, int64(events), int64(entries))
	return end, err
}

func (t *tx) insertEntry(e *domain.AuditEntry) error {
	return t.run(`INSERT INTO audit_event (tenant_id, audit_index, audit_id, at, actor_kind, actor_id, actor_name, door, action, effects,
		person_id, group_id, changes, note, request_id, ip) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.tenant, e.Index, t.bindID(e.ID), micros(e.At), string(e.Actor.Kind), t.bindID(e.Actor.ID), e.Actor.Name, string(e.Door), string(e.Action),
		encodeList(e.Effects, func(effect domain.EventType) string { return string(effect) }), t.bindID(e.Person), t.bindID(e.Group),
		encodeList(e.Changes, func(c domain.Change) changeDocument { return changeDocument(c) }), e.Note, e.RequestID, e.IP)
}

func (t *tx) insertEvents() error {
	if len(t.events) == 0 {
		return nil
	}
	const width = 14
	args := make([]any, 0, width*len(t.events))
	var attributes string // of the last event: those of an act have the same
	for i := range t.events {
		e := &t.events[i]
		if i == 0 || !slices.Equal(e.Attributes, t.events[i-1].Attributes) {
			attributes = encodeList(e.Attributes, func(name string) string { return name })
		}
		data := emptyObject
		if len(e.Data) > 0 {
			data = encode(e.Data)
		}
		args = append(args, t.tenant, e.Index, e.ID, t.bindID(e.Act), string(e.Type), t.bindID(e.Person), t.bindID(e.Group), string(e.Door),
			string(e.Actor.Kind), t.bindID(e.Actor.ID), e.Actor.Name, micros(e.At), attributes, data)
	}
	return t.insertRows(`INSERT INTO domain_event (tenant_id, event_index, event_id, audit_id, type, person_id, group_id, door,
		actor_kind, actor_id, actor_name, at, attributes, data) VALUES `, width, args)
}
