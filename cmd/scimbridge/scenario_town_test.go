package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// town is a tenant in which random things happen, through either door.
type town struct {
	*scene
	rt         *rapid.T
	tenant     domain.Caller // of acts that no request stands for
	rest, scim racer
	sso        bool
	stranger   string // a user of another tenant

	rows       map[string][]string // as they were last seen, by table
	people     []citizen           // likewise
	touched    string              // whom the last act was about
	proven     bool                // nothing has happened since the town was held to the invariants
	tokens     map[string]string   // of invitations, with whom they invited
	sessions   map[string]string   // with whose they are
	anonymized map[string]citizen
}

// The keys are few, so that people get in one another's way.
var (
	somebody = []string{"ana", "ANA", "ben", "cid"}
	numbers  = []string{"", "1", "2"}
	logins   = []string{"", "ana", "x-ana", "l1"}
)

func (w *town) pick(from []string, label string) string {
	return rapid.SampledFrom(from).Draw(w.rt, label)
}

func (w *town) maybe(label string) bool { return rapid.Bool().Draw(w.rt, label) }

// rarely is true once in a while.
func (w *town) rarely(label string) bool { return rapid.IntRange(0, 5).Draw(w.rt, label) == 5 }

// anybody is the id of somebody who is in the tenant, or rarely of somebody who was.
func (w *town) anybody() string {
	people := slices.Clone(w.people)
	if !w.rarely("gone") {
		people = slices.DeleteFunc(people, func(c citizen) bool { return c.deleted || c.anonymized })
	}
	if len(people) == 0 {
		return unknownID
	}
	return people[rapid.IntRange(0, len(people)-1).Draw(w.rt, "whom")].id
}

