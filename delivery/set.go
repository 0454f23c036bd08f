package delivery

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// setRequest writes a delivery as RFC 8935, section 2.1 asks for. The token in its body is signed already; the secret of
// the subscription, if it has one, is what the receiver knows us by.
func (c *Courier) setRequest(ctx context.Context, p *domain.Parcel) (*http.Request, error) {
	r, err := newPost(ctx, p, "application/secevent+jwt")
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if len(p.Subscription.SealedSecret) > 0 {
		token, err := c.config.Opener.Open(p.Subscription.SealedSecret, p.Subscription.SealPurpose())
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}

// setRefusal is what a receiver answers with 400 (RFC 8935, section 2.3).
type setRefusal struct {
	Code        string `json:"err"`
	Description string `json:"description"`
}

// mendable are the refusals that are not about the token, but about who sends it: they pass when somebody has put the
// settings right. The others never do.
var mendable = map[string]bool{"authentication_failed": true, "access_denied": true}

// refusedSet is the error that a 400 means. One without a code that the RFC knows may be anything, so it is tried again.
func refusedSet(body []byte) error {
	var told setRefusal
	if json.Unmarshal(body, &told) != nil || told.Code == "" {
		return &refused{status: http.StatusBadRequest}
	}
	why := told.Code
	if told.Description != "" {
		why += ": " + told.Description
	}
	return &refused{status: http.StatusBadRequest, why: why, final: !mendable[told.Code]}
}
