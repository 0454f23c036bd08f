//go:build idp

package main

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// simpleSAML is SimpleSAMLphp of Debian, served by PHP on the loopback, under a name of its own.
type simpleSAML struct {
	scene   *scene
	folder  string
	browser *http.Client
}

const (
	phpFolder = "/usr/share/simplesamlphp"
	phpHost   = "idp.example.org"
)

// startsSimpleSAML configures and boots it.
func (s *scene) startsSimpleSAML() *simpleSAML {
	s.t.Helper()
	p := &simpleSAML{scene: s, folder: s.t.TempDir()}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	address := listener.Addr().String()
	require.NoError(s.t, listener.Close())
	p.writes()
	command := exec.Command("php", "-d", "session.save_path="+p.folder, "-S", address, filepath.Join(p.folder, "router.php"))
	command.Env = append(os.Environ(), "SIMPLESAMLPHP_CONFIG_DIR="+p.folder)
	log, err := os.Create(filepath.Join(p.folder, "php.log"))
	require.NoError(s.t, err)
	command.Stdout, command.Stderr = log, log
	require.NoError(s.t, command.Start())
	s.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if s.t.Failed() {
			said, _ := os.ReadFile(log.Name())
			s.t.Log(string(said[max(0, len(said)-2000):]))
		}
	})
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	p.browser = &http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: toLoopback(address)}
	require.Eventually(s.t, func() bool {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	}, 10*time.Second, 50*time.Millisecond)
	return p
}

// toLoopback sends what is meant for the provider there.
type toLoopback string

func (t toLoopback) RoundTrip(r *http.Request) (*http.Response, error) {
	there := r.Clone(r.Context())
	there.URL.Scheme, there.URL.Host = "http", string(t)
	answer, err := http.DefaultTransport.RoundTrip(there)
	if err == nil {
		answer.Request = r // redirects are relative to where the browser believes to be
	}
	return answer, err
}

// writes makes the configuration: one person, who is called what the name file says.
func (p *simpleSAML) writes() {
	t := p.scene.t
	t.Helper()
	key := providerKey()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: phpHost}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, content := range map[string]string{
		"server.pem": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		"server.crt": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		"name":       "ana",
		"config.php": fmt.Sprintf(`<?php $config = ['baseurlpath' => 'https://%s/simplesaml/', 'certdir' => '%[2]s/', 'datadir' => '%[2]s/', 'tempdir' => '%[2]s/tmp', 'metadatadir' => '%[2]s/',
			'secretsalt' => 'x%[3]d', 'auth.adminpassword' => 'x%[3]d', 'technicalcontact_email' => 'na@example.org', 'timezone' => 'UTC', 'enable.saml20-idp' => true,
			'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true], 'metadata.sources' => [['type' => 'flatfile']], 'store.type' => 'phpsession',
			'session.cookie.secure' => true, 'session.phpsession.savepath' => '%[2]s', 'logging.handler' => 'errorlog', 'logging.level' => 7, 'errorreporting' => false, 'showerrors' => true, 'language.default' => 'en'];`,
			phpHost, p.folder, time.Now().UnixNano()),
		"authsources.php":       fmt.Sprintf(`<?php $config = ['people' => ['exampleauth:UserPass', 'ana:hunter2' => ['uid' => [trim(file_get_contents('%s/name'))]]]];`, p.folder),
		"saml20-idp-hosted.php": `<?php $metadata['__DYNAMIC:1__'] = ['host' => '__DEFAULT__', 'privatekey' => 'server.pem', 'certificate' => 'server.crt', 'auth' => 'people', 'authproc' => [3 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified']]];`,
		"saml20-sp-remote.php":  serviceProvider(""),
		"router.php": `<?php
			$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
			if (!preg_match('#^/simplesaml/((?:[a-z0-9]+/)*[A-Za-z]+\.php)(/.*)?$#', $path, $m)) { http_response_code(404); return true; }
			$_SERVER['HTTPS'] = 'on'; $_SERVER['SERVER_PORT'] = '443'; $_SERVER['HTTP_HOST'] = $_SERVER['SERVER_NAME'] = '` + phpHost + `';
			$_SERVER['SCRIPT_NAME'] = '/simplesaml/' . $m[1]; $_SERVER['SCRIPT_FILENAME'] = '` + phpFolder + `/www/' . $m[1];
			$_SERVER['PHP_SELF'] = $path; $_SERVER['PATH_INFO'] = $m[2] ?? '';
			chdir(dirname($_SERVER['SCRIPT_FILENAME'])); require $_SERVER['SCRIPT_FILENAME']; return true;`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(p.folder, name), []byte(content), 0o600))
	}
}

// serviceProvider is what it knows of us, with more settings.
func serviceProvider(more string) string {
	return fmt.Sprintf(`<?php $metadata['%s'] = ['AssertionConsumerService' => '%s', 'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified', 'saml20.sign.response' => true, %s];`,
		replayBase+ssoAt+"/metadata", replayBase+ssoAt+"/acs", more)
}

