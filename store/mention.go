package store

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

var insertMention = inserting("INSERT INTO audit_mention (tenant_id, address_key, audit_index)", always, always, always)

// mention notes which addresses the entry has in what it says, so that they are found when somebody has to be forgotten.
// Those of the person whom the entry is about need no note: who forgets that person finds its entries anyway.
func (t *tx) mention(e *domain.AuditEntry) error {
	keys := t.mentioned(e)
	if about, known := t.known[e.Person]; known && len(keys) > 0 {
		own := t.ownKeys(about)
		keys = slices.DeleteFunc(keys, func(key []byte) bool {
			return slices.ContainsFunc(own, func(mine []byte) bool { return bytes.Equal(key, mine) })
		})
	}
	if len(keys) == 0 {
		return nil
	}
	args := make([]any, 0, 3*len(keys))
	for _, key := range keys {
		args = append(args, t.tenant, key, e.Index)
	}
	return t.insert(insertMention, args)
}

// mentioned are the keys of what the entry says, each once.
func (t *tx) mentioned(e *domain.AuditEntry) [][]byte {
	var keys [][]byte
	for i := range e.Changes {
		keys = append(append(keys, t.addressKeys(e.Changes[i].Before)...), t.addressKeys(e.Changes[i].After)...)
	}
	return distinct(append(keys, t.addressKeys(e.Note)...))
}

// ownKeys are the keys of what a person is called and has for addresses.
func (t *tx) ownKeys(of stored) [][]byte {
	keys := t.addressKeys(of.access.username)
	for _, mail := range of.mailKeys {
		keys = append(keys, t.addressKeys(mail.folded)...)
	}
	return keys
}

// addressKeySize is enough for two addresses never to share a key.
const addressKeySize = 16

// addressKeys are the keys of the words with an @ in the text. A key is no secret: what it is made from stands beside it,
// and goes together with it.
func (t *tx) addressKeys(text string) [][]byte {
	if !strings.Contains(text, "@") {
		return nil
	}
	var keys [][]byte
	for word := range strings.FieldsFuncSeq(text, separates) {
		if word = strings.Trim(word, ".'`*!"); strings.Contains(word, "@") {
			keys = append(keys, t.addressKey(word))
		}
	}
	return keys
}

func (t *tx) addressKey(word string) []byte {
	sum := sha256.Sum256(append(t.scope.Tenant[:], domain.Fold(word)...))
	return sum[:addressKeySize]
}

// separates tells whether the character parts words: it hardly ever stands in an address.
func separates(r rune) bool { return r <= ' ' || strings.ContainsRune(`,;:<>()[]{}"\/|=?&`, r) }

func distinct(keys [][]byte) [][]byte {
	slices.SortFunc(keys, slices.Compare)
	return slices.CompactFunc(keys, slices.Equal)
}

// scrub takes out of lines what they say of people, and the salt by which it could be guessed from its digest.
const scrub = `UPDATE audit_event SET actor_name = '', changes = '[]', note = '', ip = '', payload_salt = NULL WHERE tenant_id = ? AND `

const (
	// minMarker is how many characters a marker has at least: shorter ones stand in many words.
	minMarker = 3
	// scrubStretch is how many old lines one statement searches, so that none comes near the time that a statement may take.
	scrubStretch = 100_000
)

// ScrubAudit implements [domain.AuditTx]. The lines in which an address stands are in audit_mention, but for the oldest.
func (t *tx) ScrubAudit(person uuid.UUID, addresses []string) (int, error) {
	if err := t.forgetMentions(person); err != nil {
		return 0, err
	}
	scrubbed, err := t.exec(scrub+"(person_id = ? OR actor_id = ?)", t.tenant, person, person)
	if err != nil {
		return 0, err
	}
	var unmentioned int64
	_, err = t.row([]any{(*numberTarget)(&unmentioned)}, "SELECT unmentioned FROM ledger_head WHERE tenant_id = ?", t.tenant)
	for _, address := range addresses {
		if err != nil {
			break
		}
		if utf8.RuneCountInString(address) < minMarker || !strings.Contains(address, "@") {
			continue
		}
		var more int64
		more, err = t.scrubAddress(address, unmentioned)
		scrubbed += more
	}
	return int(scrubbed), err
}

// says is the condition that a text stands in a line.
const says = "({instr}(CAST(changes AS TEXT), ?) > 0 OR {instr}(note, ?) > 0)"

func (t *tx) scrubAddress(address string, unmentioned int64) (scrubbed int64, err error) {
	for _, key := range distinct(t.addressKeys(address)) {
		more, err := t.exec(scrub+says+` AND audit_index IN (SELECT audit_index FROM audit_mention WHERE tenant_id = ? AND address_key = ?)`,
			t.tenant, inJSON(address), address, t.tenant, key)
		if err != nil {
			return 0, err
		}
		scrubbed += more
		if err := t.run("DELETE FROM audit_mention WHERE tenant_id = ? AND address_key = ?", t.tenant, key); err != nil {
			return 0, err
		}
	}
	for from := int64(0); from < unmentioned; from += scrubStretch {
		more, err := t.exec(scrub+says+" AND audit_index > ? AND audit_index <= ?",
			t.tenant, inJSON(address), address, from, min(from+scrubStretch, unmentioned))
		if err != nil {
			return 0, err
		}
		scrubbed += more
	}
	return scrubbed, nil
}

// forgetMentions removes the keys of what lines about the person say: they may be of addresses that the person had once.
func (t *tx) forgetMentions(person uuid.UUID) error {
	var lines []domain.AuditEntry
	err := t.rows(t.short, `SELECT audit_index, changes, note FROM audit_event
		WHERE tenant_id = ? AND person_id = ? AND ({instr}(CAST(changes AS TEXT), '@') > 0 OR {instr}(note, '@') > 0)`, []any{t.tenant, person}, func(rows Rows) error {
		var e domain.AuditEntry
		err := rows.Scan((*numberTarget)(&e.Index), (*changesTarget)(&e.Changes), (*textTarget)(&e.Note))
		lines = append(lines, e)
		return err
	})
	for i := range lines {
		for _, key := range t.mentioned(&lines[i]) {
			if err == nil {
				err = t.run("DELETE FROM audit_mention WHERE tenant_id = ? AND address_key = ? AND audit_index = ?", t.tenant, key, lines[i].Index)
			}
		}
	}
	return err
}

// inJSON is a text as it stands in JSON.
func inJSON(text string) string {
	quoted := encode(text)
	return quoted[1 : len(quoted)-1]
}
