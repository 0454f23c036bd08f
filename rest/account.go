package rest

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// accountRoutes are what people do before anybody knows who they are. They ask for no token.
var accountRoutes = []route{
	{method: "POST", pattern: "/Account/Invitations/Accept", public: true, anywhere: true, passwords: true, body: jsonBody, serve: (*call).acceptInvitation},
	{method: "POST", pattern: "/Account/VerifyEmail", public: true, anywhere: true, body: jsonBody, serve: (*call).verifyEmail},
	{method: "POST", pattern: "/Account/PasswordReset/Request", public: true, body: jsonBody, serve: (*call).requestReset},
	{method: "POST", pattern: "/Account/PasswordReset/Complete", public: true, anywhere: true, passwords: true, body: jsonBody, serve: (*call).completeReset},
	{method: "POST", pattern: "/Account/Discover", public: true, body: jsonBody, serve: (*call).discover},
	{method: "POST", pattern: "/Account/Login", public: true, passwords: true, body: jsonBody, serve: (*call).login},
	{method: "POST", pattern: "/Account/Setup", public: true, anywhere: true, body: jsonBody, serve: (*call).setUp},
	{method: "POST", pattern: "/Account/SignUp", public: true, passwords: true, body: jsonBody, serve: (*call).signUp},
}

// standingView tells a person what has become of the account.
type standingView struct {
	PersonId uuid.UUID    `json:"PersonId"`
	State    domain.State `json:"State"`
}

func standing(status int, p *domain.Person, err error) (domain.Answer, error) {
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(status, standingView{p.ID, p.State()})
}

// acceptInvitation is POST Account/Invitations/Accept.
func (c *call) acceptInvitation() (domain.Answer, error) {
	body, err := decode(c.body, choiceFields)
	if err != nil {
		return domain.Answer{}, err
	}
	p, err := c.engine.Account.AcceptInvitation(c.context(), c.caller, body.token.value, body.newPassword.value)
	return standing(http.StatusOK, p, err)
}

// verifyEmail is POST Account/VerifyEmail.
func (c *call) verifyEmail() (domain.Answer, error) {
	body, err := decode(c.body, linkFields)
	if err != nil {
		return domain.Answer{}, err
	}
	p, err := c.engine.Account.VerifyEmail(c.context(), c.caller, body.token.value)
	return standing(http.StatusOK, p, err)
}

// requestReset is POST Account/PasswordReset/Request. Whoever asks learns nothing: neither whether there is such a
// person nor whether a mail was sent.
func (c *call) requestReset() (domain.Answer, error) {
	body, err := decode(c.body, forgotFields)
	if err != nil {
		return domain.Answer{}, err
	}
	if c.strangers.MayAskForReset(c.caller, body.name.value) {
		err = c.engine.Account.RequestReset(c.context(), c.caller, body.name.value)
	}
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusAccepted, struct{}{})
}

// completeReset is POST Account/PasswordReset/Complete.
func (c *call) completeReset() (domain.Answer, error) {
	body, err := decode(c.body, choiceFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return nothing(), c.engine.Account.CompleteReset(c.context(), c.caller, body.token.value, body.newPassword.value)
}

// discoveredView tells how somebody signs in.
type discoveredView struct {
	Method   domain.SignInMethod `json:"Method"`
	LoginUrl text                `json:"LoginUrl"`
}

// discover is POST Account/Discover. The domain of an address and the tenant's choices decide, and nobody's existence.
func (c *call) discover() (domain.Answer, error) {
	body, err := decode(c.body, loginFields[:1])
	if err != nil {
		return domain.Answer{}, err
	}
	name := body.name.value
	if domain.Fold(name) == "" {
		return domain.Answer{}, domain.Refuse(domain.CodeValidation, "Username", "An e-mail address or a username is needed.")
	}
	if err := c.strangers.Try(c.caller, name); err != nil {
		return domain.Answer{}, err
	}
	path, err := c.elsewhere(c.context(), c.caller, name)
	if err != nil {
		return domain.Answer{}, err
	}
	view := discoveredView{Method: domain.SignInPassword}
	if path != "" {
		view = discoveredView{domain.SignInSso, text(c.publicURL + path)}
	}
	return answerOf(http.StatusOK, view)
}

// openedView is a new session as its person gets it, once.
type openedView struct {
	SessionToken string    `json:"SessionToken"`
	ExpiresAt    instant   `json:"ExpiresAt"`
	PersonId     uuid.UUID `json:"PersonId"`
	MfaSatisfied bool      `json:"MfaSatisfied"`
}

func viewOfOpened(opened *domain.Opened) openedView {
	return openedView{opened.Token, instant(opened.ExpiresAt), opened.Person, opened.MfaSatisfied}
}

// halfSignedIn refuses somebody who gave the right password and has still to enrol a second factor, or to show a passkey,
// with the session that is good for that.
type halfSignedIn struct {
	refusal error
	opened  *domain.Opened
}

// Error implements error.
func (h *halfSignedIn) Error() string { return h.refusal.Error() }

// Unwrap lets the error be told by its code.
func (h *halfSignedIn) Unwrap() error { return h.refusal }

// login is POST Account/Login.
func (c *call) login() (domain.Answer, error) {
	body, err := decode(c.body, loginFields)
	if err != nil {
		return domain.Answer{}, err
	}
	if err := c.strangers.Try(c.caller, body.name.value); err != nil {
		return domain.Answer{}, err
	}
	opened, err := c.engine.Account.SignIn(c.context(), c.caller, domain.SignIn{Name: body.name.value, Password: body.password.value,
		Code: body.code.value, PasskeyLater: true, Client: c.request.UserAgent()})
	if err != nil {
		return domain.Answer{}, err
	}
	if opened.Pending && opened.Passkeys {
		return domain.Answer{}, &halfSignedIn{domain.Refuse(domain.CodeMfaCodeRequired, "MfaCode",
			"A second factor is required: show a passkey with this SessionToken (Account/Mfa/Passkey), or sign in with a code."), opened}
	}
	if opened.Pending {
		return domain.Answer{}, &halfSignedIn{domain.Refuse(domain.CodeMfaEnrollmentRequired, "",
			"A second factor is required: enrol an authenticator with this SessionToken (Account/Mfa/Enroll)."), opened}
	}
	return answerOf(http.StatusCreated, viewOfOpened(opened))
}

// signUp is POST Account/SignUp. It honours no Idempotency-Key: with it a quick hash of the password would be kept.
func (c *call) signUp() (domain.Answer, error) {
	body, err := decode(c.body, signUpFields)
	if err != nil {
		return domain.Answer{}, err
	}
	profile, err := body.profile.profile()
	if err != nil {
		return domain.Answer{}, err
	}
	p, err := c.engine.Account.SignUp(c.context(), c.caller, domain.SignUp{Profile: profile,
		Username: body.identity.name.value, Password: body.identity.password.value})
	if own, is := errors.AsType[*domain.Error](err); is && own.Code == domain.CodePasswordPolicy {
		err = domain.Refuse(own.Code, "Identity.Password", "%s", own.Message)
	}
	return standing(http.StatusCreated, p, err)
}
