package scim

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/store"
)

// TestCostlyFilters shows a connector that a filter which no index answers is refused, and by which of its parts. A
// small bound stands for many people.
func TestCostlyFilters(t *testing.T) { onEach(t, testCostlyFilters) }

func testCostlyFilters(t *testing.T, b *bridge) {
	world(t, b)
	b.Bound(store.Bounds{Work: 10, Time: time.Minute})
	for query, part := range map[string]string{
		`filter=title co "x" and photos.value co "y"`:                                         "photos: ",
		`filter=displayName co "x"`:                                                           "displayName: ",
		`filter=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x"`: enterpriseURN + ":department: ",
		`filter=not (userName eq "user1")`:                                                    "userName: ",
		`filter=userName pr and phoneNumbers[type eq "work"]`:                                 "userName: ",
	} {
		refused := b.acme.do(t, "GET", "/Users?"+encoded(query), "").want(t, 400)
		assert.Equal(t, "tooMany", refused.at("scimType"), query)
		assert.Contains(t, refused.at("detail"), part+"No index answers this part of the search", query)
		b.acme.do(t, "GET", "?"+encoded(query), "").want(t, 400)
	}
	for _, query := range []string{`filter=userName eq "user1"`, `filter=userName sw "user1" and title eq "x"`, `filter=userName eq "user1" or externalId eq "x"`,
		`filter=emails[type eq "work" and value eq "x"]`, `sortBy=userName`, `sortBy=userName&filter=emails.value co "@"`, ``} {
		b.acme.do(t, "GET", "/Users?"+encoded(query), "").want(t, 200)
	}
}

func encoded(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	return values.Encode()
}
