package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

const setupBodyText = `{"Token":"%s","Tenant":{"Slug":"acme","Name":"Acme"},"Identity":{"Username":"ana"},
	"Profile":{"FirstName":"Ana","LastName":"Silva","EmailAddress":"%s"}}`

// TestSetup uses the token of a first start fifty times at once (H7): one use makes the first tenant with its administrator,
// the others are refused, and no later start shows another.
func TestSetup(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return pgserver.Fresh(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			if url := database(); url != "" {
				s.database = url
			}
			s.env = []string{"SCIMBRIDGE_KEY=" + credential.NewKey().Line(), "SCIMBRIDGE_MAIL_SPOOL=" + t.TempDir(), "SCIMBRIDGE_TRUSTED_PROXY=127.0.0.0/8"}
			at := s.serve()
			require.NotNil(t, at.setup, at.text)
			assert.Regexp(t, `^sbu_[0-9a-f]{64}$`, at.setup.Token)
			assert.WithinDuration(t, time.Now().Add(time.Hour), *at.setup.ExpiresAt, time.Minute)
			api := at.rest + "/Account"

			status, body := ask(t, "POST", api+"/Setup", "", fmt.Sprintf(setupBodyText, at.setup.Token, "nobody"))
			assert.Equal(t, http.StatusBadRequest, status, "a mistake doesn't spend it: %s", body)
			status, body = ask(t, "POST", api+"/Setup", "", fmt.Sprintf(setupBodyText, "sbu_"+strings.Repeat("0", 64), "ana@example.org"))
			assert.Equal(t, http.StatusBadRequest, status, body)
			statuses, made := useAtOnce(t, api+"/Setup", fmt.Sprintf(setupBodyText, at.setup.Token, "ana@example.org"))
			assert.Equal(t, append([]int{http.StatusCreated}, slices.Repeat([]int{http.StatusBadRequest}, racers-1)...), statuses)

			status, body = ask(t, "POST", api+"/Invitations/Accept", "", fmt.Sprintf(`{"Token":"%s","NewPassword":"%s"}`, made.InvitationToken, goodPassword))
			require.Equal(t, http.StatusOK, status, body)
			rights := s.object("person", "revoke", "--tenant", "acme", "--person", "ana", "--role", s.object("role", "create", "--tenant", "acme", "--name", "Other")["RoleId"].(string))
			assert.Equal(t, []any{"Administrator"}, rights["Roles"])
			assert.Contains(t, rights["Permissions"], "tenant.admin")
			assert.NotContains(t, at.log.String(), at.setup.Token)
			assert.Equal(t, exitDone, at.stop())
			assert.Nil(t, s.serve().setup, "there is a tenant")
		})
	}
}

// TestSetupTokenOfAnEarlierStart: only the last one that was shown works, and none does once the operator made a tenant.
func TestSetupTokenOfAnEarlierStart(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	first := s.serve()
	assert.Equal(t, exitDone, first.stop())
	text := s.start().text
	assert.Contains(t, text, "/account/setup\n")
	assert.Contains(t, text, "setup token  sbu_")
	at := s.serve()
	status, body := ask(t, "POST", at.rest+"/Account/Setup", "", fmt.Sprintf(setupBodyText, first.setup.Token, "ana@example.org"))
	assert.Equal(t, http.StatusBadRequest, status, body)
	assert.Contains(t, body, `"token_invalid"`)
	s.object("tenant", "create", "--slug", "other")
	status, body = ask(t, "POST", at.rest+"/Account/Setup", "", fmt.Sprintf(setupBodyText, at.setup.Token, "ana@example.org"))
	assert.Equal(t, http.StatusBadRequest, status, body)
	assert.Len(t, s.object("tenant", "list")["Items"], 1)
}

// setupDone is the answer to a setup.
type setupDone struct{ Slug, TenantID, PersonID, InvitationToken string }

// useAtOnce sends the request of each racer at once and gives the statuses, sorted, and the answer that was a success.
func useAtOnce(t *testing.T, url, body string) (statuses []int, made setupDone) {
	t.Helper()
	var group sync.WaitGroup
	var mu sync.Mutex
	for i := range racers {
		group.Go(func() {
			request, err := http.NewRequest("POST", url, strings.NewReader(body))
			if !assert.NoError(t, err) {
				return
			}
			request.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {fmt.Sprintf("192.0.2.%d", i)}} // strangers are limited by address
			response, err := http.DefaultClient.Do(request)
			if !assert.NoError(t, err) {
				return
			}
			defer response.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			statuses = append(statuses, response.StatusCode)
			if response.StatusCode == http.StatusCreated {
				assert.NoError(t, json.NewDecoder(response.Body).Decode(&made))
			}
		})
	}
	group.Wait()
	slices.Sort(statuses)
	return statuses, made
}

// TestSetupPage does the same in a browser's way: the page leads on to the one on which the administrator chooses a password.
func TestSetupPage(t *testing.T) {
	t.Parallel()
	at := newShell(t).serve()
	page := "http://" + at.listen + "/account/setup"
	status, body := ask(t, "GET", page, "", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `name="SetupToken"`)
	form := url.Values{"SetupToken": {at.setup.Token}, "Slug": {"acme"}, "Organization": {"Acme"}, "FirstName": {"Ana"}, "LastName": {"Silva"}}
	post := func() *http.Response {
		request, err := http.NewRequest("POST", page, strings.NewReader(form.Encode()))
		require.NoError(t, err)
		request.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"http://" + at.listen}}
		response, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	assert.Equal(t, http.StatusBadRequest, post().StatusCode, "an address is needed")
	form.Set("EmailAddress", "ana@example.org")
	made := post()
	assert.Equal(t, http.StatusSeeOther, made.StatusCode)
	assert.Regexp(t, `^/account/accept#token=sbi_[0-9a-f]{64}$`, made.Header.Get("Location"))
	assert.Equal(t, http.StatusBadRequest, post().StatusCode, "it works once")
}
