package rest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

const fullPerson = `{
	"FirstName":"Ana","LastName":"da Silva","MiddleName":"M","PreferredName":"Aninha","Prefix":"Dr","Suffix":"Jr",
	"Username":"ana","Locale":"pt-BR","PreferredLanguage":"pt","TimeZone":"America/Sao_Paulo","ExternalReference":"hr-7",
	"EmailAddresses":[{"Address":"Ana@Example.org","Type":"Work"},{"Address":"a@home.example","Type":"Home"}],
	"PhoneNumbers":[{"Number":"+55 11 1","Type":"Mobile"}],
	"StreetAddresses":[{"Type":"Home","Street":"Rua 1","City":"São Paulo","Region":"SP","PostalCode":"01000","Country":"BR","IsPrimary":true}],
	"Employee":{"EmployeeNumber":"7","Title":"Lead","Department":"IT","Division":"EMEA","CostCenter":"42","OrganizationName":"Acme",
		"EmploymentType":"Full-time","HireDate":"2026-01-01","TerminationDate":"2027-01-01"}}`

func TestCreatePersonAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", "/Common/Persons", fullPerson).is(201)
	id := made.text("PersonId")
	assert.Equal(t, publicURL+"/api/v1/Common/Persons/"+id, made.header.Get("Location"))
	assert.Equal(t, `W/"1"`, made.header.Get("ETag"))
	assert.Equal(t, "Ana da Silva", made.text("DisplayName"))
	assert.Equal(t, "Ana@Example.org", made.at("EmailAddresses").([]any)[0].(map[string]any)["Address"])
	assert.Equal(t, true, made.at("EmailAddresses").([]any)[0].(map[string]any)["IsPrimary"], "the first one becomes the primary one")
	assert.Equal(t, "2026-01-01", made.text("Employee", "HireDate"))
	assert.NotContains(t, made.json(), "UserAccess")
	assert.NotContains(t, made.json(), "ExternalLoginUsername")
	assert.Equal(t, made.body, w.send("GET", persons(id), "").is(200).body)
	assert.Equal(t, "NotProvisioned", w.send("GET", users(id), "").is(200).text("State"))
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM user_access"))
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM outbox"))
}

func TestCreatePersonWithAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", "/Common/Persons", `{"FirstName":"Ana","LastName":"Silva","EmailAddresses":[{"Address":"ana@example.org"}],
		"UserAccess":{"MfaRequired":true,"InvitationMessage":"Welcome!"}}`).is(201)
	assert.Equal(t, "ana@example.org", made.text("UserAccess", "Username"))
	assert.Equal(t, "Invited", made.text("UserAccess", "State"))
	assert.Equal(t, true, made.at("UserAccess", "MfaRequired"))
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM outbox"))

	quiet := w.send("POST", "/Common/Persons", `{"FirstName":"Bo","LastName":"Ek","Username":"bo","UserAccess":{"IsActive":false,"SendInvitation":null}}`).is(201)
	assert.Equal(t, "Inactive", quiet.text("UserAccess", "State"))
	assert.Equal(t, "bo", quiet.text("Username"))
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM outbox"))

	none := w.send("POST", "/Common/Persons", `{"FirstName":"Cy","LastName":"Ek","UserAccess":null}`).is(201)
	assert.NotContains(t, none.json(), "UserAccess")
}

// TestCreatePersonRollsBack: a conflict of the access leaves no person.
func TestCreatePersonRollsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user("ana")
	before := w.Snapshot(t)
	for body, code := range map[string]domain.Code{
		`"UserAccess":{"Username":"ANA","SendInvitation":false}`:                                                 domain.CodeUsernameTaken,
		`"EmailAddresses":[{"Address":"ANA@example.org"}],"UserAccess":{"Username":"b"}`:                         domain.CodeEmailInUse,
		`"ExternalLoginUsername":"x"`:                                                                            domain.CodeSsoNotEnabled,
		`"UserAccess":{"Username":"b","SendInvitation":false,"RoleIds":["` + uuid.NewString() + `"]}`:            domain.CodeRoleNotFound,
		`"UserAccess":{"Username":"b","SendInvitation":false,"PermissionGroupIds":["` + uuid.NewString() + `"]}`: domain.CodeGroupNotFound,
		`"UserAccess":{"Username":"b","SendInvitation":false,"OrganizationIds":["` + uuid.NewString() + `"]}`:    domain.CodeOrganizationNotFound,
		`"UserAccess":{"Username":"b","IdentityProviderId":"` + uuid.NewString() + `"}`:                          domain.CodeSsoNotEnabled,
		`"UserAccess":{"Username":"b"}`:                                                                          domain.CodePrimaryEmailRequired,
		`"Employee":{"ManagerPersonId":"` + uuid.NewString() + `"},"UserAccess":{"Username":"b"}`:                domain.CodeValidation,
	} {
		w.send("POST", "/Common/Persons", `{"FirstName":"B","LastName":"C",`+body+`}`).refused(problems[code].status, code)
	}
	assert.Equal(t, before, w.Snapshot(t))
}

func TestFieldRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"FirstName":" ","MiddleName":"` + strings.Repeat("x", 257) + `","Locale":"english","TimeZone":"Mars","Username":"a\u0007",
		"EmailAddresses":[{"Address":"a@b","IsPrimary":true},{"Address":"nope","Type":"Fun","IsPrimary":true}],"PhoneNumbers":[{}],
		"Employee":{"HireDate":"tomorrow","ManagerPersonId":"x"},"UserAccess":{"Username":" a ","InvitationMessage":"` + strings.Repeat("x", 1001) + `"}}`
	faults := w.send("POST", "/Common/Persons", body).refused(400, domain.CodeValidation).faults()
	for _, name := range []string{"FirstName", "LastName", "MiddleName", "Locale", "TimeZone", "Username", "EmailAddresses",
		"EmailAddresses[1].Address", "EmailAddresses[1].Type", "PhoneNumbers[0].Number", "Employee.HireDate", "Employee.ManagerPersonId",
		"UserAccess.InvitationMessage"} {
		assert.Contains(t, faults, name)
	}
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM person"))
}

func TestPutReplaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.send("POST", "/Common/Persons", fullPerson).is(201).text("PersonId")
	put := w.send("PUT", persons(id), `{"FirstName":"Eva","LastName":"Roth"}`).is(200)
	assert.Equal(t, "Eva Roth", put.text("DisplayName"))
	for _, name := range []string{"MiddleName", "PreferredName", "Prefix", "Suffix", "Username", "Locale", "PreferredLanguage", "TimeZone", "ExternalReference"} {
		assert.Nil(t, put.at(name), "%s was not sent and is cleared", name)
	}
	assert.Len(t, put.at("EmailAddresses"), 2, "collections that were not sent stay")
	assert.Len(t, put.at("PhoneNumbers"), 1)
	assert.Len(t, put.at("StreetAddresses"), 1)
	assert.Equal(t, "7", put.text("Employee", "EmployeeNumber"), "an Employee that was not sent stays")
	assert.Equal(t, `W/"2"`, put.header.Get("ETag"))

	put = w.send("PUT", persons(id), `{"FirstName":"Eva","LastName":"Roth","Employee":{"Title":"CTO"},"PhoneNumbers":[],"StreetAddresses":null}`).is(200)
	assert.Equal(t, map[string]any{"EmployeeNumber": nil, "Title": "CTO", "Department": nil, "Division": nil, "CostCenter": nil,
		"OrganizationName": nil, "EmploymentType": nil, "HireDate": nil, "TerminationDate": nil, "ManagerPersonId": nil}, put.at("Employee"))
	assert.Empty(t, put.at("PhoneNumbers"))
	assert.Empty(t, put.at("StreetAddresses"))
	w.send("PUT", persons(id), `{"FirstName":"Eva"}`).refused(400, domain.CodeValidation)
}

// TestPutOfWhatWasRead: a body that was read and sent back changes nothing, not even the version.
func TestPutOfWhatWasRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", "/Common/Persons", fullPerson).is(201)
	id := made.text("PersonId")
	before := w.Snapshot(t)
	assert.Equal(t, made.body, w.send("PUT", persons(id), made.body).is(200).body)
	assert.Equal(t, before, w.Snapshot(t))

	renamed := w.send("PUT", persons(id), strings.Replace(made.body, `"FirstName":"Ana"`, `"FirstName":"Eva"`, 1)).is(200)
	assert.Equal(t, "Eva da Silva", renamed.text("DisplayName"), "a computed name goes on being computed")
}

