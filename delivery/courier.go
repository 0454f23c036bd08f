package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// CourierConfig is what a Courier is made from.
type CourierConfig struct {
	Deliveries domain.Deliveries
	Opener     Opener
	Outbound   *Outbound
	// Gone is called when a receiver says that it is gone for good (410), so that nothing more is sent to it; nil: nobody
	// wants to know.
	Gone  func(ctx context.Context, subscription *domain.Subscription) error
	Clock func() time.Time // nil: the system's
	Poll  time.Duration    // how often the queue is looked at without a call to Wake; 0: 2 s
	Log   *slog.Logger     // nil: the default one
}

// courierPace keeps the receivers apart: two deliveries at once to each, and a pause for those that fail, so that a slow
// or broken one does not hold up the others.
var courierPace = pace{abreast: 2, waiting: 16, claimed: 16, held: 128, timeout: OutboundTimeout + time.Second, gate: true}

// parcelPatience is for how long a delivery is tried.
const parcelPatience = 72 * time.Hour

// Courier posts events to those who have subscribed to them. Every delivery is tried by itself: the order of events is
// in their bodies.
type Courier struct {
	config CourierConfig
	*loop[*domain.Parcel]
}

// NewCourier makes a Courier; Run makes it work.
func NewCourier(config CourierConfig) *Courier {
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Poll <= 0 {
		config.Poll = 2 * time.Second
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	c := &Courier{config: config}
	at := courierPace
	at.poll = config.Poll
	c.loop = newLoop(c, at, config.Clock, config.Log)
	return c
}

// The methods of queue.

func (c *Courier) claim(ctx context.Context, now time.Time, lease time.Duration, count int, except []uuid.UUID) ([]*domain.Parcel, error) {
	return c.config.Deliveries.ClaimParcels(ctx, now, lease, count, except...)
}

func (c *Courier) facts(p *domain.Parcel) facts {
	return facts{id: p.ID, attempts: p.Attempts, until: p.NextAt, lane: p.Subscription.ID,
		log: []any{"tenant_id", p.Tenant, "subscription_id", p.Subscription.ID, "kind", p.Subscription.Kind}}
}

func (c *Courier) hopeless(p *domain.Parcel, err error) bool {
	answer, told := errors.AsType[*refused](err)
	return told && answer.final || c.config.Clock().Sub(p.CreatedAt) > parcelPatience
}

func (c *Courier) settle(ctx context.Context, p *domain.Parcel, failure error) error {
	if failure == nil {
		return c.config.Deliveries.SettleParcel(ctx, p, domain.ParcelOutcome{})
	}
	return c.config.Deliveries.SettleParcel(ctx, p, domain.ParcelOutcome{Dead: true, Reason: reason(failure)})
}

func (c *Courier) retry(ctx context.Context, p *domain.Parcel, at time.Time, reason string) error {
	return c.config.Deliveries.RetryParcel(ctx, p, at, reason)
}

func (c *Courier) send(ctx context.Context, p *domain.Parcel) error {
	var r *http.Request
	var err error
	switch p.Subscription.Kind {
	case domain.Webhook:
		r, err = c.webhookRequest(ctx, p, c.config.Clock())
	case domain.SetPush:
		r, err = c.setRequest(ctx, p)
	default:
		err = fmt.Errorf("delivery: nothing is sent to subscriptions of the kind %s", p.Subscription.Kind)
	}
	if err != nil {
		return err
	}
	answer, err := c.config.Outbound.Client().Do(r)
	if err != nil {
		return plainly(err)
	}
	defer func() { _ = answer.Body.Close() }()
	p.ResponseStatus = answer.StatusCode
	body, err := io.ReadAll(answer.Body) // also so that the connection can be used again
	if answer.StatusCode/100 == 2 {
		return nil // the receiver has it, whatever it says
	}
	if err != nil {
		body = nil
	}
	return c.judge(ctx, p, answer, body)
}

// judge says what an answer means that is no success.
func (c *Courier) judge(ctx context.Context, p *domain.Parcel, answer *http.Response, body []byte) error {
	switch {
	case answer.StatusCode == http.StatusGone:
		if c.config.Gone != nil {
			if err := c.config.Gone(ctx, p.Subscription); err != nil {
				return err
			}
		}
		return &refused{status: answer.StatusCode, why: "the receiver is gone for good", final: true}
	case answer.StatusCode == http.StatusBadRequest && p.Subscription.Kind == domain.SetPush:
		return refusedSet(body)
	}
	failure := error(&refused{status: answer.StatusCode})
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		failure = &postponed{failure, time.Duration(min(seconds, int(longPause.Seconds()))) * time.Second}
	}
	return failure
}

// refused is an answer that is no success.
type refused struct {
	status int
	why    string // in the receiver's words
	final  bool   // trying again makes no sense
}

// Error tells the status, and the receiver's reason.
func (r *refused) Error() string {
	text := fmt.Sprintf("the receiver answered %d", r.status)
	if r.why != "" {
		text += ": " + r.why
	}
	return text
}

// plainly takes the address out of an error of the HTTP client: it may be a secret.
func plainly(err error) error {
	if errors.Is(err, ErrAddressRefused) {
		return ErrAddressRefused
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("the receiver did not answer in time")
	}
	for wrapped := errors.Unwrap(err); wrapped != nil; wrapped = errors.Unwrap(err) {
		err = wrapped
	}
	return err
}

// newPost begins a request that carries the body of a delivery.
func newPost(ctx context.Context, p *domain.Parcel, contentType string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Subscription.URL, bytes.NewReader(p.Body))
	if err != nil {
		return nil, errors.New("the address of the receiver can't be read")
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", "scimbridge")
	return r, nil
}
