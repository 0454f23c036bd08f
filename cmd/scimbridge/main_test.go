package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// childVariable makes the test binary be the program itself, for tests that need a process of their own.
const childVariable = "SCIMBRIDGE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// shell runs commands on a database of a test's own.
type shell struct {
	t        testing.TB
	folder   string
	database string
	env      []string
}

func newShell(t testing.TB) *shell {
	folder := t.TempDir()
	return &shell{t: t, folder: folder, database: "sqlite:" + filepath.Join(folder, "data", "test.db")}
}

// run gives the exit code and what was printed.
func (s *shell) run(args ...string) (code int, out, log string) {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, append([]string{"SCIMBRIDGE_DATABASE=" + s.database}, s.env...), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// object runs a command that must succeed, with --json, and gives its one object.
func (s *shell) object(args ...string) map[string]any {
	s.t.Helper()
	code, out, log := s.run(append(args, "--json")...)
	require.Equal(s.t, exitDone, code, log)
	assert.Empty(s.t, log)
	assert.Equal(s.t, 1, strings.Count(out, "\n"), "one line")
	var found map[string]any
	require.NoError(s.t, json.Unmarshal([]byte(out), &found), out)
	return found
}

// check compares an object, whose values may also be told by a pattern that begins with ^.
func check(t *testing.T, want map[string]any, got map[string]any) {
	t.Helper()
	for name, value := range want {
		if pattern, ok := value.(string); ok && strings.HasPrefix(pattern, "^") {
			assert.Regexp(t, pattern, got[name], name)
		} else {
			assert.Equal(t, value, got[name], name)
		}
	}
	for name := range got {
		assert.Contains(t, want, name)
	}
}

const (
	anUUID = `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`
	aTime  = `^20\d\d-\d\d-\d\dT.*Z$`
	aToken = `^sb_[0-9a-f]{32}_[0-9a-f]{64}$`
)

func TestTenantCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	assert.Equal(t, map[string]any{"Migrated": true}, s.object("migrate"))
	assert.Equal(t, map[string]any{"Items": []any{}}, s.object("tenant", "list"))

	made := s.object("tenant", "create", "--slug", "acme", "--name", "Acme Corp")
	policies := made["Policies"]
	assert.Equal(t, "168h", policies.(map[string]any)["InvitationTtl"])
	want := map[string]any{"TenantId": anUUID, "Slug": "acme", "Name": "Acme Corp", "SsoEnabled": false, "Disabled": false, "Sandbox": false, "CreatedAt": aTime, "Policies": policies}
	check(t, want, made)
	want["SsoEnabled"], want["TenantId"] = true, made["TenantId"]
	check(t, want, s.object("tenant", "update", "--slug", "acme", "--sso=on"))
	want["SsoEnabled"] = false
	check(t, want, s.object("tenant", "update", "--slug", "acme", "--sso=off"))
	want["Name"] = "Acme"
	policies.(map[string]any)["InvitationTtl"] = "72h"
	check(t, want, s.object("tenant", "update", "--slug", "acme", "--name", "Acme", "--policy", "invitationttl=72h"))
	check(t, want, s.object("tenant", "update", "--slug", "acme"))
	policies.(map[string]any)["InvitationTtl"] = "168h"
	check(t, want, s.object("tenant", "update", "--slug", "acme", "--policy", "InvitationTtl="))

	want["MigrationWindowUntil"] = aTime
	check(t, want, s.object("tenant", "update", "--slug", "acme", "--migration-window", "24h"))
	want["MigrationWindowUntil"] = "2031-03-02T09:00:00Z"
	check(t, want, s.object("tenant", "update", "--slug", "acme", "--migration-window-until", "2031-03-02T09:00:00Z"))
	check(t, want, s.object("tenant", "show", "--slug", "acme"))
	want["Disabled"] = true
	check(t, want, s.object("tenant", "disable", "--slug", "acme"))
	check(t, want, s.object("tenant", "disable", "--slug", "acme"))
	check(t, want, s.object("tenant", "show", "--slug", "acme"))
	want["Disabled"] = false
	check(t, want, s.object("tenant", "enable", "--slug", "acme"))
	want["Sandbox"] = true
	check(t, want, s.object("tenant", "update", "--slug", "acme", "--sandbox=on"))
	assert.Equal(t, true, s.object("tenant", "create", "--slug", "trial", "--sandbox")["Sandbox"])

	other := s.object("tenant", "create", "--name", "Öther & Sons, Inc.", "--sso")
	assert.Equal(t, "ther-sons-inc", other["Slug"])
	assert.Equal(t, true, other["SsoEnabled"])
	assert.Len(t, s.object("tenant", "list")["Items"], 3)
}

