package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config is what a Client is made from.
type Config struct {
	// URL is where the server is reached, such as https://id.example.org.
	URL string
	// Token is that of a credential or of a session.
	Token string
	// Tenant is the slug of the tenant to act in, for tokens that have several; "" for the token's own.
	Tenant string
	// HTTP sends the requests; nil: a client with a timeout of a minute.
	HTTP *http.Client
	// Attempts is how often a request is tried that the server is too busy for; 0: 5.
	Attempts int
}

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	config Config
	base   string
	sleep  func(ctx context.Context, span time.Duration) error
}

// New makes a Client.
func New(config Config) (*Client, error) {
	at, err := url.Parse(config.URL)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, errors.New("client: the URL of the server must be absolute, like https://id.example.org")
	}
	if config.HTTP == nil {
		config.HTTP = &http.Client{Timeout: time.Minute}
	}
	if config.Attempts <= 0 {
		config.Attempts = 5
	}
	base, _ := strings.CutSuffix(strings.TrimRight(config.URL, "/"), "/api/v1")
	return &Client{config: config, base: base + "/api/v1", sleep: sleep}, nil
}

func sleep(ctx context.Context, span time.Duration) error {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call is one request.
type call struct {
	path    []any      // what stands for the variables of the route, in their order
	query   url.Values // may be nil
	body    any        // nil: none
	version int64      // of the record that the change is made for; 0: of whichever
	keyed   bool       // carries an Idempotency-Key, so that it is safe to send again
	key     string     // that key; "": a new one
	answer  any        // where the answer goes; nil: nobody wants it
}

// do sends a request of the route, such as "GET /Common/Persons/{PersonId}", until the server has time for it.
func (c *Client) do(ctx context.Context, route string, call call) error {
	method, pattern, _ := strings.Cut(route, " ")
	body := []byte(nil)
	if call.body != nil {
		var err error
		if body, err = json.Marshal(call.body); err != nil {
			return err
		}
	}
	if call.keyed && call.key == "" {
		call.key = rand.Text()
	}
	address := c.base + fill(pattern, call.path)
	if len(call.query) > 0 {
		address += "?" + call.query.Encode()
	}
	repeatable := method != http.MethodPost || call.key != ""
	for attempt := 1; ; attempt++ {
		wait, err := c.try(ctx, method, address, body, &call)
		if err == nil || attempt >= c.config.Attempts || !again(err, repeatable) {
			return err
		}
		if wait == 0 {
			wait = time.Duration(attempt) * 200 * time.Millisecond
		}
		if c.sleep(ctx, wait) != nil {
			return err
		}
	}
}

// again tells whether a request may succeed when it is sent once more, and would do no harm.
func again(err error, repeatable bool) bool {
	if refused, ok := errors.AsType[*Error](err); ok {
		switch refused.Status {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return refused.Code != "resend_too_soon"
		case http.StatusConflict:
			return refused.Code == "idempotency_in_progress"
		}
		return false
	}
	return repeatable && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// fill puts values in the place of the variables of a pattern.
func fill(pattern string, values []any) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") && len(values) > 0 {
			text, _ := values[0].(string)
			segments[i], values = url.PathEscape(text), values[1:]
		}
	}
	return strings.Join(segments, "/")
}

func (c *Client) try(ctx context.Context, method, address string, body []byte, call *call) (wait time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept", "application/json")
	if c.config.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.config.Token)
	}
	if c.config.Tenant != "" {
		request.Header.Set("X-Tenant", c.config.Tenant)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if call.version > 0 {
		request.Header.Set("If-Match", `W/"`+strconv.FormatInt(call.version, 10)+`"`)
	}
	if call.key != "" {
		request.Header.Set("Idempotency-Key", call.key)
	}
	response, err := c.config.HTTP.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 {
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return time.Duration(seconds) * time.Second, refusal(response)
	}
	return 0, read(response, call.answer)
}

func read(response *http.Response, into any) error {
	if into == nil || response.StatusCode == http.StatusNoContent {
		_, err := io.Copy(io.Discard, response.Body) // so that the connection can be used again
		return err
	}
	if file, is := into.(*download); is {
		_, file.failed = io.Copy(file.into, response.Body)
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// ask sends a request whose answer is a T.
func ask[T any](ctx context.Context, c *Client, route string, call call) (answer T, err error) {
	call.answer = &answer
	err = c.do(ctx, route, call)
	return answer, err
}

// find is ask for one thing, of which there is none where the request fails.
func find[T any](ctx context.Context, c *Client, route string, call call) (*T, error) {
	answer, err := ask[T](ctx, c, route, call)
	if err != nil {
		return nil, err
	}
	return &answer, nil
}

// list reads a list that has no pages.
func list[T any](ctx context.Context, c *Client, route string, call call) ([]T, error) {
	answer, err := ask[struct{ Items []T }](ctx, c, route, call)
	return answer.Items, err
}
