package sso

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// busy lets nobody work on the processors of sign-ins until the returned function is called.
func (w *world) busy(t *testing.T) (free func()) {
	t.Helper()
	working, done := make(chan struct{}), make(chan struct{})
	go func() {
		_ = w.processors.Places(1).Do(t.Context(), func() error { close(working); <-done; return nil })
	}()
	<-working
	return func() { close(done) }
}

// messages are requests that are verified, by each of the ways in which they come.
func (w *world) messages(t *testing.T) map[string]func() *http.Response {
	b := w.begin(t, loginPath)
	response := bytesOf(theIdP().respond(answerTo(b), signBoth))
	return map[string]func() *http.Response{
		"a response":                   func() *http.Response { return w.bring(acsPath, response, b) },
		"a logout request by redirect": func() *http.Response { return w.out(t, wantsOut(), theIdP()) },
		"a logout request by a form":   func() *http.Response { return w.posts(sloPath, theIdP().sign(tree(t, wantsOut()))) },
	}
}

// TestVerifyingSharesWithHashing: while one password is hashed no message is verified, and the other way round; a moment later
// all of them are.
func TestVerifyingSharesWithHashing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	w.person(t, w.acme, ana)
	work := w.messages(t)
	passwords := credential.NewPasswords(w.processors)
	work["a password"] = func() *http.Response {
		_, err := passwords.Hash(t.Context(), "correct horse battery staple")
		assert.NoError(t, err)
		return &http.Response{StatusCode: http.StatusSeeOther}
	}
	free := w.busy(t)
	came := make(chan string, len(work))
	for name, do := range work {
		go func() {
			assert.Equal(t, http.StatusSeeOther, do().StatusCode, name)
			came <- name
		}()
	}
	time.Sleep(100 * time.Millisecond) // many times as long as any of it takes
	assert.Empty(t, came, "did not wait for its turn")
	free()
	for range len(work) {
		<-came
	}
}

// TestVerifyingRefusesCrowds: when as many messages wait as may, the next one is told at once to come again, and can: nothing
// of it was used or noted.
func TestVerifyingRefusesCrowds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	w.person(t, w.acme, ana)
	free := w.busy(t)
	const more = 5
	refused, waited := make(chan *http.Response, more), make(chan int, mostVerified)
	for range mostVerified + more {
		go func() {
			answer := w.do("POST", acsPath, "SAMLResponse=eA==")
			if answer.StatusCode == http.StatusServiceUnavailable {
				refused <- answer
			} else {
				waited <- answer.StatusCode
			}
		}()
	}
	for range more {
		assert.Equal(t, "2", (<-refused).Header.Get("Retry-After"))
	}
	before := w.refusals(t)
	messages := w.messages(t)
	for name, bring := range messages {
		answer := bring()
		assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, name)
		assert.NotEmpty(t, answer.Header.Get("Retry-After"), name)
	}
	assert.Equal(t, before, w.refusals(t))
	free()
	for range mostVerified {
		assert.Equal(t, http.StatusForbidden, <-waited)
	}
	w.whose(t, messages["a response"]())
}

// TestWhoIsGoneIsNotVerified: a browser that does not wait leaves the queue, and its response stays unused.
func TestWhoIsGoneIsNotVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	w.person(t, w.acme, ana)
	b := w.begin(t, loginPath)
	response := bytesOf(theIdP().respond(answerTo(b), signBoth))
	form := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(response)}, "RelayState": {b.relayState}}
	require.Equal(t, http.StatusOK, w.do("GET", "/sso/acme/okta/metadata", "").StatusCode) // our keys are made on the way, once
	free := w.busy(t)
	ctx, gone := context.WithTimeout(t.Context(), 500*time.Millisecond) // long enough to come to the queue
	defer gone()
	request := httptest.NewRequestWithContext(ctx, "POST", acsPath, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.AddCookie(b.browser)
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, request) // comes back though nobody is free
	assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
	free()
	w.whose(t, w.bring(acsPath, response, b))
	require.Equal(t, 1, w.sessions(t))
}
