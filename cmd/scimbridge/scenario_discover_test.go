package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// proves makes the home tenant prove the domain, which leads to its provider.
func (s *scene) proves(name string) {
	s.t.Helper()
	s.ask("rest", "POST /Administration/Domains", `{"Domain":"`+name+`"}`).gets(201, `{"Record":"{{record=text}}","Text":"{{proof=text}}","...":"..."}`)
	s.given("dns {{record}} {{proof}}")
	s.ask("rest", "POST /Administration/Domains/"+name+"/Verify", "").gets(200, `{"Domain":"`+name+`","...":"..."}`)
}

// kindsOfPeople makes somebody of each kind that a visitor must not tell from the others, and gives their usernames; each
// has the address of the username at example.org. The last one is nobody.
func (s *scene) kindsOfPeople() []string {
	s.t.Helper()
	s.given("tenant sso=on")
	s.member("known", "")
	s.member("locked", "")
	s.given("lock locked")
	s.seen["gone"] = s.member("gone", "")
	s.ask("rest", "POST /UserManagement/Persons/{{gone}}/Deactivate", `{}`).gets(200, `{"...":"..."}`)
	s.ask("rest", "POST /Common/Persons", `{"FirstName":"A","LastName":"B","EmailAddresses":[{"Address":"waiting@example.org"}],"UserAccess":{"Username":"waiting"}}`).gets(201, `{"...":"..."}`)
	s.ask("rest", "POST /Common/Persons", `{"FirstName":"A","LastName":"B","EmailAddresses":[{"Address":"federated@example.org"}],"ExternalLoginUsername":"federated","UserAccess":{"Username":"federated","SendInvitation":false}}`).gets(201, `{"...":"..."}`)
	s.given("tenant beta", "caller theirs rest tenant=beta permissions=all")
	s.ask("theirs", "POST /Common/Persons", `{"FirstName":"A","LastName":"B","EmailAddresses":[{"Address":"foreign@example.org"}],"UserAccess":{"Username":"foreign","SendInvitation":false}}`).gets(201, `{"...":"..."}`)
	return []string{"known", "locked", "gone", "waiting", "federated", "foreign", "nobody"}
}

// TestDiscoveryTellsNobodyWhoExists (D6): how somebody signs in is one answer, to the byte, for people of every kind and for
// nobody, and no trace is left of who asked for whom.
func TestDiscoveryTellsNobodyWhoExists(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		s.trustsProvider()
		people := s.kindsOfPeople()
		same := func(want, domain string) {
			s.t.Helper()
			seen := map[string][]string{}
			for _, name := range people {
				s.wait(time.Minute) // for the limits of an address
				got := s.raw("POST", "/api/v1/Account/Discover", "", `{"Username":"`+name+domain+`"}`, "X-Tenant: "+homeTenant)
				require.Equal(s.t, 200, got.status, got.body)
				assert.Equal(s.t, want, got.body, name+domain)
				seen[shape(got)] = append(seen[shape(got)], name)
			}
			assert.Len(s.t, seen, 1, "%s: %v", domain, seen)
		}
		const byPassword = `{"Method":"Password","LoginUrl":null}`
		const atProvider = `{"Method":"Sso","LoginUrl":"` + replayBase + ssoAt + `/login?ReturnTo=%2Faccount%2Ft%2Facme"}`
		s.untouched(func() {
			same(byPassword, "")
			same(byPassword, "@example.org")
		})
		s.proves("example.org")
		s.untouched(func() {
			same(byPassword, "")
			same(atProvider, "@example.org")
			same(byPassword, "@example.net")
		})
		s.given("tenant PasswordLogin=DisabledWhenSso")
		s.untouched(func() {
			same(atProvider, "")
			same(atProvider, "@example.org")
			same(atProvider, "@example.net")
		})
	})
}

// TestDiscoveryIsLimited (D18): whoever asks much is sent away for a while, by the address and by the name, whether or not
// there is such a person.
func TestDiscoveryIsLimited(t *testing.T) {
	scenario(t, func(s *scene) {
		s.member("known", "")
		for _, name := range []string{"known@example.org", "nobody@example.org"} {
			codes := map[int]int{}
			for range 25 {
				codes[s.raw("POST", "/api/v1/Account/Discover", "", `{"Username":"`+name+`"}`, "X-Tenant: "+homeTenant).status]++
				s.wait(time.Second)
			}
			assert.Equal(s.t, map[int]int{200: 22, 429: 3}, codes, name)
		}
	})
}
