package domain

// activeChanged does what a flip of IsActive entails.
func (e *edit) activeChanged() error {
	if e.grant != nil {
		return nil
	}
	if e.p.Access.IsActive {
		return e.activated()
	}
	return e.deactivated()
}

// activated makes access usable again. Sessions and tokens of before stay dead.
func (e *edit) activated() error {
	access := e.p.Access
	if err := e.situation().mayActivate(); err != nil {
		return err
	}
	if e.sendInvitation != nil {
		access.InvitationWanted = *e.sendInvitation
	}
	access.DeactivatedAt, access.DeactivatedBy = zeroTime, ""
	e.happened(EventUserActivated)
	if access.ActivatedAt.IsZero() && e.instant() {
		access.ActivatedAt = e.now
	}
	if access.state() != StateInvited || !access.InvitationWanted {
		return nil
	}
	if err := e.emailNeeded(); err != nil {
		return err
	}
	return e.sendInvitationMail("")
}

// deactivated ends every way in, in this very transaction.
func (e *edit) deactivated() error {
	access := e.p.Access
	access.DeactivatedAt, access.DeactivatedBy = e.now, e.caller.Door
	e.happened(EventUserDeactivated)
	return e.endEverything("deactivated")
}

// endEverything voids sessions, invitations and reset links.
func (e *edit) endEverything(reason string) error {
	if err := e.endSessions(reason); err != nil {
		return err
	}
	if err := e.voidInvitations(); err != nil {
		return err
	}
	return e.voidResetTokens()
}

func (e *edit) endSessions(reason string) error {
	ended, err := e.tx.EndSessions(e.p.ID, e.now, reason)
	return e.sessionsEnded(ended, err)
}

func (e *edit) sessionsEnded(ended int, err error) error {
	if err == nil && ended > 0 {
		e.ended += ended
		e.happened(EventSessionsRevoked)
	}
	return err
}

func (e *edit) voidInvitations() error {
	if e.p.Access.InvitationExpires.IsZero() {
		return nil
	}
	e.p.Access.InvitationExpires = zeroTime
	_, err := e.tx.VoidInvitations(e.p.ID, InvitationRevoked)
	return err
}

func (e *edit) voidResetTokens() error {
	e.p.Access.ResetExpires = zeroTime
	_, err := e.tx.VoidResetTokens(e.p.ID, e.now)
	return err
}
