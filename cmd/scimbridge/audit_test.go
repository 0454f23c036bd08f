package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tamper changes the database behind the program's back.
func (s *shell) tamper(statement string) {
	s.t.Helper()
	raw, err := sql.Open("sqlite", strings.TrimPrefix(s.database, sqlitePrefix))
	require.NoError(s.t, err)
	_, err = raw.Exec(statement)
	require.NoError(s.t, err)
	require.NoError(s.t, raw.Close())
}

func (s *shell) company() {
	s.t.Helper()
	s.object("tenant", "create", "--slug", "acme")
	s.object("connection", "create", "--tenant", "acme", "--name", "Okta")
	s.object("credential", "create", "--tenant", "acme", "--name", "key", "--kind", "rest")
}

func TestAuditCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.company()
	s.object("tenant", "create", "--slug", "beta")

	lines := s.object("audit", "list", "--tenant", "acme")["Items"].([]any)
	require.Len(t, lines, 3)
	check(t, map[string]any{"AuditEventId": anUUID, "Index": 3.0, "OccurredAt": aTime, "Actor": map[string]any{"Kind": "Operator", "Name": "operator"}, "Door": "System",
		"Action": "CREDENTIAL_CREATED", "Effects": []any{"CREDENTIAL_CREATED"}, "Changes": lines[0].(map[string]any)["Changes"], "Note": "^", "RequestId": "^", "Ip": "^",
		"Salt": "^[0-9a-f]{32}$", "PayloadDigest": "^[0-9a-f]{64}$", "ChainHash": "^[0-9a-f]{64}$"}, lines[0].(map[string]any))
	assert.Len(t, s.object("audit", "list", "--tenant", "acme", "--count", "2")["Items"], 2)
	assert.Len(t, s.object("audit", "list", "--tenant", "acme", "--action", "connection_created", "--actor", "operator")["Items"], 1)
	assert.Empty(t, s.object("audit", "list", "--tenant", "acme", "--person", "11111111-1111-4111-8111-111111111111")["Items"])
	code, out, log := s.run("audit", "list", "--tenant", "acme")
	require.Equal(t, exitDone, code, log)
	assert.Regexp(t, `(?m)^3  20.*Z  CREDENTIAL_CREATED  by Operator operator \(System\)$`, out)
	assert.Contains(t, out, `    Name: "" -> "key"`)

	found := s.object("audit", "verify")["Items"].([]any)
	require.Len(t, found, 2)
	check(t, map[string]any{"Tenant": "acme", "Lines": 3.0, "Unchained": 0.0, "Scrubbed": 0.0, "Heads": 0.0, "Head": found[0].(map[string]any)["Head"]}, found[0].(map[string]any))
	code, out, _ = s.run("audit", "verify", "--tenant", "Beta")
	assert.Equal(t, exitDone, code)
	assert.Equal(t, "beta: 1 lines are as they were written; 0 earlier heads were met.\n", out)

	s.tamper("UPDATE audit_event SET actor_name = 'nobody' WHERE audit_index = 2")
	code, _, log = s.run("audit", "verify")
	assert.Equal(t, exitFailed, code)
	assert.Equal(t, "scimbridge: the audit of acme is not as it was written: line 2 was changed: its actor, changes, note or address are not those that were written\n", log)
	code, _, log = s.run("audit", "verify", "--tenant", "none")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, `there is no tenant "none"`)
}

func TestAuditExport(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.company()
	code, out, log := s.run("audit", "export", "--tenant", "acme", "--after", "1")
	require.Equal(t, exitDone, code, log)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	var line struct {
		Index     int
		ChainHash string
		Head      headView
	}
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &line))
	assert.Equal(t, 3, line.Index)
	last := line.ChainHash
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &line))
	assert.Equal(t, int64(3), line.Head.Index)
	assert.Equal(t, last, line.Head.Hash)
}

// TestAuditHeads: a server writes down signed heads, by which a tail that was cut off cleanly is missed.
func TestAuditHeads(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.company()
	folder := filepath.Join(s.folder, "heads")
	at := s.serve("--audit-heads", folder)
	var file string
	require.Eventually(t, func() bool {
		found, _ := filepath.Glob(filepath.Join(folder, "*.jsonl"))
		if len(found) == 1 {
			file = found[0]
			content, err := os.ReadFile(file)
			return err == nil && strings.HasSuffix(string(content), "\n")
		}
		return false
	}, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, exitDone, at.stop())

	found := s.object("audit", "verify", "--head", file)["Items"].([]any)
	assert.Equal(t, 1.0, found[0].(map[string]any)["Heads"])
	s.tamper("DELETE FROM audit_event WHERE audit_index = 3")
	s.tamper("UPDATE ledger_head SET audit_index = 2, audit_hash = (SELECT chain_hash FROM audit_event WHERE audit_index = 2)")
	s.object("audit", "verify")
	code, _, log := s.run("audit", "verify", "--head", file)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "the audit was cut: lines 3 to 3 are missing")

	forged := filepath.Join(s.folder, "forged.jsonl")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(forged, []byte(strings.Replace(string(content), `"Token":"ey`, `"Token":"eyA`, 1)), 0o600))
	code, _, log = s.run("audit", "verify", "--head", forged)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "line 1 of "+forged+" was not signed by this server")
}
