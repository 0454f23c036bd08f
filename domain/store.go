package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Scope is the part of the store that a transaction sees: one tenant, looked at through at most one connection.
type Scope struct {
	Tenant     uuid.UUID
	Connection uuid.UUID // whose links are seen; uuid.Nil: none
}

// Store is the engine's memory. A Tx is born inside a Scope and none of its methods takes a tenant, so that a
// foreign id is simply not found.
//
// Write runs fn in a transaction that is durable when Write returns nil, and leaves nothing when fn or the
// commit fails. fn may be run again after a conflict between replicas, so that it must have no effects but
// those on tx; it must not call the store, wait, or touch the network. Read runs fn on one consistent snapshot. Look
// is for a fn that asks one thing, which needs no snapshot: each answer is of its own moment.
//
// Errors: those of fn as they are; a conflict with a unique key as an *Error of the attribute's code;
// overloaded when too many writers wait; storage_full; unavailable when the database can't be reached.
type Store interface {
	Read(ctx context.Context, scope Scope, fn func(tx Tx) error) error
	Look(ctx context.Context, scope Scope, fn func(tx Tx) error) error
	Write(ctx context.Context, scope Scope, fn func(tx Tx) error) error
}

// Tx is what a use case may ask of the store, in parts of one subject each.
type Tx interface {
	SettingsTx
	AdministrationTx
	PersonTx
	AccessTx
	TokenTx
	SessionTx
	ReceiptTx
	ForgottenTx
	FailureTx
	EnrolmentTx
	PasskeyTx
	LinkTx
	GroupTx
	MemberTx
	RoleTx
	OrganizationTx
	ProviderTx
	DomainTx
	SsoTx
	ForecastTx
	ServiceKeyTx
	GrantTx
	RightTx
	AssignmentTx
	LedgerTx
	FeedTx
	SubscriptionTx
	ParcelTx
	ImportTx
	ReportTx
	ProvisioningTx
	AuditTx
	AnonymizationTx
}

// SettingsTx reads what the tenant and the connection of the scope have chosen.
type SettingsTx interface {
	// Tenant is the tenant of the scope; tenant_not_found when it is gone or disabled.
	Tenant() (*Tenant, error)
	// Connection is the connection of the scope; nil without one.
	Connection() (*Connection, error)
	// Note adds a line to the connection's notes unless it is there; at most twenty are kept.
	Note(line string) error
	// Organizations gives the names of those of the ids that are organizations of the tenant.
	Organizations(ids []uuid.UUID) (map[uuid.UUID]string, error)
}

// ProviderTx keeps identity providers.
type ProviderTx interface {
	InsertProvider(p *IdentityProvider) error
	// FindProvider loads an identity provider; identity_provider_not_found when there is none. It is not locked:
	// UpdateProvider tells when somebody was first.
	FindProvider(id uuid.UUID) (*IdentityProvider, error)
	// FindProviderByPrefix is FindProvider by the prefix.
	FindProviderByPrefix(prefix string) (*IdentityProvider, error)
	// ListProviders loads all of them in the order of their names.
	ListProviders() ([]*IdentityProvider, error)
	// UpdateProvider stores a provider over the version before its Version; version_conflict when that is not the stored one.
	UpdateProvider(p *IdentityProvider) error
	DeleteProvider(id uuid.UUID) error
	// ProviderNamed tells whether anybody's access, or a domain, names the provider.
	ProviderNamed(id uuid.UUID) (bool, error)
}

// DomainTx keeps the domains of e-mail addresses.
type DomainTx interface {
	// ListDomains loads all of them in the order of their names.
	ListDomains() ([]*SsoDomain, error)
	// FindDomain loads a domain; not_found when there is none.
	FindDomain(name string) (*SsoDomain, error)
	// InsertDomain stores a new domain; domain_taken when the tenant has it already.
	InsertDomain(d *SsoDomain) error
	// UpdateDomain stores what the DNS said of a domain that was last checked at that time; version_conflict when it was
	// checked since, domain_taken when another tenant has it verified, not_found when it is gone.
	UpdateDomain(d *SsoDomain, checked time.Time) error
	DeleteDomain(name string) error
}

