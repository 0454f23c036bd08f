package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// home is where the pages of the home tenant begin.
const home = "/account/t/" + homeTenant

// ownSite is what a browser says of a form of ours.
const ownSite = "Sec-Fetch-Site: same-origin"

// page asks for a page with a session, "" for none. A form makes it a POST.
func (s *scene) page(session, path string, form ...string) reply {
	s.t.Helper()
	return s.pageAs(session, path, []string{ownSite}, form...)
}

func (s *scene) pageAs(session, path string, headers []string, form ...string) reply {
	s.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		values := url.Values{}
		for i := 0; i+1 < len(form); i += 2 {
			values.Set(form[i], form[i+1])
		}
		method, body = http.MethodPost, values.Encode()
	}
	return s.browse(method, path, session, body, headers...)
}

// browse sends a request as a browser does.
func (s *scene) browse(method, path, session, body string, headers ...string) reply {
	s.t.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if method != http.MethodGet && method != http.MethodHead {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	if session != "" {
		request.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: session})
	}
	return s.receives(request)
}

// leads demands that the browser is sent elsewhere.
func (s *scene) leads(got reply, to, why string) {
	s.t.Helper()
	assert.Equal(s.t, 303, got.status, "%s: %s", why, got.body)
	at, _, _ := strings.Cut(got.header.Get("Location"), "?")
	assert.Equal(s.t, to, at, why)
}

// someSession is the token of a session of somebody at the home tenant.
func (s *scene) someSession(name string) string {
	s.t.Helper()
	got := s.login(name, goodPassword)
	require.NoError(s.t, s.seen.matchJSON(`{"SessionToken":"{{*text}}","...":"..."}`, got.body), got.body)
	_, rest, _ := strings.Cut(got.body, `"SessionToken":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// ofPages are what the variables of pages stand for.
func ofPages() things {
	return things{"Tenant": homeTenant, "SessionId": uuid.NewString(), "PasskeyId": uuid.NewString()}
}

// TestPagesAreForSessions asks for every page with what is no session at this tenant: each leads to sign-in, and nothing
// changes. Half a session leads to the second factor, but for what is about that.
func TestPagesAreForSessions(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant beta", "caller beta-rest rest tenant=beta permissions=all", "tenant sso=on")
		outsiders := s.outsiders()
		s.member("half", `,"MfaRequired":true`)
		require.NoError(s.t, s.seen.matchJSON(`{"SessionToken":"{{half=text}}","...":"..."}`, s.login("half", goodPassword).body))
		s.ask("beta-rest", "POST /Common/Persons", `{"FirstName":"A","LastName":"B","EmailAddresses":[{"Address":"b@example.org"}],"UserAccess":{"Username":"b"}}`).gets(201, `{"...":"..."}`)
		s.given("clock +1s")
		token := s.mailed(domain.MailInvitation, "b@example.org")
		_, err := s.engine.Account.AcceptInvitation(t.Context(), domain.Caller{}, token, goodPassword)
		require.NoError(s.t, err)
		foreign, err := s.engine.Account.Visitor(t.Context(), "beta")
		require.NoError(s.t, err)
		opened, err := s.engine.Account.SignIn(t.Context(), foreign, domain.SignIn{Name: "b", Password: goodPassword})
		require.NoError(s.t, err)
		outsiders["another tenant's session"] = "Bearer " + opened.Token
		outsiders["a connector's token"], outsiders["an integrator's token"] = s.callers["scim"].authorization, s.callers["rest"].authorization
		pending := 0
		s.untouched(func() {
			for _, r := range pageRoutes(t) {
				path := r.at(t, ofPages())
				if r.Public {
					if r.Method == http.MethodGet {
						open := map[bool]int{true: 403, false: 200}[strings.HasSuffix(path, "/sign-up")] // it is off
						assert.Equal(s.t, open, s.browse(r.Method, path, "", "").status, r.name())
					}
					continue
				}
				require.True(s.t, r.Session, r.name())
				for why, authorization := range outsiders {
					token := strings.TrimPrefix(authorization, "Bearer ")
					s.leads(s.browse(r.Method, path, strings.TrimSpace(token), "", ownSite), home+"/sign-in", why+": "+r.name())
					s.leads(s.browse(r.Method, path, "", "", ownSite, "Authorization: "+authorization), home+"/sign-in", why+" in the header: "+r.name())
				}
				if r.Pending {
					pending++
					continue
				}
				s.leads(s.browse(r.Method, path, s.seen["half"], "", ownSite), home+"/sign-in/code", "half a session: "+r.name())
			}
		})
		assert.Equal(s.t, 11, pending)
	})
}

// TestPagesRefuseOtherSites (D17): every form that another site, a sandbox, a sub-domain or a client that says nothing of
// where it comes from sends is refused, with a live session, and nothing changes.
func TestPagesRefuseOtherSites(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		session := s.someSession("ana")
		s.untouched(func() {
			for _, r := range pageRoutes(t) {
				if r.Method == http.MethodGet {
					continue
				}
				for _, header := range []string{"", "Origin: https://evil.example", "Origin: null", "Origin: https://evil.id.example.org", "Origin: https://id.example.org.evil.example",
					"Origin: http://id.example.org", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"} {
					headers := []string{header}
					if header == "" {
						headers = nil
					}
					got := s.browse(r.Method, r.at(t, ofPages()), session, "Username=ana&Password="+goodPassword+"&NewPassword="+goodPassword, headers...)
					assert.Equal(s.t, 403, got.status, "%s: %s", header, r.name())
					assert.Empty(s.t, got.header.Values("Set-Cookie"), r.name())
				}
			}
		})
		got := s.pageAs(session, home+"/sign-out", []string{"Origin: https://id.example.org"}, "")
		s.leads(got, home+"/sign-in", "the configured origin is ours, whatever a proxy made of the host")
	})
}

// TestPagesKeepToThemselves: the headers of every page and redirect, also of errors; every cookie has every flag; a GET changes
// nothing, whoever asks, and no token is in what comes back.
func TestPagesKeepToThemselves(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		session := s.someSession("ana")
		nonces := map[string]bool{}
		s.untouched(func() {
			for _, r := range pageRoutes(t) {
				for _, method := range []string{r.Method, http.MethodHead, http.MethodDelete, http.MethodPut, http.MethodOptions} {
					if r.Method != http.MethodGet && method == r.Method {
						continue // what a POST does has its own tests
					}
					for _, token := range []string{"", session, "nonsense"} {
						got := s.browse(method, r.at(t, ofPages()), token, "", ownSite)
						s.keepsToItself(got, r.name())
						if _, nonce, found := strings.Cut(got.header.Get("Content-Security-Policy"), "'nonce-"); found {
							nonce, _, _ = strings.Cut(nonce, "'")
							assert.Len(s.t, nonce, 24)
							assert.False(s.t, nonces[nonce], "a nonce is used once")
							nonces[nonce] = true
						}
					}
				}
			}
		})
		s.keepsToItself(s.page("", "/account/nowhere"), "an unknown page")
		s.keepsToItself(s.page("", "/account/t/nobody/sign-in"), "an unknown tenant")
		assert.Equal(s.t, 404, s.page("", "/account/t/nobody/sign-in").status)
		assert.Equal(s.t, 415, s.browse("POST", home+"/sign-in", "", `{}`, ownSite, "Content-Type: application/json").status)
		assert.Equal(s.t, 413, s.page("", home+"/sign-in", "Username", strings.Repeat("x", 17<<10)).status)
		assert.Equal(s.t, 400, s.browse("POST", home+"/forgot", "", "Username=ana&Username=eva", ownSite).status, "one name, not two")
	})
}

func (s *scene) keepsToItself(got reply, why string) {
	s.t.Helper()
	header := got.header
	assert.Equal(s.t, "nosniff", header.Get("X-Content-Type-Options"), why)
	assert.Equal(s.t, "no-referrer", header.Get("Referrer-Policy"), why)
	assert.Equal(s.t, "max-age=31536000", header.Get("Strict-Transport-Security"), why)
	policy := header.Get("Content-Security-Policy")
	assert.Contains(s.t, policy, "default-src 'none'", why)
	assert.Contains(s.t, policy, "frame-ancestors 'none'", why)
	assert.NotContains(s.t, policy, "unsafe", why)
	if strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		assert.Equal(s.t, "no-store", header.Get("Cache-Control"), why)
		assert.Equal(s.t, "same-origin", header.Get("Cross-Origin-Opener-Policy"), why)
		assert.NotContains(s.t, got.body, " style=", why)
		assert.NotContains(s.t, got.body, "<style", why)
		assert.NotRegexp(s.t, ` on[a-z]+=|javascript:|https?://`, strings.ReplaceAll(got.body, "http://www.w3.org/2000/svg", ""), why)
	}
	for _, cookie := range header.Values("Set-Cookie") {
		for _, flag := range []string{"__Host-", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"} {
			assert.Contains(s.t, cookie, flag, why)
		}
		assert.NotContains(s.t, cookie, "Domain", why)
	}
}

