package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestAnAccountByKeyboard: from the link in the mail to the day when somebody leaves, in a real browser and without a mouse.
func TestAnAccountByKeyboard(t *testing.T) {
	t.Parallel()
	s := &scene{player: newPlayer(t, databases[0].open)}
	s.given("caller rest rest permissions=all")
	b := s.browser(t)
	s.ask("scim", "POST /Users", `{"userName":"ana@example.org","name":{"givenName":"Ana","familyName":"Silva"},"emails":[{"value":"ana@example.org","primary":true}]}`).gets(201, `{"id":"{{ana=uuid}}","...":"..."}`)
	s.ask("rest", "PATCH /UserManagement/Persons/{{ana}}", `{"MfaRequired":true}`).gets(200, `{"...":"..."}`)

	b.opens("/account/accept#token=" + s.invitation("ana@example.org"))
	b.sees("Welcome, Ana Silva")
	assert.NotContains(t, asks[string](b, `location.href + performance.getEntriesByType('navigation').map(e => e.name)`), "token", "it has left the address")
	b.fills("New password", "password1")
	b.activates("Accept and sign in")
	b.sees("Welcome, Ana Silva", "#problem")
	assert.Equal(t, "problem", asks[string](b, `document.activeElement.id`), "what went wrong is read first")
	assert.Equal(t, "problem NewPassword-help", asks[string](b, `document.getElementById('NewPassword').getAttribute('aria-describedby')`))
	b.fills("New password", goodPassword)
	b.activates("Accept and sign in")

	b.sees("Second factor")
	b.activates("Set up authenticator")
	b.sees("Set up your authenticator")
	secret := strings.ReplaceAll(asks[string](b, `document.getElementById('secret').innerText`), " ", "")
	require.Regexp(t, `^[A-Z2-7]{32}$`, secret)
	assert.True(t, asks[bool](b, `document.querySelector('svg.code path').getBBox().width > 25`), "there is a picture to scan")
	b.fills("Code", "000000")
	b.activates("Confirm")
	b.sees("Set up your authenticator", "#problem")
	assert.Empty(t, regexp.MustCompile(secret[:4]).FindString(asks[string](b, `document.body.innerHTML`)), "it is shown once")
	b.fills("Code", s.codeNow(secret))
	b.activates("Confirm")
	b.sees("Keep your recovery codes")
	codes := strings.Fields(asks[string](b, `document.getElementById('codes').innerText`))
	require.Len(t, codes, 10)
	b.activates("I have kept them")
	b.sees("Your account")
	assert.Contains(t, asks[string](b, `document.body.innerText`), "ana@example.org")
	b.activates("Sign out")

	s.wait(time.Minute)
	b.sees("Sign in")
	b.fills("Username", "ana@example.org\r")
	b.sees("Enter your password")
	b.fills("Password", "not this one")
	b.activates("Sign in")
	b.sees("Enter your password", "#problem")
	assert.Contains(t, asks[string](b, `document.getElementById('problem').innerText`), "or the account can't be used")
	b.fills("Password", goodPassword+"\r")
	b.sees("Enter your code")
	b.fills("Code", s.codeNow(secret)+"\r")
	b.sees("Your account")
	b.activates("Sign out")
	b.sees("Sign in")
	b.fills("Username", "ana@example.org\r")
	b.sees("Enter your password")
	b.fills("Password", goodPassword+"\r")
	b.sees("Enter your code")
	b.fills("Code", codes[3]+"\r")
	b.sees("Your account")
	assert.Contains(t, asks[string](b, `document.body.innerText`), "Recovery codes left: 9")

	other := s.someSessionWith(t, "ana@example.org", codes[4])
	b.activates("Show sessions")
	b.sees("Where you are signed in")
	assert.NotContains(t, asks[string](b, `document.querySelector('time').innerText`), "UTC", "times are the reader's")
	b.activates("End all others")
	b.sees("Where you are signed in", ".notice")
	s.leads(s.page(other, home), home+"/sign-in", "ended")
	b.activates("Password")
	b.sees("Change password")
	b.fills("Present password", goodPassword)
	b.fills("New password", anotherGoodPassword)
	b.reaches("Show: New password")
	b.presses(" ")
	assert.Equal(t, "text", asks[string](b, `document.getElementById('NewPassword').type`))
	b.activates("Change password")
	b.sees("Your account")
	b.activates("Change authenticator")
	b.sees("Second factor")

	s.ask("scim", "PATCH /Users/{{ana}}", patchOp("Replace", "active", `"False"`)).gets(200, `{"active":false,"...":"..."}`)
	b.activates("Overview")
	b.sees("Sign in")
	s.keptSecrets()
}

// someSessionWith is a session of the same person in another browser.
func (s *scene) someSessionWith(t *testing.T, name, code string) string {
	t.Helper()
	from, err := s.home(domain.DoorSelf, nil)
	require.NoError(t, err)
	opened, err := s.engine.Account.SignIn(t.Context(), from, domain.SignIn{Name: name, Password: goodPassword, Code: code,
		Client: "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"})
	require.NoError(t, err)
	return opened.Token
}

