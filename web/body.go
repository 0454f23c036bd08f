package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// ReadBody reads at most limit bytes of the body: payload_too_large over it, before anything is read where the length
// is announced. A Content-Encoding is refused, unsupported_media_type, so that nothing small unfolds into something
// large.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	for _, encoding := range r.Header.Values("Content-Encoding") {
		if encoding != "" && encoding != "identity" {
			return nil, domain.Refuse(domain.CodeUnsupportedMediaType, "", "Send the body as it is, without Content-Encoding.")
		}
	}
	tooLarge := domain.Refuse(domain.CodePayloadTooLarge, "", "The body may have at most %d bytes; split the request.", limit)
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // the rest of the body is not worth waiting for
		return nil, tooLarge
	}
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(min(r.ContentLength+bytes.MinRead, maxReserved)))
	}
	_, err := io.Copy(&body, http.MaxBytesReader(w, r.Body, limit))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge
	}
	if err != nil {
		w.Header().Set("Connection", "close")
		return nil, domain.Fail(domain.CodeMalformedJSON, err, "The body did not arrive in full; send the request again.")
	}
	return body.Bytes(), nil
}

// maxReserved bounds the memory that the mere announcement of a body takes.
const maxReserved = 64 << 10
