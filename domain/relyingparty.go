package domain

import (
	"context"

	"github.com/google/uuid"
)

func ssoRequestPurpose(tenant, provider uuid.UUID) string {
	return "sso-request:" + tenant.String() + ":" + provider.String()
}

// AnswerSso consumes a request, by its Provider, ID, RelayState and Browser, and gives it with its secret in the clear. It
// is for protocols in which the door has to ask the provider once more before it knows what is asserted: of those who come
// back with the same answer one gets that far. What it gives goes into [Asserted.Answered].
//
// Errors: sso_not_enabled, identity_provider_not_found; token_invalid with the attribute InResponseTo for a request that is
// not ours, not this browser's, or was answered.
func (g *Gatekeeper) AnswerSso(ctx context.Context, caller Caller, asked SsoRequest) (*SsoRequest, error) {
	var request *SsoRequest
	err := g.write(ctx, caller, func(a *act) error {
		provider, err := a.openProvider(asked.Provider)
		if err != nil {
			return err
		}
		asked.Provider = provider.ID
		request, err = a.takeRequest(&asked)
		return err
	})
	if err != nil {
		return nil, err
	}
	if request.Secret != nil {
		secret, err := g.secrets.Open(request.Secret, ssoRequestPurpose(caller.Tenant, asked.Provider))
		if err != nil {
			return nil, err
		}
		request.Secret = []byte(secret)
	}
	return request, nil
}

// ClientSecret is the secret by which we are known to an OpenID provider, in the clear; "" when we have none there.
func (g *Gatekeeper) ClientSecret(p *IdentityProvider) (string, error) {
	if p.Oidc == nil || len(p.Oidc.ClientSecret) == 0 {
		return "", nil
	}
	return g.secrets.Open(p.Oidc.ClientSecret, ClientSecretPurpose(p.ID))
}
