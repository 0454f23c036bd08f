package delivery_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
)

// shelf is a queue of parcels in memory, with the promises of domain.Deliveries and a clock of its own.
type shelf struct {
	mu      sync.Mutex
	now     time.Time
	parcels []*domain.Parcel
}

func (s *shelf) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shelf) ClaimParcels(_ context.Context, now time.Time, lease time.Duration, count int, except ...uuid.UUID) (list []*domain.Parcel, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.parcels {
		if len(list) < count && p.Status == domain.ParcelWaiting && !p.NextAt.After(now) && !slices.Contains(except, p.Subscription.ID) {
			p.Attempts++
			p.NextAt = now.Add(lease)
			claimed := *p
			list = append(list, &claimed)
		}
	}
	return list, nil
}

func (s *shelf) note(p *domain.Parcel, change func(stored *domain.Parcel)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stored := range s.parcels {
		if stored.ID == p.ID && stored.Attempts == p.Attempts {
			stored.ResponseStatus = p.ResponseStatus
			change(stored)
		}
	}
	return nil
}

func (s *shelf) SettleParcel(_ context.Context, p *domain.Parcel, outcome domain.ParcelOutcome) error {
	return s.note(p, func(stored *domain.Parcel) {
		stored.Status, stored.Reason = domain.ParcelDelivered, outcome.Reason
		if outcome.Dead {
			stored.Status = domain.ParcelDead
		}
	})
}

func (s *shelf) RetryParcel(_ context.Context, p *domain.Parcel, at time.Time, reason string) error {
	return s.note(p, func(stored *domain.Parcel) { stored.NextAt, stored.Reason = at, reason })
}

func (s *shelf) look(id uuid.UUID) domain.Parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.parcels {
		if p.ID == id {
			return *p
		}
	}
	return domain.Parcel{}
}

// round is a courier at work on a shelf.
type round struct {
	*shelf
	t       *testing.T
	courier *delivery.Courier
	gone    atomic.Int32
}

// Open implements delivery.Opener: secrets of these tests are not sealed, but bound to their place.
func (r *round) Open(sealed []byte, purpose string) (string, error) {
	secret, ok := strings.CutPrefix(string(sealed), purpose+"|")
	if !ok {
		return "", errors.New("sealed for another place")
	}
	return secret, nil
}

func newRound(t *testing.T) *round {
	t.Helper()
	r := &round{t: t, shelf: &shelf{now: start}}
	outbound := delivery.NewOutbound(delivery.OutboundConfig{Private: loopback()})
	r.courier = delivery.NewCourier(delivery.CourierConfig{Deliveries: r, Opener: r, Outbound: outbound, Clock: r.clock, Poll: time.Hour,
		Gone: func(context.Context, *domain.Subscription) error { r.gone.Add(1); return nil }, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { defer close(stopped); r.courier.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-stopped; outbound.Close() })
	return r
}

// receiver serves on this machine until the test ends.
func receiver(t *testing.T, serve http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	return server.URL
}

const (
	oneSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

func subscription(kind domain.SubscriptionKind, url, secret string) *domain.Subscription {
	s := &domain.Subscription{ID: uuid.New(), Tenant: uuid.New(), Kind: kind, URL: url, Enabled: true}
	if secret != "" {
		s.SealedSecret = []byte(s.SealPurpose() + "|" + secret)
	}
	return s
}

func (r *round) owe(s *domain.Subscription, body string) uuid.UUID {
	r.mu.Lock()
	p := &domain.Parcel{ID: uuid.New(), Tenant: s.Tenant, Subscription: s, Body: []byte(body), Status: domain.ParcelWaiting, NextAt: r.now, CreatedAt: r.now}
	r.parcels = append(r.parcels, p)
	r.mu.Unlock()
	r.courier.Wake()
	return p.ID
}

func (r *round) forward(by time.Duration) {
	r.mu.Lock()
	r.now = r.now.Add(by)
	r.mu.Unlock()
	r.courier.Wake()
}

func (r *round) eventually(id uuid.UUID, is func(p domain.Parcel) bool) (found domain.Parcel) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { found = r.look(id); return is(found) }, 20*time.Second, 5*time.Millisecond)
	return found
}

func (r *round) delivered(id uuid.UUID) domain.Parcel {
	r.t.Helper()
	return r.eventually(id, func(p domain.Parcel) bool { return p.Status == domain.ParcelDelivered })
}

func (r *round) dead(id uuid.UUID) domain.Parcel {
	r.t.Helper()
	return r.eventually(id, func(p domain.Parcel) bool { return p.Status == domain.ParcelDead })
}

