package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// serving is a server under way in this process.
type serving struct {
	*shell
	listen, metrics, scim, rest string
	demo                        []any
	setup                       *setupView
	text                        string // what it printed
	stop                        func() int
	log                         *lockedBuffer
}

// lockedBuffer is a buffer that is written and read at once.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(part []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(part)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// serve starts a server on a port of its own and reads the one object that it prints.
func (s *shell) serve(args ...string) *serving {
	s.t.Helper()
	at := s.start(append(args, "--json")...)
	var view struct {
		Listen, MetricsListen, ScimBaseURL, RestBaseURL string
		Demo                                            []any
		Setup                                           *setupView
	}
	require.NoError(s.t, json.Unmarshal([]byte(at.text), &view), at.text)
	at.listen, at.metrics, at.scim, at.rest, at.demo = view.Listen, view.MetricsListen, view.ScimBaseURL, view.RestBaseURL, view.Demo
	at.setup = view.Setup
	return at
}

// start starts a server and waits for the end of what it prints.
func (s *shell) start(args ...string) *serving {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	at := &serving{shell: s, log: new(lockedBuffer)}
	ended := make(chan int, 1)
	go func() {
		env := append([]string{"SCIMBRIDGE_DATABASE=" + s.database, "SCIMBRIDGE_LISTEN=127.0.0.1:0"}, s.env...)
		ended <- run(ctx, append([]string{"serve"}, args...), env, in, at.log)
		_ = in.Close()
	}()
	code := -1
	var once sync.Once
	at.stop = func() int {
		once.Do(func() { cancel(); code = <-ended })
		return code
	}
	s.t.Cleanup(func() { assert.Equal(s.t, exitDone, at.stop(), at.log.String()) })
	printed := make([]byte, 64<<10)
	n, err := out.Read(printed) // all of it comes in one write
	require.NoError(s.t, err, at.log.String())
	at.text = string(printed[:n])
	return at
}

// ask sends a request and gives the status and the body.
func ask(t testing.TB, method, url, token, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestCommandsWorkWhileAServerRuns(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	at := s.serve()
	s.object("tenant", "create", "--slug", "acme")
	scim := s.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim", "--public-url", "http://"+at.listen)
	token, base := scim["Token"].(string), scim["BaseUrl"].(string)
	assert.Equal(t, at.scim, base)
	status, _ := ask(t, "GET", base+"/Users", token, "")
	assert.Equal(t, http.StatusOK, status)

	rotated := s.object("credential", "rotate", "--id", scim["CredentialId"].(string))
	time.Sleep(1100 * time.Millisecond) // what a server remembers of a credential
	for _, works := range []string{token, rotated["Token"].(string)} {
		status, _ = ask(t, "GET", base+"/Users", works, "")
		assert.Equal(t, http.StatusOK, status)
	}
	s.object("credential", "revoke", "--id", scim["CredentialId"].(string))
	time.Sleep(1100 * time.Millisecond)
	status, body := ask(t, "GET", base+"/Users", rotated["Token"].(string), "")
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Contains(t, body, "urn:ietf:params:scim:api:messages:2.0:Error")
	s.object("tenant", "update", "--slug", "acme", "--sso=on")
	assert.Equal(t, exitDone, at.stop())
	assert.NotContains(t, at.log.String(), token[3:35]+"_", "no token in the log")
}

// misleading are headers by which a request may claim that the server is somewhere else.
var misleading = [][2]string{
	{"", ""}, {"Host", "evil.example"}, {"Host", "id.example.com@evil.example"}, {"X-Forwarded-Host", "evil.example"}, {"X-Host", "evil.example"},
	{"X-Forwarded-Server", "evil.example"}, {"X-HTTP-Host-Override", "evil.example"}, {"Forwarded", "host=evil.example;proto=http"},
	{"X-Original-URL", "http://evil.example/"}, {"X-Rewrite-URL", "http://evil.example/"}, {"X-Forwarded-Proto", "evil"},
	{"Referer", "https://evil.example/"}, {"Origin", "https://evil.example"},
}

func TestInvitationLinkComesFromTheConfiguration(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	at := s.serve("--public-url", "https://id.example.com")
	s.object("tenant", "create", "--slug", "acme", "--name", "Acme")
	token := s.object("credential", "create", "--tenant", "acme", "--name", "hr", "--kind", "rest")["Token"].(string)
	for i, header := range misleading {
		body := fmt.Sprintf(`{"FirstName":"Ada","LastName":"Lovelace","EmailAddresses":[{"Address":"ada%d@example.org"}],"UserAccess":{}}`, i)
		request, err := http.NewRequest("POST", "http://"+at.listen+"/api/v1/Common/Persons", strings.NewReader(body))
		require.NoError(t, err)
		request.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}, header[0]: {header[1]}}
		if header[0] == "Host" {
			request.Host = header[1]
		}
		delete(request.Header, "")
		delete(request.Header, "Host")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusCreated, response.StatusCode)
		assert.Regexp(t, "^https://id.example.com/api/v1/", response.Header.Get("Location"))
	}
	var mails []string
	require.Eventually(t, func() bool {
		mails, _ = filepath.Glob(filepath.Join(s.folder, "data", "mail", "*.eml"))
		return len(mails) == len(misleading)
	}, 4*time.Second, 10*time.Millisecond, "woken by the commit, not by the clock")
	link := regexp.MustCompile(`https://id\.example\.com/account/accept#token=3D(sbi_\w+)`)
	for _, mail := range mails {
		raw, err := os.ReadFile(mail)
		require.NoError(t, err)
		text := strings.ReplaceAll(string(raw), "=\r\n", "") // as quoted-printable folds lines
		assert.Contains(t, text, "X-Scimbridge-Mail: invitation")
		assert.NotContains(t, text, "evil")
		found := link.FindStringSubmatch(text)
		require.NotNil(t, found, text)
		assert.NotContains(t, at.log.String(), found[1], "the token is in no log")
	}
	info, err := os.Stat(filepath.Join(s.folder, "data", "scimbridge.key"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestServeOnPostgres(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.database = pgserver.Fresh(t)
	tenant := s.object("tenant", "create", "--slug", "acme")
	token := s.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim")["Token"].(string)
	code, _, log := s.run("serve", "--listen", "127.0.0.1:0", "--mail-spool", s.folder)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "needs a key that all replicas share: set --key-file")

	s.env = []string{"SCIMBRIDGE_KEY=" + credential.NewKey().Line()}
	at := s.serve("--mail-spool", s.folder, "--demo")
	status, body := ask(t, "GET", at.scim+"/Users", token, "")
	assert.Equal(t, http.StatusOK, status, body)
	assert.Empty(t, at.demo, "there is a tenant")
	assert.Equal(t, tenant, s.object("tenant", "list")["Items"].([]any)[0])
}

func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	at := newShell(t).serve("--metrics-listen", "127.0.0.1:0")
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 404, "/": 404, "/api/v1/nowhere": 401, "/scim/v2/Users": 401, "/scim": 401} {
		status, body := ask(t, "GET", "http://"+at.listen+path, "", "")
		assert.Equal(t, want, status, path)
		assert.NotContains(t, body, at.folder, path)
	}
	status, body := ask(t, "GET", "http://"+at.metrics+"/metrics", "", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `scimbridge_http_requests_total{door="scim",route="Users",status="401"} 1`)
}

