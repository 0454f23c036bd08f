package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// rowTable is something that stories expect rows of.
type rowTable struct {
	columns string // in their order, the first ones are named by place
	query   string // in portable SQL; of a ledger with %d for the sequence behind which to look, selected last
	ledger  bool
}

// ofHome narrows a query to the tenant of the story.
const ofHome = " IN (SELECT tenant_id FROM tenant WHERE slug = '" + homeTenant + "')"

// who is the person or group of a ledger's row by name.
const who = `COALESCE(a.username, p.shown_name, g.name)`

const whoOf = ` LEFT JOIN person p ON p.tenant_id = x.tenant_id AND p.person_id = x.person_id
	LEFT JOIN user_access a ON a.tenant_id = x.tenant_id AND a.person_id = x.person_id
	LEFT JOIN permission_group g ON g.tenant_id = x.tenant_id AND g.group_id = x.group_id
	WHERE x.sequence > %d AND x.actor_name <> '` + stageHand + `' AND x.door <> 'System' AND x.tenant_id` + ofHome + ` ORDER BY x.sequence`

var rowTables = map[string]rowTable{
	"people": {columns: "name email external_login employee_number version", query: `
		SELECT p.shown_name, p.emails, p.external_login, p.employee_number, p.version FROM person p
		WHERE p.deleted_at = 0 AND p.tenant_id` + ofHome + ` ORDER BY p.created_at`},
	"access": {columns: "user state external_login deactivated_by mfa email invitations must_reset", query: `
		SELECT a.username, CASE WHEN NOT a.is_active THEN 'Inactive' WHEN a.activated_at = 0 THEN 'Invited' ELSE 'Active' END,
			p.external_login, a.deactivated_by, CASE WHEN a.mfa_required THEN 'true' ELSE 'false' END, a.email_copy, a.invitation_count,
			CASE WHEN a.must_reset_password THEN 'true' ELSE 'false' END
		FROM user_access a JOIN person p ON p.tenant_id = a.tenant_id AND p.person_id = a.person_id WHERE a.tenant_id` + ofHome + ` ORDER BY 1`},
	"links": {columns: "user external_id hidden projected connection", query: `
		SELECT COALESCE(a.username, p.shown_name), l.external_key, CASE WHEN l.hidden_at = 0 THEN '' ELSE 'yes' END, l.projected_login, c.name
		FROM scim_link l JOIN connection c ON c.tenant_id = l.tenant_id AND c.connection_id = l.connection_id
		JOIN person p ON p.tenant_id = l.tenant_id AND p.person_id = l.person_id
		LEFT JOIN user_access a ON a.tenant_id = l.tenant_id AND a.person_id = l.person_id WHERE l.tenant_id` + ofHome + ` ORDER BY 1, 5`},
	"groups": {columns: "name managed_by external_id members version", query: `
		SELECT g.name, c.name, (SELECT MAX(l.external_key) FROM group_link l WHERE l.tenant_id = g.tenant_id AND l.group_id = g.group_id AND l.connection_id = g.managed_by),
			(SELECT count(*) FROM group_member m WHERE m.tenant_id = g.tenant_id AND m.group_id = g.group_id), g.version
		FROM permission_group g LEFT JOIN connection c ON c.tenant_id = g.tenant_id AND c.connection_id = g.managed_by
		WHERE g.tenant_id` + ofHome + ` ORDER BY 1`},
	"members": {columns: "group user source", query: `
		SELECT g.name, a.username, m.source FROM group_member m
		JOIN permission_group g ON g.tenant_id = m.tenant_id AND g.group_id = m.group_id
		JOIN user_access a ON a.tenant_id = m.tenant_id AND a.person_id = m.person_id WHERE m.tenant_id` + ofHome + ` ORDER BY 1, 2`},
	"invitations": {columns: "to status", query: `SELECT sent_to, status FROM invitation WHERE tenant_id` + ofHome + ` ORDER BY sent_at`},
	"sessions": {columns: "user ended", query: `
		SELECT a.username, s.end_reason FROM session s JOIN user_access a ON a.tenant_id = s.tenant_id AND a.person_id = s.person_id
		WHERE s.tenant_id` + ofHome + ` ORDER BY s.created_at`},
	"receipts": {columns: "who cause door sessions invitations resets enrolments", query: `
		SELECT COALESCE(a.username, p.shown_name), r.cause, r.door, r.sessions, r.invitations, r.reset_links, r.enrolments
		FROM receipt r JOIN person p ON p.tenant_id = r.tenant_id AND p.person_id = r.person_id
		LEFT JOIN user_access a ON a.tenant_id = r.tenant_id AND a.person_id = r.person_id WHERE r.tenant_id` + ofHome + ` ORDER BY r.occurred_at`},
	"mail": {columns: "kind to status tenant language", query: `SELECT kind, recipient, status, tenant_name, language FROM outbox WHERE tenant_id` + ofHome + ` ORDER BY message_id`},
	"dialects": {columns: "connection dialect seen sure clue", query: `
		SELECT name, dialect, seen_dialect, CASE WHEN seen_sure THEN 'sure' ELSE '' END, seen_clue FROM connection WHERE tenant_id` + ofHome + ` ORDER BY name`},
	"deviations": {columns: "connection rule", query: `
		SELECT c.name, d.rule FROM connection_deviation d JOIN connection c ON c.tenant_id = d.tenant_id AND c.connection_id = d.connection_id
		WHERE d.tenant_id` + ofHome + ` ORDER BY 1, 2`},
	"notes": {columns: "connection note", query: `SELECT name, notes FROM connection WHERE tenant_id` + ofHome + ` ORDER BY name`},
	"audit": {ledger: true, columns: "action door actor who changes note effects",
		query: `SELECT x.action, x.door, x.actor_name, ` + who + `, x.changes, x.note, x.effects, x.sequence FROM audit_event x` + whoOf},
	"events": {ledger: true, columns: "type door actor who",
		query: `SELECT x.type, x.door, x.actor_name, ` + who + `, x.sequence FROM domain_event x` + whoOf},
}

