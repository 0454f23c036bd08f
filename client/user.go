package client

import (
	"context"
	"time"
)

// NewAccess is what access is given with; the zero value invites the person with the tenant's defaults.
type NewAccess struct {
	Username           string   `json:",omitempty"` // "": the person's, else the primary e-mail
	IsActive           *bool    `json:",omitempty"` // nil: true
	SendInvitation     *bool    `json:",omitempty"` // nil: true
	MfaRequired        *bool    `json:",omitempty"` // nil: the tenant's default
	IdentityProviderId string   `json:",omitempty"`
	RoleIds            []string `json:",omitempty"`
	PermissionGroupIds []string `json:",omitempty"`
	OrganizationIds    []string `json:",omitempty"`
	InvitationMessage  string   `json:",omitempty"`
	// ExternalLoginUsername is taken by Invite only; at a creation it belongs to the person.
	ExternalLoginUsername string `json:",omitempty"`
}

// User is a person's access.
type User struct {
	PersonId              string
	Username              string
	FirstName, LastName   string
	DisplayName           string
	EmailAddress          string
	PhoneNumber           string
	EmployeeNumber        string
	State                 string // NotProvisioned, Invited, Active, Inactive or Anonymized
	IsActive              bool
	LoginState            string   // why the person can or can't sign in
	LoginFlags            []string // all reasons, LoginState first
	MfaRequired           bool
	MfaEnrolled           bool
	ExternalLoginUsername string
	IdentityProviderId    string
	SignInTypes           []string // Password, Sso
	InvitedAt             *time.Time
	InvitationExpiresAt   *time.Time
	InvitationCount       int
	ActivatedAt           *time.Time
	DeactivatedAt         *time.Time
	DeactivatedBy         string
	LastLoginAt           *time.Time
	CreatedAt             *time.Time
	UpdatedAt             *time.Time
	ManagedBy             []struct{ ConnectionName string }
	Version               int64
	ReceiptId             string // of the change that has just shut the person out; see Receipts

	// Of an extended view only.
	Roles            []HeldRole
	Permissions      []string
	PermissionGroups []struct{ PermissionGroupId, Name string }
	Organizations    []struct{ OrganizationId, Name string }
	Tenants          []string
	Actions          []Action // of one person found by id
}

// Action is something that can be done to a person, or why it can't.
type Action struct {
	Action    string
	Available bool
	Reason    *struct{ Code, Message string } // nil where it is available
}

// HeldRole is a role of a person.
type HeldRole struct {
	RoleId, Name string
	Weight       int
	Source       string // Direct or Group
}

// BasicUser is a person with access in short.
type BasicUser struct{ PersonId, Username, FirstName, LastName string }

// UserFilter narrows a list of people with access; all that is given must hold.
type UserFilter struct {
	EmailAddress, Username, FirstName, LastName, DisplayName      string // partial, without regard to case
	IsActive, MfaRequired, HasLoggedIn                            *bool
	State, LoginState                                             string
	RoleId, PermissionGroupId, OrganizationId, IdentityProviderId string
	EmployeeNumber                                                string // exact
	UpdatedSince                                                  time.Time
}

func (f UserFilter) query(window Window) call {
	return call{query: window.query(filters("EmailAddress", f.EmailAddress, "Username", f.Username, "FirstName", f.FirstName, "LastName", f.LastName,
		"DisplayName", f.DisplayName, "IsActive", yesNo(f.IsActive), "MfaRequired", yesNo(f.MfaRequired), "HasLoggedIn", yesNo(f.HasLoggedIn),
		"State", f.State, "LoginState", f.LoginState, "RoleId", f.RoleId, "PermissionGroupId", f.PermissionGroupId,
		"OrganizationId", f.OrganizationId, "IdentityProviderId", f.IdentityProviderId, "EmployeeNumber", f.EmployeeNumber,
		"UpdatedSince", moment(f.UpdatedSince)))}
}

// Users lists people with access.
func (c *Client) Users(ctx context.Context, filter UserFilter, window Window) (Page[User], error) {
	return ask[Page[User]](ctx, c, "GET /UserManagement/Users", filter.query(window))
}

// BasicUsers lists people with access in short, on bigger pages.
func (c *Client) BasicUsers(ctx context.Context, filter UserFilter, window Window) (Page[BasicUser], error) {
	return ask[Page[BasicUser]](ctx, c, "GET /UserManagement/Users/Basic", filter.query(window))
}

// Identity is who the client's token stands for.
type Identity struct {
	Kind           string // User or ApiCredential
	PersonId       string
	Username       string
	CredentialName string
	AccessMode     string
	Tenant         string
	Tenants        []string
	Roles          []HeldRole
	Permissions    []string
	MfaSatisfied   *bool
}

// WhoAmI tells who the client's token stands for.
func (c *Client) WhoAmI(ctx context.Context) (*Identity, error) {
	return find[Identity](ctx, c, "GET /UserManagement/Users/WhoAmI", call{})
}

// UserByUsername finds the access with that username, without regard to case. A username with a slash in it is found by
// Users with a filter only.
func (c *Client) UserByUsername(ctx context.Context, username string) (*User, error) {
	return find[User](ctx, c, "GET /UserManagement/Users/ByUsername/{Username}", call{path: []any{username}})
}

