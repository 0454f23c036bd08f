package rest

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	allCredentials = "/Administration/Credentials"
	oneCredential  = allCredentials + "/{CredentialId}"
)

// credentialRoutes honour no Idempotency-Key where a token is answered: an answer that is kept would keep the token.
var credentialRoutes = []route{
	{method: "GET", pattern: allCredentials, needs: needs(domain.CredentialsManage), serve: (*call).listCredentials},
	{method: "POST", pattern: allCredentials, needs: needs(domain.CredentialsManage), body: jsonBody, serve: (*call).createCredential},
	{method: "GET", pattern: oneCredential, needs: needs(domain.CredentialsManage), serve: (*call).getCredential},
	{method: "PATCH", pattern: oneCredential, needs: needs(domain.CredentialsManage), body: patchBody, serve: (*call).patchCredential},
	{method: "DELETE", pattern: oneCredential, needs: needs(domain.CredentialsManage), serve: (*call).revokeCredential},
	{method: "POST", pattern: oneCredential + "/Rotate", needs: needs(domain.CredentialsManage), body: optionalBody, serve: (*call).rotateCredential},
}

// credentialView is a credential as it is shown. Token is there only at the moment when it is made.
type credentialView struct {
	CredentialId     uuid.UUID             `json:"CredentialId"`
	Token            string                `json:"Token,omitzero"`
	Name             string                `json:"Name"`
	Kind             domain.CredentialKind `json:"Kind"`
	AccessMode       domain.AccessMode     `json:"AccessMode"`
	Permissions      domain.Permissions    `json:"Permissions"`
	ScimConnectionId identifier            `json:"ScimConnectionId"`
	AllowedIps       []netip.Prefix        `json:"AllowedIps"`
	RateLimit        *rateView             `json:"RateLimit"`
	PublicKeyCount   int                   `json:"PublicKeyCount"`
	ExpiresAt        instant               `json:"ExpiresAt"`
	OldTokenUntil    instant               `json:"OldTokenUntil"`
	RevokedAt        instant               `json:"RevokedAt"`
	CreatedAt        instant               `json:"CreatedAt"`
}

type rateView struct {
	PerSecond int `json:"PerSecond"`
	Burst     int `json:"Burst"`
}

func viewCredential(c *domain.Credential) credentialView {
	view := credentialView{CredentialId: c.ID, Name: c.Name, Kind: c.Kind, AccessMode: c.Mode, Permissions: append(domain.Permissions{}, c.Permissions...),
		ScimConnectionId: identifier(c.Connection), AllowedIps: append([]netip.Prefix{}, c.AllowedIPs...), PublicKeyCount: len(c.PublicKeys),
		ExpiresAt: instant(c.ExpiresAt), OldTokenUntil: instant(c.OldSecretUntil), RevokedAt: instant(c.RevokedAt), CreatedAt: instant(c.CreatedAt)}
	if c.RateLimit != (domain.RateLimit{}) {
		view.RateLimit = &rateView{int(c.RateLimit.PerSecond), c.RateLimit.Burst}
	}
	return view
}

// issued answers with a credential and its new token.
func issued(status int, credential *domain.Credential, token string, err error) (domain.Answer, error) {
	return shown(status, credential, err, func(c *domain.Credential) credentialView {
		view := viewCredential(c)
		view.Token = token
		return view
	})
}

// credentialBody is what a credential is created from and changed by.
type credentialBody struct {
	name, kind, mode, expires sent[string]
	connection                sent[uuid.UUID]
	permissions               []domain.Permission
	ips                       sent[[]string]
	rate                      sent[rateBody]
}

type rateBody struct{ perSecond, burst sent[int64] }

var rateFields = []field[rateBody]{
	{"PerSecond", setNumber(func(b *rateBody) *sent[int64] { return &b.perSecond })},
	{"Burst", setNumber(func(b *rateBody) *sent[int64] { return &b.burst })},
}

var credentialChangeFields = []field[credentialBody]{
	{"Name", notNull(setText(func(b *credentialBody) *sent[string] { return &b.name }))},
	{"ExpiresAt", setText(func(b *credentialBody) *sent[string] { return &b.expires })},
	{"AllowedIps", func(r *reader, into *credentialBody) { into.ips = sent[[]string]{true, readList(r, (*reader).text)} }},
	{"RateLimit", func(r *reader, into *credentialBody) {
		into.rate.present = true
		if !r.null() {
			readFields(r, rateFields, &into.rate.value)
		}
	}},
}

