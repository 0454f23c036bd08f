package delivery

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"net/mail"
	"net/url"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"github.com/scimbridge/scimbridge/domain"
)

// letter is one row of the catalogue of mails.
type letter struct {
	label string // of the header X-Scimbridge-Mail
	page  string // below the public URL, where the token is redeemed; "": there is no token
}

// letters is the catalogue (DOMAIN.md, section 5.3). The texts are in template/, one file a language.
var letters = map[domain.MailKind]letter{
	domain.MailInvitation:       {label: "invitation", page: "/account/accept"},
	domain.MailReset:            {label: "password-reset", page: "/account/reset"},
	domain.MailVerifyEmail:      {label: "verify-email", page: "/account/verify"},
	domain.MailPasswordChanged:  {label: "password-changed"},
	domain.MailEmailChanged:     {label: "email-changed"},
	domain.MailMfaReset:         {label: "mfa-reset"},
	domain.MailMfaChanged:       {label: "mfa-changed"},
	domain.MailAccountLocked:    {label: "account-locked"},
	domain.MailPasskeyAdded:     {label: "passkey-added"},
	domain.MailPasskeyRemoved:   {label: "passkey-removed"},
	domain.MailPasskeySuspected: {label: "passkey-suspected"},
	domain.MailStrangeSignIn:    {label: "strange-sign-in"},
}

//go:embed template
var templates embed.FS

var (
	plainText = template.Must(template.ParseFS(templates, "template/layout.txt.tmpl"))
	htmlText  = htmltemplate.Must(htmltemplate.ParseFS(templates, "template/layout.html.tmpl"))
)

// errUndeliverable marks what no repetition can mend.
var errUndeliverable = errors.New("delivery: this message can't be sent to anybody")

// writer turns messages of the outbox into mails. Links begin with the configured public URL and with nothing that
// ever came in a request.
type writer struct {
	public *url.URL
	from   *mail.Address
	clock  func() time.Time
}

// page is what the templates see: the facts, of which the texts are made, and the texts, of which the layouts are.
type page struct {
	Language, Person, Tenant, Message, Link, Expires  string
	Subject, Greeting, Opening, Call, Button, Closing string
}

func (w *writer) write(m *domain.OutboxMessage, token string) (*gomail.Msg, error) {
	row, known := letters[m.Mail.Kind]
	if !known {
		return nil, fmt.Errorf("%w: there is no mail of the kind %q", errUndeliverable, m.Mail.Kind)
	}
	to, err := mail.ParseAddress(m.Mail.To)
	if err != nil || to.Address != m.Mail.To { // a list, a name, a comment: anything but the one stored address
		return nil, fmt.Errorf("%w: the recipient is not one plain address", errUndeliverable)
	}
	in := languageOf(m.Mail.Language)
	content := page{Language: in.code, Person: line(m.Mail.PersonName), Tenant: line(m.Mail.TenantName), Message: m.Mail.Message}
	if row.page != "" {
		// In the fragment, which browsers keep to themselves, the token reaches no log and no Referer.
		content.Link = strings.TrimRight(w.public.String(), "/") + row.page + "#token=" + url.QueryEscape(token)
	}
	if !m.Mail.ExpiresAt.IsZero() {
		content.Expires = m.Mail.ExpiresAt.UTC().Format(in.date)
	}
	if content.Subject, err = in.say(string(m.Mail.Kind)+" subject", content); err != nil {
		return nil, err
	}
	if err := in.tell(m.Mail.Kind, &content); err != nil {
		return nil, err
	}
	letter := w.envelope(m.ID, to)
	letter.Subject(header(content.Subject))
	letter.SetGenHeader("X-Scimbridge-Mail", row.label)
	return letter, fill(letter, content)
}

// envelope is what all mails have in common. The Message-ID comes from the outbox, so that a repeat is recognised.
func (w *writer) envelope(id uuid.UUID, to *mail.Address) *gomail.Msg {
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(w.from)
	letter.ToMailAddress(to)
	letter.SetMessageIDWithValue(id.String() + "@" + w.public.Hostname())
	letter.SetDateWithValue(w.clock().UTC())
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	return letter
}

func fill(letter *gomail.Msg, content page) error {
	var text, html strings.Builder
	if err := plainText.Execute(&text, content); err != nil {
		return fmt.Errorf("delivery: write the text: %w", err)
	}
	if err := htmlText.Execute(&html, content); err != nil {
		return fmt.Errorf("delivery: write the page: %w", err)
	}
	letter.SetBodyString(gomail.TypeTextPlain, text.String())
	letter.AddAlternativeString(gomail.TypeTextHTML, html.String())
	return nil
}

// line makes a name fit for one line of text: no control characters, nothing that turns the direction of writing.
func line(name string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, name)), " ")
}

// header makes a name fit for a header field: an encoded word in it (RFC 2047) must stay what it looks like.
func header(name string) string {
	return strings.ReplaceAll(line(name), "=?", "= ?")
}