func TestPatchMerges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", "/Common/Persons", fullPerson).is(201)
	id := made.text("PersonId")
	patched := w.send("PATCH", persons(id), `{"middlename":null,"DisplayName":"The Boss","Employee":{"Title":null,"CostCenter":"43"},"PhoneNumbers":null}`).is(200)
	assert.Nil(t, patched.at("MiddleName"))
	assert.Equal(t, "The Boss", patched.text("DisplayName"))
	assert.Equal(t, "Ana", patched.text("FirstName"))
	assert.Nil(t, patched.at("Employee", "Title"))
	assert.Equal(t, "43", patched.text("Employee", "CostCenter"))
	assert.Equal(t, "IT", patched.text("Employee", "Department"))
	assert.Empty(t, patched.at("PhoneNumbers"))
	assert.Len(t, patched.at("EmailAddresses"), 2)

	assert.Equal(t, patched.body, w.send("PATCH", persons(id), `{"Employee":{}}`).is(200).body)
	assert.Nil(t, w.send("PATCH", persons(id), `{"Employee":null}`).is(200).at("Employee"))
	w.send("PATCH", persons(id), `{"LastName":null}`).refused(400, domain.CodeValidation)
}

// TestReplacedElementsKeepTheirIdentity: an element of an array is the same one when its id or its key says so.
func TestReplacedElementsKeepTheirIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", "/Common/Persons", fullPerson).is(201)
	id := made.text("PersonId")
	at := func(a *answer, i int, name string) any {
		return a.at("EmailAddresses").([]any)[i].(map[string]any)[name]
	}
	work, home := at(made, 0, "EmailAddressId").(string), at(made, 1, "EmailAddressId").(string)
	patched := w.send("PATCH", persons(id), `{"EmailAddresses":[{"Address":"A@HOME.example"},
		{"EmailAddressId":"`+work+`","Address":"new@example.org","IsPrimary":true},{"EmailAddressId":"`+uuid.NewString()+`","Address":"c@d"}]}`).is(200)
	assert.Equal(t, home, at(patched, 0, "EmailAddressId"), "found by its address")
	assert.Nil(t, at(patched, 0, "Type"))
	assert.Equal(t, false, at(patched, 0, "IsPrimary"))
	assert.Equal(t, work, at(patched, 1, "EmailAddressId"), "found by its id")
	assert.Equal(t, "new@example.org", at(patched, 1, "Address"))
	assert.NotContains(t, []any{work, home}, at(patched, 2, "EmailAddressId"))
}

func TestUsernameBelongsToAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	w.send("PATCH", persons(id), `{"Username":"other"}`).refused(409, domain.CodeUsernameOwned)
	w.send("PATCH", persons(id), `{"Username":"ANA"}`).is(200)
	w.send("PATCH", users(id), `{"Username":"ana.silva"}`).is(200)
	assert.Equal(t, "ana.silva", w.send("GET", persons(id), "").is(200).text("Username"))
}

func TestDeletePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	w.send("DELETE", persons(id), "", "If-Match", `W/"9"`).refused(412, domain.CodeVersionMismatch)
	w.send("DELETE", persons(id), "").refused(409, domain.CodeUserAccessExists)
	w.send("POST", users(id, "/Deactivate"), "").is(200)
	gone := w.send("DELETE", persons(id), "").is(204)
	assert.Empty(t, gone.body)
	w.send("GET", persons(id), "").refused(404, domain.CodePersonNotFound)
	w.send("GET", users(id), "").refused(404, domain.CodePersonNotFound)
	w.user("ana")
}

func TestAnonymizedPersonIsAnIdOnly(t *testing.T) {
	t.Parallel()
	c := &call{door: &door{engine: &domain.Engine{Clock: func() time.Time { return start }}}}
	p := &domain.Person{ID: uuid.New(), Profile: domain.Profile{FirstName: "Ana"}, AnonymizedAt: start}
	for _, view := range []any{c.viewPerson(p, nil), c.viewAccess(p, 0)} {
		shown, err := answerOf(200, view)
		assert.NoError(t, err)
		assert.JSONEq(t, `{"PersonId":"`+p.ID.String()+`","State":"Anonymized"}`, string(shown.Body))
	}
}
