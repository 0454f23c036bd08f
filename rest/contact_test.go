package rest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

// TestContacts walks the five routes of each kind of contact data.
func TestContacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for list, kind := range map[string]struct{ id, first, second, changed, wrong, fault string }{
		emails.name: {"EmailAddressId", `{"Address":"Ana@Example.org","Type":"work"}`, `{"Address":"ana@home.example","IsPrimary":true}`,
			`{"Address":"new@example.org","Type":"Other"}`, `{"Address":"nope"}`, "Address"},
		phones.name: {"PhoneNumberId", `{"Number":"1","Type":"mobile"}`, `{"Number":"2","IsPrimary":true}`, `{"Number":"3","Type":"Fax"}`, `{"Type":"Fax"}`, "Number"},
		addresses.name: {"StreetAddressId", `{"City":"Rome","Type":"work","IsPrimary":true}`, `{"City":"Oslo","IsPrimary":true}`, `{"City":"Bonn"}`,
			`{"City":"x","Type":"Fax"}`, "Type"},
	} {
		id := w.person("")
		all := persons(id, "/", list)
		assert.Empty(t, w.send("GET", all, "").is(200).items())

		first := w.send("POST", all, kind.first).is(201)
		assert.Equal(t, `W/"2"`, first.header.Get("ETag"))
		one := all + "/" + first.text(kind.id)
		assert.Equal(t, publicURL+"/api/v1"+one, first.header.Get("Location"))
		assert.Equal(t, true, first.at("IsPrimary"), list)
		assert.Equal(t, first.body, w.send("GET", one, "").is(200).body)

		second := w.send("POST", all, kind.second).is(201)
		assert.Equal(t, true, second.at("IsPrimary"))
		assert.Equal(t, false, w.send("GET", one, "").is(200).at("IsPrimary"), "the primary flag moves")
		assert.Len(t, w.send("GET", all, "").is(200).items(), 2)

		put := w.send("PUT", one, kind.changed, "If-Match", `W/"3"`).is(200)
		assert.Equal(t, first.text(kind.id), put.text(kind.id))
		assert.NotEqual(t, first.body, put.body)
		assert.Contains(t, w.send("PUT", one, kind.wrong).refused(400, domain.CodeValidation).faults(), kind.fault)
		w.send("PUT", one, kind.first, "If-Match", `W/"3"`).refused(412, domain.CodeVersionMismatch)

		other := w.person("")
		for _, path := range []string{all + "/" + uuid.NewString(), all + "/x", persons(other, "/", list, "/", first.text(kind.id))} {
			w.send("GET", path, "").refused(404, domain.CodeNotFound)
			w.send("PUT", path, kind.changed).refused(404, domain.CodeNotFound)
			w.send("DELETE", path, "").refused(404, domain.CodeNotFound)
		}
		w.send("DELETE", one, "").is(204)
		w.send("DELETE", one, "").refused(404, domain.CodeNotFound)
		assert.Len(t, w.send("GET", all, "").is(200).items(), 1)
	}
}

// TestPrimaryStaysUnlessSaid: a PUT that does not name IsPrimary moves no mail to another address.
func TestPrimaryStaysUnlessSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person(`"EmailAddresses":[{"Address":"a@b"},{"Address":"c@d","IsPrimary":true}]`)
	second := w.send("GET", persons(id, "/EmailAddresses"), "").is(200).items()[1]["EmailAddressId"].(string)
	assert.Equal(t, true, w.send("PUT", persons(id, "/EmailAddresses/", second), `{"Address":"e@f"}`).is(200).at("IsPrimary"))
	assert.Equal(t, false, w.send("PUT", persons(id, "/EmailAddresses/", second), `{"Address":"e@f","IsPrimary":false}`).is(200).at("IsPrimary"))
	assert.Equal(t, "a@b", w.send("GET", users(id), "").is(200).text("EmailAddress"))
}

// TestPrimaryEmailOfAnInvitedPerson: the address is needed, and what was sent to the old one is void.
func TestPrimaryEmailOfAnInvitedPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	email := w.send("GET", persons(id, "/EmailAddresses"), "").is(200).items()[0]["EmailAddressId"].(string)
	w.send("DELETE", persons(id, "/EmailAddresses/", email), "").refused(409, domain.CodeEmailRequired)
	w.send("PATCH", persons(id), `{"EmailAddresses":null}`).refused(409, domain.CodeEmailRequired)
	w.send("PUT", persons(id, "/EmailAddresses/", email), `{"Address":"new@example.org"}`).is(200)
	list := w.send("GET", users(id, "/Invitations"), "").is(200).items()
	assert.Equal(t, []any{"Pending", "Revoked"}, []any{list[0]["Status"], list[1]["Status"]})
	assert.Equal(t, []any{"n***@example.org", "a***@example.org"}, []any{list[0]["SentTo"], list[1]["SentTo"]})
	assert.Equal(t, "new@example.org", w.Text(t, "SELECT email_copy FROM user_access"))

	w.user("bo")
	w.send("POST", persons(id, "/EmailAddresses"), `{"Address":"BO@example.org","IsPrimary":true}`).refused(409, domain.CodeEmailInUse)
}

func TestEmployee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, boss := w.person(""), w.person(`"Employee":{"EmployeeNumber":"1"}`)
	path := persons(id, "/Employee")
	assert.Nil(t, w.send("GET", path, "").is(200).at("EmployeeNumber"))
	put := w.send("PUT", path, `{"EmployeeNumber":"7","Title":"Lead","ManagerPersonId":"`+boss+`"}`).is(200)
	assert.Equal(t, boss, put.text("ManagerPersonId"))
	assert.Equal(t, put.body, w.send("GET", path, "").is(200).body)
	assert.Equal(t, put.body, w.send("PUT", path, put.body, "If-Match", put.header.Get("ETag")).is(200).body)
	patched := w.send("PATCH", path, `{"Title":null,"Department":"IT"}`).is(200)
	assert.Equal(t, []any{"7", nil, "IT"}, []any{patched.at("EmployeeNumber"), patched.at("Title"), patched.at("Department")})

	w.send("PATCH", path, `{"EmployeeNumber":"1"}`).refused(409, domain.CodeEmployeeNumberInUse)
	w.send("PATCH", path, `{"ManagerPersonId":"`+id+`"}`).refused(400, domain.CodeManagerCycle)
	w.send("PATCH", persons(boss, "/Employee"), `{"ManagerPersonId":"`+id+`"}`).refused(400, domain.CodeManagerCycle)
	w.send("PATCH", path, `{"ManagerPersonId":"`+uuid.NewString()+`"}`).refused(400, domain.CodeValidation)
	assert.Contains(t, w.send("PATCH", path, `{"HireDate":"2026-02-30"}`).refused(400, domain.CodeValidation).faults(), "HireDate")
	assert.Nil(t, w.send("PUT", path, `{}`).is(200).at("EmployeeNumber"))
	assert.Nil(t, w.send("GET", persons(id), "").is(200).at("Employee"))
}
