package rest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestScan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		code domain.Code
	}{
		"object":                   {`{"FirstName":"Ana"}`, ""},
		"blanks around":            {" \t\r\n{} \n", ""},
		"surrogate pair":           {`{"FirstName":"\ud83d\ude00"}`, ""},
		"nothing":                  {``, domain.CodeMalformedJSON},
		"blank":                    {`  `, domain.CodeMalformedJSON},
		"array":                    {`[]`, domain.CodeMalformedJSON},
		"text":                     {`"a"`, domain.CodeMalformedJSON},
		"null":                     {`null`, domain.CodeMalformedJSON},
		"unquoted":                 {`{a:1}`, domain.CodeMalformedJSON},
		"cut off":                  {`{"a":`, domain.CodeMalformedJSON},
		"two values":               {`{}{}`, domain.CodeMalformedJSON},
		"trailing bytes":           {`{} x`, domain.CodeMalformedJSON},
		"byte order mark":          {"\uFEFF{}", domain.CodeMalformedJSON},
		"invalid UTF-8":            {"{\"a\":\"\xff\"}", domain.CodeMalformedJSON},
		"invalid UTF-8 in a name":  {"{\"\xff\":1}", domain.CodeMalformedJSON},
		"lone surrogate":           {`{"a":"\ud800"}`, domain.CodeMalformedJSON},
		"NUL":                      {`{"a":"x\u0000"}`, domain.CodeMalformedJSON},
		"NUL in a name":            {`{"\u0000":1}`, domain.CodeMalformedJSON},
		"comment":                  {`{/*x*/}`, domain.CodeMalformedJSON},
		"same name":                {`{"a":1,"a":1}`, domain.CodeDuplicateKey},
		"same name, other case":    {`{"FirstName":"a","firstname":"b"}`, domain.CodeDuplicateKey},
		"same name, escaped":       {`{"a":1,"\u0061":2}`, domain.CodeDuplicateKey},
		"same name below":          {`{"a":[{"b":1,"B":2}]}`, domain.CodeDuplicateKey},
		"same name elsewhere":      {`{"a":{"b":1},"c":{"b":1},"b":[{"b":1},{"b":2}]}`, ""},
		"value like a name":        {`{"a":"b","b":"a"}`, ""},
		"protected":                {`{"IdentityUserUnique":"x"}`, domain.CodeProtectedField},
		"protected, deep":          {`{"a":[{"b":{"identityaccountid":null}}]}`, domain.CodeProtectedField},
		"password":                 {`{"PASSWORD":"x"}`, domain.CodePasswordNotAccepted},
		"temporary password, deep": {`{"UserAccess":{"TemporaryPassword":"x"}}`, domain.CodePasswordNotAccepted},
		"new password":             {`{"NewPassword":"x"}`, domain.CodePasswordNotAccepted},
		"old password":             {`{"a":{"oldPassword":null}}`, domain.CodePasswordNotAccepted},
		"password in the middle":   {`{"InitialPASSWORDText":"x"}`, domain.CodePasswordNotAccepted},
		"hash of a password":       {`{"PasswordHash":"x"}`, domain.CodeProtectedField},
		"flag of a command":        {`{"ResetPassword":true}`, ""},
		"protected as a value":     {`{"a":"PasswordHash"}`, ""},
		"protected, then broken":   {`{"Password":"x"`, domain.CodeMalformedJSON},
	} {
		assert.Equal(t, test.code, domain.CodeOf(scan([]byte(test.body), false)), name)
	}
}

func TestScanNamesTheBanned(t *testing.T) {
	t.Parallel()
	err := new(domain.Error)
	require.ErrorAs(t, scan([]byte(`{"a":[{"passwordhash":1}]}`), false), &err)
	assert.Equal(t, "passwordhash", err.Attribute)
}

func TestScanDepth(t *testing.T) {
	t.Parallel()
	nested := func(levels int) []byte {
		return []byte(`{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`)
	}
	assert.NoError(t, scan(nested(maxDepth), false))
	assert.Equal(t, domain.CodeMalformedJSON, domain.CodeOf(scan(nested(maxDepth+1), false)))
	assert.Equal(t, domain.CodeMalformedJSON, domain.CodeOf(scan([]byte(strings.Repeat(`{"a":`, 1_000_000)), false)))
}

// TestScanCorpus holds the reader to a suite of others: what must be refused is, and what must be accepted is if it is
// an object without a repeated name.
func TestScanCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../shared/corpora/json/test_parsing/*.json")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("the corpus of JSON texts is not beside the repository (../shared/corpora)")
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		name := filepath.Base(file)
		code := domain.CodeOf(scan(body, false))
		switch {
		case name[0] == 'n':
			assert.Equal(t, domain.CodeMalformedJSON, code, name)
		case strings.Contains(name, "duplicated_key"):
			assert.Equal(t, domain.CodeDuplicateKey, code, name)
		case name[0] == 'y' && strings.HasPrefix(strings.TrimSpace(string(body)), "{") && !strings.Contains(name, "null"):
			assert.Empty(t, code, name)
		}
	}
}

// FuzzDecode: what scan lets through can be decoded by every table, and nothing else is ever accepted.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"FirstName":"Ana","Employee":{"HireDate":null},"EmailAddresses":[{"Address":"a@b","IsPrimary":true}]}`))
	f.Add([]byte(`{"UserAccess":{"Username":"a","RoleIds":["0198c5f0-0000-7000-8000-00000000000a"],"IsActive":false}}`))
	f.Add([]byte(`{"a":[1,-2e9,{"b":[[]]}],"\ud800":"\u0000"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if scan(body, false) != nil {
			return
		}
		for _, err := range []error{
			second(decode(body, newPersonFields)), second(decode(body, patchPersonFields)), second(decode(body, inviteFields)),
			second(decode(body, accessChangeFields)), second(decode(body, emails.fields())), second(decode(body, employeeFields)),
		} {
			if code := domain.CodeOf(err); code == domain.CodeInternal {
				t.Fatalf("%q: %v", body, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