// PersonTx keeps people: their profile with contacts and employment, in one row and a few keys.
type PersonTx interface {
	// InsertPerson stores the person without its Access and Link.
	InsertPerson(p *Person) error
	// FindPerson loads a person with Access and Link, locked until the end of a write transaction;
	// person_not_found when there is none, also when it was deleted.
	FindPerson(id uuid.UUID, with With) (*Person, error)
	// ListPeople loads a page of people with Access and Link.
	ListPeople(q Query) (Page[*Person], error)
	// UpdatePerson stores everything of the person but its Access and Link.
	UpdatePerson(p *Person) error
	// TouchPerson stores only Version and UpdatedAt.
	TouchPerson(p *Person) error
	// DeletePerson marks the person deleted: no query finds it any more and its keys are free again.
	DeletePerson(id uuid.UUID, at time.Time) error
	// MatchPeople finds who the keys point at, at most 20: usernames and e-mails in the order of MatchKey.
	MatchPeople(keys MatchKeys) ([]Match, error)
	// ReportsTo tells whether the person stands somewhere above the manager, so that making the manager the
	// person's manager would close a circle.
	ReportsTo(manager, person uuid.UUID) (bool, error)
}

// AccessTx keeps access and the identity account that lives and dies with it.
type AccessTx interface {
	// InsertAccess stores p.Access and its identity account.
	InsertAccess(p *Person, identity *IdentityAccount) error
	// UpdateAccess stores p.Access and, in the identity account, the copies of the primary e-mail and phone. Protected and
	// Administers are not stored but brought up to date: see RefreshProtection.
	UpdateAccess(p *Person) error
	// DeleteAccess removes the access, its identity account, tokens, sessions and enrolments. It tells whether that took
	// an active administrator from the tenant.
	DeleteAccess(person uuid.UUID) (administrator bool, err error)
	// FindIdentity loads the identity account of a person with access.
	FindIdentity(person uuid.UUID) (*IdentityAccount, error)
	// UpdateIdentity stores the credential half of the identity account: password, failures, must-reset.
	UpdateIdentity(person uuid.UUID, identity *IdentityAccount) error
	// FindByLogin finds people with access by an external login, primary e-mail, username or employee number;
	// attribute is AttrExternalLogin, AttrEmailAddress, AttrUsername or AttrEmployeeNumber. At most two.
	FindByLogin(attribute *Attribute, value string) ([]uuid.UUID, error)
	// FindCrossing finds who but the person is asserted by any of the folded values, up to four, on any rung.
	FindCrossing(person uuid.UUID, values []string) ([]LoginMatch, error)
	// FindLookalike finds a protected account, not the person's, whose user name has the skeleton.
	FindLookalike(person uuid.UUID, skeleton string) (protected uuid.UUID, found bool, err error)
}

// TokenTx keeps invitations and reset links.
type TokenTx interface {
	InsertInvitation(i *Invitation) error
	// VoidInvitations ends the pending invitations of the person with the status and cancels their unsent
	// mails; it returns how many there were.
	VoidInvitations(person uuid.UUID, status InvitationStatus) (int, error)
	// ListInvitations gives the invitations of the person, newest first.
	ListInvitations(person uuid.UUID) ([]*Invitation, error)
	// LastInvitations gives the newest invitation of each of the people who have any.
	LastInvitations(people []uuid.UUID) (map[uuid.UUID]*Invitation, error)
	// FindInvitation finds a pending invitation by the hash of its token; token_invalid when there is none.
	FindInvitation(hash []byte) (*Invitation, error)
	InsertResetToken(t *ResetToken) error
	// FindResetToken finds a reset link that is neither used nor void by the hash of its token, locked in a write;
	// token_invalid when there is none.
	FindResetToken(hash []byte) (*ResetToken, error)
	// ConsumeResetToken notes that the link was used.
	ConsumeResetToken(id uuid.UUID, at time.Time) error
	// VoidResetTokens ends the unused reset links of the person and cancels their unsent mails.
	VoidResetTokens(person uuid.UUID, at time.Time) (int, error)
}

// ForgottenTx keeps what people who forgot their password asked for.
type ForgottenTx interface {
	InsertResetRequest(r *ResetRequest) error
	// TakeResetRequest removes the wish and tells whether it was still there.
	TakeResetRequest(id uuid.UUID) (bool, error)
	// CountResetTokens tells when the person last asked for a reset link, and how often since then.
	CountResetTokens(person uuid.UUID, since time.Time) (last time.Time, count int, err error)
}