// believes is a receiver of Standard Webhooks as its documentation describes one, written without our code.
func believes(secret string, now time.Time, seen map[string]bool, header http.Header, body []byte) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	id, sent := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("old")
	}
	code := hmac.New(sha256.New, key)
	code.Write([]byte(id + "." + sent + "." + string(body)))
	for _, signature := range strings.Fields(header.Get("webhook-signature")) {
		version, encoded, _ := strings.Cut(signature, ",")
		if raw, err := base64.StdEncoding.DecodeString(encoded); version == "v1" && err == nil && hmac.Equal(raw, code.Sum(nil)) {
			if seen[id] {
				return errors.New("replayed")
			}
			seen[id] = true
			return nil
		}
	}
	return errors.New("forged")
}

func TestWebhookIsSigned(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	var header http.Header
	var body []byte
	url := receiver(t, func(_ http.ResponseWriter, got *http.Request) {
		header = got.Header.Clone()
		body, _ = io.ReadAll(got.Body)
	})
	s := subscription(domain.Webhook, url, oneSecret)
	s.SealedOldSecret, s.OldSecretUntil = []byte(s.SealPurpose()+"|"+oldSecret), start.Add(time.Hour)
	id := r.owe(s, `{"type":"PERSON_CREATED"}`)
	assert.Equal(t, http.StatusOK, r.delivered(id).ResponseStatus)
	assert.Equal(t, "application/json", header.Get("Content-Type"))
	assert.Equal(t, id.String(), header.Get("webhook-id"))
	assert.Empty(t, header.Get("Authorization"))

	fresh := func() map[string]bool { return map[string]bool{} }
	assert.NoError(t, believes(oneSecret, start, fresh(), header, body))
	assert.NoError(t, believes(oldSecret, start, fresh(), header, body), "both count during a rotation")
	assert.EqualError(t, believes("whsec_AAAA", start, fresh(), header, body), "forged")
	assert.EqualError(t, believes(oneSecret, start, fresh(), header, append(body, ' ')), "forged", "tampered with")
	assert.EqualError(t, believes(oneSecret, start.Add(6*time.Minute), fresh(), header, body), "old")
	seen := fresh()
	require.NoError(t, believes(oneSecret, start, seen, header, body))
	assert.EqualError(t, believes(oneSecret, start, seen, header, body), "replayed")
	younger := header.Clone()
	younger.Set("webhook-timestamp", strconv.FormatInt(start.Add(time.Hour).Unix(), 10))
	assert.EqualError(t, believes(oneSecret, start.Add(time.Hour), fresh(), younger, body), "forged", "the time is signed too")

	r.forward(2 * time.Hour)
	r.delivered(r.owe(s, `{}`))
	assert.NoError(t, believes(oneSecret, r.clock(), fresh(), header, body))
	assert.EqualError(t, believes(oldSecret, r.clock(), fresh(), header, body), "forged", "the old one ends")
}

func TestSignWebhookAgreesWithTheStandard(t *testing.T) {
	t.Parallel()
	_, err := delivery.SignWebhook("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", uuid.Nil, start, nil)
	assert.Error(t, err, "no prefix")
	_, err = delivery.SignWebhook("whsec_%", uuid.Nil, start, nil)
	assert.Error(t, err, "no base64")
}

func TestSecurityEventTokenIsPushed(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	var header http.Header
	var body []byte
	url := receiver(t, func(w http.ResponseWriter, got *http.Request) {
		header = got.Header.Clone()
		body, _ = io.ReadAll(got.Body)
		w.WriteHeader(http.StatusAccepted)
	})
	r.delivered(r.owe(subscription(domain.SetPush, url, "their token"), "a.b.c"))
	assert.Equal(t, "a.b.c", string(body))
	assert.Equal(t, "application/secevent+jwt", header.Get("Content-Type"))
	assert.Equal(t, "application/json", header.Get("Accept"))
	assert.Equal(t, "Bearer their token", header.Get("Authorization"))
	assert.Empty(t, header.Get("webhook-signature"))
	r.delivered(r.owe(subscription(domain.SetPush, url, ""), "a.b.c"))
	assert.Empty(t, header.Get("Authorization"))
}