func TestPolicyList(t *testing.T) {
	t.Parallel()
	list := newShell(t).object("policy", "list")["Items"].([]any)
	require.Len(t, list, len(domain.PolicyCatalogue()))
	for _, item := range list {
		policy := item.(map[string]any)
		assert.NotEmpty(t, policy["Meaning"], policy["Name"])
		assert.Contains(t, []any{"Tenant", "Connection"}, policy["Of"])
	}
	assert.Contains(t, list, map[string]any{"Name": "MfaDefault", "Of": "Tenant", "Values": []any{"NotRequired", "Required"}, "Default": "NotRequired",
		"Meaning": "whether new access requires MFA"})
}

func TestMailCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	assert.Equal(t, map[string]any{"Items": []any{}}, s.object("mail", "list", "--tenant", "acme"))
	code, out, log := s.run("mail", "resend", "--tenant", "acme", "0198c5f0-0000-7000-8000-00000000000a")
	assert.Equal(t, exitFailed, code, out)
	assert.Contains(t, log, "no such mail")
}

func TestCredentialChange(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	file := filepath.Join(s.folder, "public.jwk")
	require.NoError(t, os.WriteFile(file, []byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"ours"}`), 0o600))
	id := s.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim", "--rate-limit", "20")["CredentialId"].(string)
	changed := s.object("credential", "change", "--id", id, "--public-key", file)
	assert.Equal(t, map[string]any{"PerSecond": 20.0, "Burst": 40.0}, changed["RateLimit"], "what is not mentioned stays")
	assert.Equal(t, []any{map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}, changed["PublicKeys"])
	changed = s.object("credential", "change", "--id", id, "--rate-limit", "5", "--rate-burst", "7")
	assert.Equal(t, map[string]any{"PerSecond": 5.0, "Burst": 7.0}, changed["RateLimit"])
	assert.Len(t, changed["PublicKeys"], 1)
	changed = s.object("credential", "change", "--id", id, "--no-rate-limit", "--no-public-key")
	assert.NotContains(t, changed, "RateLimit")
	assert.NotContains(t, changed, "PublicKeys")
	for _, bad := range [][]string{
		{"--rate-limit=-1"}, {"--rate-burst", "3"}, {"--public-key", file + "x"}, {"--public-key", s.folder}, {"--no-public-key", "--public-key", file},
		{"--no-rate-limit", "--rate-limit", "3"},
	} {
		code, _, log := s.run(append([]string{"credential", "change", "--id", id}, bad...)...)
		assert.Equal(t, exitFailed, code, "%v: %s", bad, log)
	}
}

func TestCredentialCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	tenant := s.object("tenant", "create", "--slug", "acme")["TenantId"]
	scim := s.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim", "--public-url", "https://id.example.com/")
	check(t, map[string]any{"CredentialId": anUUID, "Token": aToken, "BaseUrl": "https://id.example.com/scim/v2", "TenantId": tenant, "Tenant": "acme",
		"TokenUrl": "https://id.example.com/oauth/token",
		"Name":     "okta", "Kind": "Scim", "AccessMode": "ReadWrite", "ScimConnectionId": anUUID, "CreatedAt": aTime}, scim)
	connections := s.object("connection", "list", "--tenant", "acme")["Items"].([]any)
	require.Len(t, connections, 1, "it made a connection of its own")
	assert.Equal(t, scim["ScimConnectionId"], connections[0].(map[string]any)["ScimConnectionId"])

	second := s.object("credential", "create", "--tenant", tenant.(string), "--name", "okta 2", "--kind", "scim", "--connection", "okta", "--access", "read-only")
	assert.Equal(t, scim["ScimConnectionId"], second["ScimConnectionId"])
	assert.Equal(t, "ReadOnly", second["AccessMode"])
	assert.Equal(t, "http://127.0.0.1:8080/scim/v2", second["BaseUrl"])

	rest := s.object("credential", "create", "--tenant", "acme", "--name", "hr", "--kind", "rest")
	assert.Equal(t, "http://127.0.0.1:8080/api/v1", rest["BaseUrl"])
	assert.Contains(t, rest["Permissions"], "users.provision", "everything that an API credential may have")
	narrow := s.object("credential", "create", "--tenant", "acme", "--name", "report", "--kind", "rest", "--permissions", "users.list,persons.read",
		"--expires", "90d", "--allow-ip", "192.0.2.0/24", "--allow-ip", "2001:db8::1")
	assert.Equal(t, []any{"persons.read", "users.list"}, narrow["Permissions"])
	assert.Equal(t, []any{"192.0.2.0/24", "2001:db8::1/128"}, narrow["AllowedIps"])
	expires, err := time.Parse(time.RFC3339, narrow["ExpiresAt"].(string))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().AddDate(0, 0, 90), expires, 2*time.Hour)

	id := rest["CredentialId"].(string)
	rotated := s.object("credential", "rotate", "--id", id, "--overlap", "1h")
	assert.Regexp(t, aToken, rotated["Token"])
	assert.NotEqual(t, rest["Token"], rotated["Token"])
	assert.Regexp(t, aTime, rotated["OldTokenUntil"])
	assert.Equal(t, "http://127.0.0.1:8080/api/v1", rotated["BaseUrl"])
	revoked := s.object("credential", "revoke", "--id", id)
	assert.Regexp(t, aTime, revoked["RevokedAt"])
	assert.Equal(t, revoked, s.object("credential", "revoke", "--id", id), "to repeat it changes nothing")

	list := s.object("credential", "list", "--tenant", "acme")["Items"].([]any)
	require.Len(t, list, 4)
	for _, item := range list {
		assert.NotContains(t, item, "Token")
		assert.NotContains(t, item, "BaseUrl")
		assert.NotContains(t, item, "TokenUrl")
	}
	_, out, _ := s.run("credential", "list", "--tenant", "acme")
	assert.Contains(t, out, id+"  Rest  ReadWrite  revoked  hr\n")
}

func TestKeyCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	assert.Equal(t, map[string]any{"Items": []any{}}, s.object("key", "list"))
	const aKey = `^[A-Za-z0-9_-]{43}$`
	check(t, map[string]any{"KeyId": aKey, "Generation": 1.0, "State": "Signing", "CreatedAt": aTime, "SignsAt": aTime}, s.object("key", "rotate"))
	check(t, map[string]any{"KeyId": aKey, "Generation": 2.0, "State": "Next", "CreatedAt": aTime, "SignsAt": aTime}, s.object("key", "rotate"))
	code, _, log := s.run("key", "rotate")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "wait until then")
	s.object("key", "rotate", "--distrust")
	var states []any
	for _, key := range s.object("key", "list")["Items"].([]any) {
		states = append(states, key.(map[string]any)["State"])
	}
	assert.Equal(t, []any{"Signing", "Distrusted", "Distrusted"}, states)
}

func TestConnectionCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	made := s.object("connection", "create", "--tenant", "acme", "--name", "entra", "--policy", "DeletePolicy=RemoveAccess")
	policies := made["Policies"].(map[string]any)
	check(t, map[string]any{"ScimConnectionId": anUUID, "Tenant": "acme", "Name": "entra", "Dialect": "auto", "Policies": policies, "CreatedAt": aTime}, made)
	assert.Equal(t, "RemoveAccess", policies["DeletePolicy"])
	assert.Equal(t, "Link", policies["MatchPolicy"])
	changed := s.object("connection", "update", "--tenant", "acme", "--name", "entra", "--policy", "MatchPolicy=Reject", "--policy", "DeletePolicy=")
	policies["DeletePolicy"], policies["MatchPolicy"] = "DeactivateAndHide", "Reject"
	assert.Equal(t, made, changed)
	assert.Equal(t, map[string]any{"Items": []any{made}}, s.object("connection", "list", "--tenant", "acme"))
	made["Dialect"] = "EntraCompliant"
	assert.Equal(t, made, s.object("connection", "change", "--tenant", "acme", "--name", "entra", "--dialect", "entracompliant"))
	assert.Equal(t, made, s.object("connection", "show", "--tenant", "acme", "--name", "entra"))
	made["Dialect"] = "auto"
	assert.Equal(t, made, s.object("connection", "update", "--tenant", "acme", "--name", "entra", "--dialect", "auto"))
}

func TestConnectionsInWords(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := &domain.Connection{Name: "hr", LastSeenAt: noon, Policies: domain.Policies{domain.PolicyDelete: domain.RemoveAccess},
		Seen: domain.Sighting{Dialect: domain.DialectEntra, Clue: "op with a capital letter", At: noon}, Notes: []string{"roles was sent and ignored"},
		Deviations: []domain.Deviation{{Rule: "operator-case", Count: 7, First: noon, Last: noon}}}
	assert.Equal(t, []string{
		"00000000-0000-0000-0000-000000000000  hr", "dialect: Entra? (a guess from: op with a capital letter)", "seen 2026-03-02T12:00:00Z",
		"policy: DeletePolicy=RemoveAccess",
		"forgiven: operator-case, 7 times, last 2026-03-02T12:00:00Z: op is written in another case, like Add; it is compared without",
		"note: roles was sent and ignored",
	}, viewConnection("acme", c).lines())
	c.Seen.Sure = true
	assert.Equal(t, "Entra (op with a capital letter)", viewConnection("acme", c).speaks())
	c.Dialect = domain.DialectPing
	assert.Equal(t, "Ping (fixed)", viewConnection("acme", c).speaks())
	assert.Equal(t, "unknown dialect", viewConnection("acme", &domain.Connection{}).speaks())
}

func TestMistakesAreExplained(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	key := filepath.Join(s.folder, "open.key")
	require.NoError(t, os.WriteFile(key, []byte("a:b"), 0o644))
	for _, test := range []struct {
		line string
		code int
		says string
	}{
		{"", exitUsage, "expected one of"},
		{"serv", exitUsage, "unexpected argument serv"},
		{"serve --lissen x", exitUsage, "unknown flag --lissen"},
		{"tenant create", exitFailed, "a tenant needs a --slug"},
		{"tenant create --slug Acme_1", exitFailed, "Slug: A slug is 1 to 63 of a-z"},
		{"tenant create --slug acme", exitFailed, "Another tenant has this slug"},
		{"tenant update --slug acme --sso=maybe", exitUsage, `"maybe" is neither on nor off`},
		{"tenant update --slug nobody", exitFailed, "no such tenant"},
		{"tenant update --slug acme --policy Colour=red", exitFailed, "Colour: There is no such policy here; known are PasswordLogin"},
		{"tenant update --slug acme --policy PasswordLogin=Perhaps", exitFailed, "PasswordLogin: Allowed are Allowed, DisabledWhenSso"},
		{"connection update --tenant acme --name nobody", exitFailed, `no connection "nobody"`},
		{"connection show --tenant acme --name nobody", exitFailed, `no connection "nobody"`},
		{"credential create --tenant acme --kind rest", exitUsage, "missing flags: --name"},
		{"credential create --tenant acme --name x --kind soap", exitUsage, "--kind must be one of"},
		{"credential create --tenant nobody --name x --kind scim", exitFailed, "no such tenant"},
		{"credential create --tenant acme --name x --kind rest --permissions fly", exitFailed, `no permission "fly"`},
		{"credential create --tenant acme --name x --kind scim --permissions persons.read", exitFailed, "of its access mode (--access); leave them out"},
		{"credential create --tenant acme --name x --kind rest --connection y", exitFailed, "leave --connection out"},
		{"credential create --tenant acme --name x --kind rest --expires never", exitUsage, "write 90d, 36h or 30m"},
		{"credential create --tenant acme --name x --kind rest --expires=-1d", exitUsage, "write 90d"},
		{"credential create --tenant acme --name x --kind rest --allow-ip 10.0.0.0/99", exitUsage, "write 192.0.2.0/24"},
		{"credential revoke --id 17", exitFailed, "looks like"},
		{"credential revoke --id 00000000-0000-7000-8000-000000000001", exitFailed, "credential"},
		{"tenant list --database mysql://root:tops3cret@h/d", exitFailed, "must be sqlite:PATH or postgres://"},
		{"tenant list --database sqlite:", exitFailed, "must be sqlite:PATH"},
		{"tenant list --database postgres://u:tops3cret@127.0.0.1:1/d?connect_timeout=2", exitFailed, "can't prepare the database"},
		{"tenant list --database postgres://u:tops3cret@[bad/d", exitFailed, "postgres"},
		{"tenant list --database sqlite:/dev/null/x.db", exitFailed, "/dev/null"},
		{"tenant list --config /nowhere/at-all", exitUsage, "can't read the settings"},
		{"serve --listen 127.0.0.1:0 --public-url id.example.com", exitFailed, "must be an absolute URL"},
		{"serve --listen 127.0.0.1:99999", exitFailed, "can't serve on --listen 127.0.0.1:99999"},
		{"serve --listen 127.0.0.1:0 --key-file " + key, exitFailed, "chmod 600"},
		{"serve --listen 127.0.0.1:0 --smtp-host mail --smtp-password-file /nowhere", exitFailed, "can't read --smtp-password-file"},
		{"serve --listen 127.0.0.1:0 --mail-from nobody", exitFailed, "the sender must be an address"},
	} {
		code, out, log := s.run(strings.Fields(test.line)...)
		assert.Equal(t, test.code, code, test.line)
		assert.Contains(t, log, test.says, test.line)
		assert.True(t, strings.HasPrefix(log, "scimbridge: "), "%s: %s", test.line, log)
		assert.Empty(t, out, test.line)
		assert.NotContains(t, log, "tops3cret", test.line)
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	code, out, log := s.run("credential", "create", "--help")
	assert.Equal(t, exitDone, code)
	assert.Contains(t, out, "--allow-ip=CIDR")
	assert.Empty(t, log)
	check(t, map[string]any{"Version": "^.", "Revision": "^"}, s.object("version"))
}

func TestFlagsWinOverEnvironmentOverFile(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	file := filepath.Join(s.folder, "settings.yaml")
	require.NoError(t, os.WriteFile(file, []byte("public-url: https://file.example\nallow-ip:\n- 192.0.2.0/24\n- 198.51.100.0/24\naccess: read-only\n"), 0o600))
	create := []string{"credential", "create", "--tenant", "acme", "--name", "x", "--kind", "rest"}

	assert.Equal(t, "http://127.0.0.1:8080/api/v1", s.object(create...)["BaseUrl"])
	byFlag := s.object(append(create, "--config", file)...)
	assert.Equal(t, "https://file.example/api/v1", byFlag["BaseUrl"])
	assert.Equal(t, []any{"192.0.2.0/24", "198.51.100.0/24"}, byFlag["AllowedIps"])
	assert.Equal(t, "ReadOnly", byFlag["AccessMode"])
	s.env = []string{"SCIMBRIDGE_CONFIG=" + file}
	assert.Equal(t, "https://file.example/api/v1", s.object(create...)["BaseUrl"])
	s.env = append(s.env, "SCIMBRIDGE_PUBLIC_URL=https://env.example")
	assert.Equal(t, "https://env.example/api/v1", s.object(create...)["BaseUrl"])
	assert.Equal(t, "https://flag.example/api/v1", s.object(append(create, "--public-url=https://flag.example")...)["BaseUrl"])

	for text, says := range map[string]string{
		"pubic-url: x":         `there is no setting "pubic-url"`,
		"public-url: {a: b}":   "must be a text",
		"- public-url":         "are not lines of 'name: value'",
		"access: sometimes\n":  "--access must be one of",
		"allow-ip: [[{a: 1}]]": "must be a text",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		code, _, log := s.run(create...)
		assert.Equal(t, exitUsage, code, text)
		assert.Contains(t, log, says, text)
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"10.1.2.3/8": "10.0.0.0/8", "192.0.2.1": "192.0.2.1/32", "::1": "::1/128", "::ffff:192.0.2.1": "192.0.2.1/32"} {
		var got network
		require.NoError(t, got.UnmarshalText([]byte(text)))
		assert.Equal(t, netip.MustParsePrefix(want), netip.Prefix(got))
	}
}

func TestTenantsOfOneAccount(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	acme := s.object("tenant", "create", "--slug", "acme", "--account", "Group")
	assert.Equal(t, "Group", acme["Account"])
	beta := s.object("tenant", "create", "--slug", "beta")
	assert.NotContains(t, beta, "Account")
	assert.Equal(t, "GROUP", s.object("tenant", "update", "--slug", "beta", "--account", "GROUP")["Account"])
	for _, listed := range s.object("tenant", "list")["Items"].([]any) {
		assert.Equal(t, "Group", listed.(map[string]any)["Account"], "one account, as it was first spelt")
	}
	both := s.object("credential", "create", "--tenant", "acme", "--tenant", beta["TenantId"].(string), "--name", "hr", "--kind", "rest")
	assert.Equal(t, "acme", both["Tenant"])
	assert.Equal(t, []any{acme["TenantId"], beta["TenantId"]}, both["TenantIds"])
	assert.Equal(t, both["TenantIds"], s.object("credential", "list", "--tenant", "acme")["Items"].([]any)[0].(map[string]any)["TenantIds"])
	for _, bad := range [][]string{{"--tenant", "none", "--kind", "rest"}, {"--tenant", "beta", "--kind", "scim"}} {
		code, _, _ := s.run(append([]string{"credential", "create", "--name", "x", "--tenant", "acme"}, bad...)...)
		assert.Equal(t, exitFailed, code, "%v", bad)
	}
}

func TestRoleAndPersonCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	made := s.object("role", "create", "--tenant", "acme", "--name", "Boss", "--weight", "900", "--permissions", "tenant.admin,users.read")
	assert.Equal(t, []any{"tenant.admin", "users.read"}, made["Permissions"])
	assert.Equal(t, true, made["Restricted"])
	changed := s.object("role", "update", "--tenant", "acme", "--role", "boss", "--name", "Chief", "--add", "users.list", "--remove", "users.read")
	assert.Equal(t, made["RoleId"], changed["RoleId"])
	assert.Equal(t, []any{"tenant.admin", "users.list"}, changed["Permissions"])
	assert.Equal(t, 2.0, changed["Version"])
	assert.Len(t, s.object("role", "list", "--tenant", "acme")["Items"], 1)
	for _, bad := range [][]string{
		{"role", "create", "--tenant", "acme", "--name", "x", "--permissions", "no.such"}, {"role", "update", "--tenant", "acme", "--role", "none"},
		{"person", "grant", "--tenant", "acme", "--person", "nobody", "--role", "Chief"},
		{"person", "break-glass", "--tenant", "acme", "--person", "0198c5f0-0000-7000-8000-00000000000a"},
	} {
		code, _, log := s.run(bad...)
		assert.Equal(t, exitFailed, code, "%v: %s", bad, log)
	}
	assert.Equal(t, "Chief", s.object("role", "delete", "--tenant", "acme", "--role", "Chief")["Name"])
	assert.Empty(t, s.object("role", "list", "--tenant", "acme")["Items"])
}
