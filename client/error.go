package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Error is a refusal of the server (RFC 9457). Detail is for people, Code for programs; the codes are in the guide of the
// native API.
type Error struct {
	Status  int                 `json:"status"`
	Code    string              `json:"code"`
	Title   string              `json:"title"`
	Detail  string              `json:"detail"`
	Errors  map[string][]string `json:"errors"` // what is wrong with single fields
	TraceID string              `json:"traceId"`
}

// Error implements error.
func (e *Error) Error() string {
	text := e.Detail
	if text == "" {
		text = http.StatusText(e.Status)
	}
	fields := make([]string, 0, len(e.Errors))
	for name, problems := range e.Errors {
		if len(problems) > 0 && problems[0] != e.Detail {
			fields = append(fields, name+": "+strings.Join(problems, " "))
		}
	}
	slices.Sort(fields)
	if len(fields) > 0 {
		text += " " + strings.Join(fields, "; ")
	}
	return fmt.Sprintf("%s (%s, %d)", text, e.Code, e.Status)
}

// CodeOf is the code of a refusal of the server; "" for every other error.
func CodeOf(err error) string {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Code
	}
	return ""
}

// maxError is more than any problem document of the server takes, in bytes.
const maxError = 1 << 20

func refusal(response *http.Response) error {
	refused := &Error{}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxError))
	if err != nil || json.Unmarshal(text, refused) != nil || refused.Code == "" {
		refused = &Error{Code: "unknown", Detail: "The server answered " + response.Status + "."}
	}
	refused.Status = response.StatusCode
	return refused
}
