package rest

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// passkeyRoutes are what people do with their passkeys. Each ceremony (https://www.w3.org/TR/webauthn-3/) is two requests:
// one that asks for what the browser needs, and one that answers with what its authenticator said.
var passkeyRoutes = []route{
	{method: "POST", pattern: "/Account/Login/Passkey/Begin", public: true, body: optionalBody, serve: (*call).beginPasskeyLogin},
	{method: "POST", pattern: "/Account/Login/Passkey", public: true, body: jsonBody, serve: (*call).passkeyLogin},
	{method: "POST", pattern: "/Account/Mfa/Passkey/Begin", session: true, pending: true, body: optionalBody, serve: (*call).beginPasskeyMfa},
	{method: "POST", pattern: "/Account/Mfa/Passkey", session: true, pending: true, body: jsonBody, serve: (*call).passkeyMfa},
	{method: "POST", pattern: "/Account/Passkeys/Begin", session: true, pending: true, body: optionalBody, serve: (*call).beginPasskey},
	{method: "POST", pattern: "/Account/Passkeys", session: true, pending: true, body: jsonBody, serve: (*call).addPasskey},
	{method: "GET", pattern: "/Account/Passkeys", session: true, serve: (*call).getPasskeys},
	{method: "PATCH", pattern: "/Account/Passkeys/{PasskeyId}", session: true, body: patchBody, serve: (*call).renamePasskey},
	{method: "DELETE", pattern: "/Account/Passkeys/{PasskeyId}", session: true, serve: (*call).removePasskey},
}

// passkeyBody is what comes back of a ceremony.
type passkeyBody struct {
	ticket     sent[string]
	name       sent[string]
	credential jsontext.Value // as the browser writes it (section 5.1); nil: none was sent
}

var (
	passkeyNameField = field[passkeyBody]{"Name", setText(func(b *passkeyBody) *sent[string] { return &b.name })}
	shownFields      = []field[passkeyBody]{
		{"Ticket", setText(func(b *passkeyBody) *sent[string] { return &b.ticket })},
		{"Credential", func(r *reader, into *passkeyBody) { into.credential = r.object() }},
	}
	madeFields   = append(shownFields[:2:2], passkeyNameField)
	renameFields = []field[passkeyBody]{passkeyNameField}
)

// ceremonyView is a ceremony that has begun.
type ceremonyView struct {
	Ticket  string         `json:"Ticket"`
	Options jsontext.Value `json:"Options"`
}

// begun runs the first request of a ceremony.
func (c *call) begun(begin func() (*domain.PasskeyCeremony, error)) (domain.Answer, error) {
	if _, err := decode(c.body, bareFields); err != nil {
		return domain.Answer{}, err
	}
	ceremony, err := begin()
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, ceremonyView{ceremony.Ticket, jsontext.Value(ceremony.Options)})
}

// shown runs the second request of a ceremony that opens a session.
func (c *call) shown(fields []field[passkeyBody], show func(body passkeyBody) (*domain.Opened, error)) (domain.Answer, error) {
	body, err := decode(c.body, fields)
	if err != nil {
		return domain.Answer{}, err
	}
	opened, err := show(body)
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusCreated, viewOfOpened(opened))
}

// beginPasskeyLogin is POST Account/Login/Passkey/Begin. It asks everybody the same.
func (c *call) beginPasskeyLogin() (domain.Answer, error) {
	return c.begun(func() (*domain.PasskeyCeremony, error) {
		return c.engine.Account.AskForAnyPasskey(c.context(), c.caller)
	})
}

// passkeyLogin is POST Account/Login/Passkey.
func (c *call) passkeyLogin() (domain.Answer, error) {
	return c.shown(shownFields, func(body passkeyBody) (*domain.Opened, error) {
		return c.engine.Account.SignInByPasskey(c.context(), c.caller, body.ticket.value, body.credential, c.request.UserAgent())
	})
}

// beginPasskeyMfa is POST Account/Mfa/Passkey/Begin.
func (c *call) beginPasskeyMfa() (domain.Answer, error) {
	return c.begun(func() (*domain.PasskeyCeremony, error) { return c.engine.Account.AskForPasskey(c.context(), c.caller) })
}

// passkeyMfa is POST Account/Mfa/Passkey.
func (c *call) passkeyMfa() (domain.Answer, error) {
	return c.shown(shownFields, func(body passkeyBody) (*domain.Opened, error) {
		return c.engine.Account.ShowPasskey(c.context(), c.caller, body.ticket.value, body.credential, c.request.UserAgent())
	})
}

// beginPasskey is POST Account/Passkeys/Begin.
func (c *call) beginPasskey() (domain.Answer, error) {
	return c.begun(func() (*domain.PasskeyCeremony, error) { return c.engine.Account.BeginPasskey(c.context(), c.caller) })
}

// addPasskey is POST Account/Passkeys.
func (c *call) addPasskey() (domain.Answer, error) {
	return c.shown(madeFields, func(body passkeyBody) (*domain.Opened, error) {
		return c.engine.Account.AddPasskey(c.context(), c.caller, body.ticket.value, body.name.value, body.credential, c.request.UserAgent())
	})
}

// passkeyView is a passkey as its person knows it.
type passkeyView struct {
	PasskeyId  uuid.UUID `json:"PasskeyId"`
	Name       text      `json:"Name"`
	CreatedAt  instant   `json:"CreatedAt"`
	LastUsedAt instant   `json:"LastUsedAt"`
}

// getPasskeys is GET Account/Passkeys.
func (c *call) getPasskeys() (domain.Answer, error) {
	list, err := c.engine.Account.Passkeys(c.context(), c.caller)
	if err != nil {
		return domain.Answer{}, err
	}
	views := make([]passkeyView, len(list))
	for i, p := range list {
		views[i] = passkeyView{p.ID, text(p.Name), instant(p.CreatedAt), instant(p.LastUsedAt)}
	}
	return answerOf(http.StatusOK, itemsView{views})
}

// renamePasskey is PATCH Account/Passkeys/{PasskeyId}.
func (c *call) renamePasskey() (domain.Answer, error) {
	body, err := decode(c.body, renameFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return nothing(), c.engine.Account.RenamePasskey(c.context(), c.caller, c.id("PasskeyId"), body.name.value)
}

// removePasskey is DELETE Account/Passkeys/{PasskeyId}.
func (c *call) removePasskey() (domain.Answer, error) {
	return nothing(), c.engine.Account.RemovePasskey(c.context(), c.caller, c.id("PasskeyId"))
}
