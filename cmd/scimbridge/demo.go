package main

import (
	"context"
	"strings"

	"github.com/scimbridge/scimbridge/console"
	"github.com/scimbridge/scimbridge/domain"
)

// demoTenant is the tenant of a first start.
const demoTenant = "demo"

// demo makes a tenant with a SCIM and a REST credential, in this order, where there is no tenant at all; else it makes
// and returns nothing.
func (s *server) demo(ctx context.Context, publicURL string) ([]credentialView, error) {
	administration := s.engine.Administration
	tenants, err := administration.Tenants(ctx)
	if err != nil || len(tenants) > 0 {
		return nil, err
	}
	if _, err := administration.CreateTenant(ctx, demoTenant, "Demo", false, nil); err != nil {
		return nil, err
	}
	operator, err := administration.Operator(ctx, demoTenant)
	if err != nil {
		return nil, err
	}
	var made []credentialView
	for _, kind := range []domain.CredentialKind{domain.KindScim, domain.KindRest} {
		created, token, err := administration.CreateCredential(ctx, operator, domain.NewCredential{Name: "demo", Kind: kind})
		if err != nil {
			return nil, err
		}
		made = append(made, viewCredential(created).withToken(token, publicURL))
	}
	return made, nil
}

// demoLines tell a newcomer what there is and what to try: requests to paste into a shell.
func demoLines(made []credentialView) []string {
	if len(made) == 0 {
		return nil
	}
	scim, rest := made[0], made[1]
	return []string{
		"",
		"A first tenant was made, " + demoTenant + ". Its tokens are shown only now:",
		"",
		"  SCIM base URL  " + scim.BaseURL,
		"  SCIM token     " + scim.Token,
		"  REST base URL  " + rest.BaseURL,
		"  REST token     " + rest.Token,
		"",
		"Provision a user as an identity provider does, and look at the result through the REST API:",
		"",
		"  curl -sS -X POST '" + scim.BaseURL + "/Users' -H 'Authorization: Bearer " + scim.Token +
			"' -H 'Content-Type: application/scim+json' -d '" + demoUser + "'",
		"",
		"  curl -sS '" + rest.BaseURL + "/UserManagement/Users' -H 'Authorization: Bearer " + rest.Token + "'",
		"",
		"The user gets an invitation by mail. People sign in at " + strings.TrimSuffix(rest.BaseURL, "/api/v1") + console.Prefix + "/t/" + demoTenant,
		"",
	}
}

const demoUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@example.com",` +
	`"name":{"givenName":"Ada","familyName":"Lovelace"},"emails":[{"value":"ada@example.com","type":"work","primary":true}],"active":true}`
