package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// active makes Ana an active user who has accepted her invitation.
func (s *scene) active() {
	s.t.Helper()
	s.ask("rest", "POST /Common/Persons", anaInvited).gets(201, capturesAna)
	s.given("accept ana@example.org")
}

func TestScenario09_AChangedAddressReachesEveryView(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/ResetPassword", `{}`).gets(202, `{"LoginState":"PasswordResetPending","...":"..."}`)
		require.Equal(s.t, 1, s.count("reset_token WHERE revoked_at = 0 AND consumed_at = 0"))
		s.ask("rest", "PATCH /Common/Persons/{{ana}}", `{"EmailAddresses":[{"Address":"new@example.org","Type":"Work","IsPrimary":true}]}`).gets(200, `{"...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"EmailAddress":"new@example.org","State":"Active","LoginState":"NeverLoggedIn","...":"..."}`)
		s.ask("scim", "GET /Users/{{ana}}", "").gets(200, `{"emails":[{"value":"new@example.org","type":"Work","primary":true}],"...":"..."}`)
		s.holds("access", "ana Active - - false new@example.org 1 false")
		assert.Zero(s.t, s.count("reset_token WHERE revoked_at = 0 AND consumed_at = 0"), "the old link still works")
		s.holds("mail", "Invitation ana@example.org Cancelled", "PasswordReset ana@example.org Cancelled", "EmailChanged ana@example.org Waiting")
	})
}

func TestScenario10_AScimChangeOfTheAddressReachesRest(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", `emails[type eq \"work\"].value`, `"new@example.org"`)).gets(200, `{"emails":[{"value":"new@example.org","type":"Work","primary":true}],"...":"..."}`)
		s.ask("rest", "GET /Common/Persons/{{ana}}", "").gets(200, `{"EmailAddresses":[{"Address":"new@example.org","IsPrimary":true,"...":"..."}],"...":"..."}`)
		s.holds("access", "ana Active email=new@example.org")
		assert.Equal(s.t, 1, s.count("audit_event WHERE door = 'Scim' AND CAST(changes AS TEXT) LIKE '%new@example.org%'"))
	})
}

func TestScenario11_AScimDeactivationEndsTheSession(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.given("sign-in ana ana")
		s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").gets(200, `{"Kind":"User","PersonId":"{{ana}}","...":"..."}`)
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("Replace", "active", `"False"`)).gets(200, `{"active":false,"...":"..."}`)
		s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Inactive","IsActive":false,"DeactivatedBy":"Scim","LoginState":"Disabled","...":"..."}`)
		s.holds("sessions", "ana deactivated")
	})
}

func TestScenario12_ARestDeactivationIsSeenByScim(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/Deactivate", `{"Reason":"left"}`).gets(200, `{"State":"Inactive","DeactivatedBy":"Rest","...":"..."}`)
		s.ask("scim", "GET /Users/{{ana}}", "").gets(200, `{"active":false,"...":"..."}`)
		s.ask("scim", "GET /Users", "").gets(200, `{"totalResults":1,"Resources":[{"id":"{{ana}}","active":false,"...":"..."}],"...":"..."}`)
	})
}

func TestScenario13_ADeactivationVoidsTheInvitation(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		token := s.invitation("ana@example.org")
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", `false`)).gets(200, `{"active":false,"...":"..."}`)
		s.untouched(func() {
			assert.Equal(s.t, domain.CodeTokenInvalid, domain.CodeOf(s.redeem(token)))
		})
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Inactive","...":"..."}`)
		s.holds("invitations", "ana@example.org Revoked")
		s.holds("mail", "Invitation ana@example.org Cancelled")

		s.ask("scim", "POST /Users", strings.ReplaceAll(anaScim, "ana", "ben")).gets(201, `{"id":"{{ben=uuid}}","...":"..."}`)
		token = s.invitation("ben@example.org")
		s.given("clock +169h")
		s.untouched(func() {
			assert.Equal(s.t, domain.CodeTokenInvalid, domain.CodeOf(s.redeem(token)), "it has expired")
		})
		s.ask("rest", "GET /UserManagement/Persons/{{ben}}", "").gets(200, `{"State":"Invited","LoginState":"InvitationExpired","...":"..."}`)
	})
}

func TestScenario14_AReactivationKeepsThePasswordAndNoSession(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("tenant sso=on", "sign-in ana ana")
		s.ask("ana", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Active","LoginState":"LoggedIn","...":"..."}`)
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", `false`)).gets(200, `{"active":false,"...":"..."}`)
		assert.Equal(s.t, domain.CodeInvalidCredentials, domain.CodeOf(s.signsInWith("ana", goodPassword)))
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", `true`)).gets(200, `{"active":true,"...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Active","DeactivatedBy":null,"...":"..."}`)
		s.ask("ana", "GET /UserManagement/Persons/{{ana}}", "").refused(401, "unauthenticated")
		assert.NoError(s.t, s.signsInWith("ana", goodPassword), "the old password works")
		s.given("sign-in ana again")
		s.ask("again", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Active","...":"..."}`)
	})
}

func TestScenario15_AccessAheadOfTimeInvitesWhenActivated(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ana","LastName":"Silva","EmailAddresses":[{"Address":"ana@example.org","Type":"Work"}],
			"UserAccess":{"Username":"ana","IsActive":false}}`).gets(201, `{"PersonId":"{{ana=uuid}}","UserAccess":{"State":"Inactive","...":"..."},"...":"..."}`)
		s.holds("mail")
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/Activate", `{}`).gets(200, `{"State":"Invited","LoginState":"InvitationPending","InvitationCount":1,"...":"..."}`)
		s.holds("mail", "Invitation ana@example.org Waiting")
		s.untouched(func() {
			s.ask("rest", "POST /UserManagement/Persons/{{ana}}/Activate", `{}`).gets(200, `{"State":"Invited","InvitationCount":1,"...":"..."}`)
		})
	})
}