// EnrolmentTx keeps authenticators and old passwords.
type EnrolmentTx interface {
	// FindEnrolment loads the authenticator of the person that is, or is not yet, confirmed, locked in a write; nil
	// when there is none.
	FindEnrolment(person uuid.UUID, confirmed bool) (*Enrolment, error)
	// SaveEnrolment stores the authenticator, new or changed; a new one takes the place of another unconfirmed one.
	SaveEnrolment(n *Enrolment) error
	// DeleteEnrolments forgets every authenticator and recovery code of the person.
	DeleteEnrolments(person uuid.UUID) error
	// RememberPassword keeps the hash of an old password ("": there was none), and of the newest ones so many.
	RememberPassword(person uuid.UUID, hash string, at time.Time, keep int) error
	// ListPasswords gives the hashes of old passwords, the newest first.
	ListPasswords(person uuid.UUID) ([]string, error)
}

// SessionTx keeps sessions.
type SessionTx interface {
	InsertSession(s *Session) error
	// KnowsDevice tells whether a session of the person was opened in that browser, be it ended or not, and not one that was
	// good for nothing but a second factor.
	KnowsDevice(person uuid.UUID, device []byte) (bool, error)
	// ListSessions gives the sessions of the person that have not ended, newest first.
	ListSessions(person uuid.UUID) ([]*Session, error)
	// EndSession ends one session of the person, and tells whether there was one to end.
	EndSession(person, session uuid.UUID, at time.Time, reason string) (bool, error)
	// EndOtherSessions is EndSessions for all but the one to keep.
	EndOtherSessions(person, keep uuid.UUID, at time.Time, reason string) (int, error)
	// EndSessions ends the sessions of the person that have not ended, and returns how many there were.
	EndSessions(person uuid.UUID, at time.Time, reason string) (int, error)
	// EndSessionsWithoutMfa is EndSessions for those that were opened without a second factor.
	EndSessionsWithoutMfa(person uuid.UUID, at time.Time, reason string) (int, error)
}

// LinkTx keeps what the connection of the scope remembers about people and groups.
type LinkTx interface {
	// SaveLink stores p.Link, new or changed.
	SaveLink(p *Person) error
	// ForgetFormattedNames drops the formatted name that any connection wants echoed for the person.
	ForgetFormattedNames(person uuid.UUID) error
	// DeleteLinks forgets every connection's links to the person.
	DeleteLinks(person uuid.UUID) error
	// SaveGroupLink stores g.Link, new or changed.
	SaveGroupLink(g *Group) error
}

// GroupTx keeps groups without their members.
type GroupTx interface {
	InsertGroup(g *Group) error
	// FindGroup loads a group, locked until the end of a write transaction; group_not_found when there is none.
	FindGroup(id uuid.UUID) (*Group, error)
	// FindGroupByName finds a group by its name, compared folded; nil when there is none.
	FindGroupByName(name string) (*Group, error)
	// ListGroups loads a page of groups; restricted ones only when asked for.
	ListGroups(q Query, restricted bool) (Page[*Group], error)
	UpdateGroup(g *Group) error
	// BumpGroup adds one to the stored version and sets UpdatedAt without reading the group, so that changes
	// of members by several writers never lose one another. The new version is put into g.
	BumpGroup(g *Group, at time.Time) error
	// DeleteGroup removes the group, its memberships and links.
	DeleteGroup(id uuid.UUID) error
}

// MemberTx keeps the members of groups as rows: the cost of a change is that of the change.
type MemberTx interface {
	// AddMembers adds the people that are not members yet and returns them; unknown_member, naming the first,
	// when somebody has no access.
	AddMembers(group uuid.UUID, people []uuid.UUID, source MemberSource, at time.Time) ([]uuid.UUID, error)
	// RemoveMembers removes the people that are members and returns them.
	RemoveMembers(group uuid.UUID, people []uuid.UUID) ([]uuid.UUID, error)
	// ClearMembers removes all members but those to keep, and returns how many it removed.
	ClearMembers(group uuid.UUID, keep []uuid.UUID) (int, error)
	// ListMembers gives up to count members behind a person in the order of their ids (uuid.Nil: from the start).
	ListMembers(group, after uuid.UUID, count int) ([]Member, error)
	// FilterMembers tells which of the people are members.
	FilterMembers(group uuid.UUID, people []uuid.UUID) ([]uuid.UUID, error)
	// LeaveGroups removes the person from groups: from all, or only from those it joined through source.
	LeaveGroups(person uuid.UUID, source MemberSource) ([]uuid.UUID, error)
	// PageMembers gives up to count members behind the first offset ones, in the order of their ids.
	PageMembers(group uuid.UUID, offset, count int) ([]Member, error)
	// RequireAccess refuses people without access as unknown_member, naming the first.
	RequireAccess(people []uuid.UUID) error
}

