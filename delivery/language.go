package delivery

import (
	"fmt"
	"strings"
	"text/template"

	"github.com/scimbridge/scimbridge/domain"
)

// language is a language in which mails can be written.
type language struct {
	code  string // BCP 47, of the language alone
	texts *template.Template
	date  string // how a time is written
}

const fallbackLanguage = "en"

// languages are the built-in ones. To add one, write its file in template/ and a row here; a test holds that it has all
// texts.
var languages = map[string]*language{
	"en": newLanguage("en", "2 January 2006, 15:04 UTC"),
	"de": newLanguage("de", "02.01.2006, 15:04 UTC"),
}

func newLanguage(code, date string) *language {
	return &language{code, template.Must(template.New(code).Option("missingkey=error").ParseFS(templates, "template/"+code+".tmpl")), date}
}

// languageOf is the first language of the list that there is: tags with commas between, the best first, as in de-AT, en;q=0.5
// (the form of Accept-Language, in which SCIM keeps what people prefer). The region does not matter. English when there is none.
func languageOf(tags string) *language {
	for tag := range strings.SplitSeq(tags, ",") {
		tag, _, _ = strings.Cut(tag, ";")
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
		if known := languages[strings.ToLower(tag)]; known != nil {
			return known
		}
	}
	return languages[fallbackLanguage]
}

// say writes one of the texts of a mail.
func (l *language) say(name string, content page) (string, error) {
	var text strings.Builder
	if err := l.texts.ExecuteTemplate(&text, name, content); err != nil {
		return "", fmt.Errorf("delivery: write a text: %w", err)
	}
	return text.String(), nil
}

// tell fills the page with the texts of that kind.
func (l *language) tell(kind domain.MailKind, content *page) error {
	of := string(kind) + " "
	texts := []struct {
		name string
		into *string
	}{{"greeting", &content.Greeting}, {of + "opening", &content.Opening}, {of + "closing", &content.Closing},
		{of + "call", &content.Call}, {of + "button", &content.Button}}
	if content.Link == "" {
		texts = texts[:3]
	}
	for _, text := range texts {
		said, err := l.say(text.name, *content)
		if err != nil {
			return err
		}
		*text.into = said
	}
	return nil
}