// User finds the access of a person; of one without access, it tells that.
func (c *Client) User(ctx context.Context, person string, extended bool) (*User, error) {
	return find[User](ctx, c, "GET /UserManagement/Persons/{PersonId}", call{path: []any{person}, query: Window{Extended: extended}.query(nil)})
}

// ChangeUser changes Username, IsActive, MfaRequired and IdentityProviderId of an access.
func (c *Client) ChangeUser(ctx context.Context, person string, changes Changes) (*User, error) {
	return find[User](ctx, c, "PATCH /UserManagement/Persons/{PersonId}", call{path: []any{person}, body: changes})
}

// RemoveUser takes access away for good; the person stays.
func (c *Client) RemoveUser(ctx context.Context, person string) error {
	return c.do(ctx, "DELETE /UserManagement/Persons/{PersonId}", call{path: []any{person}})
}

// Invite gives a person access.
func (c *Client) Invite(ctx context.Context, person string, in NewAccess) (*User, error) {
	return find[User](ctx, c, "POST /UserManagement/Persons/{PersonId}/Invite", call{path: []any{person}, body: in, keyed: true})
}

// Invitation is one of the mails that invited a person.
type Invitation struct {
	InvitationId, Status, SentTo string // SentTo is masked
	SentAt, ExpiresAt            *time.Time
	ResendCount                  int
}

// Receipt tells what an act ended that shut a person out, and when it was done.
type Receipt struct {
	ReceiptId   string
	OccurredAt  time.Time
	Cause       string // Deactivated, AccessRemoved, PersonDeleted or Anonymized
	Door        string
	Ended       struct{ Sessions, Invitations, ResetLinks, Enrolments, ApiKeys int }
	CompletedAt time.Time
	Signature   string // a JSON Web Token with the keys of /.well-known/jwks.json
}

// Receipts lists what was ended when the person was shut out, the last time first.
func (c *Client) Receipts(ctx context.Context, person string, window Window) (Page[Receipt], error) {
	return ask[Page[Receipt]](ctx, c, "GET /UserManagement/Persons/{PersonId}/Receipts", call{path: []any{person}, query: window.query(nil)})
}

// Invitations lists the invitations of a person, newest first.
func (c *Client) Invitations(ctx context.Context, person string) ([]Invitation, error) {
	return list[Invitation](ctx, c, "GET /UserManagement/Persons/{PersonId}/Invitations", call{path: []any{person}})
}

// ResendInvitation voids the invitation and mails a new one; message ("": none) is shown in it.
func (c *Client) ResendInvitation(ctx context.Context, person, message string) (*User, error) {
	return c.command(ctx, "POST /UserManagement/Persons/{PersonId}/ResendInvitation", person, some("InvitationMessage", message))
}

// RevokeInvitation voids the invitation; the access stays.
func (c *Client) RevokeInvitation(ctx context.Context, person string) (*User, error) {
	return c.command(ctx, "POST /UserManagement/Persons/{PersonId}/RevokeInvitation", person, nil)
}

// ResetPassword mails the person a link to choose a new password; invalidate makes the present one worthless at once.
func (c *Client) ResetPassword(ctx context.Context, person string, invalidate bool) (*User, error) {
	return c.command(ctx, "POST /UserManagement/Persons/{PersonId}/ResetPassword", person, Changes{"InvalidateCurrent": invalidate})
}

// Activate makes an access usable again.
func (c *Client) Activate(ctx context.Context, person string) (*User, error) {
	return c.command(ctx, "POST /UserManagement/Persons/{PersonId}/Activate", person, nil)
}

// Deactivate ends an access, its sessions, invitations and links at once; reason ("": none) goes to the audit.
func (c *Client) Deactivate(ctx context.Context, person, reason string) (*User, error) {
	return c.command(ctx, "POST /UserManagement/Persons/{PersonId}/Deactivate", person, some("Reason", reason))
}

// Unlock lets a person try to sign in again after too many failures.
func (c *Client) Unlock(ctx context.Context, person string) (*User, error) {
	return c.command(ctx, "POST /UserManagement/Persons/{PersonId}/Unlock", person, nil)
}

// ResetMfa forgets the second factors of a person, who enrols anew.
func (c *Client) ResetMfa(ctx context.Context, person string) (*User, error) {
	return c.command(ctx, "POST /UserManagement/Persons/{PersonId}/ResetMfa", person, nil)
}

// InvalidateSessions ends the sessions of a person and tells how many there were; reset also asks for a new password.
func (c *Client) InvalidateSessions(ctx context.Context, person string, reset bool) (int, error) {
	answer, err := ask[struct{ RevokedCount int }](ctx, c, "POST /UserManagement/Persons/{PersonId}/InvalidateSessions",
		call{path: []any{person}, body: Changes{"ResetPassword": reset}, keyed: true})
	return answer.RevokedCount, err
}

func (c *Client) command(ctx context.Context, route, person string, body Changes) (*User, error) {
	if body == nil {
		body = Changes{}
	}
	return find[User](ctx, c, route, call{path: []any{person}, body: body, keyed: true})
}

// some is a body with one text, or none.
func some(name, text string) Changes {
	if text == "" {
		return nil
	}
	return Changes{name: text}
}
