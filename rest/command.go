package rest

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// command runs a use case on the access of one person and answers with the fresh view.
func (c *call) command(status int, do func(caller domain.Caller) (*domain.Person, error)) (domain.Answer, error) {
	return once(c, do, func(p *domain.Person) (domain.Answer, error) { return c.showAccess(status, p, domain.WithManagedBy) })
}

// invite is POST UserManagement/Persons/{PersonId}/Invite.
func (c *call) invite() (domain.Answer, error) {
	body, err := decode(c.body, inviteFields)
	if err != nil {
		return domain.Answer{}, err
	}
	if err := c.caller.Require(domain.WhatNewAccess(body.externalLogin.value).ToGive()...); err != nil {
		return domain.Answer{}, err
	}
	var found findings
	in := body.newAccess("", &found)
	applyText("ExternalLoginUsername", key, body.externalLogin.value, new(string), &found)
	if err := found.err(); err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.Person, error) {
			return c.engine.Provisioner.Invite(c.context(), caller, c.person, *in, &body.externalLogin.value)
		},
		func(p *domain.Person) (domain.Answer, error) {
			answer, err := answerOf(http.StatusCreated, c.viewAccess(p, domain.WithManagedBy))
			return located(answer, err, c.location("UserManagement", "Persons", p.ID.String()), p)
		})
}

// resendInvitation is POST UserManagement/Persons/{PersonId}/ResendInvitation.
func (c *call) resendInvitation() (domain.Answer, error) {
	body, err := decode(c.body, resendFields)
	if err != nil {
		return domain.Answer{}, err
	}
	var found findings
	applyText("InvitationMessage", invitationText, body.message.value, new(string), &found)
	if err := found.err(); err != nil {
		return domain.Answer{}, err
	}
	return c.command(http.StatusAccepted, func(caller domain.Caller) (*domain.Person, error) {
		return c.engine.Provisioner.ResendInvitation(c.context(), caller, c.person, body.message.value)
	})
}

// revokeInvitation is POST UserManagement/Persons/{PersonId}/RevokeInvitation.
func (c *call) revokeInvitation() (domain.Answer, error) {
	return c.bare(func(caller domain.Caller) (*domain.Person, error) {
		return c.engine.Provisioner.RevokeInvitation(c.context(), caller, c.person)
	})
}

// unlock is POST UserManagement/Persons/{PersonId}/Unlock.
func (c *call) unlock() (domain.Answer, error) {
	return c.bare(func(caller domain.Caller) (*domain.Person, error) {
		return c.engine.Provisioner.Unlock(c.context(), caller, c.person)
	})
}

// resetMfa is POST UserManagement/Persons/{PersonId}/ResetMfa.
func (c *call) resetMfa() (domain.Answer, error) {
	return c.bare(func(caller domain.Caller) (*domain.Person, error) {
		return c.engine.Provisioner.ResetMfa(c.context(), caller, c.person)
	})
}

// bare runs a command that takes no options.
func (c *call) bare(do func(caller domain.Caller) (*domain.Person, error)) (domain.Answer, error) {
	if _, err := decode(c.body, bareFields); err != nil {
		return domain.Answer{}, err
	}
	return c.command(http.StatusOK, do)
}

// resetPassword is POST UserManagement/Persons/{PersonId}/ResetPassword.
func (c *call) resetPassword() (domain.Answer, error) {
	body, err := decode(c.body, resetFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return c.command(http.StatusAccepted, func(caller domain.Caller) (*domain.Person, error) {
		return c.engine.Provisioner.ResetPassword(c.context(), caller, c.person, yes(body.invalidate))
	})
}

// activate is POST UserManagement/Persons/{PersonId}/Activate.
func (c *call) activate() (domain.Answer, error) {
	body, err := decode(c.body, activateFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return c.setActive(domain.PersonChange{SendInvitation: body.sendInvitation.value}, true)
}

var reasonText = upTo(200)

// deactivate is POST UserManagement/Persons/{PersonId}/Deactivate.
func (c *call) deactivate() (domain.Answer, error) {
	body, err := decode(c.body, deactivateFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return c.setActive(domain.PersonChange{Reason: body.reason.value}, false)
}

// setActive is Provisioner.Activate and Deactivate with If-Match and with all that the view shows.
func (c *call) setActive(change domain.PersonChange, active bool) (domain.Answer, error) {
	change.Person, change.Touches, change.With = c.person, domain.AspectActive, domain.WithManagedBy
	change.Apply = func(p *domain.Person) error {
		var found findings
		applyText("Reason", reasonText, change.Reason, new(string), &found)
		p.Access.IsActive = active
		return found.err()
	}
	return c.command(http.StatusOK, func(caller domain.Caller) (*domain.Person, error) {
		return c.engine.Provisioner.ChangePerson(c.context(), caller, change)
	})
}

// endedView tells how many sessions were ended.
type endedView struct {
	RevokedCount int `json:"RevokedCount"`
}

// invalidateSessions is POST UserManagement/Persons/{PersonId}/InvalidateSessions.
func (c *call) invalidateSessions() (domain.Answer, error) {
	body, err := decode(c.body, sessionsFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (int, error) {
			return c.engine.Provisioner.InvalidateSessions(c.context(), caller, c.person, yes(body.resetPassword))
		},
		func(ended int) (domain.Answer, error) { return answerOf(http.StatusOK, endedView{ended}) })
}
