package scim

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNaughtyStrings sends texts that go wrong elsewhere all the way to the database and back, in a body and in a
// filter: they come back as they were, find what holds them, and nothing else happens.
func TestNaughtyStrings(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "corpora", "strings", "blns.json"))
	if err != nil {
		t.Skip("the list of naughty strings is not there:", err)
	}
	var list []string
	require.NoError(t, json.Unmarshal(text, &list))
	require.Greater(t, len(list), 500)
	b := newBridge(t)
	path := "/Users/" + b.acme.user(t, "ana")
	b.acme.user(t, "eva")
	for _, naughty := range list {
		quoted, err := json.Marshal(naughty)
		require.NoError(t, err)
		answer := b.acme.do(t, "PATCH", path+"?attributes=nickName", `{"Operations":[{"op":"replace","path":"nickName","value":`+string(quoted)+`}]}`).want(t, 200)
		if naughty == "" {
			assert.Nil(t, answer.at("nickName"), "an empty text is none")
			continue
		}
		assert.Equal(t, naughty, answer.at("nickName"))
		found := b.acme.do(t, "GET", "/Users?attributes=nickName&filter="+url.QueryEscape(`nickName eq `+string(quoted)), "").want(t, 200)
		assert.EqualValues(t, 1, found.at("totalResults"), "%q", naughty)
		assert.Equal(t, naughty, found.at("Resources", 0, "nickName"))
	}
}
