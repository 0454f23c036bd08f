package scim

import (
	"fmt"
	"net/http"

	scimerrors "github.com/elimity-com/scim/errors"
)

// refusal is a request that this layer refuses, in words that the client may see. Its detail names the attribute.
type refusal struct {
	status   int
	scimType string // RFC 7644 section 3.12; empty for none
	detail   string
}

// Error implements error.
func (r *refusal) Error() string { return r.detail }

// refuse makes a refusal with status 400, which is that of every scimType but tooMany for a large request.
func refuse(scimType scimerrors.ScimType, format string, args ...any) error {
	return &refusal{http.StatusBadRequest, string(scimType), fmt.Sprintf(format, args...)}
}

func refuseValue(format string, args ...any) error {
	return refuse(scimerrors.ScimTypeInvalidValue, format, args...)
}

func refusePath(format string, args ...any) error {
	return refuse(scimerrors.ScimTypeInvalidPath, format, args...)
}

func refuseFilter(format string, args ...any) error {
	return refuse(scimerrors.ScimTypeInvalidFilter, format, args...)
}

func refuseSyntax(format string, args ...any) error {
	return refuse(scimerrors.ScimTypeInvalidSyntax, format, args...)
}

func refuseMutability(b *binding) error {
	return refuse(scimerrors.ScimTypeMutability, "%s is read-only.", b.path)
}
