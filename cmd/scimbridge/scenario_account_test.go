package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// member makes somebody active with goodPassword, and gives the id.
func (s *scene) member(name, more string) string {
	s.t.Helper()
	delete(s.seen, "member")
	s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ana","LastName":"`+name+`","EmailAddresses":[{"Address":"`+name+`@example.org"}],
		"UserAccess":{"Username":"`+name+`"`+more+`}}`).gets(201, `{"PersonId":"{{member=uuid}}","...":"..."}`)
	s.given("accept " + name + "@example.org")
	return s.seen["member"]
}

// login sends a sign-in as a page would.
func (s *scene) login(name, password string, headers ...string) reply {
	s.t.Helper()
	return s.raw("POST", "/api/v1/Account/Login", "", `{"Username":"`+name+`","Password":"`+password+`"}`, append(headers, "X-Tenant: "+homeTenant)...)
}

// TestHalfASessionOpensNothing (D13): with the password alone, where a second factor is required, every route of every
// door refuses but those that enrol it or sign out.
func TestHalfASessionOpensNothing(t *testing.T) {
	scenario(t, func(s *scene) {
		of := s.someThings("scim", "rest")
		of["PersonId"] = s.member("half", `,"MfaRequired":true`)
		got := s.login("half", goodPassword)
		s.refusedBy("rest", got, 403, "login")
		require.NoError(t, s.seen.matchJSON(`{"code":"mfa_enrollment_required","SessionToken":"{{half=text}}","...":"..."}`, got.body))
		pending := 0
		s.untouched(func() {
			for _, r := range tokenRoutes(s.t) {
				if r.Public {
					continue
				}
				if r.Pending {
					pending++
					continue
				}
				got := s.raw(r.Method, r.at(s.t, of), "Bearer "+s.seen["half"], acceptable(r))
				if r.door == "scim" && strings.HasSuffix(r.Pattern, "/Me") && r.Method != http.MethodGet {
					assert.Contains(s.t, []int{403, 501}, got.status, r.name())
					continue
				}
				s.refusedBy(r.door, got, 403, r.name())
				if r.door == "rest" {
					assert.Contains(s.t, got.body, "mfa_enrollment_required", r.name())
				}
			}
		})
		assert.Equal(s.t, 7, pending)
		s.wait(16 * time.Minute)
		got = s.raw("POST", "/api/v1/Account/Mfa/Enroll", "Bearer "+s.seen["half"], `{}`)
		s.refusedBy("rest", got, 401, "it ends soon")
	})
}

// TestNobodyIsToldWhoExists (D6): unknown, wrong, without a password, deactivated and locked are one answer, and a wish for a
// reset link is one answer for all. That it is one amount of work as well is TestNobodyIsWorkMore's.
func TestNobodyIsToldWhoExists(t *testing.T) {
	scenario(t, func(s *scene) {
		people := s.kindsOfPeople()
		for route, body := range map[string]string{"Login": `{"Username":"NAME","Password":"not the password"}`, "PasswordReset/Request": `{"UsernameOrEmail":"NAME"}`} {
			seen := map[string][]string{}
			for _, name := range people {
				s.wait(10 * time.Minute) // for the limits of an address
				got := s.raw("POST", "/api/v1/Account/"+route, "", strings.ReplaceAll(body, "NAME", name), "X-Tenant: "+homeTenant)
				require.Contains(s.t, []int{202, 401}, got.status)
				seen[shape(got)] = append(seen[shape(got)], name)
			}
			assert.Len(s.t, seen, 1, "%s: %v", route, seen)
		}
	})
}

// shape is all of an answer but the request's own marks.
func shape(got reply) string {
	header := got.header.Clone()
	id := header.Get("X-Request-Id")
	header.Del("X-Request-Id")
	header.Del("Date")
	var text strings.Builder
	_ = header.Write(&text)
	return strings.ReplaceAll(text.String()+got.body, id, "ID")
}

// TestLinksComeFromTheConfiguration (D1): whatever a request says of hosts and proxies, mails hold a token and nothing
// from which a link could be led elsewhere.
func TestLinksComeFromTheConfiguration(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		for _, header := range []string{"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "X-Forwarded-Server: evil.example", "X-Forwarded-Port: 8443",
			"X-Forwarded-Prefix: /evil.example", "X-Host: evil.example", "X-Original-URL: //evil.example/", "X-Rewrite-URL: //evil.example/",
			"Forwarded: host=evil.example;proto=http", "Origin: https://evil.example", "Referer: https://evil.example/", "X-HTTP-Host-Override: evil.example"} {
			s.wait(2 * time.Minute)
			got := s.raw("POST", "/api/v1/Account/PasswordReset/Request", "", `{"UsernameOrEmail":"ana"}`, "X-Tenant: "+homeTenant, header)
			require.Equal(s.t, 202, got.status, header)
			s.given("clock +1s")
		}
		assert.Equal(s.t, 10, s.count("outbox WHERE kind = 'PasswordReset'"), "ten a day")
		for table, rows := range s.Snapshot(s.t) {
			assert.NotContains(s.t, strings.Join(rows, "\n"), "evil.example", table)
		}
	})
}

// TestTokensAreNowhereElse (D3): what opens an account is neither in the audit nor in events, the outbox or any table.
func TestTokensAreNowhereElse(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		var secrets []string
		for range 5 {
			got := s.login("ana", goodPassword, "User-Agent: "+"browser")
			require.NoError(s.t, s.seen.matchJSON(`{"SessionToken":"{{token=text}}","...":"..."}`, got.body))
			secrets = append(secrets, s.seen["token"])
			delete(s.seen, "token")
			s.wait(2 * time.Minute)
			s.ask("nobody", "POST /api/v1/Account/PasswordReset/Request", `{"UsernameOrEmail":"ana"}`, "X-Tenant: acme").gets(202, `{}`)
			s.given("clock +1s")
			secrets = append(secrets, s.mailed(domain.MailReset, "ana@example.org"))
		}
		for table, rows := range s.Snapshot(s.t) {
			content := strings.Join(rows, "\n")
			for _, secret := range append(secrets, goodPassword) {
				assert.NotContains(s.t, content, secret[4:], table)
			}
		}
	})
}

// TestSignInsNeverStarveProvisioning (D19): a crowd that signs in at once is partly sent away, at once; connectors notice
// nothing.
func TestSignInsNeverStarveProvisioning(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		s.wait(time.Hour)
		var crowd sync.WaitGroup
		statuses := make(chan int, 60)
		for range cap(statuses) {
			crowd.Go(func() {
				request, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/Account/Login", strings.NewReader(`{"Username":"`+s.t.Name()+time.Now().String()+`","Password":"x"}`))
				if !assert.NoError(s.t, err) {
					return
				}
				request.Header.Set("Content-Type", "application/json")
				request.Header.Set("X-Tenant", homeTenant)
				answer, err := http.DefaultTransport.RoundTrip(request)
				if assert.NoError(s.t, err) {
					_ = answer.Body.Close()
					if answer.StatusCode == 503 {
						assert.NotEmpty(s.t, answer.Header.Get("Retry-After"))
					}
					statuses <- answer.StatusCode
				}
			})
		}
		for range 10 {
			s.ask("scim", `GET /Users?filter=userName eq "ana"`, "").gets(200, `{"totalResults":1,"...":"..."}`)
		}
		crowd.Wait()
		close(statuses)
		count := map[int]int{}
		for status := range statuses {
			count[status]++
		}
		assert.Positive(s.t, count[401], count)
		assert.Positive(s.t, count[503], count)
		assert.Zero(s.t, count[500]+count[201], count)
	})
}

// TestAllSignInsShareProcessors (D19): while those of sign-ins are taken, passwords and messages of identity providers wait,
// and connectors do not.
func TestAllSignInsShareProcessors(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		idp := s.trustsProvider()
		s.member("ana", "")
		idp.knows("ana", "ana@example.org")
		came := idp.visits("ana", "")
		taken, free := make(chan struct{}), make(chan struct{})
		work := s.processors.Places(s.processors.Count())
		for range s.processors.Count() {
			go func() { _ = work.Do(s.t.Context(), func() error { taken <- struct{}{}; <-free; return nil }) }()
			<-taken
		}
		statuses := make(chan int, 2)
		go func() { statuses <- came.posts(s.t, s.url).StatusCode }()
		go func() { statuses <- s.login("ana", goodPassword).status }()
		time.Sleep(300 * time.Millisecond) // several times as long as either takes
		assert.Empty(s.t, statuses, "did not wait for its turn")
		s.ask("scim", `GET /Users?filter=userName eq "ana"`, "").gets(200, `{"totalResults":1,"...":"..."}`)
		close(free)
		assert.ElementsMatch(s.t, []int{303, 201}, []int{<-statuses, <-statuses})
	})
}

// TestSignInIsLimitedByName (D18): tries at one name are limited, whether it exists or not, and so is what is read of them.
func TestSignInIsLimitedByName(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("ana", "")
		codes := map[int]int{}
		for range 25 {
			codes[s.login("nobody", "x").status]++
			s.wait(time.Second) // for the address
		}
		assert.Positive(s.t, codes[401])
		assert.Positive(s.t, codes[429])
		assert.Equal(s.t, 25, codes[401]+codes[429])
		s.wait(10 * time.Minute)
		assert.Equal(s.t, 201, s.login("ana", goodPassword).status)
		large := s.raw("POST", "/api/v1/Account/Login", "", `{"Username":"`+strings.Repeat("x", 16<<10)+`"}`, "X-Tenant: "+homeTenant)
		assert.Equal(s.t, 413, large.status)
	})
}
