package main

import (
	"bytes"
	"html"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// cookieOf is the session that an answer brings; "" for none.
func cookieOf(got reply) string {
	for _, line := range got.header.Values("Set-Cookie") {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == web.SessionCookie {
			return cookie.Value
		}
	}
	return ""
}

// entersBy signs in over the pages and gives the session.
func (s *scene) entersBy(name, password string) string {
	s.t.Helper()
	got := s.page("", home+"/sign-in", "Username", name)
	require.Equal(s.t, 200, got.status)
	got = s.page("", home+"/sign-in/password", "Username", name, "Password", password)
	require.Equal(s.t, 303, got.status, got.body)
	return cookieOf(got)
}

const (
	anotherGoodPassword = "lantern-92-cobalt-river"
	thirdGoodPassword   = "maple-31-quartz-harbour"
)

// codeNow is what an authenticator app shows at this moment.
func (s *scene) codeNow(secret string) string {
	s.t.Helper()
	code, err := codeAt(secret, s.now())
	require.NoError(s.t, err)
	return code
}

var secretShown = regexp.MustCompile(`<code id="secret">([A-Z2-7 ]+)</code>`)

// TestPagesFromInvitationToDeactivation: what the browser test does with keys, here as requests: the whole life of an
// account over the pages, with what a connector does meanwhile.
func TestPagesFromInvitationToDeactivation(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", `{"userName":"ana","name":{"givenName":"Ana","familyName":"Silva"},"emails":[{"value":"ana@example.org","primary":true}]}`).gets(201, `{"id":"{{ana=uuid}}","...":"..."}`)
		s.ask("rest", "PATCH /UserManagement/Persons/{{ana}}", `{"MfaRequired":true}`).gets(200, `{"...":"..."}`)
		token := s.invitation("ana@example.org")

		got := s.page("", "/account/accept", "Token", "https://id.example.org/account/accept#token="+token)
		require.Equal(s.t, 200, got.status, got.body)
		assert.Contains(s.t, got.body, "Welcome, Ana Silva")
		got = s.page("", "/account/accept/password", "Token", token, "NewPassword", "short")
		assert.Equal(s.t, 400, got.status)
		assert.Contains(s.t, got.body, `role="alert"`)
		assert.Contains(s.t, got.body, `aria-invalid="true"`)
		assert.Contains(s.t, got.body, got.header.Get("X-Request-Id"), "the id to ask for help with")
		assert.NotContains(s.t, got.body, "short\"", "no password is sent back")
		got = s.page("", "/account/accept/password", "Token", token, "NewPassword", goodPassword)
		s.leads(got, home+"/sign-in/code", "accepted")
		half := cookieOf(got)
		s.leads(s.page(half, home), home+"/sign-in/code", "half a session")
		s.leads(s.page(half, home+"/sign-in/code"), home+"/authenticator", "nothing is enrolled")
		assert.Equal(s.t, 400, s.page("", "/account/accept", "Token", token).status, "it is used")

		got = s.page(half, home+"/authenticator", "")
		require.Equal(s.t, 200, got.status, got.body)
		require.Regexp(s.t, secretShown, got.body)
		secret := strings.ReplaceAll(secretShown.FindStringSubmatch(got.body)[1], " ", "")
		got = s.page(half, home+"/authenticator/confirm", "Code", "000000")
		assert.Equal(s.t, 403, got.status)
		assert.NotContains(s.t, got.body, `id="secret"`, "it is shown once")
		got = s.page(half, home+"/authenticator/confirm", "Code", s.codeNow(secret))
		require.Equal(s.t, 200, got.status, got.body)
		codes := regexp.MustCompile(`<li><code>([^<]+)</code>`).FindAllStringSubmatch(got.body, -1)
		require.Len(s.t, codes, 10)
		whole := cookieOf(got)
		require.NotEqual(s.t, half, whole)
		s.leads(s.page(half, home), home+"/sign-in", "the half session has ended")
		got = s.page(whole, home)
		assert.Equal(s.t, 200, got.status)
		assert.Contains(s.t, got.body, "Recovery codes left: 10")

		got = s.page(whole, home+"/sign-out", "")
		s.leads(got, home+"/sign-in", "signed out")
		assert.Empty(s.t, cookieOf(got))
		s.leads(s.page(whole, home), home+"/sign-in", "the session is dead, wherever the cookie is kept")

		s.wait(time.Minute)
		again := s.entersBy("ana", goodPassword)
		assert.Equal(s.t, 403, s.page(again, home+"/sign-in/code", "Code", "111111").status)
		got = s.page(again, home+"/sign-in/code", "Code", s.codeNow(secret))
		s.leads(got, home, "with a code")
		in := cookieOf(got)
		s.leads(s.page(again, home+"/sign-in/code", "Code", html.UnescapeString(codes[0][1])), home+"/sign-in", "the half session is used up")
		assert.Equal(s.t, 200, s.page(in, home+"/sessions").status)

		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("Replace", "active", `"False"`)).gets(200, `{"active":false,"...":"..."}`)
		s.leads(s.page(in, home+"/sessions"), home+"/sign-in", "deactivated")
		got = s.page("", home+"/sign-in/password", "Username", "ana", "Password", goodPassword)
		assert.Equal(s.t, 403, got.status)
		assert.Contains(s.t, got.body, "or the account can&#39;t be used")
	})
}