// encryptsBadly has it encrypt for the key in our metadata, which it does with AES-CBC whatever it is told. We take neither
// that nor, where encryption is demanded, what is plain.
func (p *simpleSAML) encryptsBadly(operator domain.Caller, provider uuid.UUID) {
	t := p.scene.t
	t.Helper()
	_, err := p.scene.engine.Providers.Change(t.Context(), operator, domain.ProviderChange{Provider: provider, Apply: func(p *domain.IdentityProvider) error { p.Saml.WantEncrypted = true; return nil }})
	require.NoError(t, err)
	refused := func(why string) {
		assert.Empty(t, p.enters(), why)
		assert.Equal(t, "gate 7 (algorithms): "+why, p.scene.Text(t, "SELECT note FROM audit_event ORDER BY audit_index DESC LIMIT 1"))
	}
	refused("the assertion is not encrypted, as this provider's settings demand")
	ours := p.scene.browse("GET", ssoAt+"/metadata", "", "").body
	_, encryption, found := strings.Cut(ours, `use="encryption"`)
	require.True(t, found)
	certificate := regexp.MustCompile(`>([A-Za-z0-9+/=]{100,})<`).FindStringSubmatch(encryption)[1]
	require.NoError(t, os.WriteFile(filepath.Join(p.folder, "saml20-sp-remote.php"), []byte(serviceProvider(`'assertion.encryption' => true, 'keys' => [['type' => 'X509Certificate', 'signing' => false, 'encryption' => true, 'X509Certificate' => '`+certificate+`']]`)), 0o600))
	refused("the encryption is not AES-GCM")
	_, err = p.scene.engine.Providers.Change(t.Context(), operator, domain.ProviderChange{Provider: provider, Apply: func(p *domain.IdentityProvider) error { p.Saml.WantEncrypted = false; return nil }})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(p.folder, "saml20-sp-remote.php"), []byte(serviceProvider("")), 0o600))
	require.NotEmpty(t, p.enters())
}

func (p *simpleSAML) page(answer *http.Response, err error) (string, *url.URL) {
	p.scene.t.Helper()
	require.NoError(p.scene.t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(p.scene.t, err)
	require.Equal(p.scene.t, 200, answer.StatusCode, "%s: %.1000s", answer.Request.URL, content)
	return string(content), answer.Request.URL
}

var formField = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)

func fieldsOf(page string) url.Values {
	fields := url.Values{}
	for _, field := range formField.FindAllStringSubmatch(page, -1) {
		fields.Set(field[1], html.UnescapeString(field[2]))
	}
	return fields
}

// enters signs ana in through the provider; "" where nobody was let in here.
func (p *simpleSAML) enters() string {
	t := p.scene.t
	t.Helper()
	p.browser.Jar, _ = cookiejar.New(nil)
	began := p.scene.browse("GET", ssoAt+"/login", "", "")
	require.Equal(t, http.StatusSeeOther, began.status)
	page, at := p.page(p.browser.Get(began.header.Get("Location")))
	form := fieldsOf(page)
	form.Set("username", "ana")
	form.Set("password", "hunter2")
	at.RawQuery = ""
	page, _ = p.page(p.browser.PostForm(at.String(), form))
	b := brought{form: fieldsOf(page)}
	require.NotEmpty(t, b.form.Get("SAMLResponse"), "%.2000s", page)
	for _, line := range began.header.Values("Set-Cookie") {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == forms {
			b.browser = cookie
		}
	}
	return sessionOf(b.posts(t, p.scene.url))
}

// TestSimpleSAMLphp goes the circle of TestScenario17_ThroughAnIdentityProvider with another product. See make test-idp.
func TestSimpleSAMLphp(t *testing.T) {
	if _, err := os.Stat(phpFolder); err != nil {
		t.Skip("SimpleSAMLphp is not installed; make test-idp installs it")
	}
	scenario(t, func(s *scene) {
		s.wait(time.Since(replayStart)) // the provider lives by the system's clock
		s.given("tenant sso=on")
		p := s.startsSimpleSAML()
		metadata, _ := p.page(p.browser.Get("https://" + phpHost + "/simplesaml/saml2/idp/metadata.php"))
		operator, err := s.engine.Administration.Operator(s.t.Context(), homeTenant)
		require.NoError(s.t, err)
		made, err := s.engine.Providers.Add(s.t.Context(), operator, domain.NewProvider{Name: "SimpleSAMLphp", Prefix: "samlidp", Type: domain.ProviderSaml, Saml: &domain.SamlSettings{}})
		require.NoError(s.t, err)
		_, err = s.engine.Providers.TakeMetadata(s.t.Context(), operator, made.ID, []byte(strings.TrimSpace(metadata)))
		require.NoError(s.t, err, metadata)
		_, err = s.engine.Providers.Change(s.t.Context(), operator, domain.ProviderChange{Provider: made.ID, Apply: func(p *domain.IdentityProvider) error { p.Enabled = true; return nil }})
		require.NoError(s.t, err)

		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		token := p.enters()
		require.NotEmpty(s.t, token, s.Text(s.t, "SELECT note FROM audit_event ORDER BY audit_index DESC LIMIT 1"))
		assert.Equal(s.t, 200, s.raw("GET", "/api/v1/UserManagement/Users/WhoAmI", "Bearer "+token, "").status)
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "userName", `"ana.silva"`)).gets(200, `{"...":"..."}`)
		assert.Empty(s.t, p.enters(), "the old name opens nothing")
		require.NoError(s.t, os.WriteFile(filepath.Join(p.folder, "name"), []byte("ana.silva"), 0o600))
		assert.NotEmpty(s.t, p.enters())
		p.encryptsBadly(operator, made.ID)
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", "false")).gets(200, `{"...":"..."}`)
		assert.Empty(s.t, p.enters())
	})
}
