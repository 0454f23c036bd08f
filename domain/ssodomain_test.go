package domain_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// records is the DNS, as far as anybody asks for it.
type records struct {
	sync.Mutex
	texts map[string][]string
	away  bool
}

func (r *records) LookupTXT(_ context.Context, name string) ([]string, error) {
	r.Lock()
	defer r.Unlock()
	if r.away {
		return nil, errors.New("no server answered")
	}
	return r.texts[name], nil
}

func (r *records) publish(d *domain.SsoDomain) {
	name := d.RecordName() + "."
	r.texts[name] = append(r.texts[name], "v=spf1 -all", d.RecordText())
}

func (s *stage) withDNS() (*domain.Engine, *records) {
	dns := &records{texts: map[string][]string{}}
	return domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: s.secrets, Clock: s.clock, Resolver: dns}), dns
}

// TestDomainIsProved: a domain leads somewhere once its tenant has proved to own it, and is one tenant's; who loses the
// record loses the domain after three days.
func TestDomainIsProved(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine, dns := s.withDNS()
		s.addressed(t, "one")
		mine, theirs := operator(t, s.engine, "acme"), operator(t, s.engine, "beta")
		d, err := engine.Domains.Add(t.Context(), mine, " Example.ORG. ", uuid.Nil)
		require.NoError(t, err)
		assert.Equal(t, "example.org", d.Name)
		_, err = engine.Domains.Add(t.Context(), mine, "EXAMPLE.org", uuid.Nil)
		assert.Equal(t, domain.CodeDomainTaken, codeOf(err))
		_, err = engine.Domains.Add(t.Context(), mine, "example.net", s.beta.provider)
		assert.Equal(t, domain.CodeIdentityProviderNotFound, codeOf(err), "a foreign provider is none")
		_, err = engine.Domains.Verify(t.Context(), theirs, "example.org")
		assert.Equal(t, domain.CodeNotFound, codeOf(err))
		_, err = engine.Domains.Verify(t.Context(), mine, "example.org")
		assert.Equal(t, domain.CodeDomainUnproven, codeOf(err))

		other, err := engine.Domains.Add(t.Context(), theirs, "example.org", uuid.Nil)
		require.NoError(t, err)
		dns.publish(d)
		_, err = engine.Domains.Verify(t.Context(), theirs, "example.org")
		assert.Equal(t, domain.CodeDomainUnproven, codeOf(err), "the record of another tenant proves nothing")
		assert.Nil(t, s.leads(t, engine, s.acme, "ana@example.org"))
		_, err = engine.Domains.Verify(t.Context(), mine, "example.org")
		require.NoError(t, err)
		assert.NotNil(t, s.leads(t, engine, s.acme, "ana@example.org"))
		dns.publish(other)
		_, err = engine.Domains.Verify(t.Context(), theirs, "example.org")
		assert.Equal(t, domain.CodeDomainTaken, codeOf(err))
		assert.Nil(t, s.leads(t, engine, s.beta, "ana@example.org"))

		dns.away = true
		s.pass(25 * time.Hour)
		require.NoError(t, engine.Domains.Recheck(t.Context()))
		dns.away, dns.texts = false, map[string][]string{}
		for range 3 {
			assert.NotNil(t, s.leads(t, engine, s.acme, "ana@example.org"))
			require.NoError(t, engine.Domains.Recheck(t.Context()))
			require.NoError(t, engine.Domains.Recheck(t.Context()), "it is not due again")
			s.pass(25 * time.Hour)
		}
		assert.Nil(t, s.leads(t, engine, s.acme, "ana@example.org"))
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'SSO_DOMAIN_UNVERIFIED' AND note = 'domain example.org'"))
		dns.publish(other)
		_, err = engine.Domains.Verify(t.Context(), theirs, "example.org")
		require.NoError(t, err, "it is free again")
		require.NoError(t, engine.Domains.Remove(t.Context(), mine, "example.org"))
		assert.Equal(t, domain.CodeNotFound, codeOf(engine.Domains.Remove(t.Context(), mine, "example.org")))
		s.refusesDomains(t, engine)
	})
}

// refusesDomains checks that a right is needed for each act.
func (s *stage) refusesDomains(t *testing.T, engine *domain.Engine) {
	t.Helper()
	nobody := s.acme.rest
	nobody.Permissions = domain.NewPermissions(domain.ProvidersRead)
	_, err := engine.Domains.List(t.Context(), nobody)
	_, added := engine.Domains.Add(t.Context(), nobody, "example.com", uuid.Nil)
	_, verified := engine.Domains.Verify(t.Context(), nobody, "example.com")
	_, found := engine.Domains.Find(t.Context(), nobody, "example.com")
	for _, err := range []error{err, added, verified, found, engine.Domains.Remove(t.Context(), nobody, "example.com")} {
		assert.Equal(t, domain.CodePermissionDenied, codeOf(err))
	}
}

