package scim

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		// What identity providers send.
		`userName eq "0b3a7e5c-5a56-4f6c-9d1e-7b0f4a5e2c11"`,
		`externalId eq "ana.k"`,
		`emails[type eq "work"].value eq "ana@example.org"`,
		`id eq "U1" and manager eq "U2"`,
		`id eq "G1" and members eq "U1"`,
		`displayName eq "Ops \"EU\""`,
		`username Eq "ana@example.org" Or email Co "ana"`,
		`members.value eq "U1"`,
		`roles[primary eq "True"].value eq "admin"`,
		enterpriseURN + `:employeeNumber eq "77"`,
		enterpriseURN + `.manager.value pr`,
		// The examples of RFC 7644.
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`,
		`meta.lastModified ge "2011-05-13T04:42:34Z"`,
		`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`,
		`userType eq "Employee" and emails[type eq "work" and value co "@example.com"]`,
		`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`,
		// Hostile ones.
		strings.Repeat("(", 2048),
		strings.Repeat("not(", 32) + "a pr" + strings.Repeat(")", 32),
		strings.Repeat("a pr or ", 32) + "a pr",
		strings.Repeat("(", 31) + "e[a pr or b pr].c pr" + strings.Repeat(")", 31),
		strings.Repeat("a[", 1024),
		`userName eq "x' OR 1=1 --"`,
		`userName eq "\ud83d\ude00\u0000\ud800"`,
		"a eq \"\xff\xfe\"",
		`a eq 1e999999999`,
		`a eq -`,
		`not not`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(text)
		if err != nil {
			assertPlaced(t, err, len(text))
			return
		}
		again, err := ParseFilter(filter.String())
		if err != nil {
			assertOverLimit(t, err)
			return
		}
		assert.Equal(t, filter, again)
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		`active`, `name.familyName`, `members`, `members[value eq "U1"]`, `manager[value eq "U2"]`,
		`emails[type eq "work"].value`, `emails[type eq "other"].Value`, `phoneNumbers[type eq "mobile"].value`,
		`addresses[type eq "work"].streetAddress`, `roles[primary eq "True"].display`,
		enterpriseURN, enterpriseURN + `:manager`, enterpriseURN + `:manager.value`, enterpriseURN + `.department`,
		enterpriseURN + `.manager.value`, userURN + `:emails[type eq "work"].value`, `urn:example:2.0User:x`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0User`, `a[b[c pr]]`, `a[`, `].a`, `a[b pr].`, `..`, `:`, `a:`,
		`a[` + strings.Repeat("(", 40), strings.Repeat("a.", 1024),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := ParsePath(text)
		if err != nil {
			assertPlaced(t, err, len(text))
			return
		}
		again, err := ParsePath(path.String())
		if err != nil {
			assertOverLimit(t, err)
			return
		}
		assert.Equal(t, path, again)
	})
}

func FuzzTree(f *testing.F) {
	for _, seed := range []string{
		userBody,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		  "Operations":[{"op":"Replace","path":"active","value":"False"}]}`,
		`{"Operations":[{"op":"replace","value":{"name.givenName":"K","` + enterpriseURN + `:employeeNumber":"77"}}]}`,
		`{"Operations":[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"U1"}]}]}`,
		`{"a":1,"A":2}`, `{"k":1,"` + "\u212A" + `":2}`, `["\ud83d\ude00","\ud800"]`, `"\u0000"`, "\uFEFF{}", "{}{}", `[1e999,-0,1.0]`,
		nested(64), nested(65), strings.Repeat(`[{"a":`, 1000), "\"\xff\"", ``, ` `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := ParseJSON(body)
		if err != nil {
			assertPlaced(t, err, len(body))
			return
		}
		assertRoundTrip(t, tree)
		assert.Equal(t, decodeAny(t, body), decodeAny(t, tree.AppendJSON(nil)), "another decoder must see the same")
	})
}

func decodeAny(t *testing.T, body []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return value
}

func assertPlaced(t *testing.T, err error, length int) {
	var refused *SyntaxError
	require.ErrorAs(t, err, &refused)
	assert.NotEmpty(t, refused.Message)
	assert.GreaterOrEqual(t, refused.Offset, 0)
	assert.LessOrEqual(t, refused.Offset, length)
}

// assertOverLimit allows for what the canonical form adds: blanks between tokens, and parentheses where a comparison
// behind brackets moved inside.
func assertOverLimit(t *testing.T, err error) {
	var refused *SyntaxError
	require.ErrorAs(t, err, &refused)
	assert.Regexp(t, "nested more than|longer than", refused.Message)
}
