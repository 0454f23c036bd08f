package main

import (
	"context"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/console"
	"github.com/scimbridge/scimbridge/domain"
)

// setupView is the token of a first start, which is shown once.
type setupView struct {
	Token     string
	ExpiresAt *time.Time
	URL       string `json:"Url"`
	Route     string
}

// offerSetup makes the token with which the first administrator is made; nil where there is a tenant.
func (s *server) offerSetup(ctx context.Context, publicURL string) (*setupView, error) {
	token, expires, err := s.engine.Administration.OfferSetup(ctx)
	if err != nil || token == "" {
		return nil, err
	}
	return &setupView{token, stamp(expires), strings.TrimRight(publicURL, "/") + console.Prefix + "/setup", baseURL(publicURL, domain.KindRest) + "/Account/Setup"}, nil
}

func (v *setupView) lines() []string {
	return []string{
		"",
		"There is no tenant yet. Make the first one and its administrator, at most until " + v.ExpiresAt.Format(time.RFC3339) + ", at",
		"",
		"  " + v.URL,
		"  setup token  " + v.Token,
		"",
		"The token is shown only now, and works once. A later start shows a new one, as long as there is no tenant.",
	}
}
