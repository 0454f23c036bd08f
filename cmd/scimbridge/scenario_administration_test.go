package main

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestWhatIsShutOffIsOut (A19): within a second no server lets anybody in whose tenant is disabled, whose connection was
// removed or whose credential was revoked; and who was not meant stays.
func TestWhatIsShutOffIsOut(t *testing.T) {
	for way, shut := range map[string]struct {
		do         func(s *scene, a *domain.Administration, operator domain.Caller) error
		scim, rest string // status of a request then
	}{
		"tenant": {func(s *scene, a *domain.Administration, _ domain.Caller) error {
			off := true
			_, err := a.SetTenant(s.t.Context(), homeTenant, domain.TenantState{Disabled: &off})
			return err
		}, "401", "401"},
		"connection": {func(s *scene, a *domain.Administration, operator domain.Caller) error {
			list, err := a.Connections(s.t.Context(), operator)
			for _, connection := range list {
				if err == nil {
					err = a.RemoveConnection(s.t.Context(), operator, connection.ID.String())
				}
			}
			return err
		}, "401", "200"},
		"credential": {func(s *scene, a *domain.Administration, operator domain.Caller) error {
			_, err := a.RevokeCredential(s.t.Context(), operator, uuid.MustParse(s.seen["rest.id"]))
			return err
		}, "200", "401"},
	} {
		t.Run(way, func(t *testing.T) {
			scenario(t, func(s *scene) {
				answers := func(who, path, want string) {
					for _, door := range s.doors(who) {
						status, body := door.send("GET", path, "")
						assert.Equal(t, want, status, "%s %s", who, body)
					}
				}
				answers("scim", "/Users", "200")
				answers("rest", "/Common/Persons", "200")
				require.NoError(t, shut.do(s, s.engine.Administration, operator(t, s.engine, homeTenant)))
				s.wait(time.Second)
				answers("scim", "/Users", shut.scim)
				answers("rest", "/Common/Persons", shut.rest)
			})
		})
	}
}

var secretName = regexp.MustCompile(`token|secret|password|key|credential`)

// TestNoSecretIsAnArgument (H6): other users of the machine see arguments, and shells remember them. Whatever takes a secret
// takes the name of a file that holds it, or a variable of the environment.
func TestNoSecretIsAnArgument(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{})
	require.NoError(t, err)
	files := 0
	require.NoError(t, kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		var value *kong.Value
		switch node := node.(type) {
		case *kong.Flag:
			value = node.Value
		case *kong.Positional:
			value = node
		}
		if value != nil && secretName.MatchString(strings.ToLower(value.Name)) && value.Target.Kind() != reflect.Bool {
			assert.True(t, strings.HasPrefix(value.Help, "File with "), "--%s takes a secret itself: %s", value.Name, value.Help)
			files++
		}
		return next(nil)
	}))
	assert.GreaterOrEqual(t, files, 4)
}

// TestNothingIsLetInByDefault (H7): a new server and a new tenant have no credential, no person and no session that anybody
// could know of. The first administrator is made at the machine.
func TestNothingIsLetInByDefault(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("migrate")
	assert.Empty(t, s.object("tenant", "list")["Items"])
	s.object("tenant", "create", "--slug", "acme")
	for _, list := range []string{"credential", "connection", "subscription", "role"} {
		assert.Empty(t, s.object(list, "list", "--tenant", "acme")["Items"], list)
	}
	_, _, log := s.run("export", "--tenant", "acme", "--server", "http://127.0.0.1:1")
	assert.Contains(t, log, "token", "nobody is let in without one")
}
