package web

import (
	"errors"
	"net/http"
	"time"
)

// Chunked lets a handler write an answer of any length, part by part: the client has as long for each part as it usually
// has for the whole of an answer.
type Chunked struct{ http.ResponseWriter }

// Write implements io.Writer.
func (c Chunked) Write(part []byte) (int, error) {
	err := http.NewResponseController(c.ResponseWriter).SetWriteDeadline(time.Now().Add(writeTimeout))
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // not in tests without a connection
		return 0, err
	}
	return c.ResponseWriter.Write(part)
}
