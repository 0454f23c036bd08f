package delivery_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"
	"go.uber.org/goleak"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
	"github.com/scimbridge/scimbridge/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// office is a dispatcher at work on an outbox of its own, with a clock that stands until it is moved.
type office struct {
	t          *testing.T
	db         *store.DB
	file       string
	sealer     *credential.Sealer
	dispatcher *delivery.Dispatcher
	stop       func()
	mu         sync.Mutex
	now        time.Time
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) forward(by time.Duration) {
	o.mu.Lock()
	o.now = o.now.Add(by)
	o.mu.Unlock()
	o.dispatcher.Wake()
}

// Open implements delivery.Opener.
func (o *office) Open(sealed []byte, purpose string) (string, error) {
	secret, err := o.sealer.Open(sealed, purpose)
	return string(secret), err
}

func newOffice(t *testing.T, sender delivery.Sender, adjust ...func(*delivery.Config)) *office {
	t.Helper()
	o := &office{t: t, file: filepath.Join(t.TempDir(), "test.db"), now: start}
	var err error
	o.sealer, err = credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	o.db, err = sqlite.Open(o.file, sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, o.db.Migrate(t.Context()))
	config := delivery.Config{
		Outbox: o.db, Opener: o, Sender: sender, PublicURL: "https://id.example.com", Clock: o.clock,
		Poll: time.Hour, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, change := range adjust {
		change(&config)
	}
	o.dispatcher, err = delivery.New(config)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { defer close(stopped); o.dispatcher.Run(ctx) }()
	o.stop = func() { cancel(); <-stopped }
	t.Cleanup(func() { o.stop(); assert.NoError(t, o.db.Close()) })
	return o
}

// owe puts an invitation into the outbox.
func (o *office) owe(change func(*domain.OutboxMessage)) *domain.OutboxMessage {
	o.t.Helper()
	m := &domain.OutboxMessage{
		ID: uuid.Must(uuid.NewV7()), Tenant: uuid.MustParse("00000000-0000-7000-8000-00000000000a"), Person: uuid.New(), NextAt: start,
		Mail: domain.Mail{Kind: domain.MailInvitation, To: "ada@example.org", PersonName: "Ada", TenantName: "Acme", ExpiresAt: start.Add(time.Hour)},
	}
	m.Mail.SealedToken = o.sealer.Seal([]byte("sbi_secret"), domain.SealPurpose(m.Tenant, m.ID))
	if change != nil {
		change(m)
	}
	require.NoError(o.t, o.db.Write(o.t.Context(), domain.Scope{Tenant: m.Tenant}, func(tx domain.Tx) error { return tx.Enqueue(m) }))
	o.dispatcher.Wake()
	return m
}

// row is what the outbox says about a message.
type row struct {
	status, reason string
	attempts       int
	next           time.Duration // after start
	sealed         []byte
}

func (o *office) row(m *domain.OutboxMessage) (found row) {
	o.t.Helper()
	db, err := sql.Open("sqlite", o.file)
	require.NoError(o.t, err)
	defer func() { _ = db.Close() }()
	var next int64
	require.NoError(o.t, db.QueryRow("SELECT status, coalesce(reason, ''), attempts, next_at, sealed_token FROM outbox WHERE message_id = ?", m.ID[:]).
		Scan(&found.status, &found.reason, &found.attempts, &next, &found.sealed))
	found.next = time.UnixMicro(next).Sub(start)
	return found
}

func (o *office) eventually(m *domain.OutboxMessage, is func(row) bool, message string) row {
	o.t.Helper()
	var last row
	require.Eventually(o.t, func() bool { last = o.row(m); return is(last) }, 30*time.Second, 5*time.Millisecond, message)
	return last
}

// post is a Sender that does what the test says and counts.
type post struct {
	mu   sync.Mutex
	sent map[uuid.UUID]int
	send func(ctx context.Context, id uuid.UUID) error
}

func (p *post) Send(ctx context.Context, id uuid.UUID, _ *gomail.Msg) error {
	p.mu.Lock()
	if p.sent == nil {
		p.sent = map[uuid.UUID]int{}
	}
	p.sent[id]++
	p.mu.Unlock()
	if p.send == nil {
		return nil
	}
	return p.send(ctx, id)
}

func (p *post) count(id uuid.UUID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent[id]
}

func delivered(r row) bool { return r.status == "Delivered" }

func TestMailGoesOutOnce(t *testing.T) {
	t.Parallel()
	var post post
	o := newOffice(t, &post)
	m := o.owe(nil)
	got := o.eventually(m, delivered, "it is delivered")
	assert.Equal(t, 1, got.attempts)
	assert.Nil(t, got.sealed, "no token stays behind")
	for range 5 {
		o.forward(24 * time.Hour)
	}
	other := o.owe(nil)
	o.eventually(other, delivered, "the next one is delivered")
	assert.Equal(t, 1, post.count(m.ID))
}

// TestMailsKeepTheRate: however many there are, none leaves before its time.
func TestMailsKeepTheRate(t *testing.T) {
	t.Parallel()
	const rate, mails = 20, 5
	var times []time.Time
	var post post
	post.send = func(context.Context, uuid.UUID) error {
		post.mu.Lock()
		defer post.mu.Unlock()
		times = append(times, time.Now())
		return nil
	}
	o := newOffice(t, &post, func(c *delivery.Config) { c.Rate = rate })
	var all []*domain.OutboxMessage
	for range mails {
		all = append(all, o.owe(nil))
	}
	for _, m := range all {
		o.eventually(m, delivered, "each is delivered")
	}
	post.mu.Lock()
	defer post.mu.Unlock()
	require.Len(t, times, mails)
	assert.GreaterOrEqual(t, times[mails-1].Sub(times[0]), (mails-1)*time.Second/rate-10*time.Millisecond, "and at no higher rate")
}

func TestManyMails(t *testing.T) {
	t.Parallel()
	var post post
	o := newOffice(t, &post)
	var all []*domain.OutboxMessage
	for range 50 {
		all = append(all, o.owe(nil))
	}
	for _, m := range all {
		o.eventually(m, delivered, "each is delivered")
		assert.Equal(t, 1, post.count(m.ID))
	}
}

func TestFailureIsRepeatedWithPauses(t *testing.T) {
	t.Parallel()
	down := true
	post := &post{send: func(context.Context, uuid.UUID) error {
		if down {
			return errors.New("421 try again\r\nlater\xff")
		}
		return nil
	}}
	o := newOffice(t, post)
	m := o.owe(nil)
	waiting := 0 * time.Second
	for attempt, pause := range []time.Duration{10, 20, 40, 80, 160, 240, 240} {
		got := o.eventually(m, func(r row) bool { return r.attempts == attempt+1 && r.reason != "" && r.next < waiting+lease }, "it is put back")
		assert.Equal(t, "Waiting", got.status)
		assert.Equal(t, "421 try again later\ufffd", got.reason)
		assert.NotNil(t, got.sealed)
		assert.LessOrEqual(t, got.next, waiting+pause*time.Second)
		assert.GreaterOrEqual(t, got.next, waiting+pause*time.Second*3/4)
		if attempt == 6 {
			down = false // ordered by the clock's lock
		}
		o.forward(got.next - waiting)
		waiting = got.next
	}
	got := o.eventually(m, delivered, "it is delivered in the end")
	assert.Equal(t, 8, got.attempts)
}

// lease is shorter than the lease of a claimed message and longer than any short pause.
const lease = 5 * time.Minute

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	o := newOffice(t, &post{send: func(context.Context, uuid.UUID) error { return errors.New("550 no such person") }})
	m := o.owe(func(m *domain.OutboxMessage) { m.Attempts = 127 })
	got := o.eventually(m, func(r row) bool { return r.status == "Dead" }, "it is given up")
	assert.Equal(t, "550 no such person", got.reason)
	assert.NotNil(t, got.sealed, "somebody may send it again")
}

func TestUndeliverableIsGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	var post post
	o := newOffice(t, &post)
	m := o.owe(func(m *domain.OutboxMessage) { m.Mail.To = "ada@example.org, eve@example.org" })
	got := o.eventually(m, func(r row) bool { return r.status == "Dead" }, "it is given up")
	assert.Contains(t, got.reason, "not one plain address")
	assert.Zero(t, post.count(m.ID))
}

func TestTokenOfAnotherMessageStaysShut(t *testing.T) {
	t.Parallel()
	var post post
	o := newOffice(t, &post)
	m := o.owe(func(m *domain.OutboxMessage) {
		m.Mail.SealedToken = o.sealer.Seal([]byte("sbi_secret"), domain.SealPurpose(uuid.New(), m.ID))
	})
	got := o.eventually(m, func(r row) bool { return r.reason != "" }, "it is put back")
	assert.Equal(t, "Waiting", got.status, "a missing key may come back")
	assert.Zero(t, post.count(m.ID))
}

func TestPanicHarmsOneMessageOnly(t *testing.T) {
	t.Parallel()
	var bad uuid.UUID
	post := &post{}
	post.send = func(_ context.Context, id uuid.UUID) error {
		if id == bad {
			panic("broken")
		}
		return nil
	}
	o := newOffice(t, post)
	m := o.owe(func(m *domain.OutboxMessage) { bad = m.ID })
	good := o.owe(nil)
	o.eventually(good, delivered, "the good one is delivered")
	got := o.eventually(m, func(r row) bool { return r.reason != "" }, "the bad one is put back")
	assert.Contains(t, got.reason, "panic: broken")
}

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	started, finish := make(chan struct{}, 100), make(chan struct{})
	o := newOffice(t, &post{send: func(ctx context.Context, _ uuid.UUID) error {
		started <- struct{}{}
		<-finish
		return ctx.Err()
	}})
	var all []*domain.OutboxMessage
	for range 10 {
		all = append(all, o.owe(nil))
	}
	for range 4 {
		<-started
	}
	stopped := make(chan struct{})
	go func() { defer close(stopped); o.stop() }()
	time.Sleep(20 * time.Millisecond) // the dispatcher notices
	close(finish)
	<-stopped
	out, back := 0, 0
	for _, m := range all {
		switch got := o.row(m); {
		case delivered(got):
			out++
		case got.status == "Waiting" && got.next <= 0:
			back++ // due for the next dispatcher at once, not after the lease
		}
	}
	assert.GreaterOrEqual(t, out, 4)
	assert.Equal(t, 10, out+back)
}

