package domain_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// openID adds an enabled OpenID provider.
func (s *stage) openID(t *testing.T, c *company) *domain.IdentityProvider {
	t.Helper()
	p, err := s.engine.Providers.Add(t.Context(), byManager(c), domain.NewProvider{Name: unique("Entra"), Prefix: unique("p")[:30], Type: domain.ProviderOidc,
		Enabled: true, Oidc: &domain.OidcSettings{Issuer: "https://op.example.org", ClientID: "us"}, ClientSecret: "our secret"})
	require.NoError(t, err)
	return p
}

// waiting is a request of an OpenID provider with something to remember.
func (s *stage) waiting(t *testing.T, c *company, provider uuid.UUID) domain.SsoRequest {
	t.Helper()
	name := unique("r")
	r := domain.SsoRequest{Provider: provider, ID: name, RelayState: []byte(name), Browser: []byte("browser of " + name), ReturnTo: "/me", Secret: []byte("verifier of " + name)}
	require.NoError(t, s.engine.Gatekeeper.StartSso(t.Context(), c.sso, r))
	return r
}

// TestAnswerSso gives what was remembered to one who comes back, and lets that one in.
func TestAnswerSso(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		gate, it, provider := s.engine.Gatekeeper, aLinked(t, s, s.acme), s.openID(t, s.acme)
		asked := s.waiting(t, s.acme, provider.ID)
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM sso_request WHERE secret = ?", asked.Secret), "it is sealed")
		var answered atomic.Pointer[domain.SsoRequest]
		var got atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				r, err := gate.AnswerSso(t.Context(), s.acme.sso, asked)
				if err == nil {
					got.Add(1)
					answered.Store(r)
					return
				}
				assert.True(t, domain.Is(err, domain.CodeTokenInvalid), "%v", err)
			})
		}
		all.Wait()
		require.EqualValues(t, 1, got.Load())
		assert.Equal(t, string(asked.Secret), string(answered.Load().Secret))

		in := domain.Asserted{Provider: provider.ID, Name: it.name, Subject: "s-1", Issuer: "https://op.example.org", AssertionID: unique("j"),
			Until: s.clock().Add(time.Hour), Answered: answered.Load(), SessionIndex: "7"}
		opened, err := gate.SignInAsserted(t.Context(), s.acme.sso, in)
		require.NoError(t, err)
		assert.Equal(t, it.id, opened.Person)
		assert.Equal(t, "/me", opened.ReturnTo)
		_, err = gate.SignInAsserted(t.Context(), s.acme.sso, in)
		assertRefused(t, err, domain.CodeTokenInvalid, "AssertionId")
		people, err := gate.EndSso(t.Context(), s.acme.sso, domain.SsoEnd{Provider: provider.ID, Name: "s-1", Issuer: "i", ID: unique("l"), Until: in.Until})
		require.NoError(t, err)
		assert.Equal(t, 1, people)
		_, err = gate.EndSso(t.Context(), s.acme.sso, domain.SsoEnd{Provider: provider.ID, Issuer: "i", ID: unique("l"), Until: in.Until})
		assertRefused(t, err, domain.CodeInvalidParameter, "Name")
		secret, err := gate.ClientSecret(provider)
		require.NoError(t, err)
		assert.Equal(t, "our secret", secret)
	})
}

// TestAnswerSsoRefusals: an answer counts for its provider, tenant and browser, for a while.
func TestAnswerSsoRefusals(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		ours, other, theirs := s.openID(t, s.acme), s.openID(t, s.acme), s.openID(t, s.beta)
		person := aLinked(t, s, s.acme)
		for name, test := range map[string]struct {
			edit func(r *domain.SsoRequest)
			code domain.Code
		}{
			"another id":              {func(r *domain.SsoRequest) { r.ID += "x" }, domain.CodeTokenInvalid},
			"another state":           {func(r *domain.SsoRequest) { r.RelayState = []byte("x") }, domain.CodeTokenInvalid},
			"another browser":         {func(r *domain.SsoRequest) { r.Browser = []byte("x") }, domain.CodeTokenInvalid},
			"no browser":              {func(r *domain.SsoRequest) { r.Browser = nil }, domain.CodeTokenInvalid},
			"another provider":        {func(r *domain.SsoRequest) { r.Provider = other.ID }, domain.CodeTokenInvalid},
			"another tenant's":        {func(r *domain.SsoRequest) { *r = s.waiting(t, s.beta, theirs.ID); r.Provider = ours.ID }, domain.CodeTokenInvalid},
			"other tenant's provider": {func(r *domain.SsoRequest) { r.Provider = theirs.ID }, domain.CodeIdentityProviderNotFound},
			"late":                    {func(*domain.SsoRequest) { s.pass(16 * time.Minute) }, domain.CodeTokenInvalid},
		} {
			asked := s.waiting(t, s.acme, ours.ID)
			test.edit(&asked)
			_, err := s.engine.Gatekeeper.AnswerSso(t.Context(), s.acme.sso, asked)
			assert.Equal(t, test.code, domain.CodeOf(err), "%s: %v", name, err)
		}
		answered, err := s.engine.Gatekeeper.AnswerSso(t.Context(), s.acme.sso, s.waiting(t, s.acme, other.ID))
		require.NoError(t, err)
		_, err = s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, domain.Asserted{Provider: ours.ID, Name: person.name, Issuer: "i",
			AssertionID: unique("j"), Until: s.clock().Add(time.Hour), Answered: answered})
		assertRefused(t, err, domain.CodeTokenInvalid, "InResponseTo")
	})
}
