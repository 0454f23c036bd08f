package domain

import "context"

// BeginPasskey begins to add a passkey for the person who is signed in. Callers with a pending session may do this while
// there is no second factor.
//
// Errors: sign_in_again where the session is older than a quarter of an hour; mfa_code_required where there is a second
// factor and the session was opened without; validation_failed where there are too many; not_found where the server has
// no passkeys.
func (o *Account) BeginPasskey(ctx context.Context, caller Caller) (*PasskeyCeremony, error) {
	if err := caller.signedIn(); err != nil {
		return nil, err
	}
	if err := caller.fresh(o.now()); err != nil {
		return nil, err
	}
	if err := o.passkeysUsable(); err != nil {
		return nil, err
	}
	var begun *PasskeyCeremony
	err := o.write(ctx, caller, func(a *act) error {
		e, err := a.own()
		if err != nil {
			return err
		}
		known, err := e.mayAddPasskey()
		if err != nil {
			return err
		}
		holder := PasskeyHolder{Username: e.p.Access.Username, Name: e.p.ShownName()}
		if len(known) > 0 {
			holder.Handle = known[0].Handle
		} else {
			holder.Handle = o.passkeys.NewHandle()
		}
		options, state, err := o.passkeys.Create(holder, known)
		if err != nil {
			return err
		}
		begun, err = a.begin(PasskeyToAdd, options, state)
		return err
	})
	return begun, err
}

func (e *edit) mayAddPasskey() ([]*Passkey, error) {
	if err := e.provesPasskey(); err != nil {
		return nil, err
	}
	known, err := e.tx.ListPasskeys(e.p.ID)
	if err == nil && len(known) >= maxPasskeys {
		err = Refuse(CodeValidation, "Name", "There are %d passkeys already; remove one first.", maxPasskeys)
	}
	return known, err
}

// AddPasskey stores the passkey that the browser has made. All sessions end but a new one, whose token takes the place of
// the caller's, so that whoever had only the password is out.
//
// Errors: as BeginPasskey; validation_failed for the name; invalid_credentials for an answer that is not right, and for
// one to nothing that was asked in this session; in either case it has to begin anew.
func (o *Account) AddPasskey(ctx context.Context, caller Caller, ticket, name string, answer []byte, client string) (*Opened, error) {
	if err := caller.signedIn(); err != nil {
		return nil, err
	}
	if err := caller.fresh(o.now()); err != nil {
		return nil, err
	}
	if err := o.passkeysUsable(); err != nil {
		return nil, err
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	var opened *Opened
	var refusal error
	err := o.write(ctx, caller, func(a *act) error {
		opened, refusal = nil, nil
		e, err := a.own()
		if err != nil {
			return err
		}
		if _, err := e.mayAddPasskey(); err != nil {
			return err
		}
		challenge, err := a.ceremony(PasskeyToAdd, ticket)
		if err != nil {
			return err
		}
		var made *Passkey
		if challenge != nil {
			made, _ = o.passkeys.Created(challenge.State, answer)
		}
		if made == nil {
			refusal = invalidCredentials()
			return nil
		}
		made.ID, made.Person, made.Name, made.CreatedAt = a.newID(), e.p.ID, name, a.now
		stored, err := a.tx.InsertPasskey(made)
		if err != nil || !stored {
			refusal = invalidCredentials()
			return err
		}
		opened, err = e.passkeyAdded(made, client)
		return err
	})
	if err == nil {
		err = refusal
	}
	return opened, err
}

func (e *edit) passkeyAdded(made *Passkey, client string) (*Opened, error) {
	if e.p.Access.MfaEnrolledAt.IsZero() {
		e.p.Access.MfaEnrolledAt = e.now
	}
	if err := e.tellOfPasskey(EventPasskeyAdded, MailPasskeyAdded, "passkey-added:"+made.ID.String()); err != nil {
		return nil, err
	}
	asserted, err := e.tx.FindAssertedSession(e.caller.Session)
	if err != nil {
		return nil, err
	}
	if err := e.endSessions("a passkey was added"); err != nil {
		return nil, err
	}
	return e.signIn(inPlaceOf(asserted, opening{method: SignInPassword, mfa: true, client: client}))
}
