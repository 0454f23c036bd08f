package store

import (
	"crypto/rand"
	"maps"
	"slices"

	"github.com/scimbridge/scimbridge/domain"
)

// head is the end of a tenant's ledger: the last numbers that were given.
type head struct {
	event, audit int64
	hash         []byte // of the last line of the audit
}

// enter writes the audit rows and events that the transaction owes, with the next numbers of their tenant, and by how much
// it changed how many people there are. It is the last that a transaction does: who takes the head waits for nothing but
// the commit from then on, so that nobody waits in a circle and tenants' writers are one behind the other for the commit
// only.
func (t *tx) enter() error {
	if len(t.entries)+len(t.events) == 0 && t.tally == (tally{}) {
		return nil
	}
	end, err := t.chain()
	if err != nil {
		return err
	}
	for i := range t.events {
		t.events[i].Index = end.event - int64(len(t.events)-1-i)
	}
	return t.insertEvents()
}

// chain writes the audit rows, each with a hash of itself and of the one before it. Several in one transaction take a
// statement each to move the head.
func (t *tx) chain() (end head, err error) {
	if len(t.entries) == 0 {
		return t.advance(`audit_index = ledger_head.audit_index`, int64(len(t.events)), int64(0), []byte{})
	}
	events := int64(len(t.events))
	for _, entry := range t.entries {
		digest, first := t.seal(entry)
		end, err = t.advance(`audit_index = ledger_head.audit_index + 1, audit_hash = {chained}`, events, int64(1), first, digest)
		if err != nil {
			return end, err
		}
		entry.Index, entry.Seal.Chain, events = end.audit, end.hash, 0
		if err := t.insertEntry(entry); err != nil {
			return end, err
		}
		if err := t.mention(entry); err != nil {
			return end, err
		}
	}
	return end, nil
}

// seal makes the salt and the digest of what the entry says of people, and gives the digest of the entry, and the hash
// that it gets if it is the first of its tenant.
func (t *tx) seal(e *domain.AuditEntry) (digest, first []byte) {
	const salt, hash = domain.SaltSize, len(domain.AuditHash{})
	room := make([]byte, salt+3*hash)
	_, _ = rand.Read(room[:salt]) // it never fails, see its documentation
	e.Seal.Salt, e.Seal.Payload = room[:salt:salt], room[salt:salt+hash:salt+hash]
	digest, first = room[salt+hash:salt+2*hash:salt+2*hash], room[salt+2*hash:]
	of := e.PayloadDigest(e.Seal.Salt)
	copy(e.Seal.Payload, of[:])
	of = e.Digest(t.scope.Tenant, e.Seal.Payload)
	copy(digest, of[:])
	of = domain.ChainHash(nil, digest)
	copy(first, of[:])
	return digest, first
}

// advance moves the head on and gives the new one, locked. The hash is made by the database, which alone knows what it
// is made from before anybody else can move the head.
func (t *tx) advance(audit string, args ...any) (end head, err error) {
	_, err = t.row([]any{(*numberTarget)(&end.event), (*numberTarget)(&end.audit), (*bytesTarget)(&end.hash)},
		`INSERT INTO ledger_head (tenant_id, people, users, event_index, audit_index, audit_hash) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id) DO UPDATE SET people = ledger_head.people + excluded.people, users = ledger_head.users + excluded.users,
		event_index = ledger_head.event_index + excluded.event_index, `+audit+` RETURNING event_index, audit_index, audit_hash`,
		append([]any{t.tenant, t.tally.people, t.tally.users}, args...)...)
	t.tally = tally{}
	return end, err
}

var insertEntry = inserting(`INSERT INTO audit_event (tenant_id, audit_index, audit_id, at, actor_kind, actor_id, actor_name, door, action, effects,
	person_id, group_id, changes, note, request_id, ip, payload_salt, payload_digest, chain_hash)`,
	always, always, always, always, always, nil, "", always, always, emptyArray, nil, nil, emptyArray, "", "", "", always, always, always)

func (t *tx) insertEntry(e *domain.AuditEntry) error {
	return t.insert(insertEntry, []any{t.tenant, e.Index, t.bindID(e.ID), micros(e.At), string(e.Actor.Kind), t.bindID(e.Actor.ID), e.Actor.Name, string(e.Door), string(e.Action),
		encodeTexts(e.Effects), t.bindID(e.Person), t.bindID(e.Group),
		encodeChanges(e.Changes), e.Note, e.RequestID, e.IP,
		e.Seal.Salt, e.Seal.Payload, e.Seal.Chain})
}

var insertEvent = inserting(`INSERT INTO domain_event (tenant_id, event_index, event_id, audit_id, type, person_id, group_id, door,
	actor_kind, actor_id, actor_name, at, attributes, data)`,
	always, always, always, nil, always, nil, nil, "", "", nil, "", int64(0), emptyArray, emptyObject)

func (t *tx) insertEvents() error {
	if len(t.events) == 0 {
		return nil
	}
	args := make([]any, 0, len(insertEvent.empties)*len(t.events))
	var attributes, data, door, kind, name, at any // of the last event: those of an act have the same
	for i := range t.events {
		e, last := &t.events[i], &t.events[max(i-1, 0)]
		if i == 0 || !slices.Equal(e.Attributes, last.Attributes) {
			attributes = encodeTexts(e.Attributes)
		}
		if i == 0 || !maps.Equal(e.Data, last.Data) {
			data = encodeMap(e.Data)
		}
		if i == 0 || e.Door != last.Door || e.Actor != last.Actor || !e.At.Equal(last.At) {
			door, kind, name, at = string(e.Door), string(e.Actor.Kind), e.Actor.Name, micros(e.At)
		}
		args = append(args, t.tenant, e.Index, t.bindID(e.ID), t.bindID(e.Act), string(e.Type), t.bindID(e.Person), t.bindID(e.Group),
			door, kind, t.bindID(e.Actor.ID), name, at, attributes, data)
	}
	return t.insert(insertEvent, args)
}
