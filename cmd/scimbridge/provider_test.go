package main

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestProviderCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	key := providerKey()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	file := filepath.Join(s.folder, "metadata.xml")
	require.NoError(t, os.WriteFile(file, []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.org"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`+
		`<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>`+base64.StdEncoding.EncodeToString(der)+`</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`+
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.org/sso"/></IDPSSODescriptor></EntityDescriptor>`), 0o600))

	made := s.object("provider", "create", "--tenant", "acme", "--name", "Okta", "--prefix", "okta", "--metadata", file)
	assert.Equal(t, true, made["Enabled"])
	assert.Equal(t, "https://idp.example.org", made["EntityId"])
	again := s.object("provider", "metadata", "--tenant", "acme", "okta", file)
	assert.Equal(t, made["Certificates"], again["Certificates"], "nothing comes twice")
	list := s.object("provider", "list", "--tenant", "acme")["Items"].([]any)
	require.Len(t, list, 1)
	assert.Equal(t, made["IdentityProviderId"], list[0].(map[string]any)["IdentityProviderId"])
	assert.False(t, made["Certificates"].([]any)[0].(map[string]any)["Pending"].(bool))
	assert.NotEmpty(t, s.object("provider", "rotate", "--tenant", "acme", "okta")["SignsAt"])
	forecast := s.object("provider", "forecast", "--tenant", "acme", "okta")
	assert.Equal(t, map[string]any{"Users": 0.0, "Able": 0.0, "Unable": 0.0, "Elsewhere": 0.0, "Exempt": 0.0, "Inactive": 0.0}, forecast["Counts"])
	assert.Equal(t, []any{}, forecast["Items"])
	for _, bad := range [][]string{{"provider", "forecast", "--tenant", "acme", "none"}, {"provider", "metadata", "--tenant", "acme", "none", file}, {"provider", "metadata", "--tenant", "acme", "okta", file + "x"},
		{"provider", "trust", "--tenant", "acme", "okta", strings.Repeat("0", 64)}, {"provider", "create", "--tenant", "acme", "--name", "x", "--prefix", "A"}} {
		code, _, log := s.run(bad...)
		assert.Equal(t, exitFailed, code, "%v: %s", bad, log)
	}
}

// TestForecastLines: what a forecast says on a terminal.
func TestForecastLines(t *testing.T) {
	t.Parallel()
	who := uuid.MustParse("5b9c1f0e-7d53-4d3e-9a55-0f3c9c1f2a77")
	part := &domain.Forecast{Counts: &domain.ForecastCounts{Users: 7, Able: 2, Unable: 1, Elsewhere: 1, Exempt: 1, Inactive: 2}, Next: who,
		Items:    []domain.Forecasted{{Person: who, Username: "ana", Reason: domain.ForecastNothingToMatch}},
		Warnings: []domain.Forecasted{{Person: who, Username: "bo", Reason: domain.ForecastSharedValue}}}
	assert.Equal(t, []string{"Of 7 people with access 2 could sign in, 1 could not; 1 sign in elsewhere, 1 are for emergencies, 2 are inactive.",
		who.String() + "  ana  NothingToMatch", who.String() + "  bo  warning: SharedValue", "There are more: --after " + who.String()}, viewForecast(part).lines())
	assert.Empty(t, viewForecast(&domain.Forecast{Completed: true}).lines())
}
