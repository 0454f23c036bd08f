package domain

import (
	"time"

	"github.com/google/uuid"
)

// Door is the way by which an act came in.
type Door string

// The doors.
const (
	DoorRest    Door = "Rest"
	DoorScim    Door = "Scim"
	DoorSelf    Door = "Self"
	DoorSso     Door = "Sso"
	DoorConsole Door = "Console"
	DoorSystem  Door = "System"
)

// Doors lists the doors.
func Doors() []Door { return []Door{DoorRest, DoorScim, DoorSelf, DoorSso, DoorConsole, DoorSystem} }

// ActorKind tells what kind of thing acts.
type ActorKind string

// The kinds of actors.
const (
	ActorCredential ActorKind = "ApiCredential"
	ActorPerson     ActorKind = "User"
	ActorOperator   ActorKind = "Operator"
	ActorSystem     ActorKind = "System"
	// ActorVisitor is somebody who has not proved yet who they are.
	ActorVisitor ActorKind = "Visitor"
)

// Actor is who acts, as the audit names it.
type Actor struct {
	Kind ActorKind
	ID   uuid.UUID
	Name string // credential name or username, for people who read the audit
}

// Caller is who asks for an act, on behalf of which tenant, through which door and with what rights.
// It is the second parameter of every use case.
type Caller struct {
	Tenant      uuid.UUID
	TenantSlug  string
	Sso         bool // whether the tenant had SSO enabled when the caller was let in, at most a second ago; for reads only
	Actor       Actor
	Door        Door
	Connection  uuid.UUID // the SCIM connection of a connector's credential, else uuid.Nil
	Policies    Policies  // of the connection, at most a second old; for what only the door decides
	Dialect     Dialect   // of the connection, at most a second old
	DialectSure bool      // whether Dialect is more than a guess
	Mode        AccessMode
	Permissions Permissions
	Others      []KnownTenant // of a credential: the tenants besides its own in which it may act
	home        *Caller       // of who acts in another tenant than its own, see in
	Roles       []HeldRole    // of a session's person
	Weight      int           // of the heaviest of them
	Session     uuid.UUID     // the session of a person; else uuid.Nil
	SignedInAt  time.Time     // when that session began
	Pending     bool          // the session is good for nothing but enrolling a second factor
	Mfa         bool          // the session was opened with a second factor
	SsoOnly     bool          // the tenant let nobody in with a password when the caller was let in; like Sso
	RequestID   string
	IP          string
	Device      []byte        // hash of the secret by which the browser is known again; nil: the door can't tell
	RateLimit   RateLimit     // of the credential; who lets requests in keeps to it
	Once        *Once         // set by a door for a request that carries an idempotency key
	If          *Precondition // set by a door for a request that is made for certain versions only
	// Entry is set by a door that has its requests logged: what is decided is noted there, and written with the change.
	Entry *ProvisioningEntry
}

// Scope is the part of the store that the caller's transactions see.
func (c Caller) Scope() Scope { return Scope{Tenant: c.Tenant, Connection: c.Connection} }

// Require refuses a caller that lacks any of the permissions: read_only_credential for a write by a
// read-only credential, permission_denied otherwise. It is the first line of each use case.
func (c Caller) Require(list ...Permission) error {
	if c.Pending {
		return Refuse(CodeMfaEnrollmentRequired, "", "A second factor is required: enrol an authenticator first (Account/Mfa/Enroll).")
	}
	for _, p := range list {
		if c.Mode == ReadOnly && p.Writes() {
			return Refuse(CodeReadOnlyCredential, "", "This credential is read-only; %s needs a read-write credential.", p)
		}
	}
	for _, p := range list {
		if !c.Permissions.Has(p) {
			return Refuse(CodePermissionDenied, "", "The permission %s is needed for this.", p)
		}
	}
	return nil
}

// RequireOrSelf is Require, waived when the caller is the person concerned.
func (c Caller) RequireOrSelf(person uuid.UUID, list ...Permission) error {
	if c.IsPerson(person) {
		return nil
	}
	return c.Require(list...)
}

// IsPerson reports whether the caller is that person, signed in and at home: nobody is a person of another tenant.
func (c Caller) IsPerson(person uuid.UUID) bool {
	return c.Actor.Kind == ActorPerson && c.Actor.ID == person && !c.Pending && c.home == nil
}
