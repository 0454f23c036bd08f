package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const accessURN = "urn:ietf:params:scim:schemas:extension:useraccess:2.0:User"

func TestScenario16_AScimCreateWithoutSsoInvites(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", anaScim).gets(201,
			`{"id":"{{ana}}","externalId":"x-ana","active":true,"`+accessURN+`":{"accessState":"Invited","externalLoginUsername":"{{-}}","...":"..."},"...":"..."}`,
			`Location: {{base}}/scim/v2/Users/{{ana=uuid}}`)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Invited","ExternalLoginUsername":"{{-}}","ManagedBy":[{"ConnectionName":"scim"}],"...":"..."}`)
		s.ask("scim", `GET /Users?filter=externalId eq "x-ana"`, "").gets(200, `{"totalResults":1,"Resources":[{"id":"{{ana}}","externalId":"x-ana","...":"..."}],"...":"..."}`)
		s.ask("scim", `GET /Users?filter=externalId eq "X-ANA"`, "").gets(200, nobodyListed)
		s.holds("people", `"Ana Silva" ana@example.org -`)
		s.holds("links", "ana x-ana - - scim")
		s.holds("mail", "Invitation ana@example.org Waiting")
	})
}

func TestScenario17_SsoProjectsTheLogin(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.holds("mail")
		s.loginIs("ana")
		signedIn, err := s.signsIn("ANA")
		require.NoError(s.t, err)
		assert.Equal(s.t, "ExternalLoginUsername", signedIn.MatchedBy)
		assert.Equal(s.t, s.seen["ana"], signedIn.Person.String())

		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "userName", `"ana.silva"`)).gets(200, `{"...":"..."}`)
		s.loginIs("ana.silva")

		s.ask("rest", "PATCH /Common/Persons/{{ana}}", `{"ExternalLoginUsername":"own"}`).gets(200, `{"ExternalLoginUsername":"own","...":"..."}`)
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "userName", `"ana.souza"`)).gets(200, `{"userName":"ana.souza","...":"..."}`)
		s.loginIs("own")

		s.given("connection ExternalLoginSource=ExternalId")
		s.ask("scim", "POST /Users", `{"userName":"ben","externalId":"x-ben"}`).gets(201, capturesUser)
		s.loginIs("x-ben")
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "externalId", `"y-ben"`)).gets(200, `{"externalId":"y-ben","...":"..."}`)
		s.loginIs("y-ben")
	})
}

// loginIs demands that both doors show this external login of {{ana}}.
func (s *scene) loginIs(login string) {
	s.t.Helper()
	s.ask("rest", "GET /Common/Persons/{{ana}}", "").gets(200, `{"ExternalLoginUsername":"`+login+`","...":"..."}`)
	s.ask("scim", "GET /Users/{{ana}}", "").gets(200, `{"`+accessURN+`":{"externalLoginUsername":"`+login+`","...":"..."},"...":"..."}`)
}

func TestScenario18_WithoutSsoNoLoginIsWritten(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.untouched(func() {
			s.ask("rest", "PATCH /Common/Persons/{{ana}}", `{"FirstName":"Anna","ExternalLoginUsername":"x"}`).refused(409, "sso_not_enabled")
			s.ask("rest", "PUT /Common/Persons/{{ana}}", `{"FirstName":"Anna","LastName":"Silva","ExternalLoginUsername":"x"}`).refused(409, "sso_not_enabled")
			s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","ExternalLoginUsername":"x"}`).refused(409, "sso_not_enabled")
			s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", accessURN+":externalLoginUsername", `"x"`)).refused(400, "invalidValue")
			s.ask("scim", "PUT /Users/{{ana}}", `{"userName":"ana","`+accessURN+`":{"externalLoginUsername":"x"}}`).refused(400, "invalidValue")
			s.ask("scim", "POST /Users", `{"userName":"ben","`+accessURN+`":{"externalLoginUsername":"x"}}`).refused(400, "invalidValue")
		})
		s.ask("rest", "PATCH /Common/Persons/{{ana}}", `{"ExternalLoginUsername":null}`).gets(200, `{"...":"..."}`)
	})
}

func TestScenario19_AnExternalIdIsRefusedWithoutSsoByPolicy(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("connection ExternalLoginSource=ExternalId ExternalIdWithoutSso=Reject")
		s.untouched(func() { s.ask("scim", "POST /Users", anaScim).refused(400, "invalidValue") })
		s.ask("scim", "POST /Users", `{"userName":"ana"}`).gets(201, capturesUser)
		s.untouched(func() {
			s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "externalId", `"x-ana"`)).refused(400, "invalidValue")
		})
	})
}

