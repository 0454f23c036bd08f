package openapitest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// prefix is what the handlers of the native API answer under; the rest of a server passes unwatched.
const prefix = "/api/"

// Watch gives a handler that answers as the given one does, and fails the test where an exchange isn't as the document
// says.
func Watch(t testing.TB, handler http.Handler) http.Handler {
	contract := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(strings.ToLower(r.URL.EscapedPath()), prefix) {
			handler.ServeHTTP(w, r)
			return
		}
		x := observe(contract, handler, w, r)
		for _, fault := range x.faults() {
			t.Errorf("%s %s → %d is not as rest/openapi says: %s\nsent: %.2000s\nanswer: %.2000s", r.Method, r.URL, x.status, fault, x.sent.String(), x.answer.String())
		}
	})
}

// observe lets the handler answer and writes down what goes over the wire.
func observe(c *contract, handler http.Handler, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{contract: c, request: r.Clone(r.Context()), ResponseWriter: w}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = reading{io.TeeReader(r.Body, &x.sent), r.Body}
	}
	handler.ServeHTTP(x, r)
	return x
}

// reading is a body that is written down as it is read.
type reading struct {
	io.Reader
	io.Closer
}

// exchange is a request and what is answered, written down on the way.
type exchange struct {
	http.ResponseWriter
	*contract
	request *http.Request
	sent    bytes.Buffer
	status  int
	answer  bytes.Buffer
}

// Unwrap is what [http.ResponseController] looks for.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 && status >= 200 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements [io.Writer].
func (x *exchange) Write(content []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	x.answer.Write(content)
	return x.ResponseWriter.Write(content)
}
