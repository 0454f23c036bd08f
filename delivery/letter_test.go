package delivery

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func testWriter(t require.TestingT) *writer {
	public, err := url.Parse("https://id.example.com/base/")
	require.NoError(t, err)
	return &writer{public: public, from: &mail.Address{Name: "Scimbridge", Address: "no-reply@example.com"}, clock: func() time.Time { return noon }}
}

func invitation() *domain.OutboxMessage {
	return &domain.OutboxMessage{
		ID: uuid.MustParse("0197a000-0000-7000-8000-000000000001"),
		Mail: domain.Mail{Kind: domain.MailInvitation, To: "ada@example.org", PersonName: "Ada Lovelace", TenantName: "Acme",
			Message: "Welcome!\nSee you on Monday.", ExpiresAt: noon.Add(7 * 24 * time.Hour)},
	}
}

// read is a mail as its recipient's program understands it.
type read struct {
	header     mail.Header
	raw        string
	text, html string
}

func parse(t require.TestingT, letter *gomail.Msg) read {
	var raw bytes.Buffer
	_, err := letter.WriteTo(&raw)
	require.NoError(t, err)
	return parseRaw(t, raw.String())
}

func parseRaw(t require.TestingT, raw string) read {
	message, err := mail.ReadMessage(strings.NewReader(raw))
	require.NoError(t, err)
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	found := read{header: message.Header, raw: raw}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return found
		}
		require.NoError(t, err)
		require.Equal(t, "quoted-printable", part.Header.Get("Content-Transfer-Encoding"))
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(t, err)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			found.html = string(body)
		} else {
			found.text = string(body)
		}
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	letter, err := testWriter(t).write(invitation(), "sbi_0123")
	require.NoError(t, err)
	got := parse(t, letter)

	assert.Equal(t, "Your invitation to Acme", got.header.Get("Subject"))
	assert.Equal(t, "<ada@example.org>", got.header.Get("To"))
	assert.Equal(t, `"Scimbridge" <no-reply@example.com>`, got.header.Get("From"))
	assert.Equal(t, "<0197a000-0000-7000-8000-000000000001@id.example.com>", got.header.Get("Message-ID"))
	assert.Equal(t, "invitation", got.header.Get("X-Scimbridge-Mail"))
	assert.Equal(t, "auto-generated", got.header.Get("Auto-Submitted"))
	date, err := got.header.Date()
	require.NoError(t, err)
	assert.True(t, noon.Equal(date), date)
	const link = "https://id.example.com/base/account/accept#token=sbi_0123"
	assert.Contains(t, got.text, "Hello Ada Lovelace,\r\n")
	assert.Contains(t, got.text, "Welcome!\r\nSee you on Monday.")
	assert.Contains(t, got.text, "\r\n"+link+"\r\n")
	assert.Contains(t, got.text, "29 November 2026, 12:00 UTC")
	assert.Contains(t, got.html, `href="`+link+`"`)
	assert.Contains(t, got.html, ">"+link+"</p>", "for who does not trust buttons")
}

func TestEveryLetter(t *testing.T) {
	t.Parallel()
	for kind, want := range map[domain.MailKind]struct{ subject, label, link string }{
		domain.MailInvitation:       {"Your invitation to Acme", "invitation", "/account/accept#token=tok"},
		domain.MailReset:            {"Choose a new password for Acme", "password-reset", "/account/reset#token=tok"},
		domain.MailVerifyEmail:      {"Prove your e-mail address for Acme", "verify-email", "/account/verify#token=tok"},
		domain.MailPasswordChanged:  {"Your password at Acme was changed", "password-changed", ""},
		domain.MailEmailChanged:     {"Your e-mail address at Acme was changed", "email-changed", ""},
		domain.MailMfaReset:         {"Your second factor at Acme was reset", "mfa-reset", ""},
		domain.MailMfaChanged:       {"Your second factor at Acme was changed", "mfa-changed", ""},
		domain.MailAccountLocked:    {"Your account at Acme was locked", "account-locked", ""},
		domain.MailPasskeyAdded:     {"A passkey was added to your account at Acme", "passkey-added", ""},
		domain.MailPasskeyRemoved:   {"A passkey of your account at Acme was removed", "passkey-removed", ""},
		domain.MailStrangeSignIn:    {"Somebody signed in to your account at Acme", "strange-sign-in", ""},
		domain.MailPasskeySuspected: {"Somebody else may have your passkey at Acme", "passkey-suspected", ""},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m := invitation()
			m.Mail.Kind = kind
			letter, err := testWriter(t).write(m, "tok")
			require.NoError(t, err)
			got := parse(t, letter)
			assert.Equal(t, want.subject, got.header.Get("Subject"))
			assert.Equal(t, want.label, got.header.Get("X-Scimbridge-Mail"))
			assert.Contains(t, got.text, "Hello Ada Lovelace,")
			assert.Contains(t, got.html, "Hello Ada Lovelace,")
			if want.link == "" {
				assert.NotContains(t, got.text+got.html, "https:")
				return
			}
			assert.Contains(t, got.text, "https://id.example.com/base"+want.link)
			assert.Contains(t, got.html, "https://id.example.com/base"+want.link)
		})
	}
	assert.Len(t, letters, 12, "a new letter needs a row in this test")
}

