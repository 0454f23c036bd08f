package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/web"
)

// running is a hall that serves on a port of its own.
type running struct {
	address string
	hall    *web.Hall
	stop    context.CancelFunc
	ended   chan error
}

func serve(t *testing.T, handler http.HandlerFunc) running {
	t.Helper()
	hall, _ := newHall(web.Config{}, handler)
	listener, err := web.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	s := running{listener.Addr().String(), hall, cancel, make(chan error, 1)}
	go func() { s.ended <- hall.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-s.ended:
			assert.NoError(t, err)
		case <-time.After(10 * time.Second):
			t.Error("the server does not end")
		}
	})
	return s
}

func (s running) dial(t *testing.T, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	return conn, bufio.NewReader(conn)
}

func answerOf(t *testing.T, reader *bufio.Reader) (status int, header http.Header, body string) {
	t.Helper()
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	response.Header.Set("Connection", "")
	if response.Close {
		response.Header.Set("Connection", "close")
	}
	return response.StatusCode, response.Header, string(raw)
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := web.ReadBody(w, r, 1<<20)
	if err != nil {
		refuse(w, r, err)
		return
	}
	_, _ = w.Write(body)
}

func TestStopAnswersWhatHasBegun(t *testing.T) {
	t.Parallel()
	s := serve(t, echo)
	const post = "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
	inBody, fromBody := s.dial(t, post+"he")
	inHeader, fromHeader := s.dial(t, post[:30])
	again, fromAgain := s.dial(t, post+"first")
	_, header, _ := answerOf(t, fromAgain)
	assert.Empty(t, header.Get("Connection"))
	_, err := io.WriteString(again, post[:30]) // the second request on a connection that was idle
	require.NoError(t, err)
	idle, fromIdle := s.dial(t, post+"first")
	_, _, _ = answerOf(t, fromIdle)
	time.Sleep(50 * time.Millisecond) // the server has read all that

	s.stop()
	require.Eventually(t, func() bool {
		late, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = late.Close()
		}
		return err != nil
	}, 4*time.Second, 100*time.Millisecond, "nobody is let in any more")
	for _, pending := range []struct {
		conn   net.Conn
		reader *bufio.Reader
		rest   string
	}{{inBody, fromBody, "llo"}, {inHeader, fromHeader, post[30:] + "hello"}, {again, fromAgain, post[30:] + "hello"}} {
		_, err := io.WriteString(pending.conn, pending.rest)
		require.NoError(t, err)
		status, header, body := answerOf(t, pending.reader)
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, "hello", body)
		assert.Equal(t, "close", header.Get("Connection"))
	}
	_, err = idle.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF, "idle connections are closed")
}

func TestStopUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(2 * time.Millisecond)
		echo(w, r)
	})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	defer client.CloseIdleConnections()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for {
				response, err := client.Post("http://"+s.address+"/scim/v2/Users", "text/plain", strings.NewReader("hello"))
				if err != nil {
					assert.ErrorContains(t, err, "connection refused", "a request was lost")
					return
				}
				body, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				assert.NoError(t, err)
				assert.Equal(t, "hello", string(body))
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	s.stop()
	wait.Wait()
}

func TestReadyEndsWithTheCallToStop(t *testing.T) {
	t.Parallel()
	s := serve(t, hello)
	_, reader := s.dial(t, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
	status, _, _ := answerOf(t, reader)
	assert.Equal(t, http.StatusOK, status)
	s.stop()
	for end := time.Now().Add(time.Second); status == http.StatusOK && time.Now().Before(end); { // until the call arrives; new connections are still let in for a moment
		_, reader = s.dial(t, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
		status, _, _ = answerOf(t, reader)
	}
	assert.Equal(t, http.StatusServiceUnavailable, status)
}

func TestSlowHeaderIsCutOff(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the header timeout of 5 s")
	}
	s := serve(t, hello)
	begun := time.Now()
	_, reader := s.dial(t, "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n")
	_, err := reader.ReadByte()
	for err == nil {
		_, err = reader.ReadByte()
	}
	assert.ErrorIs(t, err, io.EOF)
	assert.InDelta(t, 5, time.Since(begun).Seconds(), 1)
}

// TestSmuggling sends what two servers might read differently (RFC 9112, section 11.2). Whatever the answer, nothing
// of a second request runs.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.RawQuery] = true
		mu.Unlock()
		echo(w, r)
	})
	for name, head := range map[string]string{
		"two lengths":            "Content-Length: 5\r\nContent-Length: 50",
		"list of lengths":        "Content-Length: 5, 50",
		"signed length":          "Content-Length: +5",
		"negative length":        "Content-Length: -5",
		"hexadecimal length":     "Content-Length: 0x5",
		"unknown coding":         "Transfer-Encoding: xchunked",
		"coding twice":           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
		"coding in a list":       "Transfer-Encoding: gzip, chunked",
		"coding with a control":  "Transfer-Encoding: \x0bchunked",
		"space before the colon": "Content-Length : 5",
		"bare CR":                "X: a\rContent-Length: 50",
		"NUL in a header":        "X: a\x00",
		"header without a name":  ": a",
		"no host":                "",
	} {
		text := fmt.Sprintf("POST /scim/v2/first HTTP/1.1\r\nHost: x\r\n%s\r\n\r\nhello", head)
		if head == "" {
			text = "POST /scim/v2/first HTTP/1.1\r\n\r\n"
		}
		second := "GET /scim/v2/smuggled?" + url.QueryEscape(name) + " HTTP/1.1\r\nHost: x\r\n\r\n"
		conn, reader := s.dial(t, text+second)
		raw, _ := io.ReadAll(reader) // until the server closes
		_ = conn.Close()
		assert.Regexp(t, `^HTTP/1\.1 (400|501) `, string(raw), name)
		assert.Equal(t, 1, strings.Count(string(raw), "HTTP/1.1 "), "%s: %s", name, raw)
		mu.Lock()
		assert.False(t, seen[url.QueryEscape(name)], name)
		mu.Unlock()
	}
}

func TestServeMetrics(t *testing.T) {
	t.Parallel()
	hall, _ := newHall(web.Config{}, hello)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- hall.ServeMetrics(ctx, listener) }()
	response, err := http.Get("http://" + listener.Addr().String() + "/metrics")
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	assert.Contains(t, string(body), "scimbridge_http_requests_in_flight")
	cancel()
	assert.NoError(t, <-ended)
}
