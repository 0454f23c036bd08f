package feed

import (
	"context"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The bounds of what a subscription is made from.
const (
	maxName  = 200 // characters
	maxURL   = 2000
	maxToken = 4000
	maxTypes = 100
)

// typeName is the form of names of events. It is not asked whether there is such a type: newer servers have more.
var typeName = regexp.MustCompile(`^[A-Z][A-Z_]{2,62}$`)

// validate checks a subscription as a whole, with the token that it is given.
func (f *Feed) validate(s *domain.Subscription, token string) error {
	var found []domain.FieldError
	wrong := func(attribute, message string) {
		found = append(found, domain.FieldError{Attribute: attribute, Message: message})
	}
	if s.Name == "" || !plain(s.Name, maxName) {
		wrong("Name", "A name of at most 200 characters is needed, without control characters.")
	}
	if !plain(s.Audience, maxURL) {
		wrong("Audience", "The audience may have at most 2000 characters, without control characters.")
	}
	if f.renderers[s.Kind] == nil {
		wrong("Kind", "The kind is Webhook, SetPush or SetPoll, as far as this server is set up for it.")
	}
	if problem := f.checkURL(s); problem != "" {
		wrong("Url", problem)
	}
	if token != "" && (s.Kind != domain.SetPush || !plain(token, maxToken) || strings.ContainsFunc(token, unicode.IsSpace)) {
		wrong("BearerToken", "Only a SetPush sends a bearer token, of at most 4000 characters without blanks.")
	}
	for _, t := range s.Types {
		if !typeName.MatchString(string(t)) || len(s.Types) > maxTypes {
			wrong("Types", "Types are names of events, like USER_DEACTIVATED; at most 100.")
			break
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &domain.Error{Code: domain.CodeValidation, Attribute: found[0].Attribute, Message: found[0].Message, Fields: found}
}

func plain(text string, limit int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= limit && !strings.ContainsFunc(text, unicode.IsControl)
}

// checkURL tells what is wrong with where deliveries go. What the name leads to is looked at whenever something is sent.
func (f *Feed) checkURL(s *domain.Subscription) (problem string) {
	if s.Kind == domain.SetPoll {
		if s.URL != "" {
			return "A SetPoll is fetched and has no URL."
		}
		return ""
	}
	at, err := url.Parse(s.URL)
	switch {
	case err != nil || at.Host == "" || at.Hostname() == "" || !plain(s.URL, maxURL):
		return "An absolute URL is needed, like https://example.com/hook."
	case at.User != nil || at.Fragment != "":
		return "The URL may have neither a user nor a fragment."
	case at.Scheme == "https" || at.Scheme == "http" && f.loopback && loopback(at.Hostname()):
		return ""
	default:
		return "The URL has to begin with https://."
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// checkConnection makes sure of the connection whose view a subscriber has.
func (f *Feed) checkConnection(ctx context.Context, s *domain.Subscription) error {
	if s.Kind == domain.Webhook {
		if s.Connection == uuid.Nil {
			return nil
		}
		return domain.Refuse(domain.CodeValidation, "ScimConnectionId", "A Webhook has no connection.")
	}
	err := f.Read(ctx, domain.Caller{Tenant: s.Tenant}, func(tx domain.Tx) error {
		_, err := tx.FindConnection(s.Connection)
		return err
	})
	if domain.Is(err, domain.CodeNotFound) {
		err = domain.Refuse(domain.CodeValidation, "ScimConnectionId", "Name the SCIM connection whose view of people and groups the subscriber has.")
	}
	return err
}

// site is the part of a URL that is no secret.
func site(address string) string {
	at, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	return at.Scheme + "://" + at.Host
}

func joined(types []domain.EventType) string {
	texts := make([]string, len(types))
	for i, t := range types {
		texts[i] = string(t)
	}
	return strings.Join(texts, " ")
}
