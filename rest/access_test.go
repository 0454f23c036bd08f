package rest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

func TestInvite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person(`"EmailAddresses":[{"Address":"ana@example.org"}]`)
	view := w.send("POST", users(id, "/Invite"), `{"Username":"ana","MfaRequired":true,"InvitationMessage":"Hi"}`).is(201)
	assert.Equal(t, publicURL+"/api/v1"+users(id), view.header.Get("Location"))
	assert.Equal(t, `W/"2"`, view.header.Get("ETag"))
	assert.Equal(t, []any{"Invited", "InvitationPending", "ana", true}, []any{view.at("State"), view.at("LoginState"), view.at("Username"), view.at("MfaRequired")})
	w.send("POST", users(id, "/Invite"), ``).refused(409, domain.CodeAlreadyProvisioned)
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM outbox"))

	bare := w.person(`"EmailAddresses":[{"Address":"bo@example.org"}]`)
	assert.Equal(t, "bo@example.org", w.send("POST", users(bare, "/Invite"), ``).is(201).text("Username"), "all of the block is optional")
	taken := w.person(`"EmailAddresses":[{"Address":"cy@example.org"}]`)
	w.send("POST", users(taken, "/Invite"), `{"Username":"ANA"}`).refused(409, domain.CodeUsernameTaken)
	w.send("POST", users(taken, "/Invite"), `{"ExternalLoginUsername":"cy"}`).refused(409, domain.CodeSsoNotEnabled)
	w.send("POST", users(taken, "/Invite"), `{"ExternalLoginUsername":null,"SendInvitation":false}`).is(201)
}

func TestCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	state := func(a *answer) []any { return []any{a.at("State"), a.at("LoginState")} }

	w.send("POST", users(id, "/ResendInvitation"), ``).refused(429, domain.CodeResendTooSoon)
	w.wait(61 * time.Second)
	sent := w.send("POST", users(id, "/ResendInvitation"), `{"InvitationMessage":"Again"}`).is(202)
	assert.EqualValues(t, 2, sent.at("InvitationCount"))
	w.send("POST", users(id, "/ResetPassword"), ``).refused(409, domain.CodeNotActivated)
	assert.Equal(t, []any{"Invited", "InvitationExpired"}, state(w.send("POST", users(id, "/RevokeInvitation"), `{}`).is(200)))

	off := w.send("POST", users(id, "/Deactivate"), `{"Reason":"left"}`).is(200)
	assert.Equal(t, []any{"Inactive", "Disabled"}, state(off))
	assert.Equal(t, "Rest", off.text("DeactivatedBy"))
	assert.Equal(t, "left", w.Text(t, "SELECT note FROM audit_event ORDER BY sequence DESC LIMIT 1"))
	w.send("POST", users(id, "/ResendInvitation"), ``).refused(409, domain.CodeAccountInactive)
	w.send("POST", users(id, "/ResetPassword"), ``).refused(409, domain.CodeAccountInactive)
	assert.Equal(t, []any{"Invited", "InvitationPending"}, state(w.send("POST", users(id, "/Activate"), `{"SendInvitation":true}`).is(200)))

	w.SQL(t, "UPDATE user_access SET activated_at = 1, locked_until = ?, failed_count = 10", w.now().Add(time.Hour).UnixMicro())
	assert.Equal(t, []any{"Active", "Locked"}, state(w.send("GET", users(id), "").is(200)))
	assert.Equal(t, []any{"Active", "NeverLoggedIn"}, state(w.send("POST", users(id, "/Unlock"), ``).is(200)))
	w.send("POST", users(id, "/RevokeInvitation"), ``).refused(409, domain.CodeAlreadyActive)
	assert.Equal(t, []any{"Active", "PasswordResetPending"}, state(w.send("POST", users(id, "/ResetPassword"), `{"InvalidateCurrent":true}`).is(202)))

	w.SQL(t, "UPDATE user_access SET mfa_enrolled_at = 1, mfa_required = TRUE")
	enrolled := w.send("GET", users(id), "").is(200)
	assert.Equal(t, true, enrolled.at("MfaEnrolled"))
	assert.Equal(t, false, w.send("POST", users(id, "/ResetMfa"), ``).is(200).at("MfaEnrolled"))
	assert.Contains(t, w.send("GET", users(id), "").is(200).at("LoginFlags"), "MfaEnrollmentPending")
	assert.Contains(t, w.send("POST", users(id, "/Deactivate"), `{"Reason":"`+strings.Repeat("x", 201)+`"}`).refused(400, domain.CodeValidation).faults(), "Reason")
}

