package domain_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// saml adds an enabled provider.
func (s *stage) saml(t *testing.T, c *company, changes ...func(*domain.NewProvider)) *domain.IdentityProvider {
	t.Helper()
	in := domain.NewProvider{Name: unique("Okta"), Prefix: unique("p")[:30], Type: domain.ProviderSaml, Enabled: true,
		Saml: &domain.SamlSettings{EntityID: "https://idp.example.org", SsoURL: "https://idp.example.org/sso",
			Certificates: []domain.SigningCertificate{{DER: signing(t)}}}}
	for _, change := range changes {
		change(&in)
	}
	p, err := s.engine.Providers.Add(t.Context(), byManager(c), in)
	require.NoError(t, err)
	return p
}

// asked is a request of a provider that waits for its answer.
func (s *stage) asked(t *testing.T, c *company, provider uuid.UUID) *domain.SsoRequest {
	t.Helper()
	name := unique("r")
	r := domain.SsoRequest{Provider: provider, ID: "_" + name, RelayState: []byte(name), Browser: []byte("browser of " + name), ReturnTo: "/me"}
	require.NoError(t, s.engine.Gatekeeper.StartSso(t.Context(), c.sso, r))
	return &r
}

// asserted is an assertion that answers the request.
func (s *stage) asserted(r *domain.SsoRequest, name string) domain.Asserted {
	return domain.Asserted{Provider: r.Provider, Name: name, Issuer: "https://idp.example.org", AssertionID: unique("a"),
		Until: s.clock().Add(10 * time.Minute), Request: r, SessionIndex: "1"}
}

// TestSignInAsserted lets somebody in once.
func TestSignInAsserted(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		gate, it, provider := s.engine.Gatekeeper, aLinked(t, s, s.acme), s.saml(t, s.acme)
		in := s.asserted(s.asked(t, s.acme, provider.ID), it.name)
		opened, err := gate.SignInAsserted(t.Context(), s.acme.sso, in)
		require.NoError(t, err)
		assert.Equal(t, it.id, opened.Person)
		assert.Equal(t, "/me", opened.ReturnTo)
		assert.Equal(t, domain.AttrExternalLogin.Name, opened.MatchedBy)
		assert.False(t, opened.Pending)
		caller, err := gate.Authenticate(t.Context(), opened.Token, netip.Addr{})
		require.NoError(t, err)
		known, err := gate.AssertedSession(t.Context(), caller)
		require.NoError(t, err)
		assert.Equal(t, &domain.AssertedSession{Provider: provider.ID, Name: it.name, Index: "1"}, known)

		_, err = gate.SignInAsserted(t.Context(), s.acme.sso, in)
		assertRefused(t, err, domain.CodeTokenInvalid, "InResponseTo")
		in.Request = s.asked(t, s.acme, provider.ID)
		_, err = gate.SignInAsserted(t.Context(), s.acme.sso, in)
		assertRefused(t, err, domain.CodeTokenInvalid, "AssertionId")
	})
}

func assertRefused(t *testing.T, err error, code domain.Code, attribute string) {
	t.Helper()
	var own *domain.Error
	if assert.ErrorAs(t, err, &own) {
		assert.Equal(t, [2]string{string(code), attribute}, [2]string{string(own.Code), own.Attribute})
	}
}

// TestAssertedSessionsEndWithTheProviders holds a session to the end that its provider names.
func TestAssertedSessionsEndWithTheProviders(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it, provider := aLinked(t, s, s.acme), s.saml(t, s.acme)
		in := s.asserted(s.asked(t, s.acme, provider.ID), it.name)
		in.SessionUntil = s.clock().Add(10 * time.Minute)
		opened, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, in)
		require.NoError(t, err)
		assert.Equal(t, in.SessionUntil, opened.ExpiresAt)
		s.pass(11 * time.Minute)
		_, err = s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		assert.True(t, domain.Is(err, domain.CodeUnauthenticated), "%v", err)
	})
}

