package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestScenario39_AnonymisingLeavesNothingOfThePerson(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ana","LastName":"Silva","EmailAddresses":[{"Address":"ana@example.org","Type":"Work"}],
			"Employee":{"HireDate":"2020-01-01"},"UserAccess":{"Username":"ana"}}`).gets(201, capturesAna)
		s.untouched(func() {
			s.ask("rest", "POST /UserManagement/Anonymizations", `{"EmailAddress":"ana@example.org"}`).refused(409, "anonymization_blocked")
		})
		s.ask("rest", "PATCH /Common/Persons/{{ana}}/Employee", `{"TerminationDate":"2026-02-28"}`).gets(200, `{"...":"..."}`)
		s.ask("rest", "POST /UserManagement/Anonymizations", `{"EmailAddress":"ana@example.org"}`).gets(200, `{"PersonId":"{{ana}}","Status":"Completed","...":"..."}`)
		s.ask("rest", "POST /UserManagement/Anonymizations", `{"PersonId":"{{ana}}"}`).gets(200, `{"PersonId":"{{ana}}","...":"..."}`)
		assert.Equal(s.t, 1, s.count("domain_event WHERE type = 'ACCOUNT_DELETION_REQUEST_COMPLETED'"))
		s.ask("scim", "GET /Users/{{ana}}", "").refused(404, "")
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"PersonId":"{{ana}}","State":"Anonymized"}`)
		s.nowhere("Silva", "ana@example.org")
	})
}

// marks are a text for each field of a person, none of which is part of anything else.
func marks(names ...string) map[string]string {
	list := map[string]string{}
	for i, name := range names {
		list[name] = fmt.Sprintf("mark%c%cqz", 'a'+i/26, 'a'+i%26)
	}
	return list
}

// TestAnonymisedPeopleAreNowhere (H8): of somebody who was known through every door and in every field, and who did and
// tried things, no table holds a word afterwards. It reads all tables that there are, so that a new one is covered.
func TestAnonymisedPeopleAreNowhere(t *testing.T) {
	scenario(t, func(s *scene) {
		m := marks("username", "key", "first", "last", "middle", "display", "prefix", "suffix", "email", "second", "phone", "street", "city", "title",
			"department", "division", "center", "organization", "kind", "number", "formatted", "photo", "profile", "preferred", "login",
			"message", "reference", "reason", "wish", "legacy", "waiting")
		text := func(pattern string) string {
			for name, mark := range m {
				pattern = strings.ReplaceAll(pattern, "<"+name+">", mark)
			}
			return pattern
		}
		s.known(text)
		s.seeks(text)
		today := s.now().Format(time.DateOnly)
		s.ask("rest", "POST /UserManagement/Reports", `{"Name":"all","StartDate":"`+today+`T00:00:00Z","EndDate":"`+today+`T23:59:59Z","ReportType":"data-export","ReportFormat":"csv"}`).
			gets(202, `{"...":"..."}`)
		s.given("report")
		require.Equal(s.t, 1, s.count("report_chunk WHERE content LIKE '%"+m["first"]+"%'"))
		for name, mark := range m {
			if name != "wish" { // which the journal conceals, and the queue forgets as soon as it is looked at
				assert.NotEmpty(s.t, s.where(mark), "%s is nowhere to begin with", name)
			}
		}
		s.ask("rest", "POST /UserManagement/Anonymizations", `{"PersonId":"{{it}}"}`).gets(200, `{"...":"..."}`)
		for name, mark := range m {
			for _, place := range s.where(mark) {
				assert.Fail(s.t, "not forgotten", "%s: %s", name, place)
			}
		}
		s.given("migrate")
		s.ask("rest", "GET /UserManagement/Migrations/{{later}}", "").gets(200, `{"Status":"Completed","Counts":{"Total":1,"Failed":1,"...":"..."},"...":"..."}`)
		s.startsAfresh(text)
	})
}

// known makes the person through the connector and changes it through the native API.
func (s *scene) known(text func(string) string) {
	s.t.Helper()
	s.given("subscribe scim")
	s.ask("scim", "POST /Users", text(`{"userName":"<username>","externalId":"<key>","title":"<title>","displayName":"<display>","profileUrl":"https://example.org/<profile>",
		"name":{"givenName":"<first>","familyName":"<last>","middleName":"<middle>","honorificPrefix":"<prefix>","honorificSuffix":"<suffix>","formatted":"<formatted>"},
		"emails":[{"value":"<email>@example.org","type":"work","primary":true},{"value":"<second>@example.org","type":"home"}],
		"phoneNumbers":[{"value":"<phone>","type":"work"}],"addresses":[{"streetAddress":"<street>","locality":"<city>","type":"work"}],
		"photos":[{"value":"https://example.org/<photo>","type":"photo"}],
		"`+enterpriseURN+`":{"employeeNumber":"<number>","department":"<department>","division":"<division>","costCenter":"<center>","organization":"<organization>"}}`)).
		gets(201, `{"id":"{{it=uuid}}","...":"..."}`)
	s.ask("rest", "PATCH /Common/Persons/{{it}}", text(`{"PreferredName":"<preferred>","ExternalReference":"<reference>",
		"Employee":{"EmploymentType":"<kind>","TerminationDate":"2026-01-01"}}`)).gets(200, `{"...":"..."}`)
	s.given("clock +2m")
	s.ask("rest", "POST /UserManagement/Persons/{{it}}/Deactivate", text(`{"Reason":"<reason>"}`)).gets(200, `{"...":"..."}`)
	s.ask("rest", "POST /UserManagement/Persons/{{it}}/Activate", `{}`, "Idempotency-Key: a").gets(200, `{"...":"..."}`)
	s.ask("rest", "POST /Common/Persons", text(`{"FirstName":"Eva","LastName":"Roth","Employee":{"ManagerPersonId":"{{it}}"}}`)).gets(201, `{"...":"..."}`)
	s.ask("scim", "POST /Users", text(`{"userName":"of","`+enterpriseURN+`":{"manager":{"value":"<number>"}}}`)).gets(201, `{"...":"..."}`)
	s.ask("scim", "POST /Groups", `{"displayName":"Staff","members":[{"value":"{{it}}"}]}`).gets(201, `{"...":"..."}`)
}