// TestCommandsNeedAccess: a visible person without access is a matter of state, not of existence.
func TestCommandsNeedAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("")
	for _, command := range []string{"/ResendInvitation", "/RevokeInvitation", "/ResetPassword", "/Activate", "/Deactivate", "/Unlock", "/ResetMfa", "/InvalidateSessions"} {
		w.send("POST", users(id, command), `{}`).refused(409, domain.CodeNotProvisioned)
	}
	w.send("PATCH", users(id), `{}`).refused(409, domain.CodeNotProvisioned)
	w.send("PATCH", users(id), `{"IdentityProviderId":null}`).refused(409, domain.CodeNotProvisioned)
	w.send("DELETE", users(id), ``).is(204)
}

func TestPatchAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	w.user("bo")
	patched := w.send("PATCH", users(id), `{"Username":"Ana.Silva","IsActive":false,"MfaRequired":true}`, "If-Match", `W/"1"`).is(200)
	assert.Equal(t, []any{"Ana.Silva", "Inactive", true}, []any{patched.at("Username"), patched.at("State"), patched.at("MfaRequired")})
	receipt := `,"ReceiptId":"` + patched.at("ReceiptId").(string) + `"`
	assert.Equal(t, strings.Replace(patched.body, receipt, "", 1), w.send("PATCH", users(id), `{}`).is(200).body, "which shuts nobody out")
	before := w.Snapshot(t)
	w.send("PATCH", users(id), `{"Username":"BO","IsActive":true}`).refused(409, domain.CodeUsernameTaken)
	w.send("PATCH", users(id), `{"Username":" x"}`).refused(400, domain.CodeValidation)
	w.send("PATCH", users(id), `{"Username":""}`).refused(400, domain.CodeValidation)
	w.send("PATCH", users(id), `{"IdentityProviderId":"`+uuid.NewString()+`"}`).refused(409, domain.CodeSsoNotEnabled)
	w.send("PATCH", users(id), `{"PhoneNumber":"1"}`).refused(400, domain.CodePersonOwnedField)
	w.send("PATCH", users(id), `{"IsActive":true}`, "If-Match", `W/"1"`).refused(412, domain.CodeVersionMismatch)
	assert.Equal(t, before, w.Snapshot(t))
}

func TestRemoveAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	w.send("DELETE", users(id), "").is(204)
	assert.Equal(t, "NotProvisioned", w.send("GET", users(id), "").is(200).text("State"))
	w.send("GET", "/UserManagement/Users/ByUsername/ana", "").refused(404, domain.CodePersonNotFound)
	w.send("POST", users(w.person(""), "/Invite"), `{"Username":"ana","SendInvitation":false}`).is(201)
}

func TestByUsername(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person(`"UserAccess":{"Username":"ana+x@Example.org","SendInvitation":false}`)
	for _, path := range []string{"ana+x@example.org", "ANA%2Bx%40example.org", "%61na+x@example.org"} {
		assert.Equal(t, id, w.send("GET", "/UserManagement/Users/ByUsername/"+path+"?extended=TRUE", "").is(200).text("PersonId"), path)
	}
	w.send("GET", "/UserManagement/Users/ByUsername/ana", "").refused(404, domain.CodePersonNotFound)
}

