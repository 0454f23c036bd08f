package domain_test

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

const someList = "/Users"

func TestCursor(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	rapid.Check(t, func(r *rapid.T) {
		at := domain.Cursor{Total: rapid.IntRange(0, 1<<31).Draw(r, "total"), After: domain.Position{
			Key: rapid.String().Draw(r, "key"), ID: uuid.New(),
			Created: time.UnixMicro(rapid.Int64Range(-1<<50, 1<<50).Draw(r, "created")).UTC(),
		}}
		list := rapid.String().Draw(r, "list")
		text, err := s.engine.Cursors.Seal(s.acme.scim, list, at)
		require.NoError(t, err)
		assert.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_-]+$`), text, "what a URL leaves as it is (RFC 9865, section 2)")
		opened, err := s.engine.Cursors.Open(s.acme.scim, list, text)
		require.NoError(t, err)
		assert.Equal(t, at, opened)
	})
}

func TestCursorIsOfOneListAndOneCaller(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	text, err := s.engine.Cursors.Seal(s.acme.scim, someList, domain.Cursor{Total: 7})
	require.NoError(t, err)
	moved := func(change func(*domain.Caller)) domain.Caller {
		caller := s.acme.scim
		change(&caller)
		return caller
	}
	_, err = s.engine.Cursors.Open(moved(func(c *domain.Caller) { c.RequestID, c.IP = "r", "192.0.2.1" }), someList, text)
	require.NoError(t, err, "of another request of the same caller")
	for name, caller := range map[string]domain.Caller{
		"tenant":     moved(func(c *domain.Caller) { c.Tenant = s.beta.id }),
		"connection": moved(func(c *domain.Caller) { c.Connection = uuid.New() }),
		"credential": moved(func(c *domain.Caller) { c.Actor.ID = uuid.New() }),
		"everything": s.beta.scim,
	} {
		_, err := s.engine.Cursors.Open(caller, someList, text)
		assert.Equal(t, domain.CodeInvalidCursor, domain.CodeOf(err), name)
	}
	for _, list := range []string{"", "/Groups", "/User", "/Users "} {
		_, err := s.engine.Cursors.Open(s.acme.scim, list, text)
		assert.Equal(t, domain.CodeInvalidCursor, domain.CodeOf(err), list)
	}
}

func TestCursorChanged(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	text, err := s.engine.Cursors.Seal(s.acme.scim, someList, domain.Cursor{Total: 7, After: domain.Position{Key: "key"}})
	require.NoError(t, err)
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	require.NoError(t, err)
	forged := []string{"", "x", "=", text + "A", text + "=", text + "\n", text[:20] + "\r\n" + text[20:], text[1:], text[:len(text)-1], strings.ToLower(text), text + text}
	for bit := range 8 * len(sealed) {
		sealed[bit/8] ^= 1 << (bit % 8)
		forged = append(forged, base64.RawURLEncoding.EncodeToString(sealed))
		sealed[bit/8] ^= 1 << (bit % 8)
	}
	for i := range text { // the last character has bits that stand for nothing
		for bit := range 7 {
			changed := []byte(text)
			changed[i] ^= 1 << bit
			forged = append(forged, string(changed))
		}
	}
	mail, err := s.secrets.Seal(strings.Repeat("x", 60), domain.SealPurpose(s.acme.id, uuid.New()))
	require.NoError(t, err)
	for _, text := range append(forged, base64.RawURLEncoding.EncodeToString(mail)) {
		_, err := s.engine.Cursors.Open(s.acme.scim, someList, text)
		assert.Equal(t, domain.CodeInvalidCursor, domain.CodeOf(err), "%q", text)
	}
}

func TestCursorExpires(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	text, err := s.engine.Cursors.Seal(s.acme.scim, someList, domain.Cursor{})
	require.NoError(t, err)
	s.pass(domain.CursorLife - time.Second)
	_, err = s.engine.Cursors.Open(s.acme.scim, someList, text)
	require.NoError(t, err)
	s.pass(time.Second)
	_, err = s.engine.Cursors.Open(s.acme.scim, someList, text)
	assert.Equal(t, domain.CodeExpiredCursor, domain.CodeOf(err))
	_, err = s.engine.Cursors.Open(s.beta.scim, someList, text)
	assert.Equal(t, domain.CodeInvalidCursor, domain.CodeOf(err), "nobody else learns that there was one")
}

// FuzzCursor opens texts that nobody sealed.
func FuzzCursor(f *testing.F) {
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(f, err)
	engine := domain.New(domain.Config{Secrets: credential.NewSecrets(sealer), Clock: time.Now})
	text, err := engine.Cursors.Seal(domain.Caller{}, someList, domain.Cursor{Total: 7, After: domain.Position{Key: "key", Created: noon}})
	require.NoError(f, err)
	for _, seed := range []string{"", text, text[:len(text)-1], text + "A", strings.Repeat("A", 200), "\x00", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, forged string) {
		if _, err := engine.Cursors.Open(domain.Caller{}, someList, forged); forged != text {
			assert.Equal(t, domain.CodeInvalidCursor, domain.CodeOf(err))
		}
	})
}
