package main

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/journal"
	"github.com/scimbridge/scimbridge/web"
)

// work is what an answer costs: times can't be compared on a busy machine, but what is done can.
type work struct {
	hashes     int // of passwords, which take longer than all else
	statements []string
}

// sum is how much work it was, of each kind.
func (w work) sum() map[string]int {
	sum := map[string]int{"hashes": w.hashes}
	for _, text := range w.statements {
		verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
		if verb != "SELECT" {
			verb = "change"
		}
		sum[verb]++
	}
	return sum
}

// scale is a server on the database of a scene that weighs what its answers cost. Nothing else happens at the same time.
type scale struct {
	*scene
	doors []web.Door
	mu    sync.Mutex
	spent work
}

// weighs starts such a server.
func (s *scene) weighs() *scale {
	s.t.Helper()
	c := &scale{scene: s}
	db := s.DB.Watched(func(text string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.spent.statements = append(c.spent.statements, text)
	})
	engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: credential.NewSecrets(s.sealer), Passwords: &weighedPasswords{credential.NewPasswords(domain.NewProcessors(1)), c},
		Authenticator: credential.Totp{}, Clock: s.now, Resolver: &s.dns})
	signer := credential.NewSigner(db, s.sealer, s.now)
	c.doors = doors(engine, newFeed(engine, signer, replayBase, nil), journal.New(engine.Base()), signer, replayBase, nil, nil)
	return c
}

// weighedPasswords counts the hashes that are made and compared.
type weighedPasswords struct {
	domain.Passwords
	scale *scale
}

func (p *weighedPasswords) hashed() {
	p.scale.mu.Lock()
	defer p.scale.mu.Unlock()
	p.scale.spent.hashes++
}

// Hash implements domain.Passwords.
func (p *weighedPasswords) Hash(ctx context.Context, password string) (string, error) {
	p.hashed()
	return p.Passwords.Hash(ctx, password)
}

// Verify implements domain.Passwords.
func (p *weighedPasswords) Verify(ctx context.Context, password, stored string) (bool, bool, error) {
	p.hashed()
	return p.Passwords.Verify(ctx, password, stored)
}

// costs sends a request and tells what came back and what that cost.
func (c *scale) costs(method, target, authorization, body string) (int, work) {
	c.t.Helper()
	request := httptest.NewRequest(method, encodeTarget(target), strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	} else {
		request.Header.Set("X-Tenant", homeTenant)
	}
	c.mu.Lock()
	c.spent = work{}
	c.mu.Unlock()
	answer := httptest.NewRecorder()
	for _, door := range c.doors {
		if strings.HasPrefix(target, door.Prefix+"/") {
			door.Handler.ServeHTTP(answer, request)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return answer.Code, c.spent
}

// TestNobodyIsWorkMore (D6): to refuse a sign-in, to take a wish for a link and to tell how somebody signs in is the same
// work for people of every kind and for nobody: as many hashes, statements that ask and statements that change.
func TestNobodyIsWorkMore(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		s.trustsProvider()
		s.proves("example.org")
		people := s.kindsOfPeople()
		c := s.weighs()
		for route, request := range map[string]struct {
			body   string
			status int
			want   map[string]int // of what is most of the work
		}{
			"Login":                 {`{"Username":"NAME","Password":"not the password"}`, 401, map[string]int{"hashes": 1, "change": 2}},
			"PasswordReset/Request": {`{"UsernameOrEmail":"NAME"}`, 202, map[string]int{"hashes": 0, "change": 1}},
			"Discover":              {`{"Username":"NAME"}`, 200, map[string]int{"hashes": 0, "change": 0}},
		} {
			for _, at := range []string{"", "@example.org", "@example.net"} {
				var want map[string]int
				for _, name := range people {
					s.wait(20 * time.Minute) // for limits and locks
					if name == "locked" {
						s.given("lock locked")
					}
					status, spent := c.costs("POST", "/api/v1/Account/"+route, "", strings.ReplaceAll(request.body, "NAME", name+at))
					require.Equal(s.t, request.status, status, route)
					if want == nil {
						want = spent.sum()
						assert.Equal(s.t, request.want, map[string]int{"hashes": want["hashes"], "change": want["change"]}, route)
						assert.Positive(s.t, want["SELECT"], route)
					}
					assert.Equal(s.t, want, spent.sum(), "%s %s%s: %q", route, name, at, spent.statements)
				}
			}
		}
		for name, password := range map[string]string{"gone": goodPassword, "nobody": goodPassword} { // also with the right password
			s.wait(20 * time.Minute)
			status, spent := c.costs("POST", "/api/v1/Account/Login", "", `{"Username":"`+name+`","Password":"`+password+`"}`)
			require.Equal(s.t, 401, status)
			sum := spent.sum()
			assert.Equal(s.t, []int{1, 2}, []int{sum["hashes"], sum["change"]}, "%s: %q", name, spent.statements)
		}
	})
}

