package domain

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Enrolment is a person's authenticator app. It counts once a code has confirmed it.
type Enrolment struct {
	ID             uuid.UUID
	Person         uuid.UUID
	SealedSecret   []byte
	RecoveryHashes [][]byte // of the codes that are left; each opens once
	LastStep       int64    // the newest time step whose code was used: it and all before it are spent
	ConfirmedAt    time.Time
	CreatedAt      time.Time

	FailedCount  int
	FailedSince  time.Time
	BlockedUntil time.Time
	Blocks       int
}

// Five wrong codes within five minutes block codes for five minutes, and each block without a right code between is
// twice as long as the one before: a guesser has at most sixty tries an hour, through however many sessions.
const (
	codeFailures = 5
	codeWindow   = 5 * time.Minute
	codeBlock    = 5 * time.Minute
	codeLongest  = 24 * time.Hour
)

// recoveryCodes is how many recovery codes an enrolment comes with.
const recoveryCodes = 10

// Enrolling is an authenticator that the person has still to confirm.
type Enrolling struct {
	Secret  string // for apps that can't read a QR code; shown once
	Address string // what the QR code shows (otpauth URI)
}

// sealedEnrolment is what the secret of an enrolment is sealed for.
func sealedEnrolment(tenant, enrolment uuid.UUID) string {
	return "totp:" + tenant.String() + ":" + enrolment.String()
}

// EnrolMfa makes an authenticator for the person who is signed in; it counts once ConfirmMfa has seen a code. Where one
// is enrolled already, a code of it is needed. Callers with a pending session may do this.
//
// Errors: sign_in_again where the session is older than a quarter of an hour; mfa_code_required, invalid_credentials.
func (o *Account) EnrolMfa(ctx context.Context, caller Caller, code string) (*Enrolling, error) {
	if err := caller.signedIn(); err != nil {
		return nil, err
	}
	if err := caller.fresh(o.now()); err != nil {
		return nil, err
	}
	var enrolling *Enrolling
	var refusal error
	err := o.write(ctx, caller, func(a *act) error {
		enrolling, refusal = nil, nil
		e, err := a.own()
		if err != nil {
			return err
		}
		if refusal, err = e.provesEnrolled(code); err != nil || refusal != nil {
			return err
		}
		secret := o.authenticator.NewSecret()
		enrolment := &Enrolment{ID: a.newID(), Person: e.p.ID, CreatedAt: a.now}
		if enrolment.SealedSecret, err = o.secrets.Seal(secret, sealedEnrolment(a.tenant.ID, enrolment.ID)); err != nil {
			return err
		}
		enrolling = &Enrolling{Secret: secret, Address: o.authenticator.Address(secret, a.tenant.Name, e.p.Access.Username)}
		return a.tx.SaveEnrolment(enrolment)
	})
	if err == nil {
		err = refusal
	}
	return enrolling, err
}

// provesEnrolled asks whoever has an authenticator for a code of it.
func (e *edit) provesEnrolled(code string) (refusal, err error) {
	enrolment, err := e.tx.FindEnrolment(e.p.ID, true)
	if err == nil && enrolment == nil {
		return e.provesPasskey(), nil
	}
	if err != nil {
		return nil, err
	}
	if code == "" {
		return Refuse(CodeMfaCodeRequired, "MfaCode", "An authenticator is enrolled; give a code of it to enrol another one."), nil
	}
	right, err := e.checkCode(enrolment, code)
	if err == nil && !right {
		refusal = invalidCredentials()
	}
	return refusal, err
}

// Confirmed is what the person gets who has enrolled an authenticator.
type Confirmed struct {
	RecoveryCodes []string // shown once
	Opened        *Opened  // the session that takes the place of all others
}

// ConfirmMfa makes the authenticator count whose code is given, and forgets the one before. All sessions end but a new
// one, whose token takes the place of the caller's. Callers with a pending session may do this.
//
// Errors: not_found where nothing waits to be confirmed; mfa_code_required where there is a passkey and the session was
// opened without; invalid_credentials for a wrong code.
func (o *Account) ConfirmMfa(ctx context.Context, caller Caller, code, client string) (*Confirmed, error) {
	if err := caller.signedIn(); err != nil {
		return nil, err
	}
	var confirmed *Confirmed
	var refusal error
	err := o.write(ctx, caller, func(a *act) error {
		confirmed, refusal = nil, nil
		e, err := a.own()
		if err != nil {
			return err
		}
		enrolment, err := e.waitingEnrolment()
		if err != nil {
			return err
		}
		right, err := e.checkCode(enrolment, code)
		if err != nil || !right {
			refusal = invalidCredentials()
			return err
		}
		confirmed, err = e.confirm(enrolment, client)
		return err
	})
	if err == nil {
		err = refusal
	}
	return confirmed, err
}

