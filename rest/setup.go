package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// setupBody is the first tenant, and who is to be its administrator.
type setupBody struct {
	bearer  accountBody
	tenant  setupTenant
	profile signUpProfile
}

type setupTenant struct{ slug, name sent[string] }

var setupFields = []field[setupBody]{
	{"Token", func(r *reader, into *setupBody) { tokenField.read(r, &into.bearer) }},
	{"Tenant", func(r *reader, into *setupBody) { readFields(r, setupTenantFields, &into.tenant) }},
	{"Identity", func(r *reader, into *setupBody) { readFields(r, loginFields[:1], &into.bearer) }},
	{"Profile", func(r *reader, into *setupBody) { readFields(r, signUpProfileFields, &into.profile) }},
}

var setupTenantFields = []field[setupTenant]{
	{"Slug", setText(func(b *setupTenant) *sent[string] { return &b.slug })},
	{"Name", setText(func(b *setupTenant) *sent[string] { return &b.name })},
}

// setupView tells the administrator how to go on: with the token an invitation is accepted.
type setupView struct {
	TenantId        uuid.UUID `json:"TenantId"`
	Slug            string    `json:"Slug"`
	PersonId        uuid.UUID `json:"PersonId"`
	InvitationToken string    `json:"InvitationToken"`
}

// setUp is POST Account/Setup.
func (c *call) setUp() (domain.Answer, error) {
	body, err := decode(c.body, setupFields)
	if err != nil {
		return domain.Answer{}, err
	}
	profile, err := body.profile.profile()
	if err != nil {
		return domain.Answer{}, err
	}
	done, err := c.engine.Administration.SetUp(c.context(), c.caller, body.bearer.token.value, domain.Setup{Slug: body.tenant.slug.value,
		Name: body.tenant.name.value, Profile: profile, Username: body.bearer.name.value})
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusCreated, setupView{done.Tenant.ID, done.Tenant.Slug, done.Person.ID, done.Invitation})
}
