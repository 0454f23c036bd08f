package rest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

func TestChecks(t *testing.T) {
	t.Parallel()
	const id = "0198c5f0-0000-7000-8000-00000000000a"
	long := func(count int) string { return strings.Repeat("ä", count) }
	for name, test := range map[string]struct {
		check check
		good  map[string]string // value, and how it is kept
		bad   []string
	}{
		"text": {ordinary, map[string]string{long(256): long(256), " a\n": " a\n"}, []string{long(257)}},
		"key":  {key, map[string]string{long(254): long(254), "a b": "a b"}, []string{long(255), "a\x7f", "a\n"}},
		"mail": {mailAddress, map[string]string{"A@b": "A@b", "ünï@ex.org": "ünï@ex.org", long(252) + "@b": long(252) + "@b"},
			[]string{"a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b ", "a@b\n", "a\u00a0@b", long(253) + "@b", "a,b"}},
		"language": {languageTag, map[string]string{"en": "en", "pt-BR": "pt-BR", "zh-Hant-TW": "zh-Hant-TW", "DE-de": "DE-de"},
			[]string{"english", "en_US", "xx-yyyyyyyyy", "-", "e", "de DE", "../x"}},
		"zone": {timeZone, map[string]string{"Europe/Berlin": "Europe/Berlin", "UTC": "UTC"},
			[]string{"Mars/Base", "Local", "../etc/passwd", "/etc/localtime", "+02:00", "Europe/Berlin\n"}},
		"date":    {date, map[string]string{"2024-02-29": "2024-02-29"}, []string{"2023-02-29", "2024-2-9", "29.02.2024", "2024-02-29T00:00:00Z"}},
		"id":      {personID, map[string]string{id: id, strings.ToUpper(id): id}, []string{"x", "{" + id + "}", strings.ReplaceAll(id, "-", ""), "urn:uuid:" + id, "00000000-0000-0000-0000-000000000000"}},
		"one of":  {oneOf("Work", "Home"), map[string]string{"wORK": "Work", "Home": "Home"}, []string{"Office", "", "Worſ"}},
		"a phone": {short, map[string]string{"+49 (0) 30-1 ext. 2": "+49 (0) 30-1 ext. 2"}, []string{strings.Repeat("1", 51)}},
	} {
		for value, want := range test.good {
			kept, problem := test.check(value)
			assert.Empty(t, problem, "%s %q", name, value)
			assert.Equal(t, want, kept, name)
		}
		for _, value := range test.bad {
			_, problem := test.check(value)
			assert.NotEmpty(t, problem, "%s %q", name, value)
		}
	}
}

func TestApplyTexts(t *testing.T) {
	t.Parallel()
	rules := []textRule{
		{"FirstName", domain.AttrFirstName, true, ordinary}, {"Locale", domain.AttrLocale, false, languageTag}, {"Suffix", domain.AttrSuffix, false, nil},
	}
	old := domain.Profile{FirstName: "Ana", Locale: "not a tag", Suffix: "Jr"}
	for name, test := range map[string]struct {
		sent   texts
		how    mode
		want   domain.Profile
		faults findings
	}{
		"merge nothing":           {texts{}, merge, old, nil},
		"merge one":               {texts{domain.AttrSuffix: ""}, merge, domain.Profile{FirstName: "Ana", Locale: "not a tag"}, nil},
		"merge a blank name":      {texts{domain.AttrFirstName: " "}, merge, old, findings{{Attribute: "x.FirstName", Message: "A value is needed; it must not be blank."}}},
		"replace":                 {texts{domain.AttrFirstName: "Eva", domain.AttrLocale: "de"}, replace, domain.Profile{FirstName: "Eva", Locale: "de"}, nil},
		"replace with nothing":    {nil, replace, domain.Profile{FirstName: "Ana"}, findings{{Attribute: "x.FirstName", Message: "A value is needed; it must not be blank."}}},
		"a value of another door": {texts{domain.AttrLocale: "not a tag"}, merge, old, nil},
		"another such":            {texts{domain.AttrLocale: "still no tag"}, merge, old, findings{{Attribute: "x.Locale", Message: "The value must be a language tag (BCP 47), like en-US."}}},
	} {
		p, found := &domain.Person{Profile: old}, findings(nil)
		changed := test.sent.apply(rules, p, test.how, "x", &found)
		assert.Equal(t, test.want, p.Profile, name)
		assert.Equal(t, test.faults, found, name)
		assert.Equal(t, test.want.FirstName != old.FirstName || test.want.Locale != old.Locale || test.want.Suffix != old.Suffix, changed, name)
	}
}

// TestEveryPersonTextHasAField: an attribute of the profile that anybody may write can be written through this door.
func TestEveryPersonTextHasAField(t *testing.T) {
	t.Parallel()
	bound := map[*domain.Attribute]bool{domain.AttrExternalLogin: true} // has its own gate
	for _, rule := range append(personTexts, employeeTexts...) {
		bound[rule.attribute] = true
	}
	for _, attribute := range domain.PersonAttributes() {
		if attribute.Aspect&(domain.AspectProfile|domain.AspectExternalLogin) != 0 {
			assert.True(t, bound[attribute], "%s is in no table of this door", attribute.Name)
		}
	}
}