// TestForgettingByKeyboard: a forgotten password, signing up and proving an address, and what a stranger meets.
func TestForgettingByKeyboard(t *testing.T) {
	t.Parallel()
	s := &scene{player: newPlayer(t, databases[0].open)}
	s.given("caller rest rest permissions=all", "tenant SelfSignUp=On")
	b := s.browser(t)
	s.member("eva", "")

	b.opens(home)
	b.sees("Sign in")
	b.activates("Create an account")
	b.sees("Create an account")
	b.fills("First name", "Ana")
	b.fills("Last name", "Silva")
	b.fills("E-mail address", "ana@example.org")
	b.fills("New password", goodPassword)
	b.activates("Create account")
	b.sees("Look into your mail")
	s.given("clock +1s")
	b.opens("/account/verify#token=" + s.mailed(domain.MailVerifyEmail, "ana@example.org"))
	b.sees("Prove your e-mail address")
	assert.NotContains(t, asks[string](b, `location.href`), "token")
	b.activates("Verify my address")
	b.sees("Sign in")

	b.fills("Username", "eva\r")
	b.sees("Enter your password")
	b.activates("Forgotten your password?")
	b.sees("Forgotten your password?", "form[action$=forgot]")
	b.fills("Username", "eva@example.org\r")
	b.sees("Look into your mail")
	s.given("clock +1s")
	link := "/account/reset#token=" + s.mailed(domain.MailReset, "eva@example.org")
	b.opens(link)
	b.sees("Choose a new password", "#NewPassword")
	b.fills("New password", anotherGoodPassword+"\r")
	b.sees("Sign in")
	b.fills("Username", "eva\r")
	b.sees("Enter your password")
	b.fills("Password", anotherGoodPassword+"\r")
	b.sees("Your account")

	b.opens(link)
	b.sees("Choose a new password", "#problem")
	assert.Contains(t, asks[string](b, `document.getElementById('problem').innerText`), "The link is not valid any more")
	b.opens("/account/t/nobody/sign-in")
	b.sees("This did not work")
}

// TestNamesAreText (F5): whatever people and tenants are called, no page runs it.
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	s := &scene{player: newPlayer(t, databases[0].open)}
	s.given("caller rest rest permissions=all", "tenant SelfSignUp=On")
	b := s.browser(t)
	const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script></title><svg onload=alert(3)>`
	_, err := s.Raw.Exec(`UPDATE tenant SET name = ?`, hostile)
	require.NoError(t, err)
	quoted, err := json.Marshal(hostile)
	require.NoError(t, err)
	s.ask("rest", "POST /Common/Persons", `{"FirstName":`+string(quoted)+`,"LastName":"'';alert(4)//","EmailAddresses":[{"Address":"eva@example.org"}],"UserAccess":{"Username":"eva"}}`).gets(201, `{"...":"..."}`)
	b.opens("/account/accept#token=" + s.invitation("eva@example.org"))
	b.sees("Welcome, " + hostile)
	b.fills("New password", goodPassword+"\r")
	b.sees("Your account")
	for _, page := range []string{"", "/password", "/authenticator", "/sessions", "/sign-in", "/sign-up", "/forgot", "/sign-in?notice=<script>alert(5)</script>"} {
		b.opens(home + page)
		assert.Contains(t, asks[string](b, `document.body.innerText`), hostile, page)
		assert.Zero(t, asks[int](b, `document.images.length + document.querySelectorAll('script:not([src])').length`), page)
	}
	b.fills("Username", hostile+"\r")
	b.sees("Enter your password")
	b.fills("Password", "x\r")
	b.sees("Enter your password", "#problem")
	assert.Contains(t, asks[string](b, `document.body.innerText`), hostile)
}

// TestPagesWithoutAScript: what truly needs none works without.
func TestPagesWithoutAScript(t *testing.T) {
	t.Parallel()
	s := &scene{player: newPlayer(t, databases[0].open)}
	s.given("caller rest rest permissions=all")
	b := s.browser(t)
	s.ask("rest", "POST /Common/Persons", `{"FirstName":"Eva","LastName":"Lima","EmailAddresses":[{"Address":"eva@example.org"}],"UserAccess":{"Username":"eva"}}`).gets(201, `{"...":"..."}`)
	token := s.invitation("eva@example.org")
	b.withoutScripts()
	b.opens("/account/accept")
	b.sees("Accept your invitation")
	b.fills("Link from the mail", "https://id.example.org/account/accept#token="+token+"\r")
	b.sees("Welcome, Eva Lima")
	b.fills("New password", goodPassword+"\r")
	b.sees("Your account", ".notice")
	b.activates("Set up authenticator")
	b.sees("Second factor")
	b.activates("Set up authenticator")
	b.sees("Set up your authenticator")
	secret := strings.ReplaceAll(asks[string](b, `document.getElementById('secret').innerText`), " ", "")
	b.fills("Code", s.codeNow(secret)+"\r")
	b.sees("Keep your recovery codes")
	b.activates("I have kept them")
	b.sees("Your account")
	b.activates("Sign out")
	b.sees("Sign in", ".notice")
}
