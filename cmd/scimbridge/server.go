package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"sync"
	"time"

	"github.com/scimbridge/scimbridge/console"
	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/domain/journal"
	"github.com/scimbridge/scimbridge/domain/migration"
	"github.com/scimbridge/scimbridge/domain/report"
	"github.com/scimbridge/scimbridge/oauth"
	"github.com/scimbridge/scimbridge/rest"
	"github.com/scimbridge/scimbridge/scim"
	"github.com/scimbridge/scimbridge/sso"
	"github.com/scimbridge/scimbridge/store"
	"github.com/scimbridge/scimbridge/web"
)

// config is what a server is made from.
type config struct {
	Database string // as of --database
	// StatementTimeout bounds a statement of the database, and by half of it the wait for a lock; 0: see postgres.Options.
	StatementTimeout time.Duration
	PublicURL        string // absolute
	Key              string // keys as text; empty: those in KeyFile
	KeyFile          string
	MailSpool        string              // folder for mails, where SMTP.Host is empty
	SMTP             delivery.SMTPConfig // where mails go
	MailFrom         string              // see delivery.Config
	MailRate         int                 // see delivery.Config
	TrustedProxies   []netip.Prefix      // see web.Config, also the next two
	Hosts            []string
	// PrivateReceivers are addresses off the public Internet to which events may be sent; see delivery.OutboundConfig.
	PrivateReceivers []netip.Prefix
	InFlight         int
	AuditHeads       string // folder for the heads of the audits; empty: they are not written down
	Log              *slog.Logger
	Clock            func() time.Time // nil: the system's
	Resolver         domain.Resolver  // nil: the system's
}

// server is everything wired, and not listening yet.
type server struct {
	db         *store.DB
	engine     *domain.Engine
	processors *domain.Processors // of sign-ins
	feed       *feed.Feed
	hall       *web.Hall
	dispatcher *delivery.Dispatcher
	signer     *credential.Signer
	outbound   *delivery.Outbound
	courier    *delivery.Courier
	journal    *journal.Journal
	jobs       []job
	log        *slog.Logger
}

// newServer opens the database, brings its schema up to date and wires the rooms. The caller must Close the server.
func newServer(ctx context.Context, c config) (_ *server, err error) {
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" || public.Scheme != "http" && public.Scheme != "https" {
		return nil, errors.New("the --public-url must be an absolute URL, like https://id.example.com")
	}
	db, err := openPatiently(ctx, c.Database, c.Clock, c.StatementTimeout)
	if err != nil {
		return nil, err
	}
	s := &server{db: db, processors: domain.NewProcessors(runtime.GOMAXPROCS(0)), log: c.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	keys, err := openSecrets(c.Key, c.KeyFile)
	if err != nil {
		return nil, err
	}
	sender, err := newSender(c)
	if err != nil {
		return nil, err
	}
	s.dispatcher, err = delivery.New(delivery.Config{Outbox: db, Opener: keys, Sender: sender, PublicURL: c.PublicURL, From: c.MailFrom, Rate: c.MailRate, Clock: c.Clock, Log: c.Log})
	if err != nil {
		return nil, err
	}
	if c.Resolver == nil {
		c.Resolver = resolver{net.DefaultResolver}
	}
	happened := newBell()
	s.engine = domain.New(domain.Config{Store: db, Registry: db, Secrets: keys, Assertions: credential.Assertions{}, Messages: sso.Messages{},
		Passwords: credential.NewPasswords(s.processors), Authenticator: credential.Totp{}, Passkeys: passkeysAt(c.PublicURL), Resolver: c.Resolver, Clock: c.Clock, Wake: s.wake, Tell: happened.ring})
	s.signer = credential.NewSigner(db, keys.Sealer(), c.Clock)
	s.addFeed(c, keys, happened)
	s.journal = journal.New(s.engine.Base())
	s.jobs = append(s.jobs, job{name: "mail links to people who forgot their password", every: time.Second, do: s.engine.Account.MailResets},
		job{name: "write failed sign-ins into the audit", every: 10 * time.Second, do: s.engine.Account.AuditFailures})
	s.jobs = append(s.jobs, job{name: "forget the provisioning log", every: time.Hour, do: s.journal.Forget})
	if c.AuditHeads != "" {
		s.jobs = append(s.jobs, headJob(audit.NewHeads(s.engine.Base(), s.signer), c.AuditHeads))
	}
	s.hall = web.NewHall(web.Config{
		Doors: append(doors(s.engine, s.feed, s.journal, s.signer, c.PublicURL, s.processors, s.outbound.Client()), web.KeySetDoor(s.signer.KeySet, credential.KeySetAge)), Ready: s.ready, TrustedProxies: c.TrustedProxies, Hosts: c.Hosts,
		Secure: public.Scheme == "https", InFlight: c.InFlight, Log: c.Log,
		Counters: []web.Counter{{Name: "scimbridge_provisioning_log_omitted_total", Help: "Requests that are missing in the provisioning log because there were too many at once.",
			Value: s.omitted}}, Clock: c.Clock,
	})
	s.jobs = append(s.jobs, job{name: "housekeeping", every: housekeepingEvery, do: s.purge}, job{name: "refresh metadata of identity providers", every: refreshEvery, do: s.refreshMetadata},
		job{name: "ask again for the proofs of domains", every: recheckEvery, do: s.engine.Domains.Recheck},
		job{name: "work on migrations", every: time.Second, do: migration.New(s.engine.Base()).Work},
		job{name: "make reports", every: time.Second, do: report.New(s.engine.Base()).Work})
	return s, nil
}

