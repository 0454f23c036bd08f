package rest

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// ownRoutes are what people do for themselves once they are signed in.
var ownRoutes = []route{
	{method: "PUT", pattern: "/Account/Password", session: true, passwords: true, body: jsonBody, serve: (*call).putPassword},
	{method: "POST", pattern: "/Account/Logout", session: true, pending: true, body: optionalBody, serve: (*call).logout},
	{method: "POST", pattern: "/Account/Mfa/Enroll", session: true, pending: true, body: optionalBody, serve: (*call).enrolMfa},
	{method: "POST", pattern: "/Account/Mfa/Confirm", session: true, pending: true, body: jsonBody, serve: (*call).confirmMfa},
	{method: "GET", pattern: "/Account/Sessions", session: true, serve: (*call).getSessions},
	{method: "DELETE", pattern: "/Account/Sessions/{SessionId}", session: true, serve: (*call).endSession},
}

// sessionRoutes are the same for a person whom the path names.
var sessionRoutes = []route{
	{method: "PUT", pattern: oneAccess + "/Password", session: true, passwords: true, body: jsonBody, serve: (*call).putPassword},
	{method: "GET", pattern: oneAccess + "/Sessions", needs: needs(domain.UsersSessions), orSelf: true, serve: (*call).getSessions},
	{method: "DELETE", pattern: oneAccess + "/Sessions/{SessionId}", needs: needs(domain.UsersSessions), orSelf: true, serve: (*call).endSession},
}

// subject is the person of the path; where it names none, the one who is signed in.
func (c *call) subject() uuid.UUID {
	if strings.Contains(c.route.pattern, "{PersonId}") {
		return c.person
	}
	return c.caller.Actor.ID
}

// putPassword is PUT Account/Password and PUT UserManagement/Persons/{PersonId}/Password.
func (c *call) putPassword() (domain.Answer, error) {
	body, err := decode(c.body, passwordFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return nothing(), c.engine.Account.ChangePassword(c.context(), c.caller, c.subject(), body.oldPassword.value, body.newPassword.value)
}

// logout is POST Account/Logout.
func (c *call) logout() (domain.Answer, error) {
	if _, err := decode(c.body, bareFields); err != nil {
		return domain.Answer{}, err
	}
	return nothing(), c.engine.Account.SignOut(c.context(), c.caller)
}

// enrollingView is an authenticator that has still to be confirmed.
type enrollingView struct {
	OtpAuthUri string `json:"OtpAuthUri"`
	Secret     string `json:"Secret"`
}

// enrolMfa is POST Account/Mfa/Enroll.
func (c *call) enrolMfa() (domain.Answer, error) {
	body, err := decode(c.body, codeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	enrolling, err := c.engine.Account.EnrolMfa(c.context(), c.caller, body.code.value)
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, enrollingView{enrolling.Address, enrolling.Secret})
}

// confirmedView is what the person gets who has enrolled an authenticator, once.
type confirmedView struct {
	RecoveryCodes []string `json:"RecoveryCodes"`
	SessionToken  string   `json:"SessionToken"`
	ExpiresAt     instant  `json:"ExpiresAt"`
}

// confirmMfa is POST Account/Mfa/Confirm.
func (c *call) confirmMfa() (domain.Answer, error) {
	body, err := decode(c.body, codeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	confirmed, err := c.engine.Account.ConfirmMfa(c.context(), c.caller, body.code.value, c.request.UserAgent())
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, confirmedView{confirmed.RecoveryCodes, confirmed.Opened.Token, instant(confirmed.Opened.ExpiresAt)})
}

// sessionView is a session without what opens it.
type sessionView struct {
	SessionId  uuid.UUID           `json:"SessionId"`
	CreatedAt  instant             `json:"CreatedAt"`
	LastSeenAt instant             `json:"LastSeenAt"`
	ExpiresAt  instant             `json:"ExpiresAt"`
	Client     text                `json:"Client"`
	Method     domain.SignInMethod `json:"Method"`
	Mfa        bool                `json:"Mfa"`
}

// getSessions is GET Account/Sessions and GET UserManagement/Persons/{PersonId}/Sessions.
func (c *call) getSessions() (domain.Answer, error) {
	list, err := c.engine.Account.Sessions(c.context(), c.caller, c.subject())
	if err != nil {
		return domain.Answer{}, err
	}
	views := make([]sessionView, len(list))
	for i, s := range list {
		views[i] = sessionView{s.ID, instant(s.CreatedAt), instant(s.LastSeenAt), instant(s.ExpiresAt), text(s.Client), s.Method, s.Mfa}
	}
	return answerOf(http.StatusOK, itemsView{views})
}

// endSession is DELETE Account/Sessions/{SessionId} and DELETE UserManagement/Persons/{PersonId}/Sessions/{SessionId}.
func (c *call) endSession() (domain.Answer, error) {
	return nothing(), c.engine.Account.EndSession(c.context(), c.caller, c.subject(), c.id("SessionId"))
}