// TestSignInAssertedRefusals is SECURITY.md, rows C11, C13, C21 and C23, behind the gates: each leaves a line in the audit,
// and nobody is let in.
func TestSignInAssertedRefusals(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		person, foreign, leaver := aLinked(t, s, s.acme), aLinked(t, s, s.beta), aLeaver(t, s, s.acme)
		okta, entra, theirs := s.saml(t, s.acme), s.saml(t, s.acme), s.saml(t, s.beta)
		bound := aLinked(t, s, s.acme)
		require.NoError(t, change(byRest, domain.AspectProvider, func(p *domain.Person) { p.Access.IdentityProviderID = entra.ID })(s.engine, s.acme, bound))
		for name, test := range map[string]struct {
			edit  func(in *domain.Asserted)
			code  domain.Code
			quiet bool // there is nothing to tell of
			gate  string
		}{
			"nobody asked":            {func(in *domain.Asserted) { in.Request = nil }, domain.CodeTokenInvalid, false, "gate 13"},
			"unknown request":         {func(in *domain.Asserted) { in.Request.ID = "_unknown" }, domain.CodeTokenInvalid, false, "gate 13"},
			"another browser":         {func(in *domain.Asserted) { in.Request.Browser = []byte("x") }, domain.CodeTokenInvalid, false, "gate 13"},
			"no cookie":               {func(in *domain.Asserted) { in.Request.Browser = nil }, domain.CodeTokenInvalid, false, "gate 13"},
			"another relay state":     {func(in *domain.Asserted) { in.Request.RelayState = []byte("x") }, domain.CodeTokenInvalid, false, "gate 13"},
			"request to another":      {func(in *domain.Asserted) { in.Request = s.asked(t, s.acme, entra.ID) }, domain.CodeTokenInvalid, false, "gate 13"},
			"other tenant's":          {func(in *domain.Asserted) { in.Request = s.asked(t, s.beta, theirs.ID) }, domain.CodeTokenInvalid, false, "gate 13"},
			"late":                    {func(*domain.Asserted) { s.pass(16 * time.Minute) }, domain.CodeTokenInvalid, false, "gate 13"},
			"other tenant's person":   {func(in *domain.Asserted) { in.Name = foreign.name }, domain.CodeNoMatchingUser, false, "gate 14"},
			"nobody's name":           {func(in *domain.Asserted) { in.Name = "nobody" }, domain.CodeNoMatchingUser, false, "gate 14"},
			"blank name":              {func(in *domain.Asserted) { in.Name = " " }, domain.CodeNoMatchingUser, false, "gate 14"},
			"inactive":                {func(in *domain.Asserted) { in.Name = leaver.name }, domain.CodeAccountInactive, false, "gate 14"},
			"bound to another":        {func(in *domain.Asserted) { in.Name = bound.name }, domain.CodeNoMatchingUser, false, "gate 14"},
			"other tenant's provider": {func(in *domain.Asserted) { in.Provider = theirs.ID }, domain.CodeIdentityProviderNotFound, true, ""},
		} {
			in := s.asserted(s.asked(t, s.acme, okta.ID), person.name)
			test.edit(&in)
			sessions := s.Number(t, "SELECT COUNT(*) FROM session")
			lines := s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'SIGN_IN_FAILED'")
			_, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, in)
			assert.Equal(t, test.code, domain.CodeOf(err), "%s: %v", name, err)
			assert.Equal(t, sessions, s.Number(t, "SELECT COUNT(*) FROM session"), name)
			if test.quiet {
				continue
			}
			assert.Equal(t, lines+1, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'SIGN_IN_FAILED'"), name)
			note := s.Text(t, "SELECT note FROM audit_event ORDER BY audit_index DESC LIMIT 1")
			assert.Truef(t, strings.HasPrefix(note, test.gate), "%s: %s", name, note)
		}
	})
}

// TestDisabledProviderLetsNobodyIn is the part of SECURITY.md, row A19, that is about sign-in by SSO.
func TestDisabledProviderLetsNobodyIn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it, provider := aLinked(t, s, s.acme), s.saml(t, s.acme)
		in := s.asserted(s.asked(t, s.acme, provider.ID), it.name)
		change := func(enabled bool) {
			_, err := s.engine.Providers.Change(t.Context(), byManager(s.acme), domain.ProviderChange{Provider: provider.ID,
				Apply: func(p *domain.IdentityProvider) error { p.Enabled = enabled; return nil }})
			require.NoError(t, err)
		}
		change(false)
		_, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, in)
		assert.True(t, domain.Is(err, domain.CodeIdentityProviderNotFound), err)
		assert.True(t, domain.Is(s.engine.Gatekeeper.StartSso(t.Context(), s.acme.sso, *in.Request), domain.CodeIdentityProviderNotFound))
		change(true)
		_, err = s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, in)
		assert.NoError(t, err)
	})
}