// seeks lets the person act, and others look and fail.
func (s *scene) seeks(text func(string) string) {
	s.t.Helper()
	s.given("clock +2m")
	s.ask("rest", "POST /UserManagement/Persons/{{it}}/ResendInvitation", text(`{"InvitationMessage":"<message>"}`)).gets(202, `{"...":"..."}`)
	s.given(text("accept <email>@example.org"), "tenant sso=on")
	s.ask("rest", "PATCH /Common/Persons/{{it}}", text(`{"ExternalLoginUsername":"<login>"}`)).gets(200, `{"...":"..."}`)
	s.given(text("sign-in <login> it"))
	s.ask("it", "PATCH /Common/Persons/{{it}}", `{"Locale":"de-CH"}`).gets(200, `{"...":"..."}`)
	s.given("tenant sso=off")
	assert.Error(s.t, s.signsInWith(text("<email>@example.org"), "wrong"))
	s.given("tenant migration=1h") // of people whom the tenant knows nobody comes
	record := text(`{"Records":[{"LegacyId":"<legacy>","Profile":{"FirstName":"<first>","LastName":"<last>","EmailAddress":"<email>@example.org"}}]}`)
	s.ask("rest", "POST /UserManagement/Migrations", record).gets(202, `{"JobId":"{{job=uuid}}"}`)
	s.given("migrate")
	s.ask("rest", "POST /UserManagement/Migrations", strings.ReplaceAll(record, text("<legacy>"), text("<waiting>"))).gets(202, `{"JobId":"{{later=uuid}}"}`)
	from, err := s.home(domain.DoorSelf, nil)
	require.NoError(s.t, err)
	require.NoError(s.t, s.engine.Account.RequestReset(s.t.Context(), from, text("<username>")))
	s.ask("scim", "POST /Users", text(`{"userName":"<username>"}`)).refused(409, "uniqueness")
	s.ask("scim", text(`GET /Users?filter=userName eq "<username>"`), "").gets(200, `{"...":"..."}`)
	s.ask("rest", "POST /UserManagement/Persons/{{it}}/ResetPassword", `{}`, "Idempotency-Key: b").gets(202, `{"...":"..."}`)
	s.given("clock +1s")
	s.ask("rest", "GET /UserManagement/ProvisioningLog", "").gets(200, `{"...":"..."}`)
}

// startsAfresh (A13): whoever comes with the same keys is somebody else and inherits nothing.
func (s *scene) startsAfresh(text func(string) string) {
	s.t.Helper()
	s.ask("it", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
	s.ask("scim", "POST /Users", text(`{"userName":"<username>","externalId":"<key>","emails":[{"value":"<email>@example.org","type":"work","primary":true}]}`)).
		gets(201, `{"id":"{{new=uuid}}","groups":"{{-}}","name":"{{-}}","...":"..."}`)
	assert.NotEqual(s.t, s.seen["it"], s.seen["new"])
	s.ask("rest", "GET /UserManagement/Persons/{{new}}", "").gets(200, `{"State":"Invited","ExternalLoginUsername":"{{-}}","...":"..."}`)
	for _, rows := range []string{"session", "group_member", "reset_token", "user_role"} {
		assert.Zero(s.t, s.count(rows+" WHERE person_id = ?", uuid.MustParse(s.seen["new"])), rows)
	}
}

// nowhere demands that no table holds any of the texts.
func (s *scene) nowhere(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		assert.Empty(s.t, s.where(text), text)
	}
}

// where are the tables and columns that hold the text in any case, and the mails in the spool.
func (s *scene) where(text string) (places []string) {
	s.t.Helper()
	text = strings.ToLower(text)
	for table, lines := range s.Everything(s.t) {
		for _, line := range lines {
			if at := strings.Index(strings.ToLower(line), text); at >= 0 {
				places = append(places, table+": …"+line[max(0, at-60):at+len(text)])
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(s.spool, "*"))
	require.NoError(s.t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(s.t, err)
		if strings.Contains(strings.ToLower(string(content)), text) {
			places = append(places, file)
		}
	}
	return places
}