// addressed gives providers that have none addresses at which people can sign in.
func (s *stage) addressed(t *testing.T, prefix string) {
	t.Helper()
	s.SQL(t, "UPDATE identity_provider SET prefix = ? WHERE prefix = ''", prefix)
}

func (s *stage) leads(t *testing.T, engine *domain.Engine, c *company, name string) *domain.IdentityProvider {
	t.Helper()
	p, err := engine.Domains.Discover(t.Context(), c.visitor(), name)
	require.NoError(t, err)
	return p
}

// TestDiscover: where somebody signs in is told by the domain of the address and the tenant's choices, never by who there
// is.
func TestDiscover(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine, dns := s.withDNS()
		boss := operator(t, s.engine, "acme")
		s.addressed(t, "one")
		someone := s.linked(t, s.acme, s.acme.scim)
		known, unknown := someone.PrimaryEmail(), "nobody@example.org"
		same := func(want bool, why string) {
			t.Helper()
			for _, name := range []string{known, unknown} {
				assert.Equal(t, want, s.leads(t, engine, s.acme, name) != nil, "%s: %s", why, name)
			}
		}
		same(false, "nothing is chosen")
		d, err := engine.Domains.Add(t.Context(), boss, "example.org", s.acme.provider)
		require.NoError(t, err)
		dns.publish(d)
		_, err = engine.Domains.Verify(t.Context(), boss, "example.org")
		require.NoError(t, err)
		same(true, "the domain is verified")
		for _, name := range []string{"", "@", someone.Access.Username, "ana@sub.example.org", "example.org", "ana@example.org@example.net"} {
			assert.Nil(t, s.leads(t, engine, s.acme, name), name)
		}
		assert.NotNil(t, s.leads(t, engine, s.acme, "Ana@EXAMPLE.org"))
		_, err = engine.Administration.UpdateTenant(t.Context(), boss, domain.TenantChange{Policies: map[string]string{"PasswordLogin": domain.DisabledWhenSso}})
		require.NoError(t, err)
		same(true, "SSO is enforced")
		for _, name := range []string{someone.Access.Username, "nobody", "ana@example.net"} {
			assert.NotNil(t, s.leads(t, engine, s.acme, name), "the only provider: %s", name)
		}
		s.AddProvider(t, s.acme.id, uuid.New(), true)
		s.addressed(t, "two")
		same(true, "the domain names its provider")
		assert.Nil(t, s.leads(t, engine, s.acme, "nobody"), "nobody says which of two")
		assert.Equal(t, domain.CodeIdentityProviderInUse, codeOf(engine.Providers.Remove(t.Context(), boss, s.acme.provider)))
	})
}

// TestReadDomain: what is no domain is none, and equal ones are written alike.
func TestReadDomain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"Example.com": "example.com", "a.b-c.example.": "a.b-c.example", "xn--bcher-kva.example": "xn--bcher-kva.example",
		"ｅｘａｍｐｌｅ.com": "example.com", "": "", "com": "", "a..b": "", ".a.b": "", "-a.b": "", "a_b.c": "", "bücher.example": "xn--bcher-kva.example",
		" BÜCHER.Example. ": "xn--bcher-kva.example", "bu\u0308cher.example": "xn--bcher-kva.example", "straße.example": "xn--strae-oqa.example",
		"пример.рф": "xn--e1afmkfd.xn--p1ai", "例え。テスト": "xn--r8jz45g.xn--zckzah", "日本go.example": "xn--go-5t7du0c.example",
		"xn--bcher-kva": "", "xn--.example": "", "xn--99999999.example": "", "\u05d01a.example": "",
		"exаmple.com": "", "xn--exmple-4nf.com": "", "gοοgle.example": "", "\u202eexample.com": "", "a\u200db.example": "", "a.b:1": "", "a b.c": "", "a.b\x00": ""} {
		name, problem := domain.ReadDomain(text)
		assert.Equal(t, want, name, text)
		assert.Equal(t, want == "", problem != "", text)
	}
}

// TestReadableDomains: a name is shown in its own script, and what has none as it is.
func TestReadableDomains(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"example.com": "example.com", "xn--bcher-kva.example": "bücher.example", "xn--e1afmkfd.xn--p1ai": "пример.рф",
		"xn--99999999.example": "xn--99999999.example"} {
		assert.Equal(t, want, (&domain.SsoDomain{Name: name}).Readable())
	}
}