func TestWhatAnswersMean(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if status/100 == 3 {
				w.Header().Set("Location", "https://elsewhere.example/")
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, test := range map[string]struct {
		kind   domain.SubscriptionKind
		answer http.HandlerFunc
		dead   bool
		reason string
	}{
		"a token that is refused": {domain.SetPush, answer(400, `{"err":"invalid_issuer","description":"Who?\nWhere?"}`), true, "the receiver answered 400: invalid_issuer: Who? Where?"},
		"a key that they lack":    {domain.SetPush, answer(400, `{"err":"invalid_key"}`), true, "the receiver answered 400: invalid_key"},
		"a bearer token at fault": {domain.SetPush, answer(400, `{"err":"authentication_failed"}`), false, "the receiver answered 400: authentication_failed"},
		"a 400 of somebody else":  {domain.SetPush, answer(400, `<html>`), false, "the receiver answered 400"},
		"a 400 for a webhook":     {domain.Webhook, answer(400, `{"err":"invalid_key"}`), false, "the receiver answered 400"},
		"unauthorized":            {domain.SetPush, answer(401, ""), false, "the receiver answered 401"},
		"forbidden":               {domain.Webhook, answer(403, ""), false, "the receiver answered 403"},
		"broken":                  {domain.Webhook, answer(500, strings.Repeat("x", 2<<20)), false, "the receiver answered 500"},
		"moved":                   {domain.Webhook, answer(307, ""), false, "the receiver answered 307"},
		"gone":                    {domain.Webhook, answer(410, ""), true, "the receiver answered 410: the receiver is gone for good"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRound(t)
			id := r.owe(subscription(test.kind, receiver(t, test.answer), oneSecret), "{}")
			got := r.eventually(id, func(p domain.Parcel) bool { return p.Reason != "" })
			assert.Equal(t, test.reason, got.Reason)
			assert.Equal(t, test.dead, got.Status == domain.ParcelDead)
			assert.NotZero(t, got.ResponseStatus)
			assert.EqualValues(t, map[bool]int{true: 1}[name == "gone"], r.gone.Load())
			if !test.dead {
				assert.True(t, got.NextAt.After(start))
				assert.LessOrEqual(t, got.NextAt.Sub(start), 10*time.Second)
			}
		})
	}
}

func TestRetryAfterIsHeeded(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	busy := true
	url := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		if busy {
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	id := r.owe(subscription(domain.Webhook, url, oneSecret), "{}")
	got := r.eventually(id, func(p domain.Parcel) bool { return p.Reason != "" })
	assert.Equal(t, 30*time.Minute, got.NextAt.Sub(start))
	busy = false
	r.forward(31 * time.Minute)
	r.delivered(id)
}

func TestDeliveryIsGivenUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	id := r.owe(subscription(domain.Webhook, receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), oneSecret), "{}")
	r.eventually(id, func(p domain.Parcel) bool { return p.Reason != "" })
	r.forward(71 * time.Hour)
	r.eventually(id, func(p domain.Parcel) bool { return p.Attempts == 2 && p.NextAt.Sub(r.clock()) < 30*time.Second })
	r.forward(2 * time.Hour)
	assert.Equal(t, "the receiver answered 500", r.dead(id).Reason)
}

func TestPrivateReceiversAreNotReached(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	id := r.owe(subscription(domain.Webhook, "https://169.254.169.254/latest", oneSecret), "{}")
	got := r.eventually(id, func(p domain.Parcel) bool { return p.Reason != "" })
	assert.Equal(t, delivery.ErrAddressRefused.Error(), got.Reason)
	assert.Zero(t, got.ResponseStatus)
}

func TestOneSlowReceiverHoldsUpNobody(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	var calls atomic.Int32
	release := make(chan struct{})
	slow := subscription(domain.Webhook, receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		<-release
		w.WriteHeader(500)
	}), oneSecret)
	for range 200 {
		r.owe(slow, "{}")
	}
	require.Eventually(t, func() bool { return calls.Load() == 2 }, 20*time.Second, time.Millisecond, "two at once and no more")
	quick := subscription(domain.Webhook, receiver(t, func(http.ResponseWriter, *http.Request) {}), oneSecret)
	begun := time.Now()
	for range 20 {
		r.delivered(r.owe(quick, "{}"))
	}
	assert.Less(t, time.Since(begun), delivery.OutboundTimeout, "while the other is still waiting")
	close(release)
	r.delivered(r.owe(quick, "{}"))
	assert.LessOrEqual(t, calls.Load(), int32(6), "one that fails is left in peace for a while")
	before := calls.Load()
	r.forward(time.Minute)
	require.Eventually(t, func() bool { return calls.Load() > before }, 20*time.Second, time.Millisecond, "but not for ever")
}