// OrganizationTx keeps the tree of organizations.
type OrganizationTx interface {
	InsertOrganization(o *Organization) error
	// FindOrganization loads an organization; organization_not_found when there is none.
	FindOrganization(id uuid.UUID) (*Organization, error)
	// ListOrganizations loads a page by Offset, Count and Total of the query, the oldest first.
	ListOrganizations(q Query) (Page[*Organization], error)
	UpdateOrganization(o *Organization) error
	DeleteOrganization(id uuid.UUID) error
	// HasOrganizations tells whether there are organizations directly below.
	HasOrganizations(id uuid.UUID) (bool, error)
	// OrganizationUnder tells whether an organization, which has to be there, is the other one or below it. It keeps other
	// moves in the tree away until the end of the transaction.
	OrganizationUnder(id, above uuid.UUID) (bool, error)
}

// RoleTx keeps roles.
type RoleTx interface {
	InsertRole(r *Role) error
	UpdateRole(r *Role) error
	// DeleteRole removes the role from everybody and every group, too.
	DeleteRole(id uuid.UUID) error
	// FindRoles loads the roles that there are of the ids, locked until the end of a write transaction.
	FindRoles(ids []uuid.UUID) ([]*Role, error)
	// FindRoleByName finds a role by its name, compared folded; nil when there is none.
	FindRoleByName(name string) (*Role, error)
	// ListRoles loads a page by Offset, Count and Total of the query, the heaviest first, then by name.
	ListRoles(q Query) (Page[*Role], error)
	// RoleHolders tells how many people hold the role directly, and which groups grant it.
	RoleHolders(role uuid.UUID) (people int, groups []uuid.UUID, err error)
}

// GrantTx keeps which roles people and groups are given.
type GrantTx interface {
	// GrantRoles gives a person with access the roles and returns those that are new.
	GrantRoles(person uuid.UUID, roles []uuid.UUID, at time.Time) ([]uuid.UUID, error)
	// RevokeRoles takes roles that the person holds directly, and returns them.
	RevokeRoles(person uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error)
	// GroupRoles loads the roles that the group grants.
	GroupRoles(group uuid.UUID) ([]*Role, error)
	// GroupRoleIDs tells which roles the groups grant.
	GroupRoleIDs(groups []uuid.UUID) (map[uuid.UUID][]uuid.UUID, error)
	// GrantGroupRoles and RevokeGroupRoles change which roles the group grants, and return what changed.
	GrantGroupRoles(group uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error)
	RevokeGroupRoles(group uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error)
}

// RightTx tells what people may do by their roles and groups.
type RightTx interface {
	// Rights are those of the people who have any, by one look-up in indexes whatever the number of people stored.
	Rights(people []uuid.UUID) (map[uuid.UUID]*Rights, error)
	// RefreshProtection sets Protected and Administers of each access by what is granted now, and tells whether an active
	// administrator is none any more. It keeps other acts on administrators of the tenant away until the end of the
	// transaction, so it comes late in one.
	RefreshProtection() (lost bool, err error)
	// HasAdministrator tells whether the tenant has an active administrator, and keeps other acts away like
	// RefreshProtection.
	HasAdministrator() (bool, error)
}

// AssignmentTx keeps in which other tenants of the business account the sessions of people may act.
type AssignmentTx interface {
	// AssignedTenants tells where else the people may act, in the order of the slugs. Disabled tenants and those that left the
	// business account are not among them.
	AssignedTenants(people []uuid.UUID) (map[uuid.UUID][]KnownTenant, error)
	// Siblings tells which of the tenants are of the same business account as that of the scope, and not disabled.
	Siblings(tenants []uuid.UUID) ([]uuid.UUID, error)
	// AssignTenants and UnassignTenants change where a person with access may act, and return what changed.
	AssignTenants(person uuid.UUID, tenants []uuid.UUID, at time.Time) ([]uuid.UUID, error)
	UnassignTenants(person uuid.UUID, tenants []uuid.UUID) ([]uuid.UUID, error)
}

// LedgerTx keeps what a change owes: the audit row, the events and the messages, in the change's transaction.
type LedgerTx interface {
	Record(entry *AuditEntry) error
	Append(events []Event) error
	Enqueue(message *OutboxMessage) error
	// FindOnce finds the stored answer to an idempotent request; nil when there is none or it expired.
	FindOnce(credential uuid.UUID, route, key string, now time.Time) (*OnceRecord, error)
	SaveOnce(record *OnceRecord) error
}