// TestAssertedOnce posts one assertion through many servers at the same instant.
func TestAssertedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it := aLinked(t, s, s.acme)
		provider := s.saml(t, s.acme, func(in *domain.NewProvider) { in.Saml.IdpInitiated = true })
		asked := s.asserted(s.asked(t, s.acme, provider.ID), it.name)
		unasked := s.asserted(asked.Request, it.name)
		unasked.Request = nil
		for _, in := range []domain.Asserted{asked, unasked} {
			var opened atomic.Int32
			var all sync.WaitGroup
			for range 8 {
				engine := s.on(s.DB, nil)
				all.Go(func() {
					if _, err := engine.Gatekeeper.SignInAsserted(context.Background(), s.acme.sso, in); err == nil {
						opened.Add(1)
					} else {
						assert.Equal(t, domain.CodeTokenInvalid, domain.CodeOf(err), "%v", err)
					}
				})
			}
			all.Wait()
			assert.EqualValues(t, 1, opened.Load())
		}
	})
}

// TestMfaAfterSso is SECURITY.md, row C25: where the provider's settings ask for it, nobody has more than the right to show
// a second factor after SSO.
func TestMfaAfterSso(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it := aLinked(t, s, s.acme)
		provider := s.saml(t, s.acme, func(in *domain.NewProvider) { in.MfaAfter = true })
		opened, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, s.asserted(s.asked(t, s.acme, provider.ID), it.name))
		require.NoError(t, err)
		assert.True(t, opened.Pending)
		assert.False(t, opened.MfaSatisfied)
		caller, err := s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		require.NoError(t, err)
		_, err = s.engine.Directory.User(t.Context(), caller, it.id, 0)
		assert.True(t, domain.Is(err, domain.CodeMfaEnrollmentRequired) || domain.Is(err, domain.CodePermissionDenied), "%v", err)
		account := s.cheap(credential.Totp{}).Account
		enrolling, err := account.EnrolMfa(t.Context(), caller, "")
		require.NoError(t, err)
		confirmed, err := account.ConfirmMfa(t.Context(), caller, codeAt(enrolling.Secret, s.clock()), "")
		require.NoError(t, err)
		whole, err := s.engine.Gatekeeper.Authenticate(t.Context(), confirmed.Opened.Token, netip.Addr{})
		require.NoError(t, err)
		assert.True(t, whole.Mfa)
		known, err := s.engine.Gatekeeper.AssertedSession(t.Context(), whole)
		require.NoError(t, err)
		assert.NotNil(t, known, "it is still the provider's to end")
	})
}

// TestSecondFactorsKeepTheProvidersEnd holds the session after a second factor to the end that the provider named before
// it, be the factor enrolled on the way or shown.
func TestSecondFactorsKeepTheProvidersEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it := aLinked(t, s, s.acme)
		provider := s.saml(t, s.acme, func(in *domain.NewProvider) { in.MfaAfter = true })
		gate, account := s.engine.Gatekeeper, s.cheap(credential.Totp{}).Account
		pending := func(until time.Time) domain.Caller {
			in := s.asserted(s.asked(t, s.acme, provider.ID), it.name)
			in.SessionUntil = until
			opened, err := gate.SignInAsserted(t.Context(), s.acme.sso, in)
			require.NoError(t, err)
			require.True(t, opened.Pending)
			caller, err := gate.Authenticate(t.Context(), opened.Token, netip.Addr{})
			require.NoError(t, err)
			return caller
		}
		endsAt := func(token string, until time.Time) {
			t.Helper()
			_, err := gate.Authenticate(t.Context(), token, netip.Addr{})
			require.NoError(t, err)
			s.pass(until.Sub(s.clock()) + time.Second)
			_, err = gate.Authenticate(t.Context(), token, netip.Addr{})
			assert.True(t, domain.Is(err, domain.CodeUnauthenticated), "%v", err)
		}
		until := s.clock().Add(30 * time.Minute) // longer than a pending session lives
		caller := pending(until)
		enrolling, err := account.EnrolMfa(t.Context(), caller, "")
		require.NoError(t, err)
		confirmed, err := account.ConfirmMfa(t.Context(), caller, codeAt(enrolling.Secret, s.clock()), "")
		require.NoError(t, err)
		assert.Equal(t, until, confirmed.Opened.ExpiresAt)
		endsAt(confirmed.Opened.Token, until)

		until = s.clock().Add(30 * time.Minute)
		caller = pending(until)
		opened, err := account.EnterCode(t.Context(), caller, codeAt(enrolling.Secret, s.clock()), "")
		require.NoError(t, err)
		assert.Equal(t, until, opened.ExpiresAt)
		endsAt(opened.Token, until)

		opened, err = account.EnterCode(t.Context(), pending(time.Time{}), confirmed.RecoveryCodes[0], "")
		require.NoError(t, err)
		assert.True(t, opened.ExpiresAt.After(s.clock().Add(time.Hour)), "nobody bound it")
	})
}

