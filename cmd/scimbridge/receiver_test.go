package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/delivery"
)

// verify checks a webhook: secret is what was shown when the subscription was made, body the bytes as they came.
func verify(secret string, header http.Header, body []byte, now time.Time) error {
	id, sent := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("too old, or from the future")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	code := hmac.New(sha256.New, key)
	code.Write([]byte(id + "." + sent + "."))
	code.Write(body)
	for _, signature := range strings.Fields(header.Get("webhook-signature")) {
		version, text, _ := strings.Cut(signature, ",")
		given, err := base64.StdEncoding.DecodeString(text)
		if version == "v1" && err == nil && hmac.Equal(given, code.Sum(nil)) {
			return nil
		}
	}
	return errors.New("not signed by us")
}

// TestReferenceReceiver holds the receiver of the guide to what it promises (SECURITY.md, F2), with what really leaves.
func TestReferenceReceiver(t *testing.T) {
	t.Parallel()
	now, id, body := time.Unix(1772442000, 0), uuid.New(), []byte(`{"type":"USER_DEACTIVATED"}`)
	secret, old := "whsec_"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32))), "whsec_"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("o", 32)))
	signed := func(secrets ...string) http.Header {
		var signatures []string
		for _, each := range secrets {
			signature, err := delivery.SignWebhook(each, id, now, body)
			require.NoError(t, err)
			signatures = append(signatures, signature)
		}
		header := http.Header{}
		header.Set("webhook-id", id.String())
		header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
		header.Set("webhook-signature", strings.Join(signatures, " "))
		return header
	}
	assert.NoError(t, verify(secret, signed(secret), body, now.Add(time.Minute)))
	assert.NoError(t, verify(old, signed(secret, old), body, now), "either secret does while it is being changed")
	assert.NoError(t, verify(secret, signed(secret, old), body, now))
	assert.Error(t, verify(old, signed(secret), body, now))
	assert.Error(t, verify(secret, signed(secret), body[1:], now), "tampered")
	assert.Error(t, verify(secret, signed(secret), body, now.Add(6*time.Minute)), "replayed")
	assert.Error(t, verify(secret, signed(secret), body, now.Add(-6*time.Minute)))
	for name, value := range map[string]string{"webhook-id": uuid.NewString(), "webhook-timestamp": strconv.FormatInt(now.Unix()+1, 10), "webhook-signature": "v1,AAAA"} {
		header := signed(secret)
		header.Set(name, value)
		assert.Error(t, verify(secret, header, body, now), name)
	}
}

// TestGuideShowsTheReceiver: the guide shows the receiver word for word.
func TestGuideShowsTheReceiver(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("receiver_test.go")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(source), "// verify checks")
	function, _, _ := strings.Cut(rest, "\n}\n")
	guide, err := os.ReadFile("../../docs/integrators/events.md")
	require.NoError(t, err)
	assert.Contains(t, string(guide), "// verify checks"+function+"\n}\n")
}
