package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	allProviders  = "/UserManagement/IdentityProviders"
	oneProvider   = allProviders + "/{IdentityProviderId}"
	ownedProvider = "/Administration/IdentityProviders/{IdentityProviderId}"
)

var providerRoutes = []route{
	{method: "GET", pattern: allProviders, needs: needs(domain.ProvidersRead), serve: (*call).listProviders},
	{method: "GET", pattern: oneProvider, needs: needs(domain.ProvidersRead), serve: (*call).getProvider},
	{method: "POST", pattern: oneProvider + "/MatchDryRun", needs: needs(domain.ProvidersRead), body: jsonBody, serve: (*call).matchDryRun},
	{method: "GET", pattern: oneProvider + "/Forecast", needs: needs(domain.ProvidersRead), parameters: forecastFilters, page: fullPage, serve: (*call).forecast},
	{method: "POST", pattern: oneProvider + "/Refusals", needs: needs(domain.ProvidersRead), body: jsonBody, serve: (*call).listRefusals},
	{method: "POST", pattern: "/Administration/IdentityProviders", needs: needs(domain.PoliciesManage), body: jsonBody, keyed: true, serve: (*call).addProvider},
	{method: "GET", pattern: ownedProvider, needs: needs(domain.PoliciesManage), serve: (*call).getProviderSettings},
	{method: "PATCH", pattern: ownedProvider, needs: needs(domain.PoliciesManage), body: patchBody, serve: (*call).patchProvider},
	{method: "DELETE", pattern: ownedProvider, needs: needs(domain.PoliciesManage), serve: (*call).removeProvider},
}

var forecastFilters = []parameter{
	{"After", logID(func(a *asked) *uuid.UUID { return &a.behind })},
	{"Count", readNumber(func(a *asked) *int { return &a.count })},
}

// providerView is an identity provider as everybody sees it who chooses one for people.
type providerView struct {
	IdentityProviderId uuid.UUID           `json:"IdentityProviderId"`
	Name               string              `json:"Name"`
	Type               domain.ProviderType `json:"Type"`
	Prefix             string              `json:"Prefix"`
	Enabled            bool                `json:"Enabled"`
}

func viewProvider(p *domain.IdentityProvider) providerView {
	return providerView{p.ID, p.Name, p.Type, p.Prefix, p.Enabled}
}

// wholeProviderView is an identity provider as its administrators see it: of certificates what identifies them, and no
// secret.
type wholeProviderView struct {
	providerView
	MatchOrder []string  `json:"MatchOrder"`
	MfaAfter   bool      `json:"MfaAfter"`
	Version    int64     `json:"Version"`
	CreatedAt  instant   `json:"CreatedAt"`
	UpdatedAt  instant   `json:"UpdatedAt"`
	Saml       *samlView `json:"Saml"`
	Oidc       *oidcView `json:"Oidc"`
}

type samlView struct {
	EntityId       text              `json:"EntityId"`
	SsoUrl         text              `json:"SsoUrl"`
	SloUrl         text              `json:"SloUrl"`
	SloByPost      bool              `json:"SloByPost"`
	MetadataUrl    text              `json:"MetadataUrl"`
	RefreshedAt    instant           `json:"RefreshedAt"`
	ValidUntil     instant           `json:"ValidUntil"`
	RefreshError   text              `json:"RefreshError"`
	Certificates   []certificateView `json:"Certificates"`
	NameIdFormats  []string          `json:"NameIdFormats"`
	AuthnContexts  []string          `json:"AuthnContexts"`
	IdpInitiated   bool              `json:"IdpInitiated"`
	WantEncrypted  bool              `json:"WantEncrypted"`
	SignedRequests bool              `json:"SignedRequests"`
}

type certificateView struct {
	Fingerprint string  `json:"Fingerprint"`
	NotBefore   instant `json:"NotBefore"`
	NotAfter    instant `json:"NotAfter"`
	Pending     bool    `json:"Pending"`
}