// look compares rows with the expected ones.
func (p *player) look(s *step, words []string) error {
	table, known := rowTables[words[0]]
	if !known {
		return fmt.Errorf("no such rows")
	}
	rows, err := p.rows(words[0], table)
	if err != nil {
		return err
	}
	if len(words) > 1 && len(s.body) == 0 {
		if got := fmt.Sprint(len(rows)); got != words[1] {
			return fmt.Errorf("expected %s rows, got %s:%s", words[1], got, shownRows(rows))
		}
		return nil
	}
	if len(rows) != len(s.body) {
		return fmt.Errorf("expected %d rows, got %d:%s", len(s.body), len(rows), shownRows(rows))
	}
	columns := strings.Fields(table.columns)
	for i, line := range s.body {
		if err := p.compareRow(columns, line, rows[i]); err != nil {
			return fmt.Errorf("row %d: %w\nthe rows:%s", i+1, err, shownRows(rows))
		}
	}
	return nil
}

// rowWord is a word of an expected row: a value, bare or in quotes, after the name of its column or without.
var rowWord = regexp.MustCompile(`(?:([a-z_]+)=)?(?:"([^"]*)"|(\S+))`)

func (p *player) compareRow(columns []string, line string, row []string) error {
	var problems []error
	for place, word := range rowWord.FindAllStringSubmatch(line, -1) {
		want := word[2] + word[3]
		if word[1] != "" {
			place = slices.Index(columns, word[1])
		}
		if place < 0 || place >= len(columns) {
			return fmt.Errorf("no column for %s", word[0])
		}
		if err := p.seen.matchText(want, row[place]); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", columns[place], err))
		}
	}
	return errors.Join(problems...)
}

func shownRows(rows [][]string) string {
	text := ""
	for _, row := range rows {
		text += "\n"
		for _, value := range row {
			if strings.Contains(value, " ") {
				value = `"` + value + `"`
			}
			text += " " + value
		}
	}
	return text
}

// rows reads a table; of a ledger only what nobody looked at before.
func (p *player) rows(name string, table rowTable) ([][]string, error) {
	columns, query := strings.Fields(table.columns), table.query
	if table.ledger {
		query = fmt.Sprintf(query, p.marks[name])
	}
	found, err := p.Raw.Query(query)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var rows [][]string
	for found.Next() {
		values := make([]sql.NullString, len(columns))
		var targets []any
		for i := range values {
			targets = append(targets, &values[i])
		}
		sequence := p.marks[name]
		if table.ledger {
			targets = append(targets, &sequence)
		}
		if err := found.Scan(targets...); err != nil {
			return nil, err
		}
		p.marks[name] = sequence
		if name != "notes" || values[1].String != "[]" {
			rows = append(rows, shownValues(columns, values))
		}
	}
	return rows, found.Err()
}

func shownValues(columns []string, values []sql.NullString) []string {
	row := make([]string, len(values))
	for i, value := range values {
		row[i] = value.String
		if strings.HasPrefix(row[i], "[") {
			row[i] = shownList(columns[i], row[i])
		}
		if row[i] == "" {
			row[i] = "-"
		}
	}
	return row
}

// shownList is a list that a column holds as JSON, as people read it.
func shownList(column, text string) string {
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return text
	}
	var parts []string
	for _, element := range list {
		var plain string
		var known struct {
			Attribute, Before, After string // a change
			Address                  string // an e-mail address
			Primary                  bool
		}
		switch {
		case json.Unmarshal(element, &plain) == nil:
			parts = append(parts, plain)
		case json.Unmarshal(element, &known) != nil:
			return text
		case column == "email" && known.Primary:
			parts = append(parts, known.Address)
		case column == "changes" && known.Attribute == "Receipt": // of random letters; see receipts
		case column == "changes":
			parts = append(parts, known.Attribute+":"+known.Before+"→"+known.After)
		}
	}
	separator := " "
	if column == "note" {
		separator = "; "
	}
	return strings.Join(parts, separator)
}
