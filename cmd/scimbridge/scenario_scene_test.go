package main

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// scene is a story told in Go: the whole server with a tenant acme, its connector "scim" and its integrator "rest".
type scene struct {
	*player
	answered strings.Builder // all bodies and headers that came back
}

// scenario plays an acceptance scenario of the design on each database.
func scenario(t *testing.T, play func(s *scene)) {
	t.Helper()
	t.Parallel()
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			t.Parallel()
			s := &scene{player: newPlayer(t, database.open)}
			s.given("caller rest rest permissions=all") // so that no route is closed to it
			play(s)
			s.keptSecrets()
		})
	}
}

// given does acts of the world; see testdata/README.md.
func (s *scene) given(words ...string) {
	s.t.Helper()
	for _, line := range words {
		s.step('!', line, "")
	}
}

// ask sends a request, such as "rest", "GET /Common/Persons"; headers are written "Name: value".
func (s *scene) ask(who, request, body string, headers ...string) *scene {
	s.t.Helper()
	s.step('>', who+" "+request, body, headers...)
	fmt.Fprintln(&s.answered, s.last.Header, s.body)
	return s
}

// gets demands an answer; the pattern is that of stories.
func (s *scene) gets(status int, pattern string, headers ...string) *scene {
	s.t.Helper()
	s.step('<', fmt.Sprint(status), pattern, headers...)
	return s
}

// refused demands an error of the native API with the code, or one of SCIM with the scimType, "" for none.
func (s *scene) refused(status int, code string) *scene {
	s.t.Helper()
	if strings.HasPrefix(s.last.Header.Get("Content-Type"), "application/problem+json") {
		return s.gets(status, `{"code":"`+code+`","status":`+fmt.Sprint(status)+`,"...":"..."}`)
	}
	pattern := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"` + fmt.Sprint(status) + `","detail":"{{*text}}"`
	if code != "" {
		pattern += `,"scimType":"` + code + `"`
	}
	return s.gets(status, pattern+`}`)
}

// holds demands rows; see testdata/README.md.
func (s *scene) holds(table string, lines ...string) {
	s.t.Helper()
	s.step('=', table, strings.Join(lines, "\n"))
}

func (s *scene) step(kind byte, words, body string, headers ...string) {
	s.t.Helper()
	next := &step{kind: kind, words: words}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		next.headers = append(next.headers, [2]string{name, value})
	}
	if body != "" {
		next.body = strings.Split(body, "\n")
	}
	if err := s.take(next); err != nil {
		require.FailNow(s.t, fmt.Sprintf("%c %s", kind, words), "%v", err)
	}
}

// untouched demands that what play does leaves no trace, but for when a connection or a session was in use, and but for the tables
// that are named.
func (s *scene) untouched(play func(), but ...string) {
	s.t.Helper()
	before := s.rowsOfAll()
	play()
	after := s.rowsOfAll()
	for _, table := range but {
		delete(before, table)
		delete(after, table)
	}
	require.Equal(s.t, before, after)
}

var lastSeen = regexp.MustCompile(`last_seen_at=\d+ |seen_dialect=.* seen_dialect_at=\d+`)

func (s *scene) rowsOfAll() map[string][]string {
	s.t.Helper()
	content := s.Snapshot(s.t)
	for _, table := range []string{"connection", "session"} {
		for i, line := range content[table] {
			content[table][i] = lastSeen.ReplaceAllString(line, "")
		}
	}
	return content
}

// count is how many rows there are, as in "audit_event WHERE door = ?".
func (s *scene) count(rows string, args ...any) int {
	s.t.Helper()
	return s.Number(s.t, "SELECT COUNT(*) FROM "+rows, args...)
}

// signsIn asserts the name to the server and gives what came of it; SSO must be on.
func (s *scene) signsIn(name string) (*domain.Opened, error) {
	s.t.Helper()
	from, err := s.home(domain.DoorSso, nil)
	require.NoError(s.t, err)
	return s.engine.Gatekeeper.SignInByName(s.t.Context(), from, s.Provider(s.t, from.Tenant), name)
}

// invitation is the token in the mail that waits for the address.
func (s *scene) invitation(address string) string { return s.mailed(domain.MailInvitation, address) }

// mailed is the token in the newest mail of that kind to the address.
func (s *scene) mailed(kind domain.MailKind, address string) (token string) {
	s.t.Helper()
	messages, err := s.ClaimMessages(s.t.Context(), s.now(), time.Microsecond, 1000)
	require.NoError(s.t, err)
	for _, m := range messages {
		if m.Mail.Kind == kind && m.Mail.To == address {
			opened, err := s.sealer.Open(m.Mail.SealedToken, domain.SealPurpose(m.Tenant, m.ID))
			require.NoError(s.t, err)
			token = string(opened)
		}
	}
	require.NotEmpty(s.t, token, "no such mail waits for %s", address)
	return token
}

// signsInWith tries a password.
func (s *scene) signsInWith(name, password string) error {
	s.t.Helper()
	from, err := s.home(domain.DoorSelf, nil)
	require.NoError(s.t, err)
	_, err = s.engine.Account.SignIn(s.t.Context(), from, domain.SignIn{Name: name, Password: password})
	return err
}

// redeem accepts an invitation with its token.
func (s *scene) redeem(token string) error {
	s.t.Helper()
	from, err := s.home(domain.DoorSelf, nil)
	require.NoError(s.t, err)
	_, err = s.engine.Account.AcceptInvitation(s.t.Context(), from, token, goodPassword)
	return err
}

// keptSecrets holds every scene to this: no answer has shown anything of an identity account, a hash or a token.
func (s *scene) keptSecrets() {
	s.t.Helper()
	answered := s.answered.String()
	for _, query := range []string{
		"SELECT identity_user_unique FROM user_access", "SELECT password_hash FROM user_access WHERE password_hash <> ''",
		"SELECT token_hash FROM invitation", "SELECT token_hash FROM reset_token", "SELECT token_hash FROM session",
		"SELECT secret_hash FROM credential",
	} {
		rows, err := s.Raw.Query(query)
		require.NoError(s.t, err)
		for rows.Next() {
			var secret any
			require.NoError(s.t, rows.Scan(&secret))
			for _, form := range formsOf(secret) {
				assert.NotContains(s.t, answered, form, query)
			}
		}
		require.NoError(s.t, rows.Err())
		require.NoError(s.t, rows.Close())
	}
}

// formsOf are the spellings in which a secret of the database could be shown.
func formsOf(secret any) []string {
	bytes, is := secret.([]byte)
	if !is {
		return []string{fmt.Sprint(secret)}
	}
	forms := []string{hex.EncodeToString(bytes)}
	if id, err := uuid.FromBytes(bytes); err == nil {
		forms = append(forms, id.String())
	}
	return forms
}
