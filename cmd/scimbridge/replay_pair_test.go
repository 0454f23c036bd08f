package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// leftTables are the tables in which a pair of stories must leave the same. What a connection keeps for itself
// (links) is not among them.
var leftTables = []string{"person", "email_key", "user_access", "permission_group", "group_member", "invitation", "session", "receipt", "audit_event", "domain_event", "outbox"}

// ownToADoor are the columns that say which door it was, and those that differ from run to run.
var ownToADoor = []string{"door", "actor_kind", "actor_name", "request_id", "ip", "deactivated_by", "source", "invited_by",
	"dedup_key", "sequence", "data", "managed_by", "token_hash", "sealed_token", "identity_user_unique",
	"payload_salt", "payload_digest", "chain_hash"}

// left is what the story left behind: the rows of the tables by name, without ids and times.
func (p *player) left() map[string][]string {
	p.t.Helper()
	found := map[string][]string{}
	for _, table := range leftTables {
		found[table] = p.leftIn(table)
	}
	return found
}

// doorFacts are what events tell of the way in which an act came.
var doorFacts = regexp.MustCompile(`,? *"(` + domain.FactConnection + `|` + domain.FactWhole + `)": *"[^"]*"`)

// firstFact mends an object that begins with a comma.
var firstFact = strings.NewReplacer("{, ", "{", "{,", "{")

// anyID is an id, or the digest of a receipt, which is made of ids.
var anyID = regexp.MustCompile(holeKinds["uuid"] + `( [0-9a-f]{64})?`)

func (p *player) leftIn(table string) []string {
	p.t.Helper()
	rows, err := p.Raw.Query("SELECT * FROM " + table)
	require.NoError(p.t, err)
	defer rows.Close()
	names, err := rows.Columns()
	require.NoError(p.t, err)
	var lines []string
	for rows.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(p.t, rows.Scan(targets...))
		var words []string
		for i, name := range names {
			if word := leftValue(name, values[i]); word != "" {
				words = append(words, name+"="+word)
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	require.NoError(p.t, rows.Err())
	slices.Sort(lines)
	return lines
}

// leftValue is a value as far as it is the same at either door; of ids and times only whether they are there.
func leftValue(name string, value any) string {
	if slices.Contains(ownToADoor, name) || value == nil {
		return ""
	}
	if bytes, is := value.([]byte); is {
		value = string(bytes)
	}
	text := firstFact.Replace(doorFacts.ReplaceAllString(anyID.ReplaceAllString(fmt.Sprint(value), "<id>"), ""))
	for _, suffix := range []string{"_id", "at", "_expires", "until"} {
		if strings.HasSuffix(name, suffix) && text != "0" && text != "" {
			return "<set>"
		}
	}
	return text
}
