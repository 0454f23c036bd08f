package rest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestGuide runs the commands of the guide for integrators as they stand there; each must succeed.
func TestGuide(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the guide's commands need %s, which is not installed", tool)
		}
	}
	w := newWorld(t)
	w.sso(true)
	mux := http.NewServeMux()
	mux.Handle("/api/", w.door)
	mux.HandleFunc("/sleep", func(http.ResponseWriter, *http.Request) { w.wait(61 * time.Second) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	script := "set -euo pipefail\nsleep() { curl -sS $SERVER/sleep; }\n" + strings.Join(guide(t), "\n")
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Env = append(os.Environ(), "SERVER="+server.URL, "BASE="+server.URL+"/api/v1", "TOKEN="+w.token, "NO_PROXY=*")
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	for _, shown := range []string{`"Ana Souza"`, "ana@idp.example.org", `"PasswordResetPending"`, `"Username": "bo.ek"`} {
		assert.Contains(t, string(output), shown)
	}
	assert.NotContains(t, string(output), "null\nnull", "a command shows nothing")
}

// TestGuideIsComplete: each route and each parameter is in the guide, and so is every code that can be answered.
func TestGuideIsComplete(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../docs/rest.md")
	require.NoError(t, err)
	text := string(content)
	eachRoute(func(r *route) {
		last := r.pattern[strings.LastIndex(r.pattern, "/")+1:]
		assert.True(t, strings.Contains(text, last), "%s is not in the guide", r.name())
		for _, permission := range r.needs {
			assert.True(t, strings.Contains(text, string(permission)), "%s of %s is not in the guide", permission, r.name())
		}
		for _, row := range r.parameters {
			assert.True(t, strings.Contains(text, "`"+row.name), "%s of %s is not in the guide", row.name, r.name())
		}
	})
	unreachable := map[domain.Code]bool{ // of other doors, or of acts that this one does not offer
		domain.CodeNoMatchingUser: true, domain.CodeExternalKeyInUse: true,
		domain.CodeAmbiguousMatch: true, domain.CodeAmbiguousNameID: true, domain.CodeConnectionNotManaging: true,
		domain.CodeProtectedAccount: true, domain.CodeTenantSlugTaken: true,
		domain.CodeInvalidCursor: true, domain.CodeExpiredCursor: true,
	}
	for _, code := range codes(t) {
		assert.Equal(t, !unreachable[code], strings.Contains(text, "`"+string(code)+"`"), code)
	}
}

// guide are the blocks of commands of the guide.
func guide(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../docs/rest.md")
	require.NoError(t, err)
	var blocks []string
	for _, found := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(content), -1) {
		blocks = append(blocks, found[1])
	}
	require.NotEmpty(t, blocks)
	return blocks
}
