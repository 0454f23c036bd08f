package delivery

import (
	"context"
	"errors"
	"log/slog"
	"net/mail"
	"net/url"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"
	"golang.org/x/time/rate"

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
	Rate      int              // how many mails a second are sent at most; 0: as many as can be
	Log       *slog.Logger     // nil: the default one
}

// mailPace is how mails leave.
var mailPace = pace{abreast: 4, waiting: 32, claimed: 16, held: 32, timeout: time.Minute}

// Dispatcher empties the outbox.
type Dispatcher struct {
	config Config
	writer writer
	rate   *rate.Limiter
	*loop[*domain.OutboxMessage]
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
	d := &Dispatcher{config: config, writer: writer{public, from, config.Clock}, rate: rate.NewLimiter(rate.Inf, 1)}
	if config.Rate > 0 {
		d.rate.SetLimit(rate.Limit(config.Rate))
	}
	at := mailPace
	at.poll = config.Poll
	d.loop = newLoop(d, at, config.Clock, config.Log)
	return d, nil
}

// The methods of queue.

func (d *Dispatcher) claim(ctx context.Context, now time.Time, lease time.Duration, count int, _ []uuid.UUID) ([]*domain.OutboxMessage, error) {
	return d.config.Outbox.ClaimMessages(ctx, now, lease, count)
}

func (d *Dispatcher) facts(m *domain.OutboxMessage) facts {
	return facts{id: m.ID, attempts: m.Attempts, until: m.NextAt, log: []any{"mail", m.Mail.Kind}}
}

func (d *Dispatcher) hopeless(m *domain.OutboxMessage, err error) bool {
	return errors.Is(err, errUndeliverable) || m.Attempts >= patience
}

func (d *Dispatcher) settle(ctx context.Context, m *domain.OutboxMessage, failure error) error {
	if failure == nil {
		return d.config.Outbox.SettleMessage(ctx, m, false, "")
	}
	return d.config.Outbox.SettleMessage(ctx, m, true, reason(failure))
}

func (d *Dispatcher) retry(ctx context.Context, m *domain.OutboxMessage, at time.Time, reason string) error {
	return d.config.Outbox.RetryMessage(ctx, m, at, reason)
}

func (d *Dispatcher) send(ctx context.Context, m *domain.OutboxMessage) (err error) {
	if err := d.rate.Wait(ctx); err != nil {
		return err
	}
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
	return d.config.Sender.Send(ctx, m.ID, letter)
}
