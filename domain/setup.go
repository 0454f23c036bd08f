package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// setupTTL is how long a setup token works.
const setupTTL = time.Hour

// administratorRole is what the role of the first administrator is called.
const administratorRole = "Administrator"

// OfferSetup makes the token with which the first administrator is made, where there is no tenant at all; "" elsewhere. One
// that was made before ends with that. It is for the operator, who shows it once and keeps it nowhere.
func (o *Administration) OfferSetup(ctx context.Context) (token string, expires time.Time, err error) {
	token, hash := o.secrets.NewToken(TokenSetup)
	expires = o.now().Add(setupTTL)
	offered, err := o.registry.OfferSetup(ctx, hash, expires)
	if err != nil || !offered {
		return "", zeroTime, err
	}
	return token, expires, nil
}

// Setup is the first tenant and its administrator.
type Setup struct {
	Slug, Name string // of the tenant
	Profile    Profile
	Username   string // "": the primary e-mail
}

// SetupDone is what came of a setup.
type SetupDone struct {
	Tenant *Tenant
	Person *Person
	// Invitation is the token with which the administrator chooses a password. It is mailed as well, but nobody knows yet
	// whether mails get anywhere.
	Invitation string
}

// SetUp makes the first tenant, a role of all permissions, and a person who holds it, for whoever holds the setup token. All
// of it happens or nothing, and then the token works on.
//
// Errors: token_invalid; validation_failed, primary_email_required.
func (o *Administration) SetUp(ctx context.Context, visitor Caller, token string, in Setup) (*SetupDone, error) {
	hash, err := o.secrets.HashToken(TokenSetup, token)
	if err != nil {
		return nil, Refuse(CodeTokenInvalid, "", "This is no setup token. The server prints one when it starts without a tenant.")
	}
	tenant, err := o.newTenant("", in.Slug, in.Name)
	if err != nil {
		return nil, err
	}
	person := NewPerson{Profile: in.Profile, Access: &NewAccess{Username: in.Username, IsActive: true}}
	if err := person.Validate(); err != nil {
		return nil, err
	}
	visitor.Tenant, visitor.TenantSlug, visitor.Mode, visitor.Door = tenant.ID, tenant.Slug, ReadWrite, DoorSystem
	visitor.Actor, visitor.Permissions = Actor{Kind: ActorOperator, Name: "operator"}, AllPermissions()
	done := &SetupDone{Tenant: tenant}
	first := func(tx Tx) (*Tenant, error) { return tenant, tx.SetUp(hash, o.now(), tenant) }
	err = o.writeIn(ctx, visitor, first, func(a *act) error {
		a.happened(EventTenantCreated)
		a.entry.Changes = append(a.entry.Changes, Change{"Slug", "", tenant.Slug})
		role, err := a.administratorRole()
		if err != nil {
			return err
		}
		person.Access.RoleIDs = []uuid.UUID{role}
		if done.Person, err = a.createPerson(person); err != nil {
			return err
		}
		if done.Invitation = a.issued; a.issued == "" {
			return Refuse(CodePrimaryEmailRequired, Emails.Name, "An e-mail address is needed, by which the administrator is known.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// administratorRole makes the role that may do everything, and that nobody but the operator changes.
func (a *act) administratorRole() (uuid.UUID, error) {
	role := &Role{ID: a.newID(), Name: administratorRole, Description: "May do everything in this tenant.", Weight: MaxWeight, Permissions: AllPermissions(),
		IsSystem: true, Version: 1, CreatedAt: a.now, UpdatedAt: a.now, CreatedBy: a.caller.Actor.Name}
	a.happened(EventRoleCreated)
	a.entry.Changes = append(a.entry.Changes, role.changes(&Role{})...)
	return role.ID, a.tx.InsertRole(role)
}