func TestSleeperLeavesItsMessageToOthers(t *testing.T) {
	t.Parallel()
	post := &post{}
	var o *office
	var once sync.Once
	post.send = func(context.Context, uuid.UUID) error {
		once.Do(func() { o.forward(time.Hour) }) // as after SIGSTOP: every lease has run out meanwhile
		return nil
	}
	o = newOffice(t, post)
	m := o.owe(nil)
	other := o.owe(nil)
	o.eventually(m, func(r row) bool { return r.status == "Delivered" }, "the first is delivered")
	o.eventually(other, func(r row) bool { return r.status == "Delivered" }, "the second is delivered")
	assert.LessOrEqual(t, post.count(m.ID)+post.count(other.ID), 3, "only the one that was out when time ran away may go twice")
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for _, config := range []delivery.Config{
		{PublicURL: ""}, {PublicURL: "id.example.com"}, {PublicURL: "/path"},
		{PublicURL: "https://id.example.com", From: "nobody"}, {PublicURL: "https://id.example.com", From: "a@x, b@x"},
	} {
		_, err := delivery.New(config)
		assert.Error(t, err, "%+v", config)
	}
}

// lost is an outbox whose database has gone away after it handed out its messages.
type lost struct {
	domain.Outbox
	list []*domain.OutboxMessage
}

func (o *lost) ClaimMessages(context.Context, time.Time, time.Duration, int) (list []*domain.OutboxMessage, err error) {
	list, o.list = o.list, nil
	return list, nil
}

func (o *lost) RetryMessage(context.Context, *domain.OutboxMessage, time.Time, string) error {
	return errors.New("the database has gone away")
}

// never is a sender whose mail server does not answer.
type never struct{}

func (never) Send(ctx context.Context, _ uuid.UUID, _ *gomail.Msg) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestStopIsBoundedWithoutADatabase: a dispatcher that can neither send nor note that it didn't ends all the same.
func TestStopIsBoundedWithoutADatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		outbox := &lost{}
		for range 16 {
			outbox.list = append(outbox.list, &domain.OutboxMessage{ID: uuid.New(), NextAt: time.Now().Add(time.Hour), Mail: domain.Mail{Kind: domain.MailInvitation, To: "ada@example.org"}})
		}
		dispatcher, err := delivery.New(delivery.Config{Outbox: outbox, Sender: never{}, PublicURL: "https://id.example.com", Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan time.Time)
		go func() { dispatcher.Run(ctx); stopped <- time.Now() }()
		synctest.Wait()
		cancel()
		begun := time.Now()
		assert.LessOrEqual(t, (<-stopped).Sub(begun), 11*time.Second)
	})
}
