package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// batchOfThree names two new people and one whose username Ana has.
const batchOfThree = `{"OrganizationIds":["{{north}}"],"Users":[
	{"Username":"ben","Person":{"FirstName":"Ben","LastName":"Ek","EmailAddresses":[{"Address":"ben@example.org"}]}},
	{"Username":"Ana","Person":{"FirstName":"Anna","LastName":"Ek","EmailAddresses":[{"Address":"anna@example.org"}]}},
	{"Username":"cid","Person":{"FirstName":"Cid","LastName":"Ek","EmailAddresses":[{"Address":"cid@example.org"}]}}]}`

func TestScenario36_ABatchInvitesWhomItCan(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("organization Berlin north")
		s.active()
		s.untouched(func() {
			s.ask("rest", "POST /UserManagement/Invitations/Bulk", strings.Replace(batchOfThree, "{", `{"AllOrNothing":true,`, 1)).gets(409,
				`{"code":"bulk_failed","Results":[{"Index":1,"Outcome":"Failed","Error":{"code":"username_taken","...":"..."}}],"...":"..."}`)
			s.ask("scim", `GET /Users?filter=userName eq "ben" or userName eq "cid"`, "").gets(200, nobodyListed)
		})
		s.ask("rest", "POST /UserManagement/Invitations/Bulk", batchOfThree, "Idempotency-Key: three").gets(207,
			`{"Results":[{"Index":0,"Outcome":"Created","PersonId":"{{ben=uuid}}","State":"Invited"},{"Index":1,"Outcome":"Failed","Error":{"code":"username_taken","...":"..."}},
			{"Index":2,"Outcome":"Created","PersonId":"{{cid=uuid}}","State":"Invited"}],"SucceededCount":2,"FailedCount":1}`)
		for _, who := range []string{"ben", "cid"} {
			s.ask("rest", "GET /UserManagement/Persons/{{"+who+"}}?Extended=true", "").gets(200,
				`{"State":"Invited","LoginState":"InvitationPending","Organizations":[{"OrganizationId":"{{north}}","...":"..."}],"...":"..."}`)
			s.ask("scim", "GET /Users/{{"+who+"}}", "").gets(200, `{"userName":"`+who+`","active":true,"...":"..."}`)
		}
		s.untouched(func() {
			s.ask("rest", "POST /UserManagement/Invitations/Bulk", batchOfThree, "Idempotency-Key: three").gets(207, `{"SucceededCount":2,"...":"..."}`, "Idempotency-Replayed: true")
		})
	})
}

// TestABatchThatWasCutOffGoesOn loses the answer of a batch, as a crash before its end does: sent again with its key, it
// tells of everybody as it would have, and nobody is invited twice.
func TestABatchThatWasCutOffGoesOn(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("organization Berlin north")
		s.ask("rest", "POST /UserManagement/Invitations/Bulk", batchOfThree, "Idempotency-Key: three").gets(200, `{"SucceededCount":3,"...":"..."}`)
		s.SQL(s.t, "DELETE FROM idempotency_record WHERE route NOT LIKE '%#0' AND route NOT LIKE '%#2'")
		s.ask("rest", "POST /UserManagement/Invitations/Bulk", batchOfThree, "Idempotency-Key: three").gets(207,
			`{"Results":[{"Index":0,"Outcome":"Created","PersonId":"{{ben=uuid}}","State":"Invited"},{"Index":1,"Outcome":"Failed","...":"..."},
			{"Index":2,"Outcome":"Created","...":"..."}],"...":"..."}`)
		assert.Equal(s.t, 3, s.count("invitation"))
		assert.Equal(s.t, 3, s.count("user_access"))
	})
}