var credentialFields = append([]field[credentialBody]{
	{"Kind", setText(func(b *credentialBody) *sent[string] { return &b.kind })},
	{"AccessMode", setText(func(b *credentialBody) *sent[string] { return &b.mode })},
	{"Permissions", setPermissions(func(b *credentialBody) *[]domain.Permission { return &b.permissions })},
	{"ScimConnectionId", setID(func(b *credentialBody) *sent[uuid.UUID] { return &b.connection })},
}, credentialChangeFields...)

// limits reads when the credential ends, from where it may be used, and how often.
func (b *credentialBody) limits() (expires time.Time, ips []netip.Prefix, rate domain.RateLimit, err error) {
	var found findings
	expires = moment("ExpiresAt", b.expires.value, &found)
	for _, text := range b.ips.value {
		prefix, err := netip.ParsePrefix(text)
		if ip, single := netip.ParseAddr(text); single == nil {
			prefix, err = ip.Prefix(ip.BitLen())
		}
		if err != nil || prefix != prefix.Masked() {
			found.add("AllowedIps", "Each value must be an address or a network, like 192.0.2.0/24.")
			break
		}
		ips = append(ips, prefix)
	}
	return expires, ips, domain.RateLimit{PerSecond: float64(b.rate.value.perSecond.value), Burst: int(b.rate.value.burst.value)}, found.err()
}

// listCredentials is GET Administration/Credentials.
func (c *call) listCredentials() (domain.Answer, error) {
	list, err := c.engine.Administration.Credentials(c.context(), c.caller)
	return itemsOf(list, err, viewCredential)
}

// createCredential is POST Administration/Credentials.
func (c *call) createCredential() (domain.Answer, error) {
	body, err := decode(c.body, credentialFields)
	if err != nil {
		return domain.Answer{}, err
	}
	in := domain.NewCredential{Name: body.name.value, Kind: domain.CredentialKind(body.kind.value), Mode: domain.AccessMode(body.mode.value), Permissions: body.permissions}
	if body.connection.value != uuid.Nil {
		in.Connection = body.connection.value.String()
	}
	if in.ExpiresAt, in.AllowedIPs, in.RateLimit, err = body.limits(); err != nil {
		return domain.Answer{}, err
	}
	credential, token, err := c.engine.Administration.CreateCredential(c.context(), c.caller, in)
	answer, err := issued(http.StatusCreated, credential, token, err)
	if err == nil {
		answer.Header["Location"] = c.location("Administration", "Credentials", credential.ID.String())
	}
	return answer, err
}

// getCredential is GET Administration/Credentials/{CredentialId}.
func (c *call) getCredential() (domain.Answer, error) {
	credential, err := c.engine.Administration.Credential(c.context(), c.caller, c.id("CredentialId"))
	return shown(http.StatusOK, credential, err, viewCredential)
}

// patchCredential is PATCH Administration/Credentials/{CredentialId}.
func (c *call) patchCredential() (domain.Answer, error) {
	body, err := decode(c.body, credentialChangeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	expires, ips, rate, err := body.limits()
	if err != nil {
		return domain.Answer{}, err
	}
	change := domain.CredentialChange{Name: maybeText(body.name)}
	if body.expires.present {
		change.ExpiresAt = &expires
	}
	if body.ips.present {
		change.AllowedIPs = &ips
	}
	if body.rate.present {
		change.RateLimit = &rate
	}
	credential, err := c.engine.Administration.ChangeCredential(c.context(), c.caller, c.id("CredentialId"), change)
	return shown(http.StatusOK, credential, err, viewCredential)
}

// revokeCredential is DELETE Administration/Credentials/{CredentialId}.
func (c *call) revokeCredential() (domain.Answer, error) {
	_, err := c.engine.Administration.RevokeCredential(c.context(), c.caller, c.id("CredentialId"))
	return nothing(), err
}

// rotateCredential is POST Administration/Credentials/{CredentialId}/Rotate.
func (c *call) rotateCredential() (domain.Answer, error) {
	body, err := decode(c.body, rotateFields)
	if err != nil {
		return domain.Answer{}, err
	}
	credential, token, err := c.engine.Administration.RotateCredential(c.context(), c.caller, c.id("CredentialId"), body.overlap())
	return issued(http.StatusOK, credential, token, err)
}
