package delivery

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// webhookRequest writes a delivery as Standard Webhooks ask for: the id, the time and the body are signed with every
// secret that counts at the time, so that a receiver may change to the new one when it likes.
func (c *Courier) webhookRequest(ctx context.Context, p *domain.Parcel, now time.Time) (*http.Request, error) {
	sealed := [][]byte{p.Subscription.SealedSecret}
	if len(p.Subscription.SealedOldSecret) > 0 && now.Before(p.Subscription.OldSecretUntil) {
		sealed = append(sealed, p.Subscription.SealedOldSecret)
	}
	var signatures []string
	for _, secret := range sealed {
		text, err := c.config.Opener.Open(secret, p.Subscription.SealPurpose())
		if err != nil {
			return nil, err
		}
		signature, err := SignWebhook(text, p.ID, now, p.Body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	r, err := newPost(ctx, p, "application/json")
	if err != nil {
		return nil, err
	}
	r.Header.Set("webhook-id", p.ID.String())
	r.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("webhook-signature", strings.Join(signatures, " "))
	return r, nil
}

const secretPrefix = "whsec_"

var errWebhookSecret = errors.New("the secret of the subscription is not whsec_ and base64")

// SignWebhook is the symmetric signature of Standard Webhooks, v1, of a message that is sent at that time. The secret is
// whsec_ and the base64 of the key.
func SignWebhook(secret string, id uuid.UUID, at time.Time, body []byte) (string, error) {
	encoded, ours := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ours || err != nil || len(key) == 0 {
		return "", errWebhookSecret
	}
	code := hmac.New(sha256.New, key)
	_, _ = code.Write([]byte(id.String() + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	_, _ = code.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(code.Sum(nil)), nil
}
