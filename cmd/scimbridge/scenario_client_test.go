package main

import (
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// token gets an access token for a caller.
func (s *scene) token(who string) string {
	s.t.Helper()
	s.asksForToken(who).gets(200, `{"access_token":"{{`+who+`.access=text}}","...":"..."}`)
	return s.seen[who+".access"]
}

func (s *scene) asksForToken(who string) *scene {
	s.t.Helper()
	return s.ask("nobody", "POST /oauth/token", "grant_type=client_credentials&client_id={{"+who+".id}}&client_secret={{"+who+".token}}",
		"Content-Type: application/x-www-form-urlencoded")
}

// beside boots another server on the same database, a replica where it has the same key.
func (s *scene) beside(key credential.Key) *server {
	s.t.Helper()
	database := s.Source
	if !strings.Contains(database, "://") {
		database = sqlitePrefix + database
	}
	booted, err := newServer(s.t.Context(), config{Database: database, PublicURL: replayBase, Key: key.Line(),
		MailSpool: s.t.TempDir(), Log: slog.New(slog.DiscardHandler), Clock: s.now})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { assert.NoError(s.t, booted.Close()) })
	return booted
}

// opens tells how a server answers a read with the token.
func opens(at *server, path, token string) int {
	request := httptest.NewRequest("GET", path, nil)
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	at.Handler().ServeHTTP(recorder, request)
	return recorder.Code
}

const (
	scimPath = "/scim/v2/Users"
	restPath = "/api/v1/Common/Persons"
)

// TestAccessTokensEndWithWhatTheyStandFor ends what an access token stands for in every way: each acts within a second,
// on this server and on its replica.
func TestAccessTokensEndWithWhatTheyStandFor(t *testing.T) {
	for way, end := range map[string]func(s *scene, id uuid.UUID){
		"revoked": func(s *scene, id uuid.UUID) {
			_, err := s.engine.Administration.RevokeCredential(s.t.Context(), operator(s.t, s.engine, homeTenant), id)
			require.NoError(s.t, err)
		},
		"rotated": func(s *scene, id uuid.UUID) {
			_, _, err := s.engine.Administration.RotateCredential(s.t.Context(), operator(s.t, s.engine, homeTenant), id, 0)
			require.NoError(s.t, err)
		},
		"tenant disabled": func(s *scene, _ uuid.UUID) { s.SQL(s.t, "UPDATE tenant SET disabled = TRUE") },
		"expired": func(s *scene, id uuid.UUID) {
			s.SQL(s.t, "UPDATE credential SET expires_at = 1 WHERE credential_id = ?", id)
		},
		"another address": func(s *scene, id uuid.UUID) {
			s.SQL(s.t, `UPDATE credential SET allowed_ips = '["203.0.113.0/24"]' WHERE credential_id = ?`, id)
		},
	} {
		t.Run(way, func(t *testing.T) {
			scenario(t, func(s *scene) {
				replica := s.beside(replayKey)
				for who, path := range map[string]string{"scim": scimPath, "rest": restPath} {
					token := s.token(who)
					for _, opened := range []int{s.raw("GET", path, "Bearer "+token, "").status, opens(replica, path, token)} {
						require.Equal(t, 200, opened)
					}
					end(s, uuid.MustParse(s.seen[who+".id"]))
					s.wait(time.Second)
					assert.Equal(t, 401, s.raw("GET", path, "Bearer "+token, "").status)
					assert.Equal(t, 401, opens(replica, path, token))
					s.asksForToken(who).gets(401, `{"error":"invalid_client","...":"..."}`)
					if way == "tenant disabled" {
						return
					}
				}
			})
		})
	}
}

// TestNoDamagedAccessTokenOpens cuts, shifts, flips and re-cases an access token, and shows it to a server with other keys.
func TestNoDamagedAccessTokenOpens(t *testing.T) {
	scenario(t, func(s *scene) {
		token := s.token("scim")
		from := netip.MustParseAddr("127.0.0.1")
		_, err := s.engine.Gatekeeper.Authenticate(t.Context(), token, from)
		require.NoError(t, err)
		refused := func(damaged string) {
			t.Helper()
			_, err := s.engine.Gatekeeper.Authenticate(t.Context(), damaged, from)
			assert.Equal(t, domain.CodeUnauthenticated, domain.CodeOf(err), "%q", damaged)
		}
		for i := range token {
			refused(token[:i])
			refused(token[i+1:])
			refused(token[:i] + token[i+1:])
			for bit := range 8 {
				flipped := []byte(token)
				flipped[i] ^= 1 << bit
				refused(string(flipped))
			}
		}
		for _, damaged := range []string{token + "A", token + "=", token + "\n", " " + token, strings.ToUpper(token), strings.ToLower(token), token + token, "sba_"} {
			refused(damaged)
		}
		assert.Equal(t, 401, opens(s.beside(credential.NewKey()), scimPath, token), "of another server's keys")
		assert.Equal(t, 401, s.raw("GET", restPath, "Bearer "+token, "").status, "of another door")
		assert.Equal(t, 200, s.raw("GET", scimPath, "bearer "+token, "").status, "and unharmed it opens, whatever the case of the scheme")
	})
}

// TestAnAccessTokenMayWhatItsCredentialMay and nothing else, as the credential is when the token is used.
func TestAnAccessTokenMayWhatItsCredentialMay(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("caller reader rest mode=ReadOnly", "caller narrow rest permissions=users.list")
		reader, narrow := "Bearer "+s.token("reader"), "Bearer "+s.token("narrow")
		s.untouched(func() {
			assert.Equal(t, 200, s.raw("GET", restPath, reader, "").status)
			assert.Contains(t, s.raw("POST", restPath, reader, `{"FirstName":"A","LastName":"B"}`).body, "read_only_credential")
			assert.Contains(t, s.raw("GET", restPath, narrow, "").body, "permission_denied")
			assert.Equal(t, 200, s.raw("GET", "/api/v1/UserManagement/Users", narrow, "").status)
		})
		_, err := s.engine.Administration.RevokeCredential(t.Context(), operator(t, s.engine, homeTenant), uuid.MustParse(s.seen["narrow.id"]))
		require.NoError(t, err)
		short, token, err := s.engine.Administration.CreateCredential(t.Context(), operator(t, s.engine, homeTenant), domain.NewCredential{Name: "short", Kind: domain.KindRest, Lifetime: 10 * time.Minute})
		require.NoError(t, err)
		made, err := s.engine.Gatekeeper.IssueToken(t.Context(), domain.ClientProof{ID: short.ID.String(), Secret: token}, netip.MustParseAddr("127.0.0.1"))
		require.NoError(t, err)
		assert.LessOrEqual(t, made.Life, 10*time.Minute, "it does not promise more than the credential has")
	})
}
