package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential/passkeytest"
	"github.com/scimbridge/scimbridge/domain"
)

const accountRoot = "/api/v1/Account"

// ceremony is one that has begun.
type ceremony struct {
	Ticket  string
	Options json.RawMessage
}

// openedSession is what a request answers with that opens a session, or half of one.
type openedSession struct {
	SessionToken string
	PersonId     string
	MfaSatisfied bool
	Code         string
}

func decoded[T any](t *testing.T, got reply, status int) (into T) {
	t.Helper()
	require.Equal(t, status, got.status, got.body)
	require.NoError(t, json.Unmarshal([]byte(got.body), &into))
	return into
}

// begins asks for what the browser needs, with a session or without.
func (s *scene) begins(route, token string, headers ...string) ceremony {
	s.t.Helper()
	return decoded[ceremony](s.t, s.raw("POST", accountRoot+route+"/Begin", bearing(token), "", headers...), 200)
}

func bearing(token string) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token
}

// answers sends what an authenticator said.
func (s *scene) answers(route, token, ticket string, credential []byte, headers ...string) reply {
	s.t.Helper()
	name := ""
	if route == "/Passkeys" {
		name = `,"Name":"Laptop"`
	}
	return s.raw("POST", accountRoot+route, bearing(token), fmt.Sprintf(`{"Ticket":%q,"Credential":%s%s}`, ticket, credential, name), headers...)
}

const atHome = "X-Tenant: " + homeTenant

// adds gives somebody who is signed in a passkey, and the session that takes the place of the one before.
func (s *scene) adds(token string) (*passkeytest.Device, string) {
	s.t.Helper()
	key := passkeytest.New(s.t, replayBase)
	begun := s.begins("/Passkeys", token)
	return key, decoded[openedSession](s.t, s.answers("/Passkeys", token, begun.Ticket, key.Creates(s.t, begun.Options)), 201).SessionToken
}

// signsInByPasskey shows a passkey and nothing else.
func (s *scene) signsInByPasskey(key *passkeytest.Device) reply {
	s.t.Helper()
	s.wait(10 * time.Second) // for the limits of an address
	begun := s.begins("/Login/Passkey", "", atHome)
	return s.answers("/Login/Passkey", "", begun.Ticket, key.Shows(s.t, begun.Options), atHome)
}

// signsInHalf gives the right password where a passkey is still to be shown.
func (s *scene) signsInHalf(name string) string {
	s.t.Helper()
	half := decoded[openedSession](s.t, s.login(name, goodPassword), 403)
	require.Equal(s.t, "mfa_code_required", half.Code)
	require.NotEmpty(s.t, half.SessionToken)
	return half.SessionToken
}

// withPasskey is somebody new who has a passkey and is signed in.
func (s *scene) withPasskey(name, more string) (id string, key *passkeytest.Device, token string) {
	s.t.Helper()
	id = s.member(name, more)
	got := decoded[openedSession](s.t, s.login(name, goodPassword), map[bool]int{true: 201, false: 403}[more == ""])
	key, token = s.adds(got.SessionToken)
	return id, key, token
}

