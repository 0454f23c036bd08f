package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
)

// patience is how long a request may take: Okta and Entra wait a minute as well.
const patience = 60 * time.Second

// Target sends requests to one server with one token. It is safe for concurrent
// use. Each has connections of its own.
type Target struct {
	base, token, media string
	client             *http.Client
	discovery          sync.Once
	config             Config
}

// The media types of bodies: RFC 7644, section 3.1, a plain JSON API's, and a browser's.
const (
	SCIM = "application/scim+json"
	JSON = "application/json"
	FORM = "application/x-www-form-urlencoded"
)

// Call is one request. A path begins with a slash and is relative to the base. An
// answer that does not contain Expect is wrong, if there is an Expect. An answer that
// is no success by its status counts as one of 200 if it is Meant; nil means none.
type Call struct {
	Method, Path string
	Body         []byte
	Expect       string
	Header       map[string]string
	Meant        func(*http.Response) bool
}

// New returns the target at the URL, for a bearer token ("" for none) and bodies of a media type.
// It fails if the URL is not an http or https one of this machine.
func New(base, token, media string) (*Target, error) {
	if err := checkLoopback(base); err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DialContext:         dialer.DialContext,
		MaxIdleConnsPerHost: 4096, // a connection that is closed after each burst would be measured too
		DisableCompression:  true,
		TLSHandshakeTimeout: 10 * time.Second,
	}
	return &Target{
		base:  strings.TrimRight(base, "/"),
		token: token,
		media: media,
		client: &http.Client{Transport: transport, Timeout: patience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// Close closes the connections that are idle.
func (t *Target) Close() { t.client.CloseIdleConnections() }

// Base returns the URL that paths are relative to.
func (t *Target) Base() string { return t.base }

// bodies are reused, so that the generator leaves the processor to the server.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Send sends a call and reads the answer, without keeping it.
func (t *Target) Send(ctx context.Context, call Call) load.Answer {
	response, err := t.open(ctx, call)
	if err != nil {
		return load.Answer{Detail: err.Error()}
	}
	defer response.Body.Close()
	answer := load.Answer{Status: response.StatusCode, RetryAfter: response.Header.Get("Retry-After") != ""}
	if call.Meant != nil && call.Meant(response) {
		answer.Status = http.StatusOK
	}
	if call.Expect == "" && answer.Accepted() {
		answer.Bytes, err = io.Copy(io.Discard, response.Body)
	} else {
		err = check(&answer, response.Body, call)
	}
	if err != nil {
		return load.Answer{Detail: "the answer broke off: " + err.Error()}
	}
	return answer
}

// check reads the body and looks for what is expected of it.
func check(answer *load.Answer, body io.Reader, call Call) error {
	buffer := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(body); err != nil {
		return err
	}
	answer.Bytes = int64(buffer.Len())
	if answer.Accepted() && !bytes.Contains(buffer.Bytes(), []byte(call.Expect)) {
		answer.Wrong = true
	}
	if !answer.Accepted() {
		answer.Detail = fmt.Sprintf("%s %s: %d %s", call.Method, call.Path, answer.Status, excerpt(buffer.Bytes()))
	}
	return nil
}

// Fetch sends a call and decodes its answer, which must be a success, into v
// unless that is nil.
func (t *Target) Fetch(ctx context.Context, call Call, v any) error {
	response, err := t.open(ctx, call)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: %w", call.Method, call.Path, err)
	case response.StatusCode/100 != 2:
		return &StatusError{Status: response.StatusCode, Call: call.Method + " " + call.Path, Body: excerpt(body), RetryAfter: response.Header.Get("Retry-After")}
	case v == nil:
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s %s: the answer is not what was expected: %w", call.Method, call.Path, err)
	}
	return nil
}

// StatusError is an answer of Fetch that is no success.
type StatusError struct {
	Status     int
	Call, Body string
	RetryAfter string // the header
}

// Error tells the call, the status and the beginning of the body.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: status %d %s", e.Call, e.Status, e.Body)
}

// hasStatus tells whether an error is an answer of that status.
func hasStatus(err error, status int) bool {
	var answer *StatusError
	return errors.As(err, &answer) && answer.Status == status
}

func (t *Target) open(ctx context.Context, call Call) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, call.Method, t.base+call.Path, bytes.NewReader(call.Body))
	if err != nil {
		return nil, err
	}
	if t.token != "" {
		request.Header.Set("Authorization", "Bearer "+t.token)
	}
	request.Header.Set("Accept", SCIM+", "+JSON)
	request.Header.Set("User-Agent", "scimbridge-bench")
	if call.Body != nil {
		request.Header.Set("Content-Type", t.media)
	}
	for name, value := range call.Header {
		request.Header.Set(name, value)
	}
	return t.client.Do(request)
}

// excerpt returns the beginning of a body for a message.
func excerpt(body []byte) string {
	const most = 300
	return strings.ToValidUTF8(string(body[:min(len(body), most)]), "")
}