// TestPagesForPasswords: a forgotten password, a new one with the link, and a changed one; other sessions end.
func TestPagesForPasswords(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		first, second := s.entersBy("ana", goodPassword), s.entersBy("ana@example.org", goodPassword)
		got := s.page(first, home+"/password", "OldPassword", "wrong", "NewPassword", anotherGoodPassword)
		assert.Equal(s.t, 400, got.status)
		assert.Contains(s.t, got.body, "The present password is not right")
		s.leads(s.page(first, home+"/password", "OldPassword", goodPassword, "NewPassword", anotherGoodPassword), home, "changed")
		assert.Equal(s.t, 200, s.page(first, home).status, "the session in use stays")
		s.leads(s.page(second, home), home+"/sign-in", "the others end")

		assert.Equal(s.t, 200, s.page("", home+"/forgot", "Username", "ana").status)
		s.given("clock +1s")
		token := s.mailed(domain.MailReset, "ana@example.org")
		assert.Contains(s.t, s.page("", "/account/reset", "Token", token).body, "Choose a new password")
		s.leads(s.page("", "/account/reset/password", "Token", token, "NewPassword", thirdGoodPassword), home+"/sign-in", "reset")
		s.leads(s.page(first, home), home+"/sign-in", "all sessions end")
		s.entersBy("ana", thirdGoodPassword)
		assert.Equal(s.t, 400, s.page("", "/account/reset/password", "Token", token, "NewPassword", goodPassword).status, "once")
	})
}

// TestPagesForSessions: each is listed and can be ended; another person's can't.
func TestPagesForSessions(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		s.member("eva", "")
		var own []string
		for range 4 {
			own = append(own, s.entersBy("ana", goodPassword))
		}
		other := s.entersBy("eva", goodPassword)
		list := func(session string) []string {
			return regexp.MustCompile(`/sessions/([0-9a-f-]{36})/end`).FindAllString(s.page(session, home+"/sessions").body, -1)
		}
		require.Len(s.t, list(own[0]), 3)
		require.Empty(s.t, list(other))
		s.leads(s.page(other, home+list(own[0])[0], ""), home+"/sessions", "as of one that has ended")
		assert.Len(s.t, list(own[0]), 3, "nobody ends another's session")
		s.leads(s.page(own[0], home+list(own[0])[0], ""), home+"/sessions", "ended")
		assert.Len(s.t, list(own[0]), 2)
		s.leads(s.page(own[0], home+"/sessions/end-others", ""), home+"/sessions", "ended the others")
		assert.Empty(s.t, list(own[0]))
		for _, gone := range own[1:] {
			s.leads(s.page(gone, home), home+"/sign-in", "ended")
		}
		assert.Equal(s.t, 200, s.page(other, home).status)
		entered := s.page(own[0], home+"/sign-in/password", "Username", "ana", "Password", goodPassword)
		require.NotEmpty(s.t, cookieOf(entered))
		s.leads(s.page(own[0], home), home+"/sign-in", "a new session takes the place of the one before")
	})
}

// TestPagesForSigningUp: where the tenant lets people, and not where it doesn't.
func TestPagesForSigningUp(t *testing.T) {
	scenario(t, func(s *scene) {
		form := []string{"FirstName", "Ana", "LastName", "Silva", "EmailAddress", "ana@example.org", "NewPassword", goodPassword}
		assert.Equal(s.t, 403, s.page("", home+"/sign-up", form...).status)
		assert.NotContains(s.t, s.page("", home+"/sign-in").body, "/sign-up")
		s.given("tenant SelfSignUp=On")
		assert.Contains(s.t, s.page("", home+"/sign-in").body, "/sign-up")
		got := s.page("", home+"/sign-up", "FirstName", "Ana")
		assert.Equal(s.t, 400, got.status)
		assert.Contains(s.t, got.body, `value="Ana"`, "what was typed is kept")
		got = s.page("", home+"/sign-up", form...)
		require.Equal(s.t, 200, got.status, got.body)
		assert.Equal(s.t, 409, s.page("", home+"/sign-up", form...).status)
		assert.Equal(s.t, 403, s.page("", home+"/sign-in/password", "Username", "ana@example.org", "Password", goodPassword).status, "not yet")
		s.given("clock +1s")
		token := s.mailed(domain.MailVerifyEmail, "ana@example.org")
		s.leads(s.page("", "/account/verify", "Token", token), home+"/sign-in", "verified")
		assert.NotEmpty(s.t, s.entersBy("ana@example.org", goodPassword))
	})
}

