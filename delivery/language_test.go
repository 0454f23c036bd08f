package delivery

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var update = flag.Bool("update", false, "write the mails in testdata as they are now; look at what changed")

// TestMailsInEveryLanguage compares each mail in each language with how it is to look.
func TestMailsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for kind := range letters {
		for code := range languages {
			m := invitation()
			m.Mail.Kind, m.Mail.Language, m.Mail.Message = kind, code, ""
			if kind == domain.MailInvitation {
				m.Mail.Message = "Welcome, <b>Ada</b>!\nSee you on Monday."
			}
			letter, err := testWriter(t).write(m, "tok")
			require.NoError(t, err)
			got := parse(t, letter)
			subject := letter.GetGenHeader("Subject")[0]
			golden(t, string(kind)+"."+code+".txt", "Subject: "+subject+"\n\n"+got.text)
			golden(t, string(kind)+"."+code+".html", got.html)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\r\n", "\n")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile("testdata/"+name, []byte(got), 0o600))
	}
	want, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err, "run the test with -update")
	assert.Equal(t, string(want), got, name)
}

// TestLanguagesSayTheSame demands the same texts of every language, of the same facts.
func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	for code, l := range languages {
		for _, text := range languages[fallbackLanguage].texts.Templates() {
			if !strings.HasSuffix(text.Name(), ".tmpl") && text.Name() != fallbackLanguage {
				other := l.texts.Lookup(text.Name())
				if assert.NotNil(t, other, "%s: %s", code, text.Name()) {
					assert.Equal(t, mentions(text), mentions(other), "%s: %s", code, text.Name())
				}
			}
		}
	}
}

var fact = regexp.MustCompile(`\{\{[^}]*\}\}`)

// mentions are what a text has in it that is no word.
func mentions(text *template.Template) map[string]int {
	found := map[string]int{}
	for _, mention := range fact.FindAllString(text.Root.String(), -1) {
		found[mention]++
	}
	return found
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]string{
		"": "en", "en": "en", "de": "de", "DE": "de", "de-AT": "de", "de-CH-1996, en": "de", "fr, de;q=0.8, en;q=0.5": "de",
		"fr": "en", "x": "en", "den": "en", "*": "en", ",,": "en", "en-GB,de": "en", "../de": "en", "de\r\nBcc: x": "en", " de ; q=1": "de",
	} {
		assert.Equal(t, want, languageOf(tags).code, tags)
	}
}

// TestHTMLLoadsNothing (D10): a mail that is looked at tells nobody.
func TestHTMLLoadsNothing(t *testing.T) {
	t.Parallel()
	for kind := range letters {
		m := invitation()
		m.Mail.Kind = kind
		letter, err := testWriter(t).write(m, "tok")
		require.NoError(t, err)
		got := parse(t, letter).html
		for _, loads := range []string{"src=", "url(", "@import", "<link", "<script", "<img", "<iframe", "<form", "http://"} {
			assert.NotContains(t, got, loads, kind)
		}
		assert.LessOrEqual(t, strings.Count(got, "href="), 1, kind)
		assert.Equal(t, 2*strings.Count(got, "href="), strings.Count(got, "https://"), "%s: only our own link, once as text", kind)
	}
}
