package oauth

import (
	"net/http"
	"net/url"

	"github.com/scimbridge/scimbridge/domain"
)

// assertionType is the only kind of assertion (RFC 7523, section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// proofOf finds what the client shows, in one of three ways: HTTP Basic, parameters, or an assertion.
func proofOf(r *http.Request, f form) (domain.ClientProof, error) {
	headers := r.Header.Values("Authorization")
	_, inBody := f["client_secret"]
	_, asserted := f["client_assertion"]
	ways := len(headers)
	for _, used := range []bool{inBody, asserted} {
		if used {
			ways++
		}
	}
	switch {
	case ways > 1:
		return domain.ClientProof{}, refuse(invalidRequest, "Prove the client in one way: HTTP Basic, client_secret or client_assertion.")
	case len(headers) == 1:
		return basic(r, f)
	case inBody:
		return domain.ClientProof{ID: f["client_id"], Secret: f["client_secret"]}, nil
	case asserted && f["client_assertion_type"] != assertionType:
		return domain.ClientProof{}, refuse(invalidRequest, "The client_assertion_type must be "+assertionType+".")
	case asserted && f["client_assertion"] != "":
		return domain.ClientProof{ID: f["client_id"], Assertion: f["client_assertion"]}, nil
	default:
		return domain.ClientProof{ID: f["client_id"]}, nil // which proves nothing
	}
}

// basic reads HTTP Basic, whose two halves are encoded like a form (RFC 6749, section 2.3.1).
func basic(r *http.Request, f form) (domain.ClientProof, error) {
	user, password, ok := r.BasicAuth()
	id, err := url.QueryUnescape(user)
	secret, alsoErr := url.QueryUnescape(password)
	if !ok || err != nil || alsoErr != nil {
		return domain.ClientProof{}, nil // which proves nothing
	}
	if named, there := f["client_id"]; there && named != id {
		return domain.ClientProof{}, refuse(invalidRequest, "The client_id is another one than that of HTTP Basic.")
	}
	return domain.ClientProof{ID: id, Secret: secret}, nil
}