// TestPagesAtTheLimits: too many tries, a password that must be chosen anew, and a tenant that takes no passwords: each page
// says why and what to do.
func TestPagesAtTheLimits(t *testing.T) {
	scenario(t, func(s *scene) {
		s.seen["ana"] = s.member("ana", "")
		statuses := map[int]int{}
		for range 25 {
			got := s.page("", home+"/sign-in/password", "Username", "somebody", "Password", "x")
			statuses[got.status]++
			if got.status == 429 {
				assert.NotEmpty(s.t, got.header.Get("Retry-After"))
				assert.Contains(s.t, got.body, "Wait a minute")
			}
			s.wait(time.Second)
		}
		assert.Equal(s.t, 25, statuses[403]+statuses[429])
		assert.Positive(s.t, statuses[429])
		s.wait(time.Hour)

		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/ResetPassword", `{"InvalidateCurrent":true}`).gets(202, `{"...":"..."}`)
		got := s.page("", home+"/sign-in/password", "Username", "ana", "Password", goodPassword)
		assert.Equal(s.t, 403, got.status)
		assert.Contains(s.t, got.body, "Your password has to be chosen anew")
		assert.Contains(s.t, got.body, home+"/forgot")

		s.given("tenant sso=on PasswordLogin=DisabledWhenSso")
		got = s.page("", home+"/sign-in/password", "Username", "ana", "Password", goodPassword)
		assert.Equal(s.t, 403, got.status)
		assert.Contains(s.t, got.body, "your company signs you in")
		assert.NotContains(s.t, s.page("", home+"/sign-in", "Username", "ana").body, home+"/forgot")
	})
}

// TestPagesLogNoToken (D3): no token, password or code is in the log, whatever was asked with it.
func TestPagesLogNoToken(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	at := s.serve("--public-url", "https://id.example.com")
	s.object("tenant", "create", "--slug", "acme", "--name", "Acme")
	token := s.object("credential", "create", "--tenant", "acme", "--name", "hr", "--kind", "rest")["Token"].(string)
	status, text := ask(t, "POST", "http://"+at.listen+"/api/v1/Common/Persons", token, `{"FirstName":"Ada","LastName":"Lovelace","EmailAddresses":[{"Address":"ada@example.org"}],"UserAccess":{}}`)
	require.Equal(t, 201, status, text)
	link := s.mailedLink(t)
	require.Equal(t, "https://id.example.com", link.Scheme+"://"+link.Host)
	status, _ = ask(t, "GET", "http://"+at.listen+link.Path, "", "")
	assert.Equal(t, 200, status, "the link in the mail leads to a page")
	secret, found := strings.CutPrefix(link.Fragment, "token=")
	require.True(t, found, link)
	var session string
	for _, path := range []string{"/account/reset", "/account/accept", "/account/accept/password", "/account/reset/password", "/account/verify", "/account/t/acme/sign-in/password"} {
		form := "Token=" + secret + "&NewPassword=" + goodPassword + "&Password=hunter2hunter2&Username=ana"
		request, err := http.NewRequest("POST", "http://"+at.listen+path, strings.NewReader(form))
		require.NoError(t, err)
		request.Header = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {web.SessionCookie + "=" + secret}}
		response, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		for _, cookie := range response.Cookies() {
			session = cookie.Value
		}
	}
	require.NotEmpty(t, session, "the invitation was accepted")
	response, err := http.Get("http://" + at.listen + "/account/t/acme/sign-in?notice=%3Cscript%3E&token=" + secret)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 0, at.stop())
	assert.Contains(t, at.log.String(), `"door":"console"`)
	for _, never := range []string{secret, session, goodPassword, "hunter2"} {
		assert.NotContains(t, at.log.String(), never)
	}
}

// mailedLink waits for the one mail and gives the link in it.
func (s *shell) mailedLink(t *testing.T) *url.URL {
	t.Helper()
	var mails []string
	require.Eventually(t, func() bool {
		mails, _ = filepath.Glob(filepath.Join(s.folder, "data", "mail", "*.eml"))
		return len(mails) == 1
	}, 10*time.Second, 10*time.Millisecond)
	raw, err := os.ReadFile(mails[0])
	require.NoError(t, err)
	text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
	require.NoError(t, err)
	link, err := url.Parse(regexp.MustCompile(`https://\S+#token=\w+`).FindString(string(text)))
	require.NoError(t, err)
	return link
}
