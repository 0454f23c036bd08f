package rest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNaughtyStrings: free text comes back byte for byte.
func TestNaughtyStrings(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../shared/corpora/strings/blns.json")
	if err != nil {
		t.Skip("the corpus of naughty strings is not beside the repository (../shared/corpora)")
	}
	var list []string
	require.NoError(t, json.Unmarshal(content, &list))
	list = slices.DeleteFunc(list, func(text string) bool { return text == "" || len(text) > 256 || strings.Contains(text, "\x00") })
	require.Greater(t, len(list), 400)
	w := newWorld(t)
	id := w.person("")
	names := []string{"MiddleName", "PreferredName", "DisplayName", "Prefix", "Suffix", "ExternalReference"}
	for part := range slices.Chunk(list, len(names)) {
		body := map[string]string{}
		for i, text := range part {
			body[names[i]] = text
		}
		sent, err := json.Marshal(body)
		require.NoError(t, err)
		w.send("PATCH", persons(id), string(sent)).is(200)
		shown := w.send("GET", persons(id), "").is(200)
		for name, text := range body {
			assert.Equal(t, text, shown.text(name))
		}
	}
}