func TestScenario20_AKnownPersonIsLinkedByPolicy(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", anaPlain).gets(201, capturesAna)
		s.given("connection MatchPolicy=Reject")
		s.untouched(func() { s.ask("scim", "POST /Users", anaScim).refused(409, "uniqueness") })
		s.given("connection MatchPolicy=Link")
		s.ask("scim", "POST /Users", `{"userName":"ana","externalId":"x-ana","title":"Engineer","emails":[{"value":"ANA@example.org","type":"work","primary":true}]}`).gets(201,
			`{"id":"{{ana}}","title":"Engineer","name":{"givenName":"Ana","familyName":"Silva","...":"..."},"...":"..."}`)
		s.ask("rest", "GET /Common/Persons", "").gets(200, `{"Items":[{"PersonId":"{{ana}}","UserAccess":{"State":"Invited","...":"..."},"...":"..."}],"...":"..."}`)
		s.holds("people 1")
	})
}

func TestScenario21_KeysOfDifferentPeopleAreRefused(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ana","LastName":"Silva","Employee":{"EmployeeNumber":"7"}}`).gets(201, capturesAna)
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","EmailAddresses":[{"Address":"ben@example.org","Type":"Work"}]}`).gets(201, `{"PersonId":"{{ben=uuid}}","...":"..."}`)
		s.untouched(func() {
			s.ask("scim", "POST /Users", `{"userName":"ana","emails":[{"value":"ben@example.org","type":"work","primary":true}],
				"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7"}}`).refused(409, "uniqueness")
			assert.NotContains(s.t, s.body, s.seen["ana"])
			assert.NotContains(s.t, s.body, s.seen["ben"])
		})
	})
}

func TestScenario22_AUserOfTheNativeApiIsNotTakenOver(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", anaInvited).gets(201, capturesAna)
		s.untouched(func() {
			s.ask("scim", "POST /Users", `{"userName":"Ana","externalId":"x-ana"}`).refused(409, "uniqueness")
			s.ask("scim", "POST /Users", anaScim).refused(409, "uniqueness")
		})
	})
}

func TestScenario23_ARehireComesBackAsTheSamePerson(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.given("accept ana@example.org")
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", `false`)).gets(200, `{"active":false,"...":"..."}`)
		s.ask("scim", "POST /Users", `{"userName":"ana.new","externalId":"x-ana","name":{"givenName":"Ana","familyName":"Souza"}}`).gets(201,
			`{"id":"{{ana}}","active":true,"userName":"ana.new","name":{"familyName":"Souza","...":"..."},"...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Active","LastName":"Souza","...":"..."}`)
		s.holds("people 1")
	})
}

func TestScenario24_ADeletedUserIsHiddenAndComesBack(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.given("sign-in ana ana")
		s.ask("scim", "DELETE /Users/{{ana}}", "").gets(204, "")
		s.untouched(func() {
			s.ask("scim", "GET /Users/{{ana}}", "").refused(404, "")
			s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", `true`)).refused(404, "")
			s.ask("scim", "PUT /Users/{{ana}}", anaScim).refused(404, "")
			s.ask("scim", "DELETE /Users/{{ana}}", "").refused(404, "")
			s.ask("scim", `GET /Users?filter=userName eq "ana"`, "").gets(200, nobodyListed)
			s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
		})
		s.ask("rest", "GET /Common/Persons/{{ana}}", "").gets(200, `{"FirstName":"Ana","UserAccess":{"State":"Inactive","DeactivatedBy":"Scim","...":"..."},"...":"..."}`)
		s.holds("sessions", "ana deactivated")
		s.ask("scim", "POST /Users", `{"userName":"ana"}`).gets(201, `{"id":"{{ana}}","active":true,"externalId":"x-ana","...":"..."}`)
		s.ask("scim", "GET /Users/{{ana}}", "").gets(200, `{"active":true,"...":"..."}`)
		s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
	})
}

func TestScenario25_RemovedAccessFreesTheUsername(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("connection DeletePolicy=RemoveAccess")
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.ask("scim", "DELETE /Users/{{ana}}", "").gets(204, "")
		s.ask("scim", "GET /Users/{{ana}}", "").refused(404, "")
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"NotProvisioned","...":"..."}`)
		s.holds("access")
		s.holds("mail", "Invitation ana@example.org Cancelled")
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","UserAccess":{"Username":"ana","SendInvitation":false}}`).gets(201,
			`{"PersonId":"{{ben=uuid}}","UserAccess":{"Username":"ana","...":"..."},"...":"..."}`)
		assert.NotEqual(s.t, s.seen["ana"], s.seen["ben"])
	})
}