// object is JSON of the members that have a value.
func object(members map[string]any) string {
	for name, value := range members {
		if value == "" || value == nil {
			delete(members, name)
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		panic(err) // not of these values
	}
	return string(text)
}

func (w *town) addresses() []any {
	if w.rarely("no address") {
		return []any{}
	}
	return []any{map[string]any{"Address": w.pick(somebody, "address") + "@example.org", "Type": "Work"}}
}

// accessBlock is the body of a grant of access.
func (w *town) accessBlock() map[string]any {
	return map[string]any{"Username": w.pick(somebody, "username"), "IsActive": w.maybe("active"), "SendInvitation": w.maybe("mail")}
}

func (w *town) restCreates() {
	body := map[string]any{"FirstName": "Ana", "LastName": "Silva", "EmailAddresses": w.addresses(),
		"Employee": map[string]any{"EmployeeNumber": w.pick(numbers, "number")}}
	if w.sso || w.rarely("login") {
		body["ExternalLoginUsername"] = w.pick(logins, "login")
	}
	if w.maybe("access") {
		body["UserAccess"] = w.accessBlock()
	}
	w.act(w.rest, "POST", "/Common/Persons", object(body))
}

// restChanges changes a person, but never who has access.
func (w *town) restChanges() {
	change := map[string]any{"FirstName": w.pick([]string{"", "Ana", "Anna"}, "name")}
	if w.maybe("contacts") {
		change["EmailAddresses"] = w.addresses()
	}
	if w.sso || w.rarely("login") {
		change["ExternalLoginUsername"] = w.pick(logins, "login")
	}
	if w.maybe("number") {
		change["Employee"] = map[string]any{"EmployeeNumber": w.pick(numbers, "number")}
	}
	had := withAccess(w.people)
	w.touched = w.anybody()
	w.act(w.rest, "PATCH", "/Common/Persons/"+w.touched, object(change))
	require.Equal(w.rt, had, withAccess(w.people), "a change of a person changed who has access (I3)")
}

var restCommands = []string{"Activate", "Deactivate", "Activate", "Deactivate", "ResendInvitation", "RevokeInvitation", "ResetPassword", "Unlock", "ResetMfa", "InvalidateSessions"}

func (w *town) restCommands() {
	w.touched = w.anybody()
	w.act(w.rest, "POST", "/UserManagement/Persons/"+w.touched+"/"+w.pick(restCommands, "command"), "{}")
}

func (w *town) restResets() {
	w.touched = w.anybody()
	w.act(w.rest, "POST", "/UserManagement/Persons/"+w.touched+"/ResetPassword", object(map[string]any{"InvalidateCurrent": w.maybe("invalidate")}))
}

func (w *town) restInvites() {
	w.touched = w.anybody()
	w.act(w.rest, "POST", "/UserManagement/Persons/"+w.touched+"/Invite", object(w.accessBlock()))
}

func (w *town) restChangesAccess() {
	w.touched = w.anybody()
	w.act(w.rest, "PATCH", "/UserManagement/Persons/"+w.touched, object(map[string]any{
		"Username": w.pick(append(somebody, ""), "username"), "IsActive": w.maybe("active"), "MfaRequired": w.maybe("mfa")}))
}

func (w *town) restRemoves() {
	w.touched = w.anybody()
	w.act(w.rest, "DELETE", w.pick([]string{"/UserManagement/Persons/", "/Common/Persons/"}, "what")+w.touched, "")
}

// user is the body of a connector's create or replacement.
func (w *town) user() string {
	body := map[string]any{"userName": w.pick(somebody, "userName"), "externalId": w.pick(logins, "externalId"), "active": w.maybe("active"),
		"name": map[string]any{"givenName": w.pick([]string{"", "Ana"}, "name")}, accessURN: map[string]any{"sendInvitation": w.maybe("mail")},
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": map[string]any{"employeeNumber": w.pick(numbers, "number")}}
	if !w.rarely("no address") {
		body["emails"] = []any{map[string]any{"value": w.pick(somebody, "address") + "@example.org", "type": "work", "primary": true}}
	}
	return object(body)
}

func (w *town) scimCreates() { w.act(w.scim, "POST", "/Users", w.user()) }

func (w *town) scimReplaces() { w.scimChanges("PUT", w.user()) }

func (w *town) scimDeletes() { w.scimChanges("DELETE", "") }

// scimChanges changes somebody, who has to be a user that the connector has not deleted.
func (w *town) scimChanges(method, body string) {
	w.touched = w.anybody()
	was := w.who(w.touched)
	status := w.act(w.scim, method, "/Users/"+w.touched, body)
	require.True(w.rt, was.access && !was.hidden && !was.anonymized || status[0] == '4', "%s of a user who is not there: %s", method, status)
}

func (w *town) scimPatches() {
	w.scimChanges("PATCH", rapid.OneOf(
		rapid.SampledFrom([]string{patchOp("replace", "active", "false"), patchOp("Replace", "active", `"True"`), patchOp("replace", "displayName", `"A"`),
			patchOp("replace", "password", `"x"`), patchOp("add", "roles", `["admin"]`), patchOp("remove", "emails", "null"), patchOp("replace", accessURN+":mfaRequired", "true")}),
		rapid.Map(rapid.SampledFrom(somebody), func(name string) string { return patchOp("replace", "userName", `"`+name+`"`) }),
		rapid.Map(rapid.SampledFrom(somebody), func(name string) string {
			return patchOp("replace", `emails[type eq \"work\"].value`, `"`+name+`@example.org"`)
		}),
		rapid.Map(rapid.SampledFrom(logins), func(key string) string { return patchOp("replace", "externalId", `"`+key+`"`) }),
		rapid.Map(rapid.SampledFrom(logins), func(login string) string {
			return patchOp("replace", accessURN+":externalLoginUsername", `"`+login+`"`)
		}),
	).Draw(w.rt, "patch"))
}

// trespasses tries a route with the id of another tenant's user (I9).
func (w *town) trespasses() {
	routes := slices.DeleteFunc(tokenRoutes(w.t), func(r doorRoute) bool {
		return !r.ofThings() || r.Session || domain.NewPermissions(r.Needs...).Restricted() || strings.Contains(r.Pattern, "Group") || strings.Contains(r.Pattern, "{Username}") || w.door(r) == nil
	})
	r := rapid.SampledFrom(routes).Draw(w.rt, "route")
	path := variable.ReplaceAllStringFunc(strings.TrimPrefix(r.Pattern, w.door(r).from.prefix), func(name string) string {
		if name == "{id}" || name == "{PersonId}" {
			return w.stranger
		}
		return unknownID
	})
	require.Equal(w.rt, "404", w.act(*w.door(r), r.Method, path, acceptable(r)))
}

func (w *town) door(r doorRoute) *racer {
	return map[string]*racer{"rest": &w.rest, "scim": &w.scim}[r.door]
}

// switchesSso is the operator's act.
func (w *town) switchesSso() {
	if w.sso && !w.rarely("off") {
		w.rt.Skip("SSO stays on, mostly")
	}
	w.sso = !w.sso
	_, err := w.engine.Administration.UpdateTenant(w.t.Context(), operator(w.t, w.engine, w.tenant.TenantSlug), domain.TenantChange{Sso: &w.sso})
	require.NoError(w.rt, err)
	w.wait(memoryOfCallers)
	w.see()
}

// timePasses lets invitations be sent again, and rarely lets them expire.
func (w *town) timePasses() {
	w.proven = false
	w.wait(time.Minute)
	if w.rarely("long") {
		w.wait(8 * 24 * time.Hour)
	}
}

func (w *town) signsInSomebody() {
	names := slices.Concat(logins, somebody)
	if c := w.who(w.anybody()); c.active {
		names = []string{c.username}
	}
	signedIn, err := w.engine.Gatekeeper.SignInByName(w.t.Context(), w.tenant, w.Provider(w.t, w.tenant.Tenant), w.pick(names, "name"))
	if err != nil {
		before := w.rows
		w.see()
		for table := range before {
			if !slices.Contains([]string{"audit_event", "domain_event", "ledger_head"}, table) {
				require.Equal(w.rt, before[table], w.rows[table], "a refused sign-in is told of in the audit and nowhere else")
			}
		}
		return
	}
	w.consider(true)
	w.touched = signedIn.Person.String()
	w.sessions[signedIn.Token] = w.touched
	require.True(w.rt, w.sso && w.who(w.touched).active)
}

// accepts redeems an invitation, of now or of before.
func (w *town) accepts() {
	if len(w.tokens) == 0 {
		w.rt.Skip("nobody was ever invited")
	}
	token := w.pick(sortedKeys(w.tokens), "token")
	was := w.who(w.tokens[token])
	_, err := w.engine.Account.AcceptInvitation(w.t.Context(), w.tenant, token, goodPassword)
	w.consider(err == nil)
	w.touched = was.id
	if err == nil {
		require.True(w.rt, was.active, "an invitation of somebody inactive was accepted (I2)")
	}
}

// comesBack shows a session of now or of before to the server: it opens the door exactly while its row is live and the
// access active.
func (w *town) comesBack() {
	if len(w.sessions) == 0 {
		w.rt.Skip("nobody ever signed in")
	}
	token := w.pick(sortedKeys(w.sessions), "session")
	status, _ := racer{w.url, &caller{prefix: "/api/v1", authorization: "Bearer " + token}}.send(http.MethodGet, "/UserManagement/Users/WhoAmI", "")
	hash, err := credential.NewSecrets(nil).HashToken(domain.TokenSession, token)
	require.NoError(w.rt, err)
	live := w.who(w.sessions[token]).active && w.count("session WHERE token_hash = ? AND ended_at = 0 AND expires_at > ? AND last_seen_at + idle_limit * 1000000 > ?",
		hash, w.now().UnixMicro(), w.now().UnixMicro()) == 1
	require.Equal(w.rt, map[bool]string{true: "200", false: "401"}[live], status)
}

// anonymizes leaves of somebody without access what an anonymisation leaves, which no use case does yet.
func (w *town) anonymizes() {
	at := slices.IndexFunc(w.people, func(c citizen) bool { return !c.access && !c.deleted && !c.anonymized })
	if at < 0 {
		w.rt.Skip("everybody has access")
	}
	id := uuid.MustParse(w.people[at].id)
	w.SQL(w.t, "DELETE FROM scim_link WHERE person_id = ?", id)
	w.SQL(w.t, "DELETE FROM email_key WHERE person_id = ?", id)
	w.SQL(w.t, `UPDATE person SET anonymized_at = 1, emails = '[]', emails_folded = '[]', employee_number = '', employee_number_folded = '',
		external_login = '', external_login_folded = '' WHERE person_id = ?`, id)
	w.see()
	w.anonymized[id.String()] = w.who(id.String())
}

// act sends a request and holds it to what every request is held to.
func (w *town) act(from racer, method, path, body string) (status string) {
	status, answer := from.send(method, path, body)
	fmt.Fprintln(&w.answered, answer)
	require.Contains(w.rt, "2345", status[:1], status)
	require.NotEqual(w.rt, "500", status, answer)
	if status == "201" {
		w.touched = firstID(answer)
	}
	if method != http.MethodGet {
		w.consider(status[0] == '2')
	}
	return status
}
