package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Registry is the tenant-less half of the store: looking up who a token belongs to, the operator's tenants,
// and the dispatcher's queue.
type Registry interface {
	CredentialRegistry
	Openings
	TenantRegistry
	ProvisioningRegistry
	Outbox
	Retainer
	Deliveries
	Imports
	Reports
	Feeds
	Audits
	// Ping tells whether the database answers.
	Ping(ctx context.Context) error
}

// CredentialRegistry finds what a token stands for.
type CredentialRegistry interface {
	// FindCredential loads a credential, revoked and expired ones included; not_found when there is none or its
	// tenant is disabled.
	FindCredential(ctx context.Context, id uuid.UUID) (*Credential, error)
	// UseAssertion notes that a credential's assertion was used, and tells whether it was the first time. It is
	// remembered until that time.
	UseAssertion(ctx context.Context, tenant, credential uuid.UUID, assertion []byte, until time.Time) (bool, error)
	// FindTokenOwner tells which tenant has an invitation or a reset link of that hash, be it live or not;
	// not_found when there is none or the tenant is disabled.
	FindTokenOwner(ctx context.Context, purpose TokenPurpose, hash []byte) (*TokenOwner, error)
	// ListResetRequests gives up to count wishes for reset links that nobody has taken, oldest first.
	ListResetRequests(ctx context.Context, count int) ([]*ResetRequest, error)
	// ListFailedSignIns gives up to count buckets of failures to sign in that began at that time or before, oldest first.
	ListFailedSignIns(ctx context.Context, before time.Time, count int) ([]*FailedSignIns, error)
	// FindSession loads a session that has not ended, with the person's username, by the hash of its token;
	// not_found when there is none or the access is not active.
	FindSession(ctx context.Context, hash []byte) (*SignedIn, error)
	// ListAssigned tells in which tenants besides its own the person may act; see [AssignmentTx].
	ListAssigned(ctx context.Context, tenant, person uuid.UUID) ([]KnownTenant, error)
	// TouchSession notes that the session was used.
	TouchSession(ctx context.Context, tenant, session uuid.UUID, at time.Time) error
	// SeenConnection notes that the connection was used, and what that told of it. A dialect that an operator fixed
	// keeps sightings out.
	SeenConnection(ctx context.Context, tenant, connection uuid.UUID, seen Observation) error
	// ListDeviations gives the deviations of the connection in the order of their rules.
	ListDeviations(ctx context.Context, tenant, connection uuid.UUID) ([]Deviation, error)
}

// Retainer forgets what was kept long enough.
type Retainer interface {
	// DeleteOld removes up to count rows of the tenant whose time was before that, the oldest first, and returns how many.
	DeleteOld(ctx context.Context, tenant uuid.UUID, what Kept, before time.Time, count int) (int, error)
}

// SignedIn is a session with what a caller needs of its person.
type SignedIn struct {
	Session    Session
	Tenant     uuid.UUID
	TenantSlug string
	TenantSso  bool // whether the tenant has SSO enabled
	// TenantPolicies are those of the tenant.
	TenantPolicies Policies
	Username       string
	Rights         Rights // of the person, now
}

// TenantRegistry keeps tenants as such. Changes carry their audit row and event.
type TenantRegistry interface {
	InsertTenant(ctx context.Context, t *Tenant, entry *AuditEntry) error
	// UpdateTenant is SaveTenant for the operator: of a tenant that is disabled, too.
	UpdateTenant(ctx context.Context, t *Tenant, entry *AuditEntry) error
	// FindTenant finds a tenant by its slug, disabled ones included; tenant_not_found when there is none.
	FindTenant(ctx context.Context, slug string) (*Tenant, error)
	ListTenants(ctx context.Context) ([]*Tenant, error)
	// OfferSetup keeps the hash of a setup token, in the place of the one before, if there is no tenant at all; else it
	// keeps nothing and tells so.
	OfferSetup(ctx context.Context, hash []byte, expires time.Time) (offered bool, err error)
}

