package sso

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDecode is gate 1.
func TestDecode(t *testing.T) {
	t.Parallel()
	folded := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 100))
	folded = folded[:60] + "\r\n" + folded[60:]
	for name, test := range map[string]struct {
		field string
		fine  bool
	}{
		"plain":            {"YWJj", true},
		"folded":           {folded, true},
		"empty":            {"", false},
		"blank":            {" ", false},
		"URL alphabet":     {"-_-_", false},
		"no padding":       {"YQ", false},
		"loose bits":       {"YR==", false},
		"text behind":      {"YWJj!", false},
		"space within":     {"YW Jj", false},
		"as much as may":   {base64.StdEncoding.EncodeToString(make([]byte, MaxMessage)), true},
		"a byte too much":  {base64.StdEncoding.EncodeToString(make([]byte, MaxMessage+1)), false},
		"a lot too much":   {strings.Repeat("A", 4<<20), false},
		"much line breaks": {strings.Repeat("\n", 1<<20), false},
	} {
		_, err := decode(test.field)
		assert.Equal(t, test.fine, err == nil, "%s: %v", name, err)
	}
}

// TestInflate is SECURITY.md, row C17.
func TestInflate(t *testing.T) {
	t.Parallel()
	pack := func(text []byte) []byte {
		var packed bytes.Buffer
		writer, err := flate.NewWriter(&packed, flate.BestCompression)
		require.NoError(t, err)
		_, err = writer.Write(text)
		require.NoError(t, err)
		require.NoError(t, writer.Close())
		return packed.Bytes()
	}
	message, err := inflate(pack([]byte("<x/>")))
	require.NoError(t, err)
	assert.Equal(t, "<x/>", string(message))
	bomb := pack(make([]byte, 10<<20))
	fastest := time.Hour
	for range 20 { // others may have the processors meanwhile
		begun := time.Now()
		_, err = inflate(bomb)
		assert.Error(t, err)
		fastest = min(fastest, time.Since(begun))
	}
	assert.Less(t, fastest, 100*time.Millisecond) // it takes 10 ms
	for _, packed := range [][]byte{nil, []byte("abc"), pack([]byte("<x/>"))[:3]} {
		_, err := inflate(packed)
		assert.Error(t, err)
	}
}

// TestLibraryVersions is SECURITY.md, row C5: what was mended in these versions must not come back.
func TestLibraryVersions(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	for _, line := range []string{"github.com/crewjam/saml v0.5.1", "github.com/russellhaering/goxmldsig v1.6.1", "github.com/beevik/etree v1.8.1",
		"github.com/coreos/go-oidc/v3 v3.21.0", "golang.org/x/oauth2 v0.37.0", "github.com/go-jose/go-jose/v4 v4.1.8"} {
		assert.Contains(t, string(module), "\t"+line+"\n")
	}
}
