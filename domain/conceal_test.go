package domain

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestConceal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ attribute, value, want string }{
		{"Title", "Foreman", "Foreman"},
		{"IsActive", "true", "true"},
		{"Members", "0198c5f0-0000-7000-8000-00000000000a", "0198c5f0-0000-7000-8000-00000000000a"},
		{"FirstName", "Ana", "A***"},
		{"FirstName", "Élodie Anne", "É***"},
		{"FirstName", "A", "***"},
		{"FirstName", "", ""},
		{"Username", "ana@example.org", "a***@e***.org"},
		{"Username", "a@b", "***@***"},
		{"Username", "Type=Work", "T***"},
		{"ExternalKey", "00u1", "0***"},
		{"EmailAddresses", "Address=ana@example.org Type=Work IsPrimary=true; Address=x@y.co.uk Type=Home", "Address=a***@e***.org Type=Work IsPrimary=true; Address=***@y***.uk Type=Home"},
		{"EmailAddresses", "Address=ana ito@example.org Display=Ana Ito", "Address=a***@e***.org Display=A***"},
		{"StreetAddresses", "Type=Work Street=Rua 1 = a; b City=São Paulo", "Type=Work Street=R***; *** City=S***"},
		{"Username", "ana@example.organisation", "a***@e***"},
		{"X509", "secret", "***"},
		{"Certificates", "Value=MIIB", "***"},
		{"", "", ""},
	} {
		assert.Equal(t, test.want, Conceal(test.attribute, test.value), "%s %s", test.attribute, test.value)
	}
}

func TestConcealText(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `There is no attribute "n***" for a***@e***.org here.`, ConcealText(`There is no attribute "name of Ana" for ana@example.org, here.`))
	assert.Equal(t, "The username is taken.", ConcealText("The username is taken."))
	assert.LessOrEqual(t, len(ConcealText(strings.Repeat("é", 1000))), 520)
}

// TestEveryAttributeHasASensitivity leads whoever adds an attribute here: without a row it is concealed wholly.
func TestEveryAttributeHasASensitivity(t *testing.T) {
	t.Parallel()
	for _, a := range append(PersonAttributes(), GroupAttributes()...) {
		assert.Contains(t, sensitivities, a.Name)
	}
	for _, c := range append(PersonCollections(), Members) {
		assert.Contains(t, sensitivities, c.Name)
	}
}

// TestConcealedTextsAreGone writes a marker anywhere into what is personal: it never comes through whole.
func TestConcealedTextsAreGone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		filler := rapid.StringOf(rapid.SampledFrom([]rune("ab =;@.\"é")))
		value := filler.Draw(t, "before") + "XYZZY1" + filler.Draw(t, "behind")
		for _, attribute := range []string{"Username", "LastName", "EmailAddresses", "StreetAddresses", "Certificates", "unknown"} {
			assert.NotContains(t, Conceal(attribute, value), "XYZZY1")
			assert.NotContains(t, Conceal(attribute, "Address="+value+" Type=Work"), "XYZZY1")
		}
	})
}
