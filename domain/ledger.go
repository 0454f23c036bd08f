package domain

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// EventType names something that happened, in the style of the source systems.
type EventType string

// The events (DOMAIN.md, section 5.2).
const (
	EventPersonCreated          EventType = "PERSON_CREATED"
	EventPersonUpdated          EventType = "PERSON_UPDATED"
	EventPersonEmailChanged     EventType = "PERSON_EMAIL_CHANGED"
	EventPersonDeleted          EventType = "PERSON_DELETED"
	EventAccessProvisioned      EventType = "USER_ACCESS_PROVISIONED"
	EventAccessLinked           EventType = "USER_ACCESS_LINKED"
	EventInvitationSent         EventType = "INVITATION_SENT"
	EventInvitationAccepted     EventType = "INVITATION_ACCEPTED"
	EventInvitationRevoked      EventType = "INVITATION_REVOKED"
	EventUserActivated          EventType = "USER_ACTIVATED"
	EventUserDeactivated        EventType = "USER_DEACTIVATED"
	EventUserUnlocked           EventType = "USER_UNLOCKED"
	EventUserLocked             EventType = "USER_LOCKED"
	EventUserSignedUp           EventType = "USER_SIGNED_UP"
	EventPasswordChanged        EventType = "PASSWORD_CHANGED"
	EventMfaEnrolled            EventType = "MFA_ENROLLED"
	EventPasskeyAdded           EventType = "PASSKEY_ADDED"
	EventPasskeyRenamed         EventType = "PASSKEY_RENAMED"
	EventPasskeyRemoved         EventType = "PASSKEY_REMOVED"
	EventPasskeySuspected       EventType = "PASSKEY_SUSPECTED"
	EventUsernameChanged        EventType = "USERNAME_CHANGED"
	EventExternalLoginChanged   EventType = "EXTERNAL_LOGIN_CHANGED"
	EventPasswordResetRequested EventType = "PASSWORD_RESET_REQUESTED"
	EventMfaRequirementChanged  EventType = "MFA_REQUIREMENT_CHANGED"
	EventMfaReset               EventType = "MFA_RESET"
	EventSessionsRevoked        EventType = "SESSIONS_REVOKED"
	EventIdentitySynced         EventType = "IDENTITY_SYNCED"
	EventGroupCreated           EventType = "GROUP_CREATED"
	EventGroupUpdated           EventType = "GROUP_UPDATED"
	EventGroupDeleted           EventType = "GROUP_DELETED"
	EventGroupMembersChanged    EventType = "GROUP_MEMBERS_CHANGED"
	EventOrganizationsChanged   EventType = "ORGANIZATIONS_CHANGED"
	EventProviderChanged        EventType = "IDENTITY_PROVIDER_CHANGED"
	EventProviderCreated        EventType = "IDENTITY_PROVIDER_CREATED"
	EventProviderUpdated        EventType = "IDENTITY_PROVIDER_UPDATED"
	EventProviderDeleted        EventType = "IDENTITY_PROVIDER_DELETED"
	// EventProviderWarning is the server's own: something of a provider will soon keep people out, or does.
	EventProviderWarning EventType = "IDENTITY_PROVIDER_WARNING"
	// The domains by which people are led to a provider. EventDomainUnverified is the server's own.
	EventDomainCreated       EventType = "SSO_DOMAIN_CREATED"
	EventDomainVerified      EventType = "SSO_DOMAIN_VERIFIED"
	EventDomainUnverified    EventType = "SSO_DOMAIN_UNVERIFIED"
	EventDomainDeleted       EventType = "SSO_DOMAIN_DELETED"
	EventRolesChanged        EventType = "ROLES_CHANGED"
	EventRoleCreated         EventType = "ROLE_CREATED"
	EventRoleUpdated         EventType = "ROLE_UPDATED"
	EventRoleDeleted         EventType = "ROLE_DELETED"
	EventOrganizationCreated EventType = "ORGANIZATION_CREATED"
	EventOrganizationUpdated EventType = "ORGANIZATION_UPDATED"
	EventOrganizationDeleted EventType = "ORGANIZATION_DELETED"
	EventBreakGlassChanged   EventType = "BREAK_GLASS_CHANGED"
	EventTenantsChanged      EventType = "TENANTS_CHANGED"
	EventAccessRemoved       EventType = "USER_ACCESS_REMOVED"
	EventMigrationStarted    EventType = "MIGRATION_STARTED"
	EventMigrationCompleted  EventType = "MIGRATION_COMPLETED"
	EventReportScheduled     EventType = "REPORT_SCHEDULED"
	EventReportCompleted     EventType = "REPORT_COMPLETED"
	EventReportFailed        EventType = "REPORT_FAILED"
	EventReportDownloaded    EventType = "REPORT_DOWNLOADED"
	EventUserSignedIn        EventType = "USER_SIGNED_IN"
	// EventSignInFailed tells of the failures of a while, about one person or about nobody, or of one message of an
	// identity provider.
	EventSignInFailed      EventType = "SIGN_IN_FAILED"
	EventDeletionRequested EventType = "ACCOUNT_DELETION_REQUESTED"
	EventDeletionCompleted EventType = "ACCOUNT_DELETION_REQUEST_COMPLETED"
	// EventLinkChanged and EventLinkHidden are what a connection did to its own view of a person.
	EventLinkChanged EventType = "USER_LINK_CHANGED"
	EventLinkHidden  EventType = "USER_LINK_HIDDEN"
	// The operator's acts.
	EventTenantCreated     EventType = "TENANT_CREATED"
	EventTenantUpdated     EventType = "TENANT_UPDATED"
	EventConnectionCreated EventType = "CONNECTION_CREATED"
	EventConnectionUpdated EventType = "CONNECTION_UPDATED"
	EventConnectionRemoved EventType = "CONNECTION_REMOVED"
	EventMailResent        EventType = "MAIL_RESENT"
	EventCredentialCreated EventType = "CREDENTIAL_CREATED"
	EventCredentialUpdated EventType = "CREDENTIAL_UPDATED"
	EventCredentialRotated EventType = "CREDENTIAL_ROTATED"
	EventCredentialRevoked EventType = "CREDENTIAL_REVOKED"

	EventSubscriptionCreated  EventType = "SUBSCRIPTION_CREATED"
	EventSubscriptionUpdated  EventType = "SUBSCRIPTION_UPDATED"
	EventSubscriptionRotated  EventType = "SUBSCRIPTION_ROTATED"
	EventSubscriptionReplayed EventType = "SUBSCRIPTION_REPLAYED"
	EventSubscriptionDeleted  EventType = "SUBSCRIPTION_DELETED"
	// EventSubscriptionDisabled is the server's own act, after failures that lasted too long.
	EventSubscriptionDisabled EventType = "SUBSCRIPTION_DISABLED"
	// EventSubscriptionTest is delivered when a subscription is tried out, and is in no feed.
	EventSubscriptionTest EventType = "SUBSCRIPTION_TEST"
)

