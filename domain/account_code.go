package domain

import "context"

// EnterCode lets in the person who gave the right password before, without the code (see [SignIn.CodeLater]), and now
// gives it. The pending session ends; a new one takes its place, so that what was known of the old opens nothing.
//
// Errors: mfa_enrollment_required where there is no authenticator yet; invalid_credentials for a wrong code;
// unauthenticated where the session has ended meanwhile; permission_denied for everybody but a person whose session is
// pending.
func (o *Account) EnterCode(ctx context.Context, caller Caller, code, client string) (*Opened, error) {
	if err := caller.signedIn(); err != nil {
		return nil, err
	}
	if !caller.Pending {
		return nil, Refuse(CodePermissionDenied, "", "The second factor was shown already.")
	}
	var opened *Opened
	var refusal error
	err := o.write(ctx, caller, func(a *act) error {
		opened, refusal = nil, nil
		e, err := a.own()
		if err != nil {
			return err
		}
		enrolment, err := a.tx.FindEnrolment(e.p.ID, true)
		if err != nil {
			return err
		}
		if enrolment == nil {
			return caller.Require() // to enrol first
		}
		right, err := e.checkCode(enrolment, code)
		if err != nil {
			return err
		}
		if !right {
			refusal = invalidCredentials()
			return a.failedSignIn(e.p.ID)
		}
		asserted, err := a.tx.FindAssertedSession(caller.Session)
		if err != nil {
			return err
		}
		ended, err := a.tx.EndSession(e.p.ID, caller.Session, a.now, "the second factor was shown")
		if err == nil && !ended {
			err = unauthenticated()
		}
		if err != nil {
			return err
		}
		opened, err = e.signIn(inPlaceOf(asserted, opening{method: SignInPassword, mfa: true, client: client}))
		return err
	})
	if err == nil {
		err = refusal
	}
	return opened, err
}

// inPlaceOf makes a session that takes the place of one which an identity provider opened be one of that provider's, too, and
// end when it does.
func inPlaceOf(asserted *AssertedSession, how opening) opening {
	if asserted != nil {
		how.method, how.asserted = SignInSso, asserted
	}
	return how
}