// TestPasskeysOverHTTP is the life of one: added, shown alone, shown after the password, renamed, removed.
func TestPasskeysOverHTTP(t *testing.T) {
	scenario(t, func(s *scene) {
		id := s.member("ana", "")
		first := decoded[openedSession](t, s.login("ana", goodPassword), 201).SessionToken
		key, token := s.adds(first)
		s.refusedBy("rest", s.raw("GET", accountRoot+"/Passkeys", bearing(first), ""), 401, "the session before has ended")
		require.NoError(s.t, s.seen.matchJSON(`{"Items":[{"PasskeyId":"{{key=uuid}}","Name":"Laptop","CreatedAt":"{{*time}}","LastUsedAt":null}]}`,
			s.raw("GET", accountRoot+"/Passkeys", bearing(token), "").body))
		one := accountRoot + "/Passkeys/" + s.seen["key"]
		assert.Equal(s.t, 204, s.raw("PATCH", one, bearing(token), `{"Name":"Phone"}`).status)
		s.refusedBy("rest", s.raw("PATCH", one, bearing(token), `{"Name":""}`), 400, "no name")
		assert.Equal(s.t, 204, s.raw("POST", accountRoot+"/Logout", bearing(token), "").status)

		alone := decoded[openedSession](t, s.signsInByPasskey(key), 201)
		assert.Equal(s.t, openedSession{alone.SessionToken, id, true, ""}, alone)
		require.NoError(s.t, s.seen.matchJSON(`{"Items":[{"Method":"Passkey","Mfa":true,"...":"..."}]}`, s.raw("GET", accountRoot+"/Sessions", bearing(alone.SessionToken), "").body))
		require.NoError(s.t, s.seen.matchJSON(`{"Items":[{"PasskeyId":"{{key}}","Name":"Phone","CreatedAt":"{{*time}}","LastUsedAt":"{{*time}}"}]}`,
			s.raw("GET", accountRoot+"/Passkeys", bearing(alone.SessionToken), "").body))

		half := s.signsInHalf("ana")
		begun := s.begins("/Mfa/Passkey", half)
		whole := decoded[openedSession](t, s.answers("/Mfa/Passkey", half, begun.Ticket, key.Shows(t, begun.Options)), 201)
		assert.True(s.t, whole.MfaSatisfied)
		s.refusedBy("rest", s.raw("POST", accountRoot+"/Mfa/Passkey/Begin", bearing(half), ""), 401, "half a session ends with the other half")
		s.refusedBy("rest", s.raw("POST", accountRoot+"/Mfa/Passkey/Begin", bearing(whole.SessionToken), ""), 403, "it was shown already")

		s.wait(16 * time.Minute)
		s.refusedBy("rest", s.raw("DELETE", one, bearing(whole.SessionToken), ""), 403, "who signed in long ago")
		fresh := decoded[openedSession](t, s.signsInByPasskey(key), 201).SessionToken
		assert.Equal(s.t, 204, s.raw("DELETE", one, bearing(fresh), "").status)
		s.refusedBy("rest", s.raw("GET", accountRoot+"/Sessions", bearing(whole.SessionToken), ""), 401, "the other sessions have ended")
		s.refusedBy("rest", s.signsInByPasskey(key), 401, "it was removed")
		assert.Equal(s.t, 201, s.login("ana", goodPassword).status, "the password is enough again")
		for _, kind := range []domain.MailKind{domain.MailPasskeyAdded, domain.MailPasskeyRemoved} {
			assert.Equal(s.t, 1, s.count("outbox WHERE kind = ? AND recipient = 'ana@example.org'", string(kind)), kind)
		}
	})
}