// hostile are names that try to be more than a name.
var hostile = []string{
	"Eve\r\nBcc: victim@example.org",
	"Eve\nSubject: You won",
	"Eve\r\n\r\n<html>",
	"Eve\x00\x1b[2J",
	"=?utf-8?q?Bcc:_victim=40example.org?=",
	"=?utf-8?B?DQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=",
	"Eve\u2028Bcc: victim@example.org",
	"\u202egro.elpmaxe@mitciv",
	"<script>alert(1)</script>",
	`"><img src=x onerror=alert(1)>`,
	"{{.Link}}",
	"</blockquote><a href='https://evil.example'>here</a>",
	strings.Repeat("ab cd ", 200),
	strings.Repeat("é", 500),
}

func TestNamesAreText(t *testing.T) {
	t.Parallel()
	for _, name := range hostile {
		m := invitation()
		m.Mail.PersonName, m.Mail.TenantName, m.Mail.Message = name, name, name
		letter, err := testWriter(t).write(m, "tok")
		require.NoError(t, err)
		checkHarmless(t, parse(t, letter), name)
	}
}

func TestAnyNameIsText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile), rapid.StringMatching(`[=?\r\n :A-Za-z<>&"'@]{0,60}`)).Draw(t, "name")
		m := invitation()
		m.Mail.PersonName, m.Mail.TenantName, m.Mail.Message = name, name, name
		letter, err := testWriter(t).write(m, "tok")
		require.NoError(t, err)
		checkHarmless(t, parse(t, letter), name)
	})
}

func checkHarmless(t assert.TestingT, got read, name string) {
	assert.Equal(t, []string{"<ada@example.org>"}, got.header["To"], "%q", name)
	assert.Len(t, got.header["Subject"], 1, "%q", name)
	for _, field := range []string{"Bcc", "Cc", "Reply-To"} {
		assert.Empty(t, got.header[field], "%q", name)
	}
	assert.ElementsMatch(t, []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Scimbridge-Mail"},
		keys(got.header), "%q", name)
	subject, err := new(mime.WordDecoder).DecodeHeader(got.header.Get("Subject"))
	assert.NoError(t, err, "%q", name)
	// Spaces are what folding and unfolding may change.
	assert.Equal(t, squeeze("Your invitation to "+header(name)), squeeze(subject), "%q", name)
	for _, tag := range []string{"<script", "<img", "<a href='"} {
		assert.NotContains(t, got.html, tag, "%q", name)
	}
	assert.Equal(t, 1, strings.Count(got.html, "<a "), "%q", name)
}

func keys(header mail.Header) (list []string) {
	for name := range header {
		list = append(list, name)
	}
	return list
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

func TestRecipientIsOneAddress(t *testing.T) {
	t.Parallel()
	for _, to := range []string{
		"", "ada", "ada@example.org, eve@example.org", "ada@example.org;eve@example.org", "Eve <eve@example.org>", "<ada@example.org>",
		"ada@example.org\r\nBcc: eve@example.org", "ada@example.org\n", " ada@example.org", "ada@example.org (eve)", "list:ada@example.org;",
		"ada@example.org\x00", "ada@exam ple.org",
	} {
		m := invitation()
		m.Mail.To = to
		_, err := testWriter(t).write(m, "tok")
		assert.ErrorIs(t, err, errUndeliverable, "%q", to)
	}
	for _, to := range []string{"ada@example.org", "ada+tag@example.org", "o'hara@example.org", "ärger@exämple.org", "a.b@x"} {
		m := invitation()
		m.Mail.To = to
		letter, err := testWriter(t).write(m, "tok")
		require.NoError(t, err, "%q", to)
		assert.Equal(t, []string{"<" + to + ">"}, letter.GetToString())
	}
}

func TestUnknownKindIsUndeliverable(t *testing.T) {
	t.Parallel()
	m := invitation()
	m.Mail.Kind = "Greeting"
	_, err := testWriter(t).write(m, "")
	assert.ErrorIs(t, err, errUndeliverable)
}