func TestDemoCanBePasted(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here")
	}
	s := newShell(t)
	at := s.start("--demo")
	assert.Regexp(t, `(?m)^scimbridge listens on http://127\.0\.0\.1:\d+ `, at.text)
	assert.Regexp(t, `(?m)^  SCIM base URL  http://127\.0\.0\.1:\d+/scim/v2$`, at.text)
	assert.Len(t, regexp.MustCompile(`(?m)^  (SCIM|REST) token     sb_\w+$`).FindAllString(at.text, -1), 2)
	var answers []string
	for line := range strings.Lines(at.text) {
		if strings.HasPrefix(line, "  curl ") {
			out, err := exec.Command("sh", "-c", line).CombinedOutput()
			require.NoError(t, err, string(out))
			answers = append(answers, string(out))
		}
	}
	require.Len(t, answers, 2)
	assert.Contains(t, answers[0], `"userName":"ada@example.com"`)
	assert.Contains(t, answers[1], `"Username":"ada@example.com"`)

	assert.Equal(t, exitDone, at.stop())
	again := s.start("--demo")
	assert.NotContains(t, again.text, "token", "tokens are shown once, and a tenant is made only where there is none")
	assert.Equal(t, 1, strings.Count(again.text, "\n"))
}

// TestStopUnderLoad stops a real process while clients create users one after the other: whoever got through to it is
// answered in full, it ends well, and whatever it acknowledged is there afterwards.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	token := s.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim")["Token"].(string)
	p := s.spawn(anywhere)

	var load loadOnUsers
	load.run(t, p.url+"/scim/v2/Users", token, func() { p.signal(syscall.SIGTERM) })
	assert.Equal(t, exitDone, p.ends(30*time.Second), p.lastWords())
	assert.GreaterOrEqual(t, len(load.created), stopAfter)

	at := s.serve()
	for _, location := range load.created {
		status, _ := ask(t, "GET", at.scim+"/Users/"+location, token, "")
		assert.Equal(t, http.StatusOK, status, "what was acknowledged is there")
	}
	_, body := ask(t, "GET", at.scim+"/Users?count=0", token, "")
	assert.Contains(t, body, `"totalResults":`+strconv.Itoa(len(load.created)), "and nothing else is")
}