// TestEveryWrongPasskeyIsOneAnswer: whatever is wrong, nobody learns what.
func TestEveryWrongPasskeyIsOneAnswer(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant beta")
		_, key, _ := s.withPasskey("ana", "")
		_, other, _ := s.withPasskey("bo", "")
		answers := map[string][]string{}
		refused := func(why string, got reply) {
			s.t.Helper()
			assert.Equal(s.t, 401, got.status, why)
			assert.Contains(s.t, got.body, "invalid_credentials", why)
			answers[shape(got)] = append(answers[shape(got)], why)
		}
		for why, lie := range map[string]func(d *passkeytest.Device){
			"another origin":            func(d *passkeytest.Device) { d.Origin = "https://id.example.org.evil.example" },
			"another scheme":            func(d *passkeytest.Device) { d.Origin = "http://id.example.org" },
			"another relying party":     func(d *passkeytest.Device) { d.Party = "example.org" },
			"a person not verified":     func(d *passkeytest.Device) { d.Unverified = true },
			"another key":               func(d *passkeytest.Device) { d.Key = other.Key },
			"another person's handle":   func(d *passkeytest.Device) { d.Handle = other.Handle },
			"no handle":                 func(d *passkeytest.Device) { d.Handle = nil },
			"a credential of nobody":    func(d *passkeytest.Device) { d.ID = []byte("sixteen bytes 00") },
			"another's credential's id": func(d *passkeytest.Device) { d.ID = other.ID },
		} {
			liar := *key
			lie(&liar)
			refused(why, s.signsInByPasskey(&liar))
			key.Count = liar.Count
		}
		s.wait(time.Minute)
		one, two := s.begins("/Login/Passkey", "", atHome), s.begins("/Login/Passkey", "", atHome)
		refused("another challenge", s.answers("/Login/Passkey", "", one.Ticket, key.Shows(t, two.Options), atHome))
		refused("another tenant's ticket", s.answers("/Login/Passkey", "", two.Ticket, key.Shows(t, two.Options), "X-Tenant: beta"))
		foreign := s.begins("/Login/Passkey", "", "X-Tenant: beta")
		refused("another tenant's passkey", s.answers("/Login/Passkey", "", foreign.Ticket, key.Shows(t, foreign.Options), "X-Tenant: beta"))
		answer := key.Shows(t, two.Options)
		require.Equal(s.t, 201, s.answers("/Login/Passkey", "", two.Ticket, answer, atHome).status)
		refused("a replay", s.answers("/Login/Passkey", "", two.Ticket, answer, atHome))
		refused("no ticket", s.answers("/Login/Passkey", "", "", answer, atHome))
		refused("no credential", s.answers("/Login/Passkey", "", s.begins("/Login/Passkey", "", atHome).Ticket, []byte("null"), atHome))
		late := s.begins("/Login/Passkey", "", atHome)
		s.wait(5 * time.Minute)
		refused("too late", s.answers("/Login/Passkey", "", late.Ticket, key.Shows(t, late.Options), atHome))

		elsewhere := s.begins("/Login/Passkey", "", atHome, "Origin: https://evil.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example")
		assert.Equal(s.t, "id.example.org", passkeytest.Read(t, elsewhere.Options).RPID, "the configuration decides")

		half := s.signsInHalf("ana")
		begun := s.begins("/Mfa/Passkey", half)
		refused("another person's", s.answers("/Mfa/Passkey", half, begun.Ticket, other.Shows(t, begun.Options)))
		begun = s.begins("/Mfa/Passkey", half)
		refused("in another session", s.answers("/Mfa/Passkey", s.signsInHalf("bo"), begun.Ticket, key.Shows(t, begun.Options)))
		refused("as a sign-in of its own", s.answers("/Login/Passkey", "", begun.Ticket, key.Shows(t, begun.Options), atHome))
		s.wait(10 * time.Minute)
		token := decoded[openedSession](t, s.signsInByPasskey(key), 201).SessionToken
		begun = s.begins("/Passkeys", token)
		refused("an answer to another question", s.answers("/Passkeys", token, begun.Ticket, key.Shows(t, begun.Options)))
		begun = s.begins("/Passkeys", token)
		refused("one that somebody has", s.answers("/Passkeys", token, begun.Ticket, other.Creates(t, begun.Options)))
		assert.Len(s.t, answers, 1, "%v", answers)
	})
}

// TestACopiedPasskeyOverHTTP: one whose counter goes back opens nothing, and its person is told.
func TestACopiedPasskeyOverHTTP(t *testing.T) {
	scenario(t, func(s *scene) {
		_, key, _ := s.withPasskey("ana", "")
		copied := *key
		for range 3 {
			require.Equal(s.t, 201, s.signsInByPasskey(key).status)
		}
		s.refusedBy("rest", s.signsInByPasskey(&copied), 401, "the copy")
		s.refusedBy("rest", s.signsInByPasskey(&copied), 401, "once more")
		assert.Equal(s.t, 1, s.count("outbox WHERE kind = ? AND recipient = 'ana@example.org'", string(domain.MailPasskeySuspected)), "one mail a day")
		assert.Equal(s.t, 2, s.count("audit_event WHERE action = 'PASSKEY_SUSPECTED'"))
		require.Equal(s.t, 201, s.signsInByPasskey(key).status, "the original")
	})
}

