package scim

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
)

// mediaType is the type of answers (RFC 7644, section 3.1), plainMediaType that for clients who want it so; shared and
// never changed.
var (
	mediaType      = []string{"application/scim+json"}
	plainMediaType = []string{"application/json"}
)

// mediaType is the type of the answer.
func (x *exchange) mediaType() []string {
	if x.view.rules.has(ruleJSONAnswers) {
		x.view.needs(ruleJSONAnswers)
		return plainMediaType
	}
	return mediaType
}

// flushAt is how many bytes of an answer gather before they leave. An answer that stays below leaves in one piece,
// with its length.
const flushAt = 64 << 10

// stream is the body of an answer, which may be larger than memory should hold.
type stream struct {
	x        *exchange
	status   int
	version  string // ETag, "" for none
	location string // of what was created, "" for none
	buf      []byte
	pooled   *[]byte
}

var buffers = sync.Pool{New: func() any { buf := make([]byte, 0, 4<<10); return &buf }}

// open begins an answer; nothing leaves before [stream.pass] or [stream.close].
func (x *exchange) open(status int) *stream {
	pooled := buffers.Get().(*[]byte)
	return &stream{x: x, status: status, buf: (*pooled)[:0], pooled: pooled}
}

// pass sends what has gathered if it is much.
func (s *stream) pass() error {
	if len(s.buf) < flushAt {
		return nil
	}
	if !s.x.begun {
		s.begin()
	}
	err := s.write()
	s.buf = s.buf[:0]
	if err != nil {
		return err
	}
	if err = http.NewResponseController(s.x.w).Flush(); errors.Is(err, errors.ErrUnsupported) {
		return nil // somebody between us and the connection gathers what we send
	}
	return err
}

// close sends the rest.
func (s *stream) close() error {
	if !s.x.begun {
		s.x.w.Header()["Content-Length"] = []string{strconv.Itoa(len(s.buf))}
		s.begin()
	}
	err := s.write()
	s.release()
	return err
}

// release gives the buffer back, unless it has grown large.
func (s *stream) release() {
	if cap(s.buf) <= 2*flushAt {
		*s.pooled = s.buf[:0]
		buffers.Put(s.pooled)
	}
	s.buf = nil
}

func (s *stream) begin() {
	s.x.begun, s.x.status = true, s.status
	header := s.x.w.Header()
	header["Content-Type"] = s.x.mediaType()
	if s.version != "" {
		header["Etag"] = []string{s.version}
	}
	if s.location != "" {
		header["Location"] = []string{s.location}
	}
	s.x.w.WriteHeader(s.status)
}

func (s *stream) write() error {
	if s.x.r.Method == http.MethodHead {
		return nil
	}
	_, err := s.x.w.Write(s.buf)
	return err
}

// sendNothing answers 204 with the version of what was changed, "" for none.
func (x *exchange) sendNothing(version string) error {
	if version != "" {
		x.w.Header().Set("ETag", version)
	}
	x.status = http.StatusNoContent
	x.w.WriteHeader(x.status)
	return nil
}
