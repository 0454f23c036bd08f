package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLogCommand fills the log through a server, which has written all of it when it has ended, and reads it.
func TestLogCommand(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	at := s.serve("--metrics-listen", "127.0.0.1:0")
	s.object("tenant", "create", "--slug", "acme")
	token := s.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim", "--public-url", "http://"+at.listen)["Token"].(string)
	for _, want := range []int{http.StatusCreated, http.StatusConflict} {
		status, body := ask(t, "POST", at.scim+"/Users", token, `{"userName":"ana","emails":[{"value":"ana@example.org","primary":true}]}`)
		require.Equal(t, want, status, body)
	}
	_, numbers := ask(t, "GET", "http://"+at.metrics+"/metrics", "", "")
	assert.Contains(t, numbers, "scimbridge_provisioning_log_omitted_total 0")
	require.Equal(t, exitDone, at.stop())

	all := s.object("log", "--tenant", "acme")["Items"].([]any)
	require.Len(t, all, 2)
	assert.Equal(t, "Refused", all[0].(map[string]any)["Outcome"])
	assert.Len(t, s.object("log", "--tenant", "acme", "--refused")["Items"], 1)
	assert.Len(t, s.object("log", "--tenant", "acme", "--person", "ana", "--count", "1")["Items"], 1)
	assert.Len(t, s.object("log", "--tenant", "acme", "--person", "ana@example.org")["Items"], 2)
	request := all[1].(map[string]any)["RequestID"].(string)
	code, out, log := s.run("log", "--tenant", "acme", "--request", request)
	require.Equal(t, exitDone, code, log)
	assert.Regexp(t, `^20\S+Z  Create succeeded 201 .*POST /scim/v2/Users.*request `+request, out)
	assert.Contains(t, out, "    then PERSON_CREATED\n")
	assert.NotContains(t, out, "ana@example.org", "values are concealed")
	_, out, _ = s.run("log", "--tenant", "acme", "--refused")
	assert.Contains(t, out, "Create refused 409")
	assert.Equal(t, 1, strings.Count(out, "    because username_taken: "))

	code, _, log = s.run("log", "--tenant", "acme", "--person", "nobody")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, `nobody has the username or e-mail address "nobody"`)
	_, out, _ = s.run("log", "--tenant", "acme", "--request", "none")
	assert.Equal(t, "The log holds nothing of the kind.\n", out)
}
