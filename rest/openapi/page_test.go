package openapi_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/rest/openapi"
	"github.com/scimbridge/scimbridge/rest/openapi/openapitest"
)

// TestPage: every operation stands on the page, no link leads nowhere, and nothing is fetched from anywhere.
func TestPage(t *testing.T) {
	t.Parallel()
	page := string(openapi.Page())
	doc, err := openapitest.Document()
	require.NoError(t, err)
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			assert.Equal(t, 1, strings.Count(page, `<details id="`+operation.OperationID+`"`), operation.OperationID)
		}
	}
	ids := map[string]bool{}
	for _, found := range regexp.MustCompile(`\bid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		assert.False(t, ids[found[1]], "the id %s stands twice", found[1])
		ids[found[1]] = true
	}
	for _, found := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		name, local := strings.CutPrefix(found[1], "#")
		assert.True(t, local && ids[name] || found[1] == "openapi.json", found[1])
	}
	assert.Contains(t, html.UnescapeString(page), `-d '{
    "FirstName": "Ana",`, "the command lacks the example")
	assert.NotRegexp(t, `(?i)<script|<link|<img|<iframe|@import|url\(| style=| on\w+=`, page)
	assert.NotContains(t, openapi.PagePolicy(), "unsafe")
	assert.NotContains(t, page, "ZgotmplZ")
}
