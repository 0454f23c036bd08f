package scim

import (
	"fmt"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// SyntaxError says why a JSON body, a filter or a PATCH path cannot be read. Its text is safe to show to the client.
type SyntaxError struct {
	// Type is the scimType of the answer (RFC 7644 section 3.12): invalidSyntax for JSON, invalidFilter for a filter
	// and for the brackets of a PATCH path, invalidPath for the rest of a PATCH path.
	Type scimerrors.ScimType
	// Message says what is wrong and, where it is not plain, what to send instead.
	Message string
	// Offset is where it is wrong, in bytes from the beginning of the text.
	Offset int
	// Pointer is the JSON Pointer (RFC 6901) of the value in question, shortened when long. Only for JSON.
	Pointer string
}

// Error gives the message with its position.
func (e *SyntaxError) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("%s, at offset %d in %q", e.Message, e.Offset, e.Pointer)
	}
	return fmt.Sprintf("%s, at offset %d", e.Message, e.Offset)
}

// maxExcerpt is the number of bytes of a client's text that an error repeats.
const maxExcerpt = 64

// maxNamed is the number of bytes of a name with its URN, which alone may fill an excerpt.
const maxNamed = 128

func excerpt(text string) string { return cut(text, maxExcerpt) }

// cut shortens a text to so many bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