// TestPagesCountAsTheyAreSpelled: a path in any other spelling is none.
func TestPagesCountAsTheyAreSpelled(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		session := s.someSession("ana")
		for _, r := range pageRoutes(t) {
			rest, _ := strings.CutPrefix(r.at(t, ofPages()), "/account")
			for spelling, spell := range spellings {
				if spelling == "absolute form" { // names the host that the request is for
					continue
				}
				got := s.raw(r.Method, spell("/account", rest), "", "", ownSite, "Cookie: "+web.SessionCookie+"="+session)
				assert.Contains(s.t, []int{400, 404, 405}, got.status, "%s: %s %s", spelling, r.Method, r.Pattern)
				assert.Empty(s.t, got.header.Get("Location"), spelling)
			}
		}
	})
}

var nonceMark = regexp.MustCompile(`nonce="[^"]*"`)

// TestPagesTellNobodyWhoExists (D6): the pages for a wrong password, and those for a forgotten one, are the same for
// everybody.
func TestPagesTellNobodyWhoExists(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("known", "")
		s.member("locked", "")
		s.given("lock locked")
		s.seen["gone"] = s.member("gone", "")
		s.ask("rest", "POST /UserManagement/Persons/{{gone}}/Deactivate", `{}`).gets(200, `{"...":"..."}`)
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"A","LastName":"B","EmailAddresses":[{"Address":"waiting@example.org"}],"UserAccess":{"Username":"waiting"}}`)
		for _, page := range []string{"/sign-in", "/sign-in/password", "/forgot"} {
			seen := map[string][]string{}
			for _, name := range []string{"known", "locked", "gone", "waiting", "nobody"} {
				s.wait(10 * time.Minute) // for the limits of an address
				got := s.page("", home+page, "Username", name, "Password", "not the password")
				got.header.Del("Content-Security-Policy")
				got.header.Del("Content-Length") // names differ in length
				shown := nonceMark.ReplaceAllString(strings.ReplaceAll(shape(got), name, "NAME"), "NONCE")
				seen[shown] = append(seen[shown], name)
			}
			assert.Len(s.t, seen, 1, "%s: %v", page, seen)
		}
	})
}
