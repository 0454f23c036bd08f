package sso

import (
	"crypto/x509"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

// world is the door with the true engine beneath, one tenant with SSO, and a provider that trusts theIdP.
type world struct {
	*storetest.Fixture
	engine     *domain.Engine
	handler    http.Handler
	processors *domain.Processors
	ticks      atomic.Int64 // microseconds since noon
	acme       domain.Caller
	provider   *domain.IdentityProvider
}

func (w *world) clock() time.Time {
	return noon.Add(time.Duration(w.ticks.Add(1)) * time.Microsecond)
}

func newWorld(t testing.TB, open storetest.Open, settings ...func(*domain.NewProvider)) *world {
	t.Helper()
	w := &world{processors: domain.NewProcessors(1)}
	w.Fixture = open(t, w.clock)
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	w.engine = domain.New(domain.Config{Store: w.DB, Registry: w.DB, Secrets: credential.NewSecrets(sealer), Messages: Messages{}, Clock: w.clock})
	w.acme = w.tenant(t, "acme")
	w.provider = w.add(t, w.acme, "okta", settings...)
	limits := web.NewStrangers(func() time.Time { return noon.Add(time.Duration(w.ticks.Add(1)) * time.Hour) }) // nobody comes too often
	config := Config{Engine: w.engine, PublicURL: "https://id.example.com", Strangers: limits, Processors: w.processors,
		Home: func(tenant string) string { return "/home/" + tenant }, SecondFactor: func(tenant string) string { return "/code/" + tenant }}
	w.handler = web.NewHall(web.Config{Doors: []web.Door{{Name: "sso", Prefix: Prefix, Handler: New(config), Refuse: Refuse, Routes: Routes()}},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: w.clock})
	return w
}

func (w *world) tenant(t testing.TB, slug string) domain.Caller {
	t.Helper()
	tenant, err := w.engine.Administration.CreateTenant(t.Context(), slug, slug, true, nil)
	require.NoError(t, err)
	return domain.Caller{Tenant: tenant.ID, TenantSlug: slug, Sso: true, Door: domain.DoorRest, Mode: domain.ReadWrite,
		Permissions: domain.AllPermissions(), Actor: domain.Actor{Kind: domain.ActorCredential, ID: uuid.New(), Name: "integrator"}}
}

func (w *world) add(t testing.TB, tenant domain.Caller, prefix string, settings ...func(*domain.NewProvider)) *domain.IdentityProvider {
	t.Helper()
	in := domain.NewProvider{Name: prefix, Prefix: prefix, Type: domain.ProviderSaml, Enabled: true, Saml: &domain.SamlSettings{
		EntityID: theirEntity, SsoURL: "https://idp.example.org/sso", SloURL: "https://idp.example.org/slo?x=y",
		Certificates: []domain.SigningCertificate{{DER: theIdP().cert.Raw}}}}
	for _, set := range settings {
		set(&in)
	}
	p, err := w.engine.Providers.Add(t.Context(), tenant, in)
	require.NoError(t, err)
	return p
}

// person is somebody who signs in by that name.
func (w *world) person(t testing.TB, tenant domain.Caller, name string) *domain.Person {
	t.Helper()
	p, err := w.engine.Provisioner.CreatePerson(t.Context(), tenant, domain.NewPerson{Profile: domain.Profile{FirstName: "Ana", LastName: "Melo",
		Emails: []domain.EmailAddress{{Address: "mail-of-" + name, IsPrimary: true}}},
		ExternalLogin: name, Access: &domain.NewAccess{Username: "user of " + name, IsActive: true}})
	require.NoError(t, err)
	return p
}

// do sends a request.
func (w *world) do(method, target, body string, cookies ...*http.Cookie) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer.Result()
}

// begun is a sign-in that has begun in a browser.
type begun struct {
	id, relayState string
	browser        *http.Cookie
}

func cookie(r *http.Response, name string) *http.Cookie {
	for _, c := range r.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// begin clicks on "sign in".
func (w *world) begin(t testing.TB, path string) begun {
	t.Helper()
	answer := w.do("GET", path, "")
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	to, err := url.Parse(answer.Header.Get("Location"))
	require.NoError(t, err)
	packed, err := base64.StdEncoding.DecodeString(to.Query().Get("SAMLRequest"))
	require.NoError(t, err)
	request, err := inflate(packed)
	require.NoError(t, err)
	return begun{element(string(request)).SelectAttrValue("ID", ""), to.Query().Get("RelayState"), cookie(answer, browserCookie)}
}

const loginPath, acsPath = "/sso/acme/okta/login", "/sso/acme/okta/acs"

// answerTo is a response to a request of ours, signed by nobody yet.
func answerTo(b begun, edits ...edit) *etree.Element {
	response := plain()
	response.CreateAttr("InResponseTo", b.id)
	at(response, "SubjectConfirmationData").CreateAttr("InResponseTo", b.id)
	for _, edit := range edits {
		edit(response)
	}
	return response
}

// bring posts a response as the browser does.
func (w *world) bring(path string, message []byte, b begun) *http.Response {
	form := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(message)}, "RelayState": {b.relayState}}
	if b.browser == nil {
		return w.do("POST", path, form.Encode())
	}
	return w.do("POST", path, form.Encode(), b.browser)
}

// whose tells who a session is of.
func (w *world) whose(t testing.TB, answer *http.Response) domain.Caller {
	t.Helper()
	session := cookie(answer, web.SessionCookie)
	require.NotNil(t, session, "%d", answer.StatusCode)
	caller, err := w.engine.Gatekeeper.Authenticate(t.Context(), session.Value, netip.Addr{})
	require.NoError(t, err)
	return caller
}

// sessions and refusals count what there is.
func (w *world) sessions(t testing.TB) int { return w.Number(t, "SELECT COUNT(*) FROM session") }
func (w *world) refusals(t testing.TB) int {
	return w.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action LIKE 'SIGN_IN_%'")
}
func (w *world) note(t testing.TB) string {
	return w.Text(t, "SELECT note FROM audit_event ORDER BY at DESC, audit_index DESC LIMIT 1")
}

func certificates(list ...*party) (certificates []*x509.Certificate) {
	for _, p := range list {
		certificates = append(certificates, p.cert)
	}
	return certificates
}
