package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
)

// backedUp is a shell with a tenant, a credential, a signing key and a backup of them.
func backedUp(t *testing.T) (s *shell, backup string) {
	t.Helper()
	s = newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	s.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim")
	s.object("key", "rotate")
	backup = filepath.Join(s.folder, "acme.backup")
	made := s.object("backup", backup)
	check(t, map[string]any{"File": backup, "Bytes": made["Bytes"], "SchemaVersion": made["SchemaVersion"]}, made)
	assert.Greater(t, made["SchemaVersion"], 50.0)
	return s, backup
}

// elsewhere gives the shell a database in another folder, that is not there yet, with the key or without.
func (s *shell) elsewhere(t *testing.T, key string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	s.database = sqlitePrefix + filepath.Join(folder, "test.db")
	if key != "" {
		require.NoError(t, os.Mkdir(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "scimbridge.key"), []byte(key), 0o600))
	}
}

// key is the one beside the database.
func (s *shell) key(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(beside(s.database, "scimbridge.key"))
	require.NoError(t, err)
	return string(text)
}

func TestRestoreBringsEverythingBack(t *testing.T) {
	t.Parallel()
	s, backup := backedUp(t)
	before, key := s.object("credential", "list", "--tenant", "acme"), s.key(t)
	s.object("tenant", "create", "--slug", "later")
	s.elsewhere(t, key)
	restored := s.object("restore", backup)
	check(t, map[string]any{"Database": strings.TrimPrefix(s.database, sqlitePrefix), "Bytes": restored["Bytes"], "SchemaVersion": restored["SchemaVersion"],
		"Tenants": 1.0, "Revoked": nil}, restored)
	assert.Equal(t, before, s.object("credential", "list", "--tenant", "acme"))
	assert.Len(t, s.object("tenant", "list")["Items"], 1)
	s.object("audit", "verify")
	code, _, log := s.run("restore", backup)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "is there already, and nothing is ever written over")
	code, out, _ := s.run("backup", backup+".2")
	assert.Equal(t, exitDone, code)
	assert.Contains(t, out, "was made and checked")
	assert.Contains(t, out, "a copy of the key is kept, in another place")
}

// TestRestoreRevokes: what could open a door does not any more, in tenants that are disabled, too, and they stay so.
func TestRestoreRevokes(t *testing.T) {
	t.Parallel()
	s, _ := backedUp(t)
	s.object("tenant", "create", "--slug", "beta")
	s.object("credential", "create", "--tenant", "beta", "--name", "hr", "--kind", "rest")
	s.object("tenant", "disable", "--slug", "beta")
	backup, key := filepath.Join(s.folder, "both.backup"), s.key(t)
	s.object("backup", backup)
	s.elsewhere(t, key)
	assert.Equal(t, map[string]any{"Credentials": 2.0, "People": 0.0, "SigningKeys": 1.0}, s.object("restore", "--revoke", backup)["Revoked"])
	assert.Equal(t, true, s.object("tenant", "show", "--slug", "beta")["Disabled"])
	for _, slug := range []string{"acme", "beta"} {
		for _, found := range s.object("credential", "list", "--tenant", slug)["Items"].([]any) {
			assert.Regexp(t, aTime, found.(map[string]any)["RevokedAt"])
		}
	}
	var states []any
	for _, found := range s.object("key", "list")["Items"].([]any) {
		states = append(states, found.(map[string]any)["State"])
	}
	assert.Equal(t, []any{"Signing", "Distrusted"}, states)
	s.object("audit", "verify")
}

// TestNoRoomForABackup: a disk that is full is called so, and nothing of a copy takes its last room.
func TestNoRoomForABackup(t *testing.T) {
	s, backup := backedUp(t)
	folder := small(t, 128<<10)
	code, _, log := s.run("backup", filepath.Join(folder, "x.db"))
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "disk is full")
	code, _, log = s.run("restore", backup, "--database", sqlitePrefix+filepath.Join(folder, "x.db"))
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "there is no room for what is in "+backup)
	list, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, list)
}

func TestTenantRecall(t *testing.T) {
	t.Parallel()
	s, _ := backedUp(t)
	assert.Equal(t, map[string]any{"Credentials": 1.0, "People": 0.0}, s.object("tenant", "recall", "--slug", "acme"))
	assert.Equal(t, map[string]any{"Credentials": 0.0, "People": 0.0}, s.object("tenant", "recall", "--slug", "acme"), "to repeat it changes nothing")
	code, _, log := s.run("tenant", "recall", "--slug", "nobody")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "no such tenant")
}