type oidcView struct {
	Issuer          text     `json:"Issuer"`
	ClientId        text     `json:"ClientId"`
	HasClientSecret bool     `json:"HasClientSecret"`
	NameClaim       text     `json:"NameClaim"`
	Scopes          []string `json:"Scopes"`
	AcrValues       []string `json:"AcrValues"`
	AmrValues       []string `json:"AmrValues"`
	TokenAuth       text     `json:"TokenAuth"`
	EntraTenants    []string `json:"EntraTenants"`
}

func viewProviderSettings(p *domain.IdentityProvider) any {
	list := func(values []string) []string { return append([]string{}, values...) }
	view := wholeProviderView{providerView: viewProvider(p), MatchOrder: []string{}, MfaAfter: p.MfaAfter, Version: p.Version,
		CreatedAt: instant(p.CreatedAt), UpdatedAt: instant(p.UpdatedAt)}
	for _, rung := range p.MatchOrder {
		view.MatchOrder = append(view.MatchOrder, domain.RungName(rung))
	}
	if s := p.Saml; s != nil {
		view.Saml = &samlView{text(s.EntityID), text(s.SsoURL), text(s.SloURL), s.SloByPost, text(s.MetadataURL), instant(s.RefreshedAt), instant(s.ValidUntil),
			text(s.RefreshError), each(s.Certificates, func(c *domain.SigningCertificate) certificateView {
				return certificateView{c.Fingerprint(), instant(c.NotBefore), instant(c.NotAfter), c.Pending}
			}), list(s.NameIDFormats), list(s.AuthnContexts), s.IdpInitiated, s.WantEncrypted, s.SignedRequests}
	}
	if o := p.Oidc; o != nil {
		view.Oidc = &oidcView{text(o.Issuer), text(o.ClientID), len(o.ClientSecret) > 0, text(o.NameClaim), list(o.Scopes), list(o.AcrValues), list(o.AmrValues),
			text(o.TokenAuth), list(o.EntraTenants)}
	}
	return view
}

// listProviders is GET UserManagement/IdentityProviders.
func (c *call) listProviders() (domain.Answer, error) {
	list, err := c.engine.Providers.List(c.context(), c.caller)
	return itemsOf(list, err, viewProvider)
}

// getProvider is GET UserManagement/IdentityProviders/{IdentityProviderId}.
func (c *call) getProvider() (domain.Answer, error) {
	p, err := c.engine.Providers.Find(c.context(), c.caller, c.id("IdentityProviderId"))
	return shown(http.StatusOK, p, err, viewProvider)
}

// addProvider is POST Administration/IdentityProviders.
func (c *call) addProvider() (domain.Answer, error) {
	body, err := decode(c.body, newProviderFields)
	if err != nil {
		return domain.Answer{}, err
	}
	in, err := body.newProvider(c.withMetadata(&body))
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.IdentityProvider, error) {
			return c.engine.Providers.Add(c.context(), caller, in)
		},
		func(p *domain.IdentityProvider) (domain.Answer, error) {
			answer, err := answerOf(http.StatusCreated, viewProviderSettings(p))
			return domain.Answer{Status: answer.Status, Body: answer.Body,
				Header: withHeader(answer.Header, "Location", c.location("UserManagement", "IdentityProviders", p.ID.String()))}, err
		})
}

// getProviderSettings is GET Administration/IdentityProviders/{IdentityProviderId}.
func (c *call) getProviderSettings() (domain.Answer, error) {
	p, err := c.engine.Providers.Settings(c.context(), c.caller, c.id("IdentityProviderId"))
	return shown(http.StatusOK, p, err, viewProviderSettings)
}

// patchProvider is PATCH Administration/IdentityProviders/{IdentityProviderId}.
func (c *call) patchProvider() (domain.Answer, error) {
	body, err := decode(c.body, changedProviderFields)
	if err != nil {
		return domain.Answer{}, err
	}
	change := domain.ProviderChange{Provider: c.id("IdentityProviderId"), Version: body.version.value, Apply: c.withMetadata(&body)}
	if body.oidc.present {
		change.ClientSecret = maybeText(body.oidc.value.clientSecret)
	}
	p, err := c.engine.Providers.Change(c.context(), c.caller, change)
	return shown(http.StatusOK, p, err, viewProviderSettings)
}

