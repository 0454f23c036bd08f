package domain

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// NewCredential is what a credential is created from.
type NewCredential struct {
	Others      []string // slugs of more tenants in which a Rest credential may act, by the operator's will
	Name        string
	Kind        CredentialKind
	Mode        AccessMode   // empty: ReadWrite
	Permissions []Permission // of a Rest credential; empty: all that an API may grant
	Connection  string       // of a Scim credential: name or id; empty: a new connection of the credential's name
	Lifetime    time.Duration
	ExpiresAt   time.Time // zero: by Lifetime, of which none is for ever
	AllowedIPs  []netip.Prefix
	RateLimit   RateLimit // zero: none
	PublicKeys  []PublicKey
}

// CreateCredential makes a credential and returns its token, which is shown once and stored as a hash only. Only the operator gives restricted permissions, and nobody
// else gives more than the own ones.
//
// Errors: validation_failed; not_found about the connection; privilege_escalation, restricted_permission.
func (o *Administration) CreateCredential(ctx context.Context, caller Caller, in NewCredential) (*Credential, string, error) {
	if err := caller.Require(CredentialsManage); err != nil {
		return nil, "", err
	}
	if err := in.validate(o.now()); err != nil {
		return nil, "", err
	}
	if len(in.Others) > 0 && !caller.operates() {
		return nil, "", Refuse(CodeRestricted, "Tenants", "Only the operator lets a credential act in more tenants.")
	}
	others, err := o.otherTenants(ctx, &Tenant{ID: caller.Tenant}, in.Others)
	if err != nil {
		return nil, "", err
	}
	var credential *Credential
	var token string
	err = o.write(ctx, caller, func(a *act) (err error) {
		id, hash := a.newID(), []byte(nil)
		token, hash = a.secrets.NewCredential(id)
		credential = in.credential(a.now)
		credential.ID, credential.SecretHash, credential.Tenant, credential.TenantSlug = id, hash, a.tenant.ID, a.tenant.Slug
		credential.Others = others
		if err := a.mayGrant(credential.granted(), 0); err != nil {
			return err
		}
		if in.Kind == KindScim {
			if credential.Connection, err = a.connectionFor(in); err != nil {
				return err
			}
		}
		a.entry.Changes = append(a.entry.Changes, Change{"CredentialId", "", id.String()}, Change{"Name", "", in.Name})
		if len(in.Others) > 0 {
			a.entry.Changes = append(a.entry.Changes, Change{"Tenants", "", strings.Join(in.Others, "; ")})
		}
		a.happened(EventCredentialCreated)
		return a.tx.SaveCredential(credential)
	})
	return credential, token, err
}

func (in *NewCredential) credential(now time.Time) *Credential {
	c := &Credential{Name: in.Name, Kind: in.Kind, Mode: in.Mode, ExpiresAt: in.ExpiresAt, AllowedIPs: in.AllowedIPs,
		RateLimit: in.RateLimit, PublicKeys: in.PublicKeys, CreatedAt: now}
	if in.Mode == "" {
		c.Mode = ReadWrite
	}
	if in.Lifetime > 0 {
		c.ExpiresAt = now.Add(in.Lifetime)
	}
	if in.Kind == KindRest {
		c.Permissions = ApiPermissions()
		if len(in.Permissions) > 0 {
			c.Permissions = NewPermissions(in.Permissions...)
		}
	}
	return c
}

// granted is what the holder of the credential can do that others can have as well.
func (c *Credential) granted() Permissions {
	if c.Kind == KindRest {
		return c.Permissions
	}
	return slices.DeleteFunc(slices.Clone(ScimPermissions(c.Mode)), func(p Permission) bool { return !apiPermissions.Has(p) })
}

func (in *NewCredential) validate(now time.Time) error {
	if err := checkName(in.Name); err != nil {
		return err
	}
	var found problems
	if in.Kind != KindRest && in.Kind != KindScim {
		found.add("Kind", "The kind is Rest or Scim.")
	}
	if in.Mode != "" && in.Mode != ReadWrite && in.Mode != ReadOnly {
		found.add("AccessMode", "The access mode is ReadWrite or ReadOnly.")
	}
	if in.Kind == KindScim && len(in.Permissions) > 0 {
		found.add("Permissions", "A Scim credential has the permissions of its access mode (--access); leave them out.")
	}
	if in.Kind == KindRest && in.Connection != "" {
		found.add("ScimConnectionId", "A Rest credential has no SCIM connection.")
	}
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now) {
		found.add("ExpiresAt", "The time is past.")
	}
	if in.Kind == KindScim && len(in.Others) > 0 {
		found.add("Tenants", "A Scim credential has one tenant, that of its connection.")
	}
	known := AllPermissions()
	for _, p := range in.Permissions {
		if !known.Has(p) {
			found.add("Permissions", "There is no permission %q that a Rest credential may have.", shortName(string(p)))
		}
	}
	checkLimits(&found, in.RateLimit, in.PublicKeys)
	return found.err()
}