// TestExternalLogin: the field exists only while the tenant has SSO on.
func TestExternalLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	w.send("PATCH", persons(id), `{"ExternalLoginUsername":"ana@idp"}`).refused(409, domain.CodeSsoNotEnabled)
	assert.Equal(t, `W/"1"`, w.send("PATCH", persons(id), `{"ExternalLoginUsername":null}`).is(200).header.Get("ETag"))
	w.sso(true)
	assert.Nil(t, w.send("GET", persons(id), "").is(200).at("ExternalLoginUsername"))
	assert.Equal(t, "ana@idp", w.send("PATCH", persons(id), `{"ExternalLoginUsername":"ana@idp"}`).is(200).text("ExternalLoginUsername"))
	assert.Equal(t, "ana@idp", w.send("PUT", persons(id), `{"FirstName":"A","LastName":"S"}`).is(200).text("ExternalLoginUsername"))
	assert.Equal(t, []any{"Password", "Sso"}, w.send("GET", users(id), "").is(200).at("SignInTypes"))
	other := w.person("")
	w.send("PATCH", persons(other), `{"ExternalLoginUsername":"ANA@idp"}`).refused(409, domain.CodeExternalLoginInUse)
	w.sso(false)
	for _, path := range []string{persons(id), users(id), "/Common/Persons", "/UserManagement/Users"} {
		assert.NotContains(t, w.send("GET", path, "").is(200).body, "ana@idp", path)
		assert.NotContains(t, w.send("GET", path, "").is(200).body, "ExternalLoginUsername", path)
	}
	w.send("PUT", persons(id), `{"FirstName":"A","LastName":"S","ExternalLoginUsername":null}`).is(200)
	w.sso(true)
	assert.Equal(t, "ana@idp", w.send("GET", users(id), "").is(200).text("ExternalLoginUsername"), "kept while SSO was off")
	assert.Nil(t, w.send("PATCH", persons(id), `{"ExternalLoginUsername":null}`).is(200).at("ExternalLoginUsername"))
}

// TestSession: what a signed-in person may do without any permission.
func TestSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.user("ana"), w.user("bo")
	w.sso(true)
	session := w.session("ana")
	who := w.as(session, "GET", "/UserManagement/Users/WhoAmI", "").is(200)
	assert.Equal(t, map[string]any{"Kind": "User", "PersonId": id, "Username": "ana", "Tenant": "acme", "Tenants": []any{"acme"}, "Roles": []any{}, "Permissions": []any{}, "MfaSatisfied": false}, who.json())
	assert.Equal(t, id, w.as(session, "GET", persons(id), "").is(200).text("UserAccess", "PersonId"))
	w.as(session, "GET", users(id), "").is(200)
	w.as(session, "PATCH", persons(id), `{"PreferredName":"A","Locale":"de","PreferredLanguage":"de","TimeZone":"Europe/Berlin"}`).is(200)
	for _, body := range []string{`{"FirstName":"X"}`, `{"EmailAddresses":[]}`, `{"Employee":{"Title":"CEO"}}`, `{"ExternalLoginUsername":"x"}`, `{"Username":"x","Locale":"en"}`} {
		w.as(session, "PATCH", persons(id), body).refused(403, domain.CodePermissionDenied)
	}
	for _, route := range [][2]string{{"GET", persons(other)}, {"PATCH", persons(other)}, {"GET", users(other)}, {"PUT", persons(id)}, {"DELETE", persons(id)},
		{"GET", "/UserManagement/Users"}, {"GET", "/Common/Persons"}, {"POST", users(id, "/Deactivate")}, {"PATCH", users(id)}, {"POST", users(other, "/InvalidateSessions")}} {
		w.as(session, route[0], route[1], `{}`).refused(403, domain.CodePermissionDenied)
	}
	assert.EqualValues(t, 1, w.as(session, "POST", users(id, "/InvalidateSessions"), ``).is(200).at("RevokedCount"))
	w.as(session, "GET", users(id), "").refused(401, domain.CodeUnauthenticated)
}

// TestAccessInPersonNeedsUsersRead: a caller that may only read people sees nobody's access in them.
func TestAccessInPersonNeedsUsersRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	plain := w.credential("acme", domain.ReadOnly, domain.PersonsRead)
	assert.NotContains(t, w.as(plain, "GET", persons(id), "").is(200).json(), "UserAccess")
	assert.NotContains(t, w.as(plain, "GET", "/Common/Persons?Extended=true", "").is(200).items()[0], "UserAccess")
	assert.Contains(t, w.send("GET", "/Common/Persons?Extended=true", "").is(200).items()[0]["UserAccess"], "PermissionGroups")
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{"ana@example.org": "a***@example.org", "a@b": "***@b", "äb@c": "ä***@c", "ä@c": "***@c"} {
		assert.Equal(t, want, masked(address))
	}
}
