package domain

import (
	"time"

	"github.com/google/uuid"
)

// State is where a person stands in the life of its access. It is derived, never stored.
type State string

// The states (DOMAIN.md, section 3).
const (
	StateNotProvisioned State = "NotProvisioned"
	StateInvited        State = "Invited"
	StateActive         State = "Active"
	StateInactive       State = "Inactive"
	StateAnonymized     State = "Anonymized"
)

// LoginState says in one word why a person can or can't sign in. It is derived, never stored.
type LoginState string

// The login states in the order of their precedence; the last one is for people without access.
const (
	LoginDisabled             LoginState = "Disabled"
	LoginLocked               LoginState = "Locked"
	LoginInvitationNotSent    LoginState = "InvitationNotSent"
	LoginInvitationPending    LoginState = "InvitationPending"
	LoginInvitationExpired    LoginState = "InvitationExpired"
	LoginPasswordResetPending LoginState = "PasswordResetPending"
	LoginMfaEnrollmentPending LoginState = "MfaEnrollmentPending"
	LoginNeverLoggedIn        LoginState = "NeverLoggedIn"
	LoginLoggedIn             LoginState = "LoggedIn"
	LoginNone                 LoginState = "None"
)

// LoginStates lists every login state, for filters.
func LoginStates() []LoginState {
	return []LoginState{LoginDisabled, LoginLocked, LoginInvitationNotSent, LoginInvitationPending,
		LoginInvitationExpired, LoginPasswordResetPending, LoginMfaEnrollmentPending, LoginNeverLoggedIn,
		LoginLoggedIn, LoginNone}
}

// UserAccess is a person's right to sign in.
//
// The fields about invitations, resets and locks repeat, in the row that every view reads, what the token rows
// say; they are written together with those, so that the login state is a function of this row and the time.
type UserAccess struct {
	Username           string // unique per tenant when folded
	IsActive           bool
	ActivatedAt        time.Time // first activation; zero: never
	DeactivatedAt      time.Time
	DeactivatedBy      Door
	MfaRequired        bool
	MfaEnrolledAt      time.Time // a confirmed enrolment
	IdentityProviderID uuid.UUID // uuid.Nil: the tenant's usual way
	OrganizationIDs    []uuid.UUID
	InvitationWanted   bool // the mail that a later activation owes
	InvitedAt          time.Time
	InvitationExpires  time.Time // of the live invitation; zero: none is live
	InvitationCount    int       // mails sent so far
	ResetExpires       time.Time // of a live reset link that an administrator asked for; zero: none
	MustResetPassword  bool
	LockedUntil        time.Time
	LastLoginAt        time.Time
	CreatedAt          time.Time
	// Protected marks an account that connectors may read but never change: one that holds a restricted
	// permission, the last administrator, or a break-glass account.
	Protected bool
	// Administers marks one that holds tenant.admin. The engine keeps both true with each change of rights.
	Administers bool
	BreakGlass  bool // an account for emergencies, named by the operator or an administrator
}

func (a *UserAccess) state() State {
	switch {
	case !a.IsActive:
		return StateInactive
	case a.ActivatedAt.IsZero():
		return StateInvited
	default:
		return StateActive
	}
}

// LoginState is the first of LoginFlags, LoginNone for a person without access.
func (p *Person) LoginState(now time.Time) LoginState {
	if flags := p.LoginFlags(now); len(flags) > 0 {
		return flags[0]
	}
	return LoginNone
}

// LoginFlags lists every login state that holds at the given time, in order of precedence.
func (p *Person) LoginFlags(now time.Time) []LoginState {
	a := p.Access
	if a == nil || !p.AnonymizedAt.IsZero() {
		return nil
	}
	var flags []LoginState
	add := func(holds bool, state LoginState) {
		if holds {
			flags = append(flags, state)
		}
	}
	invited := a.state() == StateInvited
	live := a.InvitationExpires.After(now)
	add(!a.IsActive, LoginDisabled)
	add(a.LockedUntil.After(now), LoginLocked)
	add(invited && a.InvitationCount == 0, LoginInvitationNotSent)
	add(invited && a.InvitationCount > 0 && live, LoginInvitationPending)
	add(invited && a.InvitationCount > 0 && !live, LoginInvitationExpired)
	add(a.MustResetPassword || a.ResetExpires.After(now), LoginPasswordResetPending)
	add(a.MfaRequired && a.MfaEnrolledAt.IsZero() && a.IdentityProviderID == uuid.Nil, LoginMfaEnrollmentPending)
	add(a.state() == StateActive && a.LastLoginAt.IsZero(), LoginNeverLoggedIn)
	if len(flags) == 0 {
		flags = append(flags, LoginLoggedIn)
	}
	return flags
}

// IdentityAccount is the hidden account behind an access: it lives and dies with it, and no door ever shows it.
type IdentityAccount struct {
	UserUnique        uuid.UUID // internal linkage; never leaves
	EmailCopy         string    // always the primary e-mail of the person
	PhoneCopy         string
	PasswordHash      string // PHC string; empty: no password yet
	MustResetPassword bool

	FailedCount int       // wrong passwords since FailedSince
	FailedSince time.Time // zero: none
	Locks       int       // how often that locked the account since the last sign-in
}

// Invitation is the offer to make an account usable. At most one a person is pending.
type Invitation struct {
	ID          uuid.UUID
	Person      uuid.UUID
	Kind        InvitationKind
	TokenHash   []byte
	SentTo      string
	Status      InvitationStatus
	SentAt      time.Time
	ExpiresAt   time.Time
	ResendCount int
	InvitedBy   string
}

// InvitationKind tells what opens an account that was never used.
type InvitationKind string

// The kinds of invitations.
const (
	InviteByMail   InvitationKind = ""       // somebody invites, and the person chooses a password
	InviteBySignUp InvitationKind = "SignUp" // the person signed up, and proves the address
)

// InvitationStatus tells what became of an invitation.
type InvitationStatus string

// What can become of an invitation; Expired is derived from ExpiresAt, the others are stored.
const (
	InvitationPending  InvitationStatus = "Pending"
	InvitationAccepted InvitationStatus = "Accepted"
	InvitationExpired  InvitationStatus = "Expired"
	InvitationRevoked  InvitationStatus = "Revoked"
)

// StatusAt is the status as it is to be shown at the time.
func (i *Invitation) StatusAt(now time.Time) InvitationStatus {
	if i.Status == InvitationPending && !i.ExpiresAt.After(now) {
		return InvitationExpired
	}
	return i.Status
}

// ResetToken lets a person choose a new password once.
type ResetToken struct {
	ID        uuid.UUID
	Person    uuid.UUID
	TokenHash []byte
	Origin    ResetOrigin
	ExpiresAt time.Time
	CreatedAt time.Time
}

// ResetOrigin tells who asked for a password reset.
type ResetOrigin string

// The origins of a reset.
const (
	ResetByAdmin ResetOrigin = "Admin"
	ResetBySelf  ResetOrigin = "Self"
	ResetForced  ResetOrigin = "Forced"
)
