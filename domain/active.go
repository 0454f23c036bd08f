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
	open, err := e.endEverything("deactivated")
	open.Enrolments = 0 // they are there for the return
	e.owesReceipt(EndDeactivated, open)
	return err
}

// endEverything voids sessions, invitations and reset links, and tells what was open, authenticators too. Most people who
// are shut out have next to nothing open, so it looks first: whoever opens something waits for the person's row.
func (e *edit) endEverything(reason string) (Ended, error) {
	open, err := e.tx.CountOpen(e.p.ID)
	if err == nil && open.Sessions > 0 {
		err = e.endSessions(reason)
	}
	if err == nil && open.Invitations > 0 {
		_, err = e.tx.VoidInvitations(e.p.ID, InvitationRevoked)
	}
	if err == nil && open.ResetLinks > 0 {
		_, err = e.tx.VoidResetTokens(e.p.ID, e.now)
	}
	e.p.Access.InvitationExpires, e.p.Access.ResetExpires = zeroTime, zeroTime
	return open, err
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
