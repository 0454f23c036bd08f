package main

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// TestPersonCommands gives somebody a restricted role, takes it again and marks the account for emergencies, on a database
// of each kind, and looks at what stands in the audit.
func TestPersonCommands(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]opener{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			person := s.staffed(open(t))
			of := func(command string, more ...string) map[string]any {
				return s.object(append([]string{"person", command, "--tenant", "acme"}, more...)...)
			}
			boss := s.object("role", "create", "--tenant", "acme", "--name", "Boss", "--weight", "900", "--permissions", "tenant.admin,users.read")
			deputy := s.object("role", "create", "--tenant", "acme", "--name", "Deputy", "--permissions", "tenant.admin")

			given := of("grant", "--person", "ana", "--role", "boss")
			check(t, map[string]any{"PersonId": person, "Username": "ana", "Roles": []any{"Boss"}, "Permissions": []any{"tenant.admin", "users.read"}}, given)
			assert.Equal(t, given, of("grant", "--person", person, "--role", boss["RoleId"].(string)), "a second time makes no difference")
			of("grant", "--person", "ana", "--role", "Deputy")
			taken := of("revoke", "--person", "ana", "--role", deputy["RoleId"].(string))
			assert.Equal(t, given, taken)
			check(t, map[string]any{"PersonId": person, "BreakGlass": true}, of("break-glass", "--person", "ana"))
			of("break-glass", "--person", "ana")
			check(t, map[string]any{"PersonId": person, "BreakGlass": false}, of("break-glass", "--person", person, "--off"))
			code, out, log := s.run("person", "break-glass", "--tenant", "acme", "--person", "ana")
			require.Equal(t, exitDone, code, log)
			assert.Equal(t, "ana is an account for emergencies; no connector can change it.\n", out)

			assert.Equal(t, []string{
				"ROLES_CHANGED Roles:>Boss", "ROLES_CHANGED Roles:>Deputy", "ROLES_CHANGED Roles:Deputy>",
				"BREAK_GLASS_CHANGED BreakGlass:false>true", "BREAK_GLASS_CHANGED BreakGlass:true>false", "BREAK_GLASS_CHANGED BreakGlass:false>true",
			}, s.told(person), "what made no difference is not told of")
		})
	}
}

// staffed puts the shell on the database, with a person who has access in the tenant acme.
func (s *shell) staffed(f *storetest.Fixture) string {
	s.t.Helper()
	s.database = f.Source
	if !strings.Contains(f.Source, "://") {
		s.database = sqlitePrefix + f.Source
	}
	s.object("tenant", "create", "--slug", "acme")
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(s.t, err)
	engine := domain.New(domain.Config{Store: f.DB, Registry: f.DB, Secrets: credential.NewSecrets(sealer)})
	operator, err := engine.Administration.Operator(s.t.Context(), "acme")
	require.NoError(s.t, err)
	never := false
	p, err := engine.Provisioner.CreatePerson(s.t.Context(), operator, domain.NewPerson{Profile: domain.Profile{FirstName: "Ana", LastName: "Silva"},
		Access: &domain.NewAccess{Username: "ana", IsActive: true, SendInvitation: &never}})
	require.NoError(s.t, err)
	return p.ID.String()
}

// told is what the audit says of the operator's acts on a person after its creation, the oldest first.
func (s *shell) told(person string) (lines []string) {
	s.t.Helper()
	list := s.object("audit", "list", "--tenant", "acme", "--person", person)["Items"].([]any)
	for i := len(list) - 1; i >= 0; i-- {
		line := list[i].(map[string]any)
		assert.Equal(s.t, map[string]any{"Kind": "Operator", "Name": "operator"}, line["Actor"])
		assert.Equal(s.t, person, uuid.MustParse(line["PersonId"].(string)).String())
		if strings.HasPrefix(line["Action"].(string), "PERSON_") {
			continue
		}
		text := line["Action"].(string)
		for _, c := range line["Changes"].([]any) {
			change := c.(map[string]any)
			text += " " + change["Attribute"].(string) + ":" + change["Before"].(string) + ">" + change["After"].(string)
		}
		lines = append(lines, text)
	}
	return lines
}
