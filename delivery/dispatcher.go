package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"github.com/scimbridge/scimbridge/domain"
)

// Opener opens what the engine sealed: tokens are in the clear only while their mail is being sent.
type Opener interface {
	Open(sealed []byte, purpose string) (string, error)
}

// Sender takes a mail away. It returns nil when somebody else has taken over the duty to deliver it. A message may
// come again with the same id.
type Sender interface {
	Send(ctx context.Context, id uuid.UUID, letter *gomail.Msg) error
}

// Config is what a Dispatcher is made from.
type Config struct {
	Outbox    domain.Outbox
	Opener    Opener
	Sender    Sender
	PublicURL string           // absolute; the links in mails begin with it
	From      string           // an address, or a name and an address; empty: no-reply at the host of PublicURL
	Clock     func() time.Time // nil: the system's
	Poll      time.Duration    // how often the outbox is looked at without a call to Wake; 0: 5 s
	Log       *slog.Logger     // nil: the default one
}

const (
	workers     = 4  // mails on the way at once
	claimed     = 16 // messages claimed at once
	sendTimeout = time.Minute
	// lease is how long a claimed message is ours. It outlives every wait for the messages claimed before it.
	lease = (claimed/workers + 2) * sendTimeout
	// stopWithin is how long mails on the way may take when the dispatcher has to stop.
	stopWithin = 5 * time.Second
)

// Dispatcher empties the outbox.
type Dispatcher struct {
	config Config
	writer writer
	wake   chan struct{}
}

// New makes a Dispatcher; Run makes it work.
func New(config Config) (*Dispatcher, error) {
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Poll <= 0 {
		config.Poll = 5 * time.Second
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	public, err := url.Parse(config.PublicURL)
	if err != nil || public.Host == "" {
		return nil, errors.New("delivery: the public URL must be absolute, like https://id.example.com")
	}
	if config.From == "" {
		config.From = "no-reply@" + public.Hostname()
	}
	from, err := mail.ParseAddress(config.From)
	if err != nil {
		return nil, errors.New("delivery: the sender must be an address, like no-reply@example.com")
	}
	return &Dispatcher{config: config, writer: writer{public, from, config.Clock}, wake: make(chan struct{}, 1)}, nil
}

// Wake tells that a message may be due. It never waits.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default: // somebody has called already
	}
}

// Run sends what is due until ctx ends, then finishes the mails on the way and returns.
func (d *Dispatcher) Run(ctx context.Context) {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopWithin, cancel) })()
	work := make(chan *domain.OutboxMessage)
	var busy sync.WaitGroup
	for range workers {
		busy.Go(func() {
			for m := range work {
				d.deliver(sending, m)
			}
		})
	}
	defer busy.Wait()
	defer close(work)
	tick := time.NewTicker(d.config.Poll)
	defer tick.Stop()
	for {
		for d.round(ctx, work) {
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-tick.C:
		}
	}
}

// round hands what is due to the workers, and tells whether there may be more.
func (d *Dispatcher) round(ctx context.Context, work chan<- *domain.OutboxMessage) bool {
	if ctx.Err() != nil {
		return false
	}
	list, err := d.config.Outbox.ClaimMessages(ctx, d.config.Clock(), lease, claimed)
	if err != nil {
		if ctx.Err() == nil {
			d.config.Log.Warn("outbox: can't claim messages, trying again later", "error", err)
		}
		return false
	}
	for _, m := range list {
		select {
		case work <- m:
		case <-ctx.Done(): // what is left goes to whoever comes next, at once
			d.keep(ctx, m, "put back", func(ctx context.Context) error {
				return d.config.Outbox.RetryMessage(ctx, m, d.config.Clock(), "")
			})
		}
	}
	return len(list) == claimed
}

// deliver sends one message and notes what came of it.
func (d *Dispatcher) deliver(ctx context.Context, m *domain.OutboxMessage) {
	if d.config.Clock().Add(sendTimeout).After(m.NextAt) {
		return // we slept; the lease ends before the mail would be out, and somebody else may send it
	}
	err := d.send(ctx, m)
	now := d.config.Clock()
	log := d.config.Log.With("message_id", m.ID, "mail", m.Mail.Kind, "attempt", m.Attempts)
	switch {
	case err == nil:
		log.Info("mail sent")
		d.keep(ctx, m, "settle", func(ctx context.Context) error {
			return d.config.Outbox.SettleMessage(ctx, m, false, "")
		})
	case errors.Is(err, errUndeliverable) || m.Attempts >= patience:
		log.Error("mail given up", "error", err)
		d.keep(ctx, m, "settle", func(ctx context.Context) error {
			return d.config.Outbox.SettleMessage(ctx, m, true, reason(err))
		})
	default:
		next := now.Add(backoff(m.Attempts, rand.Float64()))
		log.Warn("mail not sent, trying again later", "error", err, "next", next)
		d.keep(ctx, m, "put back", func(ctx context.Context) error {
			return d.config.Outbox.RetryMessage(ctx, m, next, reason(err))
		})
	}
}

func (d *Dispatcher) send(ctx context.Context, m *domain.OutboxMessage) (err error) {
	defer func() { // one broken message must not stop the others
		if cause := recover(); cause != nil {
			err = fmt.Errorf("delivery: panic: %v", cause)
		}
	}()
	token := ""
	if len(m.Mail.SealedToken) > 0 {
		if token, err = d.config.Opener.Open(m.Mail.SealedToken, domain.SealPurpose(m.Tenant, m.ID)); err != nil {
			return err
		}
	}
	letter, err := d.writer.write(m, token)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return d.config.Sender.Send(ctx, m.ID, letter)
}

// keep writes what came of a message, with patience: a mail that is out but not noted as sent is sent again. It runs
// on when the dispatcher stops, for a little while.
func (d *Dispatcher) keep(ctx context.Context, m *domain.OutboxMessage, what string, write func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := write(ctx)
		if err == nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			d.config.Log.Error("outbox: can't "+what+" a message, it will be sent again", "message_id", m.ID, "error", err)
			return
		}
	}
}

// maxReason is how much of an error the outbox keeps, in bytes.
const maxReason = 500

func reason(err error) string {
	text := line(err.Error())
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}
