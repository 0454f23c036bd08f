package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// TestInvariants lets random acts of both doors, the operator and the people happen in a town, and holds every step to
// the invariants I1 to I11 of the design, and to these: what is refused leaves no trace; what changes something changes
// one person by one version, with one line of audit.
func TestInvariants(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant strangers", "caller strangers scim tenant=strangers")
		s.ask("strangers", "POST /Users", anaScim).gets(201, `{"id":"{{stranger=uuid}}","...":"..."}`)
		strangers, err := s.engine.Administration.Tenant(s.t.Context(), "strangers")
		require.NoError(s.t, err)
		foreign := s.rowsOf(s.t, strangers.ID)
		towns := 0
		rapid.Check(s.t, func(rt *rapid.T) {
			towns++
			w := s.town(rt, fmt.Sprint("town-", towns))
			rt.Repeat(map[string]func(*rapid.T){
				"": func(*rapid.T) { w.holdsTrue() }, "rest creates": does(w.restCreates), "rest changes": does(w.restChanges),
				"rest commands": does(w.restCommands), "rest invites": does(w.restInvites), "rest changes access": does(w.restChangesAccess),
				"rest removes": does(w.restRemoves), "scim creates": does(w.scimCreates), "scim creates again": does(w.scimCreates),
				"scim replaces": does(w.scimReplaces), "scim patches": does(w.scimPatches), "scim patches again": does(w.scimPatches),
				"scim deletes": does(w.scimDeletes), "trespasses": does(w.trespasses), "switches SSO": does(w.switchesSso),
				"signs in": does(w.signsInSomebody), "accepts": does(w.accepts), "comes back": does(w.comesBack), "time passes": does(w.timePasses), "resets": does(w.restResets), "anonymizes": does(w.anonymizes),
			})
			w.keptItsSecrets()
		})
		require.Equal(s.t, foreign, s.rowsOf(s.t, strangers.ID), "somebody changed another tenant's rows (I9)")
	})
}

func does(act func()) func(*rapid.T) { return func(*rapid.T) { act() } }

// town makes a tenant of its own with a connector and an integrator.
func (s *scene) town(rt *rapid.T, slug string) *town {
	s.answered.Reset()
	s.given("tenant "+slug, "caller rest rest tenant="+slug, "caller scim scim tenant="+slug)
	tenant, err := s.engine.Administration.Tenant(s.t.Context(), slug)
	require.NoError(rt, err)
	w := &town{scene: s, rt: rt, stranger: s.seen["stranger"], rest: racer{s.url, s.callers["rest"]}, scim: racer{s.url, s.callers["scim"]},
		tenant: domain.Caller{Tenant: tenant.ID, TenantSlug: slug, Door: domain.DoorSso},
		tokens: map[string]string{}, sessions: map[string]string{}, anonymized: map[string]citizen{}}
	w.see()
	return w
}

// citizen is what the invariants are about.
type citizen struct {
	id, version, login, username, primary, copied       string
	access, active, hidden, deleted, anonymized, invite bool
}

// watched are the tables that a request may change.
var watched = []string{"person", "user_access", "scim_link", "invitation", "reset_token", "session", "audit_event", "outbox"}

// rowsOf are the rows of a tenant, by table.
func (s *scene) rowsOf(t require.TestingT, tenant uuid.UUID) map[string][]string {
	found := map[string][]string{}
	for _, table := range watched {
		columns := "*"
		if table == "session" { // when it was used last is noted also of a request that is refused
			columns = "session_id, person_id, token_hash, mfa, pending, expires_at, ended_at, end_reason"
		}
		rows, err := s.Raw.Query("SELECT " + columns + " FROM " + table + " WHERE tenant_id = " + s.literal(tenant))
		require.NoError(t, err)
		found[table] = lines(t, rows)
	}
	return found
}

