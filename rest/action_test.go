package rest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// deeds are the routes of the actions that the extended view tells of.
var deeds = map[string]struct{ method, path, body string }{
	"Invite":             {"POST", "/Invite", `{"SendInvitation":false}`},
	"ResendInvitation":   {"POST", "/ResendInvitation", `{}`},
	"RevokeInvitation":   {"POST", "/RevokeInvitation", `{}`},
	"ResetPassword":      {"POST", "/ResetPassword", `{}`},
	"Activate":           {"POST", "/Activate", `{"SendInvitation":false}`},
	"Deactivate":         {"POST", "/Deactivate", `{}`},
	"Unlock":             {"POST", "/Unlock", `{}`},
	"ChangeUsername":     {"PATCH", "", `{"Username":"new"}`},
	"ResetMfa":           {"POST", "/ResetMfa", `{}`},
	"InvalidateSessions": {"POST", "/InvalidateSessions", `{}`},
	"RemoveAccess":       {"DELETE", "", ""},
}

// TestActionsTellTheTruth: in every situation what is said to be available succeeds, and the rest is refused for the reason
// that was told, with nothing done.
func TestActionsTellTheTruth(t *testing.T) {
	t.Parallel()
	const plain = `"EmailAddresses":[{"Address":"NAME@example.org"}]`
	const access = plain + `,"UserAccess":{"Username":"NAME"}`
	for name, situation := range map[string]struct {
		person, sql string
		sso         bool
		policies    map[string]string
		pause       time.Duration // since then
		unavailable int
	}{
		"no access":             {person: plain, unavailable: 9},
		"invited":               {person: access, pause: time.Hour, unavailable: 2},
		"invited just now":      {person: access, unavailable: 3},
		"no address":            {person: `"UserAccess":{"Username":"NAME","SendInvitation":false}`, pause: time.Hour, unavailable: 3},
		"active":                {person: access, sql: "activated_at = 1", unavailable: 3},
		"active, no address":    {person: `"UserAccess":{"Username":"NAME","SendInvitation":false}`, sql: "activated_at = 1", unavailable: 4},
		"inactive":              {person: access, sql: "activated_at = 1, is_active = 0, deactivated_by = 'Rest'", unavailable: 3},
		"ended by a connector":  {person: access, sql: "activated_at = 1, is_active = 0, deactivated_by = 'Scim'", unavailable: 3},
		"ended by the provider": {person: access, sql: "activated_at = 1, is_active = 0, deactivated_by = 'Scim'", policies: map[string]string{"IdpAuthority": domain.IdpAuthoritative}, unavailable: 4},
		"no passwords":          {person: access, sql: "activated_at = 1", sso: true, policies: map[string]string{"PasswordLogin": domain.DisabledWhenSso}, unavailable: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.engine.Administration.UpdateTenant(t.Context(), operator(t, w.engine, "acme"), domain.TenantChange{Sso: &situation.sso, Policies: situation.policies})
			require.NoError(t, err)
			people := map[string]string{}
			for action := range deeds {
				people[action] = w.person(strings.ReplaceAll(situation.person, "NAME", strings.ToLower(action)))
			}
			if situation.sql != "" {
				w.SQL(t, "UPDATE user_access SET "+situation.sql)
			}
			w.wait(situation.pause)
			refused := 0
			for action, deed := range deeds {
				id := people[action]
				told := w.actions(w.token, id)[action]
				got := w.send(deed.method, users(id, deed.path), deed.body)
				if told["Available"] == true {
					assert.Less(t, got.status, 300, "%s %s", action, got.body)
					assert.Nil(t, told["Reason"], action)
					continue
				}
				refused++
				assert.GreaterOrEqual(t, got.status, 400, action)
				assert.Equal(t, map[string]any{"Code": got.text("code"), "Message": got.text("detail")}, told["Reason"], "%s %s", action, got.body)
			}
			assert.Equal(t, situation.unavailable, refused)
		})
	}
}

// actions are those that the extended view of a person tells of, by name.
func (w *world) actions(token, id string) map[string]map[string]any {
	w.t.Helper()
	found := map[string]map[string]any{}
	for _, action := range w.as(token, "GET", users(id)+"?Extended=true", "").is(200).at("Actions").([]any) {
		found[action.(map[string]any)["Action"].(string)] = action.(map[string]any)
	}
	require.Len(w.t, found, len(deeds))
	return found
}

// TestActionsAskForRights: what the caller has no right to is unavailable, for that reason.
func TestActionsAskForRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	for action, told := range w.actions(w.credential("acme", domain.ReadWrite, domain.UsersRead, domain.UsersActivate), id) {
		able := action == "Activate" || action == "Deactivate" || action == "Unlock"
		assert.Equal(t, able, told["Available"], action)
		if !able {
			assert.Equal(t, string(domain.CodePermissionDenied), told["Reason"].(map[string]any)["Code"], action)
		}
	}
	assert.Nil(t, w.send("GET", users(id), "").is(200).at("Actions"))
	assert.Nil(t, w.send("GET", "/UserManagement/Users?Extended=true", "").is(200).items()[0]["Actions"])
}
