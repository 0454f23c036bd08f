package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// certificateFile is a file with a certificate in PEM that may sign.
func certificateFile(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "idp.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return file
}

func TestProviderChangeCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	made := s.object("provider", "add", "--tenant", "acme", "--name", "Okta", "--prefix", "okta")
	assert.Equal(t, []any{"Saml", false}, []any{made["Type"], made["Enabled"]})
	changed := s.object("provider", "change", "okta", "--tenant", "acme", "--entity-id", "http://www.okta.com/exk1",
		"--sso-url", "https://acme.okta.example/sso", "--certificate", certificateFile(t), "--enable", "--match-order", "EmailAddress,Username", "--mfa-after", "--idp-initiated")
	assert.Equal(t, []any{true, "http://www.okta.com/exk1"}, []any{changed["Enabled"], changed["EntityId"]})
	require.Len(t, changed["Certificates"], 1)
	assert.Equal(t, changed, s.object("provider", "show", made["IdentityProviderId"].(string), "--tenant", "acme"))
	for _, bad := range [][]string{
		{"provider", "add", "--tenant", "acme", "--name", "Two", "--prefix", "okta"}, {"provider", "show", "none", "--tenant", "acme"},
		{"provider", "change", "okta", "--tenant", "acme", "--sso-url", "http://plain.example"},
		{"provider", "change", "okta", "--tenant", "acme", "--match-order", "Shoe"},
	} {
		code, _, log := s.run(bad...)
		assert.Equal(t, exitFailed, code, "%v: %s", bad, log)
	}
	assert.Equal(t, "Okta", s.object("provider", "remove", "okta", "--tenant", "acme")["Name"])
	assert.Empty(t, s.object("provider", "list", "--tenant", "acme")["Items"])
}

// TestOpenIDProviderCommands: the client secret comes by a file, is sealed, and is shown by nothing.
func TestOpenIDProviderCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("hunter2hunter2\n"), 0o600))
	made := s.object("provider", "add", "--type", "oidc", "--tenant", "acme", "--name", "Entra", "--prefix", "entra", "--issuer", "https://login.example/v2.0",
		"--client-id", "us", "--client-secret-file", file, "--scope", "profile", "--acr-value", "phr")
	assert.Equal(t, []any{"Oidc", true, "https://login.example/v2.0", "us", true},
		[]any{made["Type"], made["Enabled"], made["Issuer"], made["ClientId"], made["HasClientSecret"]})
	changed := s.object("provider", "change", "entra", "--tenant", "acme", "--client-id", "them", "--name-claim", "oid", "--disable")
	assert.Equal(t, []any{false, "them", true}, []any{changed["Enabled"], changed["ClientId"], changed["HasClientSecret"]})
	s.object("provider", "change", "entra", "--tenant", "acme", "--client-secret-file", file)
	tenants := []any{"8eaef023-2b34-4da1-9baa-8bc8c9d6a490", "1a2b3c4d-0000-4000-8000-00000000000a"}
	many := s.object("provider", "change", "entra", "--tenant", "acme", "--issuer", "https://login.example/common/v2.0", "--client-auth", "client_secret_post",
		"--entra-tenant", tenants[0].(string), "--entra-tenant", tenants[1].(string), "--enable")
	assert.Equal(t, []any{"client_secret_post", tenants}, []any{many["TokenAuth"], many["EntraTenants"]})
	_, out, log := s.run("provider", "show", "entra", "--tenant", "acme")
	assert.NotContains(t, out+log, "hunter2")
	public := s.object("provider", "add", "--type", "oidc", "--tenant", "acme", "--name", "P", "--prefix", "p")
	assert.Equal(t, []any{false, nil}, []any{public["Enabled"], public["HasClientSecret"]})
	for _, bad := range [][]string{
		{"provider", "change", "entra", "--tenant", "acme", "--issuer", "http://plain.example"},
		{"provider", "change", "entra", "--tenant", "acme", "--client-auth", "none"},
		{"provider", "add", "--tenant", "acme", "--name", "S", "--prefix", "s", "--type", "oidc", "--issuer", "https://a.example?x", "--client-id", "x"},
	} {
		code, _, log := s.run(bad...)
		assert.Equal(t, exitFailed, code, "%v: %s", bad, log)
	}
}