// see looks at the rows of the town.
func (w *town) see() {
	w.proven = false
	w.rows = w.rowsOf(w.rt, w.tenant.Tenant)
	rows, err := w.Raw.Query(`SELECT p.person_id, p.version, p.external_login, COALESCE(a.username, ''), p.emails, COALESCE(a.email_copy, ''),
		a.person_id IS NOT NULL, COALESCE(a.is_active, FALSE), COALESCE(l.hidden_at, 0) <> 0, p.deleted_at <> 0, p.anonymized_at <> 0, COALESCE(a.invitation_expires, 0) <> 0
		FROM person p LEFT JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
		LEFT JOIN scim_link l ON l.tenant_id = p.tenant_id AND l.person_id = p.person_id
		WHERE p.tenant_id = ` + w.literal(w.tenant.Tenant) + " ORDER BY p.created_at")
	require.NoError(w.rt, err)
	defer rows.Close()
	w.people = nil
	for rows.Next() {
		var c citizen
		var id uuid.UUID
		var emails []byte
		require.NoError(w.rt, rows.Scan(&id, &c.version, &c.login, &c.username, &emails, &c.copied, &c.access, &c.active, &c.hidden, &c.deleted, &c.anonymized, &c.invite))
		c.id, c.primary = id.String(), primaryOf(w.rt, emails)
		w.people = append(w.people, c)
	}
	require.NoError(w.rt, rows.Err())
}

// literal is an id as the database writes it.
func (s *scene) literal(id uuid.UUID) string {
	return idLiteral(id, !strings.HasPrefix(s.Source, "postgres"))
}

func idLiteral(id uuid.UUID, sqlite bool) string {
	if sqlite {
		return "x'" + hex.EncodeToString(id[:]) + "'"
	}
	return "'" + id.String() + "'"
}

func primaryOf(rt *rapid.T, emails []byte) string {
	var list []struct {
		Address string
		Primary bool
	}
	require.NoError(rt, json.Unmarshal(emails, &list))
	for _, email := range list {
		if email.Primary {
			return email.Address
		}
	}
	return ""
}

// who is a citizen by id; the zero one for nobody.
func (w *town) who(id string) citizen {
	at := slices.IndexFunc(w.people, func(c citizen) bool { return c.id == id })
	if at < 0 {
		return citizen{}
	}
	return w.people[at]
}

func withAccess(people []citizen) (ids []string) {
	for _, c := range people {
		if c.access {
			ids = append(ids, c.id)
		}
	}
	return ids
}

func sortedKeys(of map[string]string) []string { return slices.Sorted(maps.Keys(of)) }

// consider holds an act that has happened to what it did.
func (w *town) consider(allowed bool) {
	before, were := w.rows, w.people
	w.see()
	if !allowed {
		require.Equal(w.rt, before, w.rows, "what is refused leaves a trace (I8)")
		w.proven = true
		return
	}
	var changed []string
	for i, is := range w.people {
		var was citizen
		if i < len(were) {
			was = were[i]
		}
		if was.version != is.version || was.deleted != is.deleted {
			changed = append(changed, was.id+was.version+"→"+is.version)
			require.True(w.rt, is.deleted || next(was.version) == is.version, "the version went from %s to %s", was.version, is.version)
		}
		if !w.sso && i < len(were) {
			require.Equal(w.rt, was.login, is.login, "a login changed while SSO is off (I11)")
		}
	}
	audited := len(w.rows["audit_event"]) - len(before["audit_event"])
	if len(changed) == 0 {
		require.Equal(w.rt, before, w.rows, "something changed, but nobody's version")
		w.proven = true
		return
	}
	require.Len(w.rt, changed, 1, "an act changed several people")
	require.Equal(w.rt, 1, audited, "an act left %d lines of audit", audited)
}

// next is the version behind a version; people begin with one.
func next(version string) string {
	var number int
	_, _ = fmt.Sscan(version, &number) // none is the version before the first
	return fmt.Sprint(number + 1)
}

var secretForm = regexp.MustCompile(`[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// keptItsSecrets looks for hashes, tokens and identity ids in everything that was answered (I6).
func (w *town) keptItsSecrets() {
	shown := map[string]bool{}
	for _, text := range secretForm.FindAllString(w.answered.String(), -1) {
		shown[text] = true
	}
	hidden := slices.Collect(maps.Keys(w.tokens))
	for _, query := range []string{"SELECT identity_user_unique FROM user_access", "SELECT token_hash FROM invitation", "SELECT token_hash FROM session", "SELECT token_hash FROM reset_token"} {
		rows, err := w.Raw.Query(query + " WHERE tenant_id = " + w.literal(w.tenant.Tenant))
		require.NoError(w.rt, err)
		for rows.Next() {
			var secret any
			require.NoError(w.rt, rows.Scan(&secret))
			hidden = append(hidden, formsOf(secret)...)
		}
		require.NoError(w.rt, rows.Close())
	}
	for _, secret := range hidden {
		_, secret, _ = strings.Cut("_"+secret, "_")
		require.False(w.rt, shown[secret[max(0, len(secret)-64):]], "a secret was shown (I6)")
	}
}