// withMetadata applies the body, and last the metadata in it.
func (c *call) withMetadata(body *providerBody) func(*domain.IdentityProvider) error {
	return func(p *domain.IdentityProvider) error {
		err := body.apply(p)
		if xml := body.saml.value.metadataXML.value; err == nil && xml != "" {
			err = c.engine.Providers.ApplyMetadata(p, []byte(xml))
		}
		return err
	}
}

// removeProvider is DELETE Administration/IdentityProviders/{IdentityProviderId}.
func (c *call) removeProvider() (domain.Answer, error) {
	return nothing(), c.engine.Providers.Remove(c.context(), c.caller, c.id("IdentityProviderId"))
}

// dryRunView is what would become of an asserted name, rule by rule.
type dryRunView struct {
	Rungs    []rungView `json:"Rungs"`
	Outcome  string     `json:"Outcome"`
	Message  text       `json:"Message"`
	PersonId identifier `json:"PersonId"`
}

type rungView struct {
	Rule    string      `json:"Rule"`
	Matches []matchView `json:"Matches"`
}

type matchView struct {
	PersonId uuid.UUID    `json:"PersonId"`
	Username string       `json:"Username"`
	State    domain.State `json:"State"`
}

// matchDryRun is POST UserManagement/IdentityProviders/{IdentityProviderId}/MatchDryRun. It changes nothing.
func (c *call) matchDryRun() (domain.Answer, error) {
	body, err := decode(c.body, dryFields)
	if err != nil {
		return domain.Answer{}, err
	}
	name := body.nameID.value
	if body.assertion.value != "" {
		if name, err = c.engine.Providers.AssertedName(c.caller, body.assertion.value); err != nil {
			return domain.Answer{}, err
		}
	}
	dry, err := c.engine.Providers.MatchDryRun(c.context(), c.caller, c.id("IdentityProviderId"), name)
	if err != nil {
		return domain.Answer{}, err
	}
	view := dryRunView{Outcome: dry.Outcome, Message: text(dry.Message), PersonId: identifier(dry.Person)}
	view.Rungs = each(dry.Rungs, func(r *domain.DryRung) rungView {
		rung := rungView{domain.RungName(r.Rung), []matchView{}}
		for _, p := range r.Matches {
			rung.Matches = append(rung.Matches, matchView{p.ID, p.Access.Username, p.State()})
		}
		return rung
	})
	return answerOf(http.StatusOK, view)
}

// forecastView is a part of a forecast. Next is where the next part begins (After); Counts, of the whole tenant, are in the
// first one.
type forecastView struct {
	Items         []forecastedView    `json:"Items"`
	Warnings      []forecastedView    `json:"Warnings"`
	Counts        *forecastCountsView `json:"Counts"`
	Count         int                 `json:"Count"`
	ListCompleted bool                `json:"ListCompleted"`
	Next          identifier          `json:"Next"`
}

type forecastedView struct {
	PersonId uuid.UUID             `json:"PersonId"`
	Username string                `json:"Username"`
	Reason   domain.ForecastReason `json:"Reason"`
}

type forecastCountsView struct {
	Users     int `json:"Users"`
	Able      int `json:"Able"`
	Unable    int `json:"Unable"`
	Elsewhere int `json:"Elsewhere"`
	Exempt    int `json:"Exempt"`
	Inactive  int `json:"Inactive"`
}

// forecast is GET UserManagement/IdentityProviders/{IdentityProviderId}/Forecast.
func (c *call) forecast() (domain.Answer, error) {
	q := domain.ForecastQuery{After: c.asked.behind, Count: max(c.asked.count, 1)}
	part, err := c.engine.Providers.Forecast(c.context(), c.caller, c.id("IdentityProviderId"), q)
	if err != nil {
		return domain.Answer{}, err
	}
	view := func(f *domain.Forecasted) forecastedView { return forecastedView{f.Person, f.Username, f.Reason} }
	return answerOf(http.StatusOK, forecastView{Items: each(part.Items, view), Warnings: each(part.Warnings, view),
		Counts: (*forecastCountsView)(part.Counts), Count: q.Count, ListCompleted: part.Completed, Next: identifier(part.Next)})
}