// Event is a fact for subscribers. It names the person and carries no other personal data.
type Event struct {
	// Index is the place of the event among those of its tenant, from 1, without gaps, in the order of the commits. The
	// store gives it when the transaction ends.
	Index  int64
	ID     uuid.UUID
	Type   EventType
	Act    uuid.UUID // id of the audit entry: all events of one act have the same
	Person uuid.UUID // uuid.Nil: about no person
	Group  uuid.UUID // uuid.Nil: about no group
	Door   Door
	Actor  Actor
	At     time.Time
	// Attributes names what the act changed, by the names of domain attributes and settings; never their values.
	Attributes []string
	// Data are facts by their names, such as Reason. They are codes and counts, never personal data.
	Data map[string]string
}

// Fact is a detail of an event by its name, such as Reason: a code or a count, never personal data.
type Fact struct{ Name, Value string }

// The facts that any event of an act may have.
const (
	// FactConnection is the id of the SCIM connection that acted.
	FactConnection = "ScimConnectionId"
	// FactWhole is true where the caller sent a record as a whole (PUT), not what is to be different (PATCH).
	FactWhole = "Whole"
)

// AuditEntry is one line of the audit: who did what to whom through which door, and what it changed. It is
// written in the transaction of the change itself, and only ever appended.
type AuditEntry struct {
	// Index is the place of the line among those of its tenant, from 1, without gaps, in the order of the commits. The
	// store gives it when the transaction ends.
	Index     int64
	ID        uuid.UUID
	At        time.Time
	Actor     Actor
	Door      Door
	Action    EventType   // the leading effect
	Effects   []EventType // all effects, the leading one included
	Person    uuid.UUID
	Group     uuid.UUID
	Changes   []Change
	Note      string // why, or what was ignored
	RequestID string
	IP        string
	Seal      Seal // the store makes it, with the index
}