// AdministrationTx keeps what the tenant is set up with. Records that are found in a write are kept from others until
// its end.
type AdministrationTx interface {
	// LockTenant is Tenant, as it is now, kept from others that ask for it until the end of the transaction.
	LockTenant() (*Tenant, error)
	// SaveTenant stores a changed tenant. What waits to leave one that is a sandbox is withheld.
	SaveTenant(t *Tenant) error
	// SetUp spends the setup token of that hash and stores the tenant of the scope, the first one; token_invalid when there is
	// no such token, when it has expired by now, or when there is a tenant.
	SetUp(hash []byte, now time.Time, tenant *Tenant) error
	// FindConnection loads a connection with its deviations; not_found when there is none, also when it was removed.
	FindConnection(id uuid.UUID) (*Connection, error)
	// ListConnections gives all with their deviations, oldest first. They are few.
	ListConnections() ([]*Connection, error)
	// SaveConnection stores a connection, new or changed. Of what the engine noted nothing changes, but a connection
	// without a sighting forgets the one that is stored.
	SaveConnection(c *Connection) error
	// RemoveConnection takes the connection out of use: its credentials are revoked, its subscriptions deleted, the groups
	// that it managed are managed by nobody. It counts credentials and groups.
	RemoveConnection(id uuid.UUID, at time.Time) (revoked, released int, err error)
	// FindCredential loads a credential, ended ones included; not_found when there is none.
	FindCredential(id uuid.UUID) (*Credential, error)
	// ListCredentials gives all, oldest first.
	ListCredentials() ([]*Credential, error)
	// SaveCredential stores a credential, new or changed.
	SaveCredential(c *Credential) error
	// ListDeadMails gives mails that were given up, newest first.
	ListDeadMails(offset, count int) ([]*DeadMail, error)
	// FindDeadMail loads a mail that was given up; not_found when there is none.
	FindDeadMail(id uuid.UUID) (*DeadMail, error)
	// RequeueMail lets a mail that was given up wait for its NextAt again.
	RequeueMail(m *DeadMail) error
}

// ProvisioningRegistry takes the entries of requests that changed nothing and share no transaction with anything, and
// forgets old ones.
type ProvisioningRegistry interface {
	RecordProvisioning(ctx context.Context, tenant uuid.UUID, entries []*ProvisioningEntry) error
	// ForgetProvisioning removes up to count entries from before the time, oldest first, and tells how many.
	ForgetProvisioning(ctx context.Context, tenant uuid.UUID, before time.Time, count int) (int, error)
}

// Outbox is the queue of messages that left their transaction and wait for the dispatcher.
type Outbox interface {
	// ClaimMessages hands out up to count due messages and hides them from other claims until the lease ends.
	ClaimMessages(ctx context.Context, now time.Time, lease time.Duration, count int) ([]*OutboxMessage, error)
	// SettleMessage ends a message as delivered (dead false) or given up (dead true).
	SettleMessage(ctx context.Context, m *OutboxMessage, dead bool, reason string) error
	// RetryMessage puts a message back until at.
	RetryMessage(ctx context.Context, m *OutboxMessage, at time.Time, reason string) error
}

// Secrets makes and checks secrets; the engine never sees how.
type Secrets interface {
	// NewToken makes a random single-use token for the purpose, with the hash under which it is stored.
	NewToken(purpose TokenPurpose) (token string, hash []byte)
	// HashToken is the hash of a token that somebody presents; token_invalid when it is none of the purpose.
	HashToken(purpose TokenPurpose, token string) ([]byte, error)
	// NewCredential makes the token of a credential with that id, and the hash of its secret.
	NewCredential(id uuid.UUID) (token string, hash []byte)
	// ParseCredential splits a credential's token into its id and the hash of its secret.
	ParseCredential(token string) (id uuid.UUID, hash []byte, err error)
	// EqualHash compares hashes in constant time.
	EqualHash(a, b []byte) bool
	// Seal encrypts a secret that leaves the engine's hands, to be stored or to come back, bound to the purpose.
	Seal(secret, purpose string) ([]byte, error)
	// Open decrypts what Seal gave for the same purpose, and fails for everything else.
	Open(sealed []byte, purpose string) (string, error)
}

// TokenPurpose tells what a token is for; a token of one purpose is none of another.
type TokenPurpose string

// The purposes of tokens.
const (
	TokenInvitation TokenPurpose = "invitation"
	TokenReset      TokenPurpose = "reset"
	TokenSession    TokenPurpose = "session"
	TokenVerify     TokenPurpose = "verify"
	TokenRecovery   TokenPurpose = "recovery"
	TokenPasskey    TokenPurpose = "passkey" // the ticket of a ceremony
	TokenSetup      TokenPurpose = "setup"   // makes the first administrator
)