// waitingEnrolment finds the authenticator that has still to be confirmed. One that waits since before there was a passkey
// is no way round it: whoever had only the password may have made it.
func (e *edit) waitingEnrolment() (*Enrolment, error) {
	enrolment, err := e.tx.FindEnrolment(e.p.ID, false)
	if err != nil {
		return nil, err
	}
	if enrolment == nil {
		return nil, Refuse(CodeNotFound, "", "There is nothing to confirm; enrol an authenticator first.")
	}
	confirmed, err := e.tx.FindEnrolment(e.p.ID, true)
	if err == nil && confirmed == nil {
		err = e.provesPasskey()
	}
	return enrolment, err
}

func (e *edit) confirm(enrolment *Enrolment, client string) (*Confirmed, error) {
	confirmed := new(Confirmed)
	enrolment.ConfirmedAt, enrolment.RecoveryHashes = e.now, nil
	for range recoveryCodes {
		code, hash := e.secrets.NewToken(TokenRecovery)
		confirmed.RecoveryCodes = append(confirmed.RecoveryCodes, code)
		enrolment.RecoveryHashes = append(enrolment.RecoveryHashes, hash)
	}
	if err := e.tx.DeleteEnrolments(e.p.ID); err != nil {
		return nil, err
	}
	if err := e.tx.SaveEnrolment(enrolment); err != nil {
		return nil, err
	}
	e.p.Access.MfaEnrolledAt = e.now
	e.happened(EventMfaEnrolled)
	if err := e.mail(&OutboxMessage{DedupKey: e.dedupKey("mfa-changed"), Mail: Mail{Kind: MailMfaChanged, To: e.p.PrimaryEmail()}}); err != nil {
		return nil, err
	}
	asserted, err := e.tx.FindAssertedSession(e.caller.Session)
	if err != nil {
		return nil, err
	}
	if err := e.endSessions("a second factor was enrolled"); err != nil {
		return nil, err
	}
	opened, err := e.signIn(inPlaceOf(asserted, opening{method: SignInPassword, mfa: true, client: client}))
	confirmed.Opened = opened
	return confirmed, err
}

// checkCode tells whether the code is right and was never used before, and stores that it is used, or that it was
// wrong. While codes are blocked none is right.
func (e *edit) checkCode(enrolment *Enrolment, code string) (bool, error) {
	if enrolment.BlockedUntil.After(e.now) {
		return false, nil
	}
	right, err := e.opensWith(enrolment, code)
	if err != nil {
		return false, err
	}
	if right {
		enrolment.FailedCount, enrolment.FailedSince, enrolment.Blocks = 0, zeroTime, 0
	} else {
		enrolment.failed(e.now)
	}
	return right, e.tx.SaveEnrolment(enrolment)
}

func (e *edit) opensWith(enrolment *Enrolment, code string) (bool, error) {
	code = strings.TrimSpace(code)
	if hash, err := e.secrets.HashToken(TokenRecovery, strings.ToLower(code)); err == nil {
		at := slices.IndexFunc(enrolment.RecoveryHashes, func(known []byte) bool { return e.secrets.EqualHash(known, hash) })
		if at < 0 {
			return false, nil
		}
		enrolment.RecoveryHashes = slices.Delete(enrolment.RecoveryHashes, at, at+1)
		return true, nil
	}
	secret, err := e.secrets.Open(enrolment.SealedSecret, sealedEnrolment(e.tenant.ID, enrolment.ID))
	if err != nil {
		return false, err
	}
	step, ok := e.authenticator.Match(secret, code, e.now)
	if !ok || step <= enrolment.LastStep {
		return false, nil
	}
	enrolment.LastStep = step
	return true, nil
}

// failed counts a wrong code.
func (n *Enrolment) failed(now time.Time) {
	if now.Sub(n.FailedSince) > codeWindow {
		n.FailedCount, n.FailedSince = 0, now
	}
	if n.FailedCount++; n.FailedCount >= codeFailures {
		n.BlockedUntil = now.Add(growing(codeBlock, n.Blocks, codeLongest))
		n.Blocks++
		n.FailedCount, n.FailedSince = 0, zeroTime
	}
}

// signedIn refuses everybody but a person with a session, be it a pending one.
func (c Caller) signedIn() error {
	if c.Actor.Kind != ActorPerson || c.Session == uuid.Nil {
		return Refuse(CodePermissionDenied, "", "Only people who are signed in can do this for themselves.")
	}
	return nil
}