// TestStartSsoReturnsHere is the part of SECURITY.md, row C20, that is about where somebody comes out.
func TestStartSsoReturnsHere(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		provider := s.saml(t, s.acme)
		for path, fine := range map[string]bool{"": true, "/": true, "/me?x=y#z": true, "//evil": false, `/\evil`: false, `\\evil`: false,
			"javascript:alert(1)": false, "https://evil.example/": false, "me": false, "/a b": false, "/\t/evil": false, "/\u00e4": false,
			"/" + strings.Repeat("a", 1000): false} {
			err := s.engine.Gatekeeper.StartSso(t.Context(), s.acme.sso, domain.SsoRequest{Provider: provider.ID, RelayState: []byte(unique("r")), ReturnTo: path})
			assert.Equal(t, fine, err == nil, "%s: %v", path, err)
		}
	})
}

// TestEndSso ends what the provider says has ended, once.
func TestEndSso(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it, provider := aLinked(t, s, s.acme), s.saml(t, s.acme)
		opened, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, s.asserted(s.asked(t, s.acme, provider.ID), it.name))
		require.NoError(t, err)
		end := domain.SsoEnd{Provider: provider.ID, Name: it.name, Indexes: []string{"2"}, Issuer: "https://idp.example.org", ID: "_1", Until: s.clock().Add(time.Hour)}
		ends := func() int {
			people, err := s.engine.Gatekeeper.EndSso(t.Context(), s.acme.sso, end)
			require.NoError(t, err)
			return people
		}
		assert.Zero(t, ends(), "it was another session")
		_, err = s.engine.Gatekeeper.EndSso(t.Context(), s.acme.sso, end)
		assert.True(t, domain.Is(err, domain.CodeTokenInvalid), "%v", err)
		_, err = s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		require.NoError(t, err)
		end.ID, end.Indexes = "_2", nil
		assert.Equal(t, 1, ends())
		_, err = s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		assert.True(t, domain.Is(err, domain.CodeUnauthenticated), "%v", err)
	})
}

// ssoActs are the acts of the SSO door that the audit tells of.
var ssoActs = []useCase{
	{name: "sign in by an assertion", about: anAsked, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Gatekeeper.SignInAsserted(context.Background(), c.sso, assertedAbout(it, strings.SplitN(it.name, " ", 2)[1]))
		return err
	}},
	{name: "sign in by an assertion from a strange browser", about: anAsked, do: func(e *domain.Engine, c *company, it about) error {
		caller := c.sso
		caller.Device = []byte("strange")
		_, err := e.Gatekeeper.SignInAsserted(context.Background(), caller, assertedAbout(it, strings.SplitN(it.name, " ", 2)[1]))
		return err
	}},
	{name: "end a session by SSO", about: anAssertedSession, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Gatekeeper.EndSso(context.Background(), c.sso, domain.SsoEnd{Provider: it.id, Name: it.name, Issuer: "i", ID: unique("_"), Until: noon.Add(time.Hour)})
		return err
	}},
}

// anAsked is a provider with a request and somebody who can answer it, in one name.
func anAsked(t *testing.T, s *stage, c *company) about {
	r := s.asked(t, c, s.saml(t, c).ID)
	return about{id: r.Provider, name: r.ID + " " + aLinked(t, s, c).name}
}

func assertedAbout(it about, person string) domain.Asserted {
	id := strings.SplitN(it.name, " ", 2)[0]
	return domain.Asserted{Provider: it.id, Name: person, Issuer: "i", AssertionID: unique("a"), Until: noon.Add(time.Hour),
		Request: &domain.SsoRequest{ID: id, RelayState: []byte(id[1:]), Browser: []byte("browser of " + id[1:])}}
}

func anAssertedSession(t *testing.T, s *stage, c *company) about {
	it := aLinked(t, s, c)
	r := s.asked(t, c, s.saml(t, c).ID)
	_, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), c.sso, s.asserted(r, it.name))
	require.NoError(t, err)
	return about{id: r.Provider, name: it.name}
}
