package web_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

func readBody(body io.Reader, length int64, limit int64, encoding ...string) ([]byte, error) {
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.ContentLength = length
	r.Header["Content-Encoding"] = encoding
	return web.ReadBody(httptest.NewRecorder(), r, limit)
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{10, -1} {
		got, err := readBody(strings.NewReader("0123456789"), length, 10)
		require.NoError(t, err)
		assert.Equal(t, "0123456789", string(got))
		_, err = readBody(strings.NewReader("0123456789"), length, 9)
		assert.Equal(t, domain.CodePayloadTooLarge, domain.CodeOf(err))
		assert.ErrorContains(t, err, "at most 9 bytes")
	}
	got, err := readBody(http.NoBody, 0, 10)
	require.NoError(t, err)
	assert.Empty(t, got)

	_, err = readBody(iotest.ErrReader(errors.New("never read")), 1<<40, 10)
	assert.Equal(t, domain.CodePayloadTooLarge, domain.CodeOf(err), "an announced size is refused unread")
	_, err = readBody(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)), 10, 10)
	assert.Equal(t, domain.CodeMalformedJSON, domain.CodeOf(err))
}

func TestReadBodyRefusesEncodings(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"gzip", "deflate", "br", "identity, gzip", "GZIP", "x"} {
		_, err := readBody(strings.NewReader("x"), 1, 10, encoding)
		assert.Equal(t, domain.CodeUnsupportedMediaType, domain.CodeOf(err), encoding)
	}
	for _, encoding := range []string{"", "identity"} {
		_, err := readBody(strings.NewReader("x"), 1, 10, encoding)
		assert.NoError(t, err, encoding)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, code := range []domain.Code{domain.CodeRateLimited, domain.CodeOverloaded, domain.CodeUnavailable, domain.CodeStorageFull,
		domain.CodeIdempotencyInProgress} {
		assert.Positive(t, web.RetryAfter(domain.Refuse(code, "", "wait")), code)
	}
	assert.Zero(t, web.RetryAfter(domain.Refuse(domain.CodeValidation, "", "no")))
	for wait, seconds := range map[time.Duration]int{time.Millisecond: 1, time.Second: 1, 1001 * time.Millisecond: 2, 42 * time.Second: 42} {
		err := fmt.Errorf("wrapped: %w", &domain.Error{Code: domain.CodeResendTooSoon, RetryAfter: wait})
		assert.Equal(t, seconds, web.RetryAfter(err), wait)
	}
	assert.Zero(t, web.RetryAfter(errors.New("broken")))
	assert.Zero(t, web.RetryAfter(nil))
}
