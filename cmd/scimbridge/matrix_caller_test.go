package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// someThings makes a person with everything that a path can name, and a group, through the doors' own routes.
func (s *scene) someThings(scim, rest string) things {
	s.t.Helper()
	s.ask(scim, "POST /Users", `{"userName":"ana","externalId":"x-ana","title":"Boss","emails":[{"value":"ana@example.org","type":"work","primary":true}],
		"phoneNumbers":[{"value":"1","type":"work"}],"addresses":[{"locality":"Rio","type":"work"}],"name":{"givenName":"Ana","familyName":"Silva"},
		"`+enterpriseURN+`":{"employeeNumber":"7"}}`).gets(201, `{"id":"{{it=uuid}}","...":"..."}`)
	s.ask(rest, "GET /Common/Persons/{{it}}", "").gets(200, `{"EmailAddresses":[{"EmailAddressId":"{{it.email=uuid}}","...":"..."}],
		"PhoneNumbers":[{"PhoneNumberId":"{{it.phone=uuid}}","...":"..."}],"StreetAddresses":[{"StreetAddressId":"{{it.street=uuid}}","...":"..."}],"...":"..."}`)
	s.ask(scim, "POST /Groups", `{"displayName":"Staff","externalId":"x-staff","members":[{"value":"{{it}}"}]}`).gets(201, `{"id":"{{it.group=uuid}}","...":"..."}`)
	s.ask(rest, "POST /Administration/Subscriptions", `{"Name":"hook","Kind":"Webhook","Url":"https://example.org"}`).gets(201, `{"SubscriptionId":"{{it.subscription=uuid}}","...":"..."}`)
	s.ask(rest, "POST /Administration/Subscriptions/{{it.subscription}}/Test", "").gets(202, `{"DeliveryId":"{{it.delivery=uuid}}"}`)
	s.ask(rest, "POST /UserManagement/Roles", `{"Name":"Clerk","Permissions":["users.read"]}`).gets(201, `{"RoleId":"{{it.role=uuid}}","...":"..."}`)
	s.ask(rest, "POST /Administration/ScimConnections", `{"Name":"spare"}`).gets(201, `{"ScimConnectionId":"{{it.connection=uuid}}","...":"..."}`)
	s.ask(rest, "POST /Administration/Credentials", `{"Name":"spare","Kind":"Rest","Permissions":["users.read"]}`).gets(201, `{"CredentialId":"{{it.credential=uuid}}","...":"..."}`)
	job := uuid.New()
	s.SQL(s.t, "INSERT INTO import_job (tenant_id, job_id, status) SELECT tenant_id, ?, 'Completed' FROM person WHERE person_id = ?", job, uuid.MustParse(s.seen["it"]))
	s.SQL(s.t, "INSERT INTO report (tenant_id, job_id, name, type, format, start_at, end_at, status) SELECT tenant_id, ?, 'r', 'data-export', 'csv', 1, 1, 'Failed' FROM person WHERE person_id = ?", job, uuid.MustParse(s.seen["it"]))
	s.ask(rest, "POST /Common/Persons", `{"FirstName":"Gone","LastName":"Gone"}`).gets(201, `{"PersonId":"{{it.gone=uuid}}","...":"..."}`)
	s.ask(rest, "POST /UserManagement/Anonymizations", `{"PersonId":"{{it.gone}}"}`).gets(200, `{"JobId":"{{it.job=uuid}}","...":"..."}`)
	s.ask(rest, "POST /Administration/IdentityProviders", `{"Name":"spare","Prefix":"spare","Type":"Password"}`).gets(201, `{"IdentityProviderId":"{{it.provider=uuid}}","...":"..."}`)
	name := newDomain()
	s.ask(rest, "POST /Administration/Domains", `{"Domain":"`+name+`"}`).gets(201, `{"...":"..."}`)
	return things{"Domain": name, "IdentityProviderId": s.seen["it.provider"], "MailId": uuid.NewString(), "ScimConnectionId": s.seen["it.connection"], "CredentialId": s.seen["it.credential"], "JobId": job.String(), "AnonymizationJobId": s.seen["it.job"], "OrganizationId": uuid.NewString(), "RoleId": s.seen["it.role"], "PersonId": s.seen["it"], "EmailAddressId": s.seen["it.email"], "PhoneNumberId": s.seen["it.phone"],
		"StreetAddressId": s.seen["it.street"], "PermissionGroupId": s.seen["it.group"], "Username": "ana",
		"SubscriptionId": s.seen["it.subscription"], "DeliveryId": s.seen["it.delivery"], "SessionId": uuid.NewString(), "PasskeyId": uuid.NewString()}
}

// newDomain is a domain that nobody has.
func newDomain() string { return "d" + uuid.NewString() + ".example" }

const enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// TestMatrixOfCallers sends to every route what opens nothing there: no token, an unknown, expired or revoked one, one
// for another door or purpose, a session, one that only reads, one that lacks a permission. None gets further, and
// nothing changes.
func TestMatrixOfCallers(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		of := s.someThings("scim", "rest")
		outsiders := s.outsiders()
		lacking := s.lacking(t)
		s.given("caller scim-reader scim mode=ReadOnly", "caller rest-reader rest mode=ReadOnly")
		s.untouched(func() {
			for _, r := range tokenRoutes(t) {
				path := r.at(t, of)
				if r.Public {
					s.tellsStrangersNothing(r, path)
					continue
				}
				for why, authorization := range outsiders {
					s.refusedBy(r.door, s.raw(r.Method, path, authorization, `{}`), 401, why+": "+r.name())
				}
				other := map[string]string{"scim": "rest", "rest": "scim"}[r.door]
				s.refusedBy(r.door, s.raw(r.Method, path, s.callers[other].authorization, `{}`), 401, "another door's token: "+r.name())
				if !r.Session {
					s.sessionAt(r, path)
				}
				reader := s.raw(r.Method, path, s.callers[r.door+"-reader"].authorization, `{}`)
				if r.writes() || r.Session {
					s.refusedBy(r.door, reader, 403, "a token that only reads: "+r.name())
				} else {
					assert.NotContains(t, []int{401, 403}, reader.status, "a token that only reads: %s", r.name())
				}
				for _, needed := range r.Needs {
					if authorization := lacking[needed]; authorization != "" && r.door == "rest" {
						s.refusedBy(r.door, s.raw(r.Method, path, authorization, `{}`), 403, "without "+string(needed)+": "+r.name())
					}
				}
			}
		}, "sign_in_failure", "passkey_challenge") // that of a stranger waits there to be told in the audit, or to be answered
	})
}

// tellsStrangersNothing sends nothing to a route that asks for no token, at several tenants.
func (s *scene) tellsStrangersNothing(r doorRoute, path string) {
	s.t.Helper()
	if r.Method == "GET" { // what is the same to everybody, and says nothing of any tenant
		assert.Equal(s.t, 200, s.raw(r.Method, path, "", "").status, r.name())
		return
	}
	refused := []int{400, 401, 403, 404}
	if strings.HasSuffix(r.Pattern, "/Login/Passkey/Begin") {
		refused = append(refused, 200) // what it asks is the same for everybody
	}
	for _, tenant := range []string{"", homeTenant, "nowhere"} {
		got := s.raw(r.Method, path, "", `{}`, "X-Tenant: "+tenant)
		assert.Contains(s.t, refused, got.status, r.name())
		assert.NotContains(s.t, got.body, "ana", r.name())
	}
}

// sessionAt sends a session of somebody without rights: at a connector's door it only tells who they are, at the
// native API it opens what needs no permission.
func (s *scene) sessionAt(r doorRoute, path string) {
	s.t.Helper()
	got := s.raw(r.Method, path, s.callers["eva"].authorization, `{}`)
	switch {
	case strings.HasSuffix(r.Pattern, "/Me") && r.Method == "GET", len(r.Needs) == 0:
		assert.Equal(s.t, 200, got.status, r.name())
	case strings.HasSuffix(r.Pattern, "/Me"):
		assert.Contains(s.t, []int{403, 501}, got.status, r.name())
	default:
		s.refusedBy(r.door, got, 403, "a session without rights: "+r.name())
	}
}

// outsiders are values of Authorization that open no door, by what they are.
func (s *scene) outsiders() map[string]string {
	s.t.Helper()
	s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ida","LastName":"Berg","EmailAddresses":[{"Address":"ida@example.org","Type":"Work"}],"UserAccess":{"Username":"ida","SendInvitation":true}}`).gets(201, `{"PersonId":"{{ida=uuid}}","...":"..."}`)
	invitation := s.mailed(domain.MailInvitation, "ida@example.org")
	s.ask("rest", "POST /UserManagement/Persons/{{ida}}/ResetPassword", `{}`)
	list := map[string]string{
		"no token": "", "an empty token": "Bearer ", "a one-time token of an invitation": "Bearer " + invitation,
		"a one-time token of nobody": "Bearer sbr_" + strings.Repeat("0", 64), "a token of nobody": "Bearer sb_" + strings.Repeat("0", 32) + "_" + strings.Repeat("0", 64),
	}
	for kind, credentialKind := range map[string]domain.CredentialKind{"scim": domain.KindScim, "rest": domain.KindRest} {
		in := domain.NewCredential{Name: "gone", Kind: credentialKind, Lifetime: time.Hour}
		_, expiring, err := s.engine.Administration.CreateCredential(s.t.Context(), operator(s.t, s.engine, homeTenant), in)
		require.NoError(s.t, err)
		in.Lifetime = 0
		credential, revoked, err := s.engine.Administration.CreateCredential(s.t.Context(), operator(s.t, s.engine, homeTenant), in)
		require.NoError(s.t, err)
		_, err = s.engine.Administration.RevokeCredential(s.t.Context(), operator(s.t, s.engine, homeTenant), credential.ID)
		require.NoError(s.t, err)
		list["an expired token for "+kind], list["a revoked token for "+kind] = "Bearer "+expiring, "Bearer "+revoked
	}
	s.given("clock +61m", "people 1 eva", "sign-in eva1@example.org eva")
	return list
}

// lacking are integrators' credentials that may do everything but one thing, by what they lack.
func (s *scene) lacking(t *testing.T) map[domain.Permission]string {
	t.Helper()
	all := domain.ApiPermissions()
	list := map[domain.Permission]string{}
	for _, missing := range all {
		var rest []string
		for _, permission := range all {
			if permission != missing {
				rest = append(rest, string(permission))
			}
		}
		s.given("caller but-" + string(missing) + " rest permissions=" + strings.Join(rest, ","))
		list[missing] = s.callers["but-"+string(missing)].authorization
	}
	return list
}