func TestRestoreNeedsTheKey(t *testing.T) {
	t.Parallel()
	s, backup := backedUp(t)
	id, _, _ := strings.Cut(s.key(t), ":")
	_, material, _ := strings.Cut(credential.NewKey().Line(), ":")
	for _, test := range []struct{ name, key, says string }{
		{"none", "", "there is no key in"},
		{"another", credential.NewKey().Line(), "the key does not open 1 of 1 secrets"},
		{"another of the same name", id + ":" + material, "the key does not open 1 of 1 secrets"},
	} {
		s.elsewhere(t, test.key)
		code, out, log := s.run("restore", backup)
		assert.Equal(t, exitFailed, code, test.name)
		assert.Contains(t, log, test.says, test.name)
		assert.Contains(t, log, "Nothing was restored; to restore it all the same add --anyway", test.name)
		assert.Empty(t, out)
		assert.NoFileExists(t, strings.TrimPrefix(s.database, sqlitePrefix))
		assert.NoFileExists(t, filepath.Join(filepath.Dir(strings.TrimPrefix(s.database, sqlitePrefix)), "test.db-wal"))
		if test.key == "" {
			assert.NoFileExists(t, beside(s.database, "scimbridge.key"), "a new key would open nothing")
		}
		code, _, log = s.run("restore", "--anyway", "--revoke", backup)
		assert.Equal(t, exitFailed, code, "no new key to sign with without the key")
		assert.Contains(t, log, "leave --revoke out, or find the key")
		code, out, log = s.run("restore", "--anyway", backup)
		require.Equal(t, exitDone, code, log)
		assert.Contains(t, out, "Problem: "+test.says)
		assert.Equal(t, "Signing", s.object("key", "rotate", "--distrust")["State"], "with the new key it goes on")
		assert.Equal(t, 1.0, s.object("tenant", "recall", "--slug", "acme")["Credentials"])
	}
}

// TestRestoreLooksBeforeItPutsSomethingInPlace: at the schema, and at the audit.
func TestRestoreLooksBeforeItPutsSomethingInPlace(t *testing.T) {
	t.Parallel()
	s, backup := backedUp(t)
	key := s.key(t)
	tampered := func(name, statement string) string {
		file := filepath.Join(s.folder, name)
		text, err := os.ReadFile(backup)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, text, 0o600))
		db, err := sql.Open("sqlite", "file:"+file)
		require.NoError(t, err)
		_, err = db.Exec(statement)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		return file
	}
	newer := tampered("newer", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	changed := tampered("changed", "UPDATE audit_event SET note = 'nothing happened' WHERE audit_index = 1")
	s.elsewhere(t, key)
	for file, says := range map[string]string{newer: "has schema version 9999", changed: "the audit of acme is not as it was written"} {
		code, _, log := s.run("restore", file)
		assert.Equal(t, exitFailed, code)
		assert.Contains(t, log, says)
		names, err := os.ReadDir(filepath.Dir(strings.TrimPrefix(s.database, sqlitePrefix)))
		require.NoError(t, err)
		assert.Len(t, names, 1, "the key alone")
	}
	code, _, log := s.run("restore", "--anyway", newer)
	assert.Equal(t, exitFailed, code, "an older program can't work with it")
	assert.Contains(t, log, "use a newer program")
	assert.Contains(t, s.object("restore", "--anyway", changed)["Problems"].([]any)[0], "the audit of acme")
}

func TestBackupAndRestoreExplainMistakes(t *testing.T) {
	t.Parallel()
	s, backup := backedUp(t)
	for _, test := range []struct {
		line string
		code int
		says string
	}{
		{"backup", exitUsage, "<file>"},
		{"backup " + backup, exitFailed, "choose another name"},
		{"backup " + s.folder + "/no/where.db", exitFailed, "there is no folder"},
		{"backup x --database sqlite:" + s.folder + "/none.db", exitFailed, "there is no database in"},
		{"backup x --database postgres://u:tops3cret@h/d", exitFailed, "pg_dump or continuous archiving"},
		{"restore x --database postgresql://u:tops3cret@h/d", exitFailed, "pg_dump or continuous archiving"},
		{"backup x --database mysql://root:tops3cret@h/d", exitFailed, "must be sqlite:PATH"},
		{"backup x --database sqlite:", exitFailed, "must be sqlite:PATH"},
		{"restore " + s.folder + "/none --database sqlite:" + s.folder + "/x.db", exitFailed, "there is no backup in"},
	} {
		code, out, log := s.run(strings.Fields(test.line)...)
		assert.Equal(t, test.code, code, test.line)
		assert.Contains(t, log, test.says, test.line)
		assert.Empty(t, out, test.line)
		assert.NotContains(t, log, "tops3cret", test.line)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, line := range []string{"backup " + backup + ".2", "restore " + backup + " --database sqlite:" + s.folder + "/x.db"} {
		var out, log bytes.Buffer
		assert.Equal(t, exitFailed, run(ctx, strings.Fields(line), []string{"SCIMBRIDGE_DATABASE=" + s.database}, &out, &log))
		assert.Contains(t, log.String(), "scimbridge: interrupted: no ")
	}
	list, err := os.ReadDir(s.folder)
	require.NoError(t, err)
	assert.Len(t, list, 2, "data and the backup")
}