// TestDeadLinksAreOneWork (D6): a link that was used, replaced or is too old, or whose person was deactivated, is refused by the
// same work, and no password is hashed for it.
func TestDeadLinksAreOneWork(t *testing.T) {
	scenario(t, func(s *scene) {
		links := map[string]string{}
		for _, kind := range []string{"used", "replaced", "deactivated", "expired"} {
			s.ask("rest", "POST /Common/Persons", `{"FirstName":"A","LastName":"B","EmailAddresses":[{"Address":"`+kind+`@example.org"}],"UserAccess":{"Username":"`+kind+`"}}`).gets(201, `{"PersonId":"{{`+kind+`=uuid}}","...":"..."}`)
			links[kind] = s.mailed(domain.MailInvitation, kind+"@example.org")
		}
		s.given("accept used@example.org", "clock +2m")
		s.ask("rest", "POST /UserManagement/Persons/{{replaced}}/ResendInvitation", `{}`).gets(202, `{"...":"..."}`)
		s.ask("rest", "POST /UserManagement/Persons/{{deactivated}}/Deactivate", `{}`).gets(200, `{"...":"..."}`)
		s.given("clock +200h")
		c := s.weighs()
		var want map[string]int
		for kind, token := range links {
			s.wait(time.Minute)
			status, spent := c.costs("POST", "/api/v1/Account/Invitations/Accept", "", `{"Token":"`+token+`","NewPassword":"`+goodPassword+`"}`)
			require.Equal(s.t, 400, status, kind)
			if want == nil {
				want = spent.sum()
			}
			assert.Zero(s.t, want["hashes"]+want["change"], "%s: %q", kind, spent.statements)
			assert.Equal(s.t, want, spent.sum(), "%s: %q", kind, spent.statements)
		}
	})
}

// TestForeignIdsAreOneWork (E1): for an id of another tenant in the path the very statements are run that are run for an id
// that never was, through every route.
func TestForeignIdsAreOneWork(t *testing.T) {
	scenario(t, func(s *scene) {
		x := s.twin()
		c := s.weighs()
		weigh := func(p place, of things) (int, []string) {
			target, body := x.filled(p, of)
			status, spent := c.costs(p.method, target, s.callers[p.door].authorization, body)
			return status, spent.statements
		}
		weighed := 0
		for _, p := range x.pathPlaces() {
			if len(p.headers) > 0 {
				continue
			}
			status, want := weigh(p, x.nobody())
			for range 3 { // what is remembered of callers and tenants is asked for once
				status, want = weigh(p, x.nobody())
			}
			foreign, got := weigh(p, x.theirs)
			assert.Equal(s.t, status, foreign, "%s %s", p.method, p.target)
			assert.Equal(s.t, want, got, "%s %s", p.method, p.target)
			if len(want) > 0 {
				weighed++
			}
		}
		assert.Greater(s.t, weighed, 50)
	})
}