// TestHalfASessionWithAPasskey (D13): with the password alone, where a passkey is still to be shown, every route refuses but
// those that show it or sign out; and none of those that add a factor lets anybody round it.
func TestHalfASessionWithAPasskey(t *testing.T) {
	scenario(t, func(s *scene) {
		of := s.someThings("scim", "rest")
		id, key, _ := s.withPasskey("half", `,"MfaRequired":true`)
		of["PersonId"] = id
		half := s.signsInHalf("half")
		s.untouched(func() {
			for _, r := range tokenRoutes(s.t) {
				showing := slices.Contains([]string{"/api/v1/Account/Mfa/Passkey", "/api/v1/Account/Mfa/Passkey/Begin", "/api/v1/Account/Logout"}, r.Pattern)
				if r.door != "rest" || r.Public || showing {
					continue
				}
				got := s.raw(r.Method, r.at(s.t, of), bearing(half), acceptable(r))
				assert.Contains(s.t, []int{400, 403, 404}, got.status, r.name())
			}
		})
		assert.Contains(s.t, s.raw("POST", accountRoot+"/Passkeys/Begin", bearing(half), "").body, "mfa_code_required")
		assert.Contains(s.t, s.raw("POST", accountRoot+"/Mfa/Enroll", bearing(half), "{}").body, "mfa_code_required")
		begun := s.begins("/Mfa/Passkey", half)
		assert.Equal(s.t, 201, s.answers("/Mfa/Passkey", half, begun.Ticket, key.Shows(t, begun.Options)).status)
	})
}

// TestPasskeysGoWithTheirPerson: a deactivation leaves passkeys for the return, as it leaves the password, and lets none of
// them open anything; whatever else ends the account, or its second factors, forgets them. Receipts count them as enrolments.
func TestPasskeysGoWithTheirPerson(t *testing.T) {
	for name, end := range map[string]struct{ request, body, cause string }{
		"reset":      {"POST /UserManagement/Persons/{{member}}/ResetMfa", `{}`, ""},
		"removed":    {"DELETE /UserManagement/Persons/{{member}}", "", "AccessRemoved"},
		"deleted":    {"DELETE /Common/Persons/{{member}}", "", "PersonDeleted"},
		"anonymised": {"POST /UserManagement/Anonymizations", `{"PersonId":"{{member}}"}`, "Anonymized"},
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t, func(s *scene) {
				_, key, token := s.withPasskey("ana", "")
				_, token = s.adds(token)
				begun := s.begins("/Login/Passkey", "", atHome)
				s.begins("/Passkeys", token)
				s.ask("rest", "POST /UserManagement/Persons/{{member}}/Deactivate", `{}`).gets(200, `{"...":"..."}`)
				s.refusedBy("rest", s.answers("/Login/Passkey", "", begun.Ticket, key.Shows(s.t, begun.Options), atHome), 401, "deactivated meanwhile")
				s.refusedBy("rest", s.signsInByPasskey(key), 401, "deactivated")
				s.ask("rest", "POST /UserManagement/Persons/{{member}}/Activate", `{}`).gets(200, `{"MfaEnrolled":true,"...":"..."}`)
				require.Equal(s.t, 201, s.signsInByPasskey(key).status, "active again")
				assert.Equal(s.t, 1, s.count("receipt WHERE cause = 'Deactivated' AND enrolments = 0"), "a deactivation ends none")

				if name == "deleted" { // which is for people who can't sign in
					s.ask("rest", "POST /UserManagement/Persons/{{member}}/Deactivate", `{}`).gets(200, `{"...":"..."}`)
				}
				s.ask("rest", end.request, end.body)
				require.Less(s.t, s.last.StatusCode, 300, s.body)
				s.refusedBy("rest", s.signsInByPasskey(key), 401, name)
				assert.Zero(s.t, s.count("passkey"))
				assert.Zero(s.t, s.count("passkey_challenge WHERE person_id IS NOT NULL"))
				if end.cause != "" {
					assert.Equal(s.t, 1, s.count("receipt WHERE cause = ? AND enrolments = 2", end.cause))
					return
				}
				s.ask("rest", "GET /UserManagement/Persons/{{member}}", "").gets(200, `{"MfaEnrolled":false,"...":"..."}`)
				assert.Equal(s.t, 1, s.count("outbox WHERE kind = ?", string(domain.MailMfaReset)))
				assert.Equal(s.t, 201, s.login("ana", goodPassword).status, "nothing but the password is asked for")
			})
		})
	}
}
