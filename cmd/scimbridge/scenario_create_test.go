package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The bodies that many scenarios begin with.
const (
	anaPlain   = `{"FirstName":"Ana","LastName":"Silva","EmailAddresses":[{"Address":"ana@example.org","Type":"Work"}]}`
	anaInvited = `{"FirstName":"Ana","LastName":"Silva","EmailAddresses":[{"Address":"ana@example.org","Type":"Work"}],"UserAccess":{"Username":"ana"}}`
	anaScim    = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ana","externalId":"x-ana","active":true,
		"name":{"givenName":"Ana","familyName":"Silva"},"emails":[{"value":"ana@example.org","type":"work","primary":true}]}`

	nobodyListed = `{"totalResults":0,"Resources":[],"...":"..."}`
	capturesAna  = `{"PersonId":"{{ana=uuid}}","...":"..."}`
	capturesUser = `{"id":"{{ana=uuid}}","...":"..."}`
)

// patchOp is a PATCH body of one operation.
func patchOp(op, path, value string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"` + op + `","path":"` + path + `","value":` + value + `}]}`
}

func TestScenario01_CreateWithAccessIsOneAnswerAndOneInvitation(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", anaInvited).gets(201,
			`{"PersonId":"{{ana}}","FirstName":"Ana","LastName":"Silva","UserAccess":{"PersonId":"{{ana}}","Username":"ana","State":"Invited","...":"..."},"...":"..."}`,
			`Location: {{base}}/api/v1/Common/Persons/{{ana=uuid}}`)
		s.ask("scim", `GET /Users?filter=userName eq "ana"`, "").gets(200, `{"totalResults":1,"Resources":[{"id":"{{ana}}","active":true,"...":"..."}],"...":"..."}`)
		s.holds("mail", "Invitation ana@example.org Waiting")
		s.holds("invitations", "ana@example.org Pending")
	})
}

func TestScenario02_CreateWithoutAccessProvisionsNothing(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ana","LastName":"Silva","Username":"ana"}`).gets(201,
			`{"PersonId":"{{ana=uuid}}","Username":"ana","UserAccess":"{{-}}","...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"NotProvisioned","LoginState":"None","...":"..."}`)
		s.ask("scim", "GET /Users", "").gets(200, nobodyListed)
		s.ask("scim", `GET /Users?filter=userName eq "ana"`, "").gets(200, nobodyListed)
		s.ask("scim", "GET /Users/{{ana}}", "").refused(404, "")
		s.holds("people", `"Ana Silva"`)
		s.holds("access")
		s.holds("mail")
		s.holds("events", "PERSON_CREATED Rest rest")
	})
}

func TestScenario04_ATakenUsernameLeavesNoPerson(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", anaInvited).gets(201, capturesAna)
		s.untouched(func() {
			s.ask("rest", "POST /Common/Persons", `{"FirstName":"Anna","LastName":"Other","EmailAddresses":[{"Address":"anna@example.org","Type":"Work"}],
				"Employee":{"EmployeeNumber":"7"},"UserAccess":{"Username":"ANA"}}`).refused(409, "username_taken")
		})
		s.holds("people", `"Ana Silva"`)
	})
}

func TestScenario05_InviteMakesAUser(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", anaPlain).gets(201, capturesAna)
		s.ask("scim", "GET /Users/{{ana}}", "").refused(404, "")
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/Invite", `{}`).gets(201, `{"State":"Invited","Username":"ana@example.org","...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Invited","LoginState":"InvitationPending","...":"..."}`)
		s.ask("scim", "GET /Users/{{ana}}", "").gets(200, `{"id":"{{ana}}","userName":"ana@example.org","active":true,"...":"..."}`)
		s.holds("mail", "Invitation ana@example.org Waiting")
	})
}

func TestScenario06_ASecondInviteIsRefused(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", anaInvited).gets(201, capturesAna)
		s.untouched(func() {
			s.ask("rest", "POST /UserManagement/Persons/{{ana}}/Invite", `{"Username":"other"}`).refused(409, "already_provisioned")
		})
		s.holds("mail", "Invitation ana@example.org Waiting")
	})
}

func TestScenario07_AnIdempotentCreateHappensOnce(t *testing.T) {
	scenario(t, func(s *scene) {
		key := "Idempotency-Key: 0192"
		s.ask("rest", "POST /Common/Persons", anaInvited, key).gets(201, capturesAna, "Idempotency-Replayed: -")
		first, located := s.body, s.last.Header.Get("Location")
		s.untouched(func() {
			s.ask("rest", "POST /Common/Persons", anaInvited, key).gets(201, capturesAna, "Idempotency-Replayed: true")
			assert.Equal(s.t, first, s.body)
			assert.Equal(s.t, located, s.last.Header.Get("Location"))
			s.ask("rest", "POST /Common/Persons", anaPlain, key).refused(422, "idempotency_key_reuse")
		})
		s.holds("people", `"Ana Silva"`)
		s.holds("mail", "Invitation ana@example.org Waiting")
	})
}

func TestScenario08_AChangedAddressGivesNoAccess(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", anaPlain).gets(201, capturesAna)
		s.ask("rest", "PATCH /Common/Persons/{{ana}}", `{"EmailAddresses":[{"Address":"new@example.org","Type":"Work","IsPrimary":true}]}`).gets(200,
			`{"EmailAddresses":[{"Address":"new@example.org","IsPrimary":true,"...":"..."}],"UserAccess":"{{-}}","...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"NotProvisioned","EmailAddress":"new@example.org","...":"..."}`)
		s.ask("scim", "GET /Users", "").gets(200, nobodyListed)
		s.holds("access")
		s.holds("mail")
	})
}