// passkeysAt are the passkeys of the server that is reached there; nil where browsers make none, as for an IP address.
func passkeysAt(publicURL string) domain.Passkeys {
	passkeys, err := credential.NewPasskeys(publicURL)
	if err != nil {
		return nil
	}
	return passkeys
}

// housekeepingEvery is how often old things are looked for. Mostly there are none, which costs an index look-up each.
const housekeepingEvery = 5 * time.Minute

func (s *server) omitted() float64 {
	omitted := s.journal.Omitted()
	return float64(omitted.Reads + omitted.Others)
}

func (s *server) purge(ctx context.Context) error {
	removed, err := s.engine.Housekeeping.Purge(ctx)
	if removed > 0 && s.log != nil {
		s.log.Info("housekeeping", "removed", removed)
	}
	return err
}

// doors lists the mounts. What they have to ask of others goes through outbound.
func doors(engine *domain.Engine, feed *feed.Feed, log *journal.Journal, signer domain.Signer, publicURL string, processors *domain.Processors, outbound *http.Client) []web.Door {
	strangers, elsewhere := web.NewStrangers(engine.Clock), elsewhere(engine)
	return []web.Door{
		{Name: "scim", Prefix: "/scim", Handler: scim.New(scim.Config{Engine: engine, Journal: log, PublicURL: publicURL, Events: feed}), Refuse: scim.Refuse, Routes: scim.Routes(),
			Classes: []string{"Users", "Groups", ".search", "Bulk", "Me", "Schemas", "ResourceTypes", "ServiceProviderConfig", "Events"}},
		{Name: "rest", Prefix: "/api", Handler: rest.New(rest.Config{Engine: engine, Feed: feed, Journal: log, Signer: signer, PublicURL: publicURL, Strangers: strangers, Elsewhere: elsewhere}), Refuse: rest.Refuse, Routes: rest.Routes(),
			Classes: []string{"Common", "UserManagement", "Account", "Administration"}},
		{Name: "oauth", Prefix: oauth.Prefix, Handler: oauth.New(oauth.Config{Engine: engine, PublicURL: publicURL}), Refuse: oauth.Refuse, Routes: oauth.Routes(),
			Classes: []string{"token"}},
		{Name: "console", Prefix: console.Prefix, Handler: console.New(console.Config{Engine: engine, PublicURL: publicURL, Strangers: strangers, Elsewhere: elsewhere}), Refuse: console.Refuse,
			Routes: console.Routes(), Classes: []string{"assets", "accept", "reset", "verify", "t"}},
		{Name: "sso", Prefix: sso.Prefix, Handler: sso.New(sso.Config{Engine: engine, PublicURL: publicURL, Strangers: strangers, Home: console.Home, SecondFactor: console.SecondFactor, Processors: processors, Client: outbound}),
			Refuse: sso.Refuse, Routes: sso.Routes()},
	}
}

func newSender(c config) (delivery.Sender, error) {
	if c.SMTP.Host != "" {
		return delivery.NewSMTP(c.SMTP)
	}
	return delivery.NewSpool(c.MailSpool)
}

// Handler is the whole server as a handler, for tests and for whoever brings a listener of their own.
func (s *server) Handler() http.Handler { return s.hall }

// Engine is the set of use cases beneath the doors.
func (s *server) Engine() *domain.Engine { return s.engine }

// Close lets go of the database.
func (s *server) Close() error {
	s.outbound.Close()
	return s.db.Close()
}

var errNotDurable = errors.New("the database can't make writes durable any more (see its disk); start again when it can")

func (s *server) ready(ctx context.Context) error {
	select {
	case <-s.db.Failed():
		return errNotDurable
	default:
		return s.db.Ping(ctx)
	}
}

// Run serves on the listeners (metrics may be nil) and delivers mails until ctx ends or the database fails. It answers
// every request that has begun, and closes the listeners.
func (s *server) Run(ctx context.Context, listener, metrics net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var aside sync.WaitGroup
	failed := make(chan error, 2)
	aside.Go(func() { s.dispatcher.Run(ctx) })
	aside.Go(func() { s.courier.Run(ctx) })
	aside.Go(func() {
		s.journal.Run(ctx, func(err error) { s.log.Warn("provisioning log: can't write, trying again", "error", err) })
	})
	for _, j := range s.jobs {
		aside.Go(func() { j.repeat(ctx, s.log) })
	}
	aside.Go(func() {
		select {
		case <-s.db.Failed():
			failed <- errNotDurable
			stop()
		case <-ctx.Done():
		}
	})
	if metrics != nil {
		aside.Go(func() {
			if err := s.hall.ServeMetrics(ctx, metrics); err != nil {
				failed <- fmt.Errorf("can't serve metrics: %w", err)
				stop()
			}
		})
	}
	err := s.hall.Serve(ctx, listener)
	stop()
	aside.Wait()
	err = errors.Join(err, s.journal.Flush(context.WithoutCancel(ctx))) // of the last requests
	close(failed)
	for cause := range failed {
		err = errors.Join(err, cause)
	}
	return err
}
