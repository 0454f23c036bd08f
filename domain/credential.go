package domain

import (
	"net/netip"
	"time"

	"github.com/google/uuid"
)

// AccessMode tells whether a credential may change anything.
type AccessMode string

// The access modes.
const (
	ReadWrite AccessMode = "ReadWrite"
	ReadOnly  AccessMode = "ReadOnly"
)

// CredentialKind tells which door a credential opens.
type CredentialKind string

// The kinds of credentials.
const (
	KindRest CredentialKind = "Rest"
	KindScim CredentialKind = "Scim"
)

// RateLimit bounds how often something may be done: so often a second over time, and Burst times at once. The zero
// RateLimit is none.
type RateLimit struct {
	PerSecond float64
	Burst     int
}

// Credential is an API key of an integrator or a connector. Its secret is stored as a hash only.
type Credential struct {
	ID         uuid.UUID
	Tenant     uuid.UUID
	TenantSlug string
	TenantSso  bool // whether the tenant has SSO enabled; read with the credential, never stored in it
	// TenantPolicies are read with the credential like TenantSso.
	TenantPolicies Policies
	Others         []KnownTenant // the tenants besides its own in which a Rest credential may act
	Name           string
	Kind           CredentialKind
	Mode           AccessMode
	Permissions    Permissions // of a Rest credential; a Scim one has ScimPermissions
	Connection     uuid.UUID   // of a Scim credential
	// ConnectionPolicies are those of Connection; read with the credential, never stored in it.
	ConnectionPolicies Policies
	// ConnectionDialect and ConnectionSeen are those of Connection; read with the credential, never stored in it.
	ConnectionDialect Dialect
	ConnectionSeen    Sighting
	SecretHash        []byte // SHA-256 of the secret part
	// OldSecretHash still opens the door until OldSecretUntil: the overlap of a rotation.
	OldSecretHash  []byte
	OldSecretUntil time.Time
	ExpiresAt      time.Time // zero: never
	AllowedIPs     []netip.Prefix
	RateLimit      RateLimit   // of its requests, to each server; whole numbers
	PublicKeys     []PublicKey // that sign its assertions, instead of its secret
	RevokedAt      time.Time
	CreatedAt      time.Time
}

// Live reports whether the credential may be used now.
func (c *Credential) Live(now time.Time) bool {
	return c.RevokedAt.IsZero() && (c.ExpiresAt.IsZero() || now.Before(c.ExpiresAt))
}

// Allows reports whether the credential may be used from the address; an empty list allows all.
func (c *Credential) Allows(ip netip.Addr) bool {
	for _, prefix := range c.AllowedIPs {
		if prefix.Contains(ip.Unmap()) {
			return true
		}
	}
	return len(c.AllowedIPs) == 0
}

// Caller is the caller that a request with this credential speaks for.
func (c *Credential) Caller() Caller {
	caller := Caller{
		SsoOnly: ssoOnly(c.TenantSso, c.TenantPolicies),
		Tenant:  c.Tenant, TenantSlug: c.TenantSlug, Sso: c.TenantSso, Mode: c.Mode, Connection: c.Connection, Policies: c.ConnectionPolicies,
		Actor: Actor{Kind: ActorCredential, ID: c.ID, Name: c.Name}, RateLimit: c.RateLimit,
		Door: DoorRest, Permissions: c.Permissions, Others: c.Others,
	}
	if c.Kind == KindScim {
		caller.Dialect, caller.DialectSure = spoken(c.ConnectionDialect, c.ConnectionSeen)
		caller.Door, caller.Permissions = DoorScim, ScimPermissions(c.Mode)
	}
	return caller
}
