package rest

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// faultsOf lists the attributes of an error.
func faultsOf(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	own := new(domain.Error)
	require.ErrorAs(t, err, &own)
	if len(own.Fields) == 0 {
		return []string{own.Attribute}
	}
	var names []string
	for _, field := range own.Fields {
		names = append(names, field.Attribute)
	}
	return names
}

func TestDecodePerson(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body   string
		code   domain.Code
		faults []string
	}{
		"everything": {`{"FirstName":"a","employee":{"TITLE":"x"},"EmailAddresses":[{"Address":"a@b","Type":"Work","IsPrimary":true}]}`, "", nil},
		"nulls":      {`{"FirstName":null,"EmailAddresses":null,"Employee":null,"UserAccess":null,"ExternalLoginUsername":null}`, "", nil},
		"server's":   {`{"PersonId":1,"Version":{},"CreatedAt":[],"UpdatedAt":"x","State":"Active","LegacyId":"1"}`, "", nil},
		"unknown":    {`{"Nickname":"x","Employee":{"Salary":1},"EmailAddresses":[{},{"Color":"red"}]}`, domain.CodeUnknownField, []string{"Nickname", "Employee.Salary", "EmailAddresses[1].Color"}},
		"wrong types": {`{"FirstName":1,"LastName":true,"EmailAddresses":{},"PhoneNumbers":[1],"Employee":"x",
			"StreetAddresses":[{"IsPrimary":"true"}],"UserAccess":{"RoleIds":["x"],"IsActive":1,"IdentityProviderId":"x"}}`, domain.CodeValidation,
			[]string{"FirstName", "LastName", "EmailAddresses", "PhoneNumbers[0]", "Employee", "StreetAddresses[0].IsPrimary",
				"UserAccess.RoleIds[0]", "UserAccess.IsActive", "UserAccess.IdentityProviderId"}},
		"unknown before wrong":    {`{"FirstName":1,"Nickname":"x"}`, domain.CodeUnknownField, []string{"Nickname"}},
		"look-alike":              {`{"Pre\u017fix":"x"}`, domain.CodeUnknownField, []string{"Preſix"}},
		"too many":                {`{"EmailAddresses":[` + strings.Repeat(`{},`, 100) + `{}]}`, domain.CodeValidation, []string{"EmailAddresses"}},
		"long unknown name":       {`{"` + strings.Repeat("x", 100) + `":1}`, domain.CodeUnknownField, []string{strings.Repeat("x", 64) + "…"}},
		"braces around an id":     {`{"UserAccess":{"RoleIds":["{0198c5f0-0000-7000-8000-00000000000a}"]}}`, domain.CodeValidation, []string{"UserAccess.RoleIds[0]"}},
		"external login of a row": {`{"UserAccess":{"ExternalLoginUsername":"x"}}`, domain.CodeUnknownField, []string{"UserAccess.ExternalLoginUsername"}},
	} {
		require.NoError(t, scan([]byte(test.body), false), name)
		_, err := decode([]byte(test.body), newPersonFields)
		assert.Equal(t, test.code, domain.CodeOf(err), name)
		assert.Equal(t, test.faults, faultsOf(t, err), name)
	}
}

func TestDecodeManyUnknown(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for range 1000 {
		body.WriteString(`,"` + uuid.NewString() + `":1`)
	}
	_, err := decode([]byte("{"+body.String()[1:]+"}"), newPersonFields)
	assert.Len(t, faultsOf(t, err), maxUnknown)
}

func TestDecodeByRoute(t *testing.T) {
	t.Parallel()
	access := func(body string) error { return second(decode([]byte(body), accessChangeFields)) }
	for name, test := range map[string]struct {
		err  error
		code domain.Code
	}{
		"access on PUT":           {second(decode([]byte(`{"UserAccess":{}}`), putPersonFields)), domain.CodeAccessNotUpdatable},
		"access null on PUT":      {second(decode([]byte(`{"UserAccess":null}`), putPersonFields)), ""},
		"access on PATCH":         {second(decode([]byte(`{"UserAccess":{}}`), patchPersonFields)), domain.CodeAccessNotUpdatable},
		"access null on PATCH":    {second(decode([]byte(`{"UserAccess":null}`), patchPersonFields)), domain.CodeAccessNotUpdatable},
		"e-mail of an access":     {access(`{"EmailAddress":"a@b"}`), domain.CodePersonOwnedField},
		"phone of an invitation":  {second(decode([]byte(`{"phonenumber":"1"}`), inviteFields)), domain.CodePersonOwnedField},
		"e-mail of a command":     {second(decode([]byte(`{"EmailAddress":null}`), bareFields)), domain.CodePersonOwnedField},
		"name of an access":       {access(`{"FirstName":"x"}`), domain.CodeUnknownField},
		"username cleared":        {access(`{"Username":null}`), domain.CodeValidation},
		"active cleared":          {access(`{"IsActive":null}`), domain.CodeValidation},
		"provider cleared":        {access(`{"IdentityProviderId":null}`), ""},
		"another command's field": {second(decode([]byte(`{"Reason":"x"}`), activateFields)), domain.CodeUnknownField},
		"nothing":                 {second(decode(nil, bareFields)), ""},
	} {
		assert.Equal(t, test.code, domain.CodeOf(test.err), name)
	}
}

func TestDecodePresence(t *testing.T) {
	t.Parallel()
	body, err := decode([]byte(`{"FirstName":"Ana","LastName":null,"EmailAddresses":[],"Employee":{}}`), patchPersonFields)
	require.NoError(t, err)
	assert.Equal(t, texts{domain.AttrFirstName: "Ana", domain.AttrLastName: ""}, body.texts)
	assert.Equal(t, sent[[]elementBody]{present: true}, body.emails)
	assert.False(t, body.phones.present)
	assert.True(t, body.employee.present)
	assert.NotNil(t, body.employee.value.texts, "an empty Employee is not null")
	assert.False(t, body.externalLogin.present)
}