// Event is the event of an act of one effect. It has the id of the entry: they tell of the same.
func (e *AuditEntry) Event() Event {
	return Event{ID: e.ID, Act: e.ID, Type: e.Action, Person: e.Person, Group: e.Group, Door: e.Door, Actor: e.Actor, At: e.At,
		Attributes: e.changed()}
}

// changed names the attributes that the act changed, each once. A receipt is none.
func (e *AuditEntry) changed() []string {
	if len(e.Changes) == 0 {
		return nil
	}
	names := make([]string, 0, len(e.Changes))
	for _, change := range e.Changes {
		if change.Attribute != receiptChange && !slices.Contains(names, change.Attribute) {
			names = append(names, change.Attribute)
		}
	}
	return names
}

// Change is one attribute before and after.
type Change struct {
	Attribute string
	Before    string
	After     string
}

// MailKind names a mail of the catalogue (DOMAIN.md, section 5.3).
type MailKind string

// The mails.
const (
	MailInvitation   MailKind = "Invitation"
	MailReset        MailKind = "PasswordReset"
	MailEmailChanged MailKind = "EmailChanged"
	MailMfaReset     MailKind = "MfaReset"
	MailVerifyEmail  MailKind = "VerifyEmail"
	// MailPasswordChanged is the notice that somebody, it is hoped the person, chose a new password.
	MailPasswordChanged MailKind = "PasswordChanged"
	// MailMfaChanged is the same about a new authenticator.
	MailMfaChanged MailKind = "MfaChanged"
	// MailAccountLocked says until when an account is locked after too many wrong passwords.
	MailAccountLocked MailKind = "AccountLocked"
	// MailPasskeyAdded and MailPasskeyRemoved tell of a change of passkeys, that it is hoped the person made.
	MailPasskeyAdded   MailKind = "PasskeyAdded"
	MailPasskeyRemoved MailKind = "PasskeyRemoved"
	// MailPasskeySuspected is the notice that a passkey was shown whose counter went back, as that of a copy does.
	MailPasskeySuspected MailKind = "PasskeySuspected"
	// MailStrangeSignIn is the notice that somebody, it is hoped the person, signed in from a browser that is not known.
	MailStrangeSignIn MailKind = "StrangeSignIn"
)

// Mail is a message owed to a person. Its token, if any, is sealed: the store never holds a live one.
type Mail struct {
	Kind        MailKind
	To          string
	PersonName  string
	TenantName  string    // as the tenant wants to be called in mails
	Language    string    // in which the person wants to read it: BCP 47, the best first, with commas between
	Message     string    // the inviter's own words
	SealedToken []byte    // sealed for SealPurpose(ID of the outbox message)
	ExpiresAt   time.Time // of the token, or of the lock that the mail tells of
}

// OutboxMessage is a message that leaves after the commit of the transaction that wrote it.
type OutboxMessage struct {
	ID       uuid.UUID
	Tenant   uuid.UUID
	Person   uuid.UUID
	DedupKey string // one message a key and tenant
	Token    uuid.UUID
	Mail     Mail
	Attempts int
	NextAt   time.Time
}

// Once is an idempotent request: the answer is stored in the transaction of the write itself.
type Once struct {
	Route    string
	Key      string
	BodyHash []byte
	// Render turns the result of the use case into the answer that is stored and repeated.
	Render func(result any) (Answer, error)
	// Replayed is set when the answer of an earlier, equal request was found; nothing was done then.
	Replayed bool
	// Answer is what to send: the stored one when Replayed, else the rendered one.
	Answer Answer
}

// Answer is a stored response.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// OnceRecord is the row behind a Once.
type OnceRecord struct {
	Credential uuid.UUID
	Route      string
	Key        string
	BodyHash   []byte
	Person     uuid.UUID // whom the answer is about; uuid.Nil: nobody
	Answer     Answer
	ExpiresAt  time.Time
}