func (a *act) connectionFor(in NewCredential) (uuid.UUID, error) {
	var connection *Connection
	var err error
	if in.Connection != "" {
		connection, err = connectionNamed(a.tx, in.Connection)
	} else if err = a.caller.Require(PoliciesManage); err == nil {
		connection, err = a.createConnection(in.Name, nil)
	}
	if err != nil {
		return uuid.Nil, err
	}
	return connection.ID, nil
}

// mayHold refuses a caller who could not have made the credential.
func (a *act) mayHold(c *Credential) error {
	if len(c.Others) > 0 && !a.caller.operates() {
		return Refuse(CodePrivilegeEscalation, "", "This credential acts in more tenants; only the operator changes or rotates it.")
	}
	return a.mayGrant(c.granted(), 0)
}

// maxOverlap is how long an old secret may live on.
const maxOverlap = 30 * 24 * time.Hour

// RotateCredential gives a credential a new secret and returns the new token; the old one lives on for overlap, at most
// 30 days. Whoever may not create such a credential may not have its token either, unless it is the caller's own.
//
// Errors: not_found, also for one that has ended; validation_failed; privilege_escalation, restricted_permission.
func (o *Administration) RotateCredential(ctx context.Context, caller Caller, id uuid.UUID, overlap time.Duration) (*Credential, string, error) {
	var token string
	credential, err := o.withCredential(ctx, caller, id, func(a *act, credential *Credential) error {
		if !credential.Live(a.now) {
			return Refuse(CodeNotFound, "CredentialId", "The credential is revoked or expired; create a new one.")
		}
		if overlap < 0 || overlap > maxOverlap {
			return Refuse(CodeValidation, "OverlapHours", "An old token lives on for at most %d hours.", maxOverlap/time.Hour)
		}
		if a.caller.Actor.ID != id {
			if err := a.mayHold(credential); err != nil {
				return err
			}
		}
		fresh, hash := a.secrets.NewCredential(id)
		credential.OldSecretHash, credential.OldSecretUntil = credential.SecretHash, a.now.Add(overlap)
		token, credential.SecretHash = fresh, hash
		a.happened(EventCredentialRotated)
		return a.tx.SaveCredential(credential)
	})
	return credential, token, err
}

// RevokeCredential ends a credential at once: servers that remember it forget within a second. One that has ended stays
// as it is.
//
// Errors: not_found.
func (o *Administration) RevokeCredential(ctx context.Context, caller Caller, id uuid.UUID) (*Credential, error) {
	return o.withCredential(ctx, caller, id, func(a *act, credential *Credential) error {
		if !credential.RevokedAt.IsZero() {
			return nil
		}
		credential.RevokedAt = a.now
		a.happened(EventCredentialRevoked)
		return a.tx.SaveCredential(credential)
	})
}

// withCredential runs an act on one credential of the tenant.
func (o *Administration) withCredential(ctx context.Context, caller Caller, id uuid.UUID, do func(a *act, c *Credential) error) (credential *Credential, err error) {
	if err := caller.Require(CredentialsManage); err != nil {
		return nil, err
	}
	err = o.write(ctx, caller, func(a *act) error {
		if credential, err = a.tx.FindCredential(id); err != nil {
			return err
		}
		a.entry.Changes = []Change{{"CredentialId", id.String(), id.String()}}
		return do(a, credential)
	})
	return credential, err
}

// Credential finds a credential of the tenant.
//
// Errors: not_found.
func (o *Administration) Credential(ctx context.Context, caller Caller, id uuid.UUID) (credential *Credential, err error) {
	if err := caller.Require(CredentialsManage); err != nil {
		return nil, err
	}
	err = o.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		credential, err = tx.FindCredential(id)
		return err
	})
	return credential, err
}

// Credentials lists the credentials of the tenant, the oldest first, ended ones included.
func (o *Administration) Credentials(ctx context.Context, caller Caller) (list []*Credential, err error) {
	if err := caller.Require(CredentialsManage); err != nil {
		return nil, err
	}
	err = o.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		list, err = tx.ListCredentials()
		return err
	})
	return list, err
}
