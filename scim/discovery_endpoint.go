package scim

import (
	"net/http"
	"net/url"
)

// The discovery endpoints (RFC 7644, section 4) tell every connector the same, whatever its rights.

func (x *exchange) getServiceProviderConfig() error {
	return x.sendDocument(func(dst []byte) ([]byte, bool) { return appendServiceProviderConfig(dst, x.view), true })
}

func (x *exchange) listResourceTypes() error {
	return x.sendDocument(func(dst []byte) ([]byte, bool) { return appendResourceTypes(dst, x.view), true })
}

func (x *exchange) getResourceType() error {
	return x.sendDocument(func(dst []byte) ([]byte, bool) { return appendResourceType(dst, x.part, x.view) })
}

func (x *exchange) listSchemas() error {
	return x.sendDocument(func(dst []byte) ([]byte, bool) { return appendSchemas(dst, x.view), true })
}

// getSchema lets the colons of the URN be encoded, as many clients do.
func (x *exchange) getSchema() error {
	urn, err := url.PathUnescape(x.part)
	if err != nil {
		return errNoEndpoint
	}
	return x.sendDocument(func(dst []byte) ([]byte, bool) { return appendSchema(dst, urn, x.view) })
}

// sendDocument answers with a document, or that there is none.
func (x *exchange) sendDocument(write func(dst []byte) ([]byte, bool)) error {
	if x.parameters[paramFilter] != "" {
		return &refusal{status: http.StatusForbidden, detail: "The discovery endpoints can't be filtered (RFC 7644, section 4); read all of them."}
	}
	s := x.open(http.StatusOK)
	document, found := write(s.buf)
	if !found {
		s.release()
		return &refusal{status: http.StatusNotFound, detail: "There is no document of that name; the list at the endpoint above has all of them."}
	}
	s.buf = document
	return s.close()
}
