package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// serveCommand is scimbridge serve.
type serveCommand struct {
	databaseFlags
	publicFlag
	receiverFlags
	Listen        string    `default:"127.0.0.1:8080" help:"Address to serve on." placeholder:"HOST:PORT"`
	MetricsListen string    `help:"Address to serve Prometheus metrics on, at /metrics; keep the public away from it. None where missing." placeholder:"HOST:PORT"`
	Host          []string  `help:"Name under which clients may address the server; any where missing; may be repeated." placeholder:"NAME"`
	TrustedProxy  []network `help:"Proxy whose X-Forwarded-For is believed; may be repeated." placeholder:"CIDR"`
	MaxInFlight   int       `default:"64" help:"Requests worked on at once; further ones wait a moment, tenants taking turns, or get 503."`
	sealFlags
	AuditHeads string `help:"Folder in which the signed heads of the audits are written down each minute, to be copied to another place; none where missing." placeholder:"FOLDER"`
	Demo       bool   `help:"If there is no tenant at all, make one with credentials and show them."`

	SMTPHost         string `name:"smtp-host" help:"Mail server; without one, mails are written into a folder." placeholder:"HOST"`
	SMTPPort         int    `name:"smtp-port" default:"587" help:"Its port; on 465 TLS begins at once."`
	SMTPUser         string `name:"smtp-user" help:"User for it; none where missing." placeholder:"NAME"`
	SMTPPasswordFile string `name:"smtp-password-file" help:"File with the password. SCIMBRIDGE_SMTP_PASSWORD may hold the password itself instead." placeholder:"FILE"`
	SMTPTLS          string `name:"smtp-tls" enum:"mandatory,opportunistic,none" default:"mandatory" help:"TLS to it: mandatory, opportunistic or none."`
	MailRate         int    `help:"Mails a second at most, so that many invitations at once overrun neither the mail server nor ours; 0 for no limit." default:"25"`
	MailFrom         string `help:"Sender of mails (default: no-reply at the host of --public-url)." placeholder:"ADDRESS"`
	MailSpool        string `help:"Folder for mails as .eml files where there is no mail server (default: mail beside the database)." placeholder:"FOLDER"`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(p *program) (err error) {
	paceCollector()
	listener, err := web.Listen(p, c.Listen)
	if err != nil {
		return fmt.Errorf("can't serve on --listen %s: %w", c.Listen, err)
	}
	defer func() { _ = listener.Close() }() // where Run did not come to it
	var metrics net.Listener
	if c.MetricsListen != "" {
		if metrics, err = web.Listen(p, c.MetricsListen); err != nil {
			return fmt.Errorf("can't serve on --metrics-listen %s: %w", c.MetricsListen, err)
		}
		defer func() { _ = metrics.Close() }()
	}
	log := web.NewLogBuffer(p.log)
	defer func() { err = errors.Join(err, log.Flush()) }()
	settings, err := c.config(p, listener.Addr(), web.NewLogger(log))
	if err != nil {
		return err
	}
	server, err := newServer(p, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := c.announce(p, server, settings.PublicURL, listener, metrics); err != nil {
		return err
	}
	return server.Run(p, listener, metrics)
}

// config gathers what the server is made from.
func (c *serveCommand) config(p *program, listening net.Addr, log *slog.Logger) (config, error) {
	password := p.settings[passwordSetting]
	if c.SMTPPasswordFile != "" {
		var err error
		if password, err = readSecret(c.SMTPPasswordFile); err != nil {
			return config{}, fmt.Errorf("can't read --smtp-password-file: %w", err)
		}
	}
	found := config{
		Database: c.Database, PublicURL: c.PublicURL, MailSpool: c.MailSpool,
		SMTP:     delivery.SMTPConfig{Host: c.SMTPHost, Port: c.SMTPPort, User: c.SMTPUser, Password: password, TLS: c.SMTPTLS},
		MailFrom: c.MailFrom, MailRate: c.MailRate, PrivateReceivers: prefixes(c.AllowPrivateWebhooks), TrustedProxies: prefixes(c.TrustedProxy), Hosts: c.Host, InFlight: c.MaxInFlight, AuditHeads: c.AuditHeads, Log: log,
	}
	if found.PublicURL == "" {
		found.PublicURL = reachedAt(listening)
	}
	found.Key, found.KeyFile = c.sealing(p, c.Database)
	if found.MailSpool == "" {
		if found.MailSpool = beside(c.Database, "mail"); found.MailSpool == "" {
			found.MailSpool = filepath.Join("data", "mail")
		}
	}
	return found, nil
}

// reachedAt is the URL of a server on this machine.
func reachedAt(listening net.Addr) string {
	at, err := netip.ParseAddrPort(listening.String())
	if err != nil {
		return defaultPublicURL
	}
	if at.Addr().IsUnspecified() {
		at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port())
	}
	return "http://" + at.String()
}

// announce says where the server listens, and in the demo what to try.
func (c *serveCommand) announce(p *program, s *server, publicURL string, listener, metrics net.Listener) error {
	view := struct {
		Listen, MetricsListen string
		ScimBaseURL           string `json:"ScimBaseUrl"`
		RestBaseURL           string `json:"RestBaseUrl"`
		Demo                  []credentialView
		Setup                 *setupView `json:",omitempty"`
	}{Listen: listener.Addr().String(), ScimBaseURL: baseURL(publicURL, domain.KindScim), RestBaseURL: baseURL(publicURL, domain.KindRest)}
	lines := []string{"scimbridge listens on http://" + view.Listen + " and is reached at " + strings.TrimRight(publicURL, "/")}
	if metrics != nil {
		view.MetricsListen = metrics.Addr().String()
		lines = append(lines, "Metrics are at http://"+view.MetricsListen+"/metrics")
	}
	if c.Demo {
		made, err := s.demo(p, publicURL)
		if err != nil {
			return fmt.Errorf("can't make the demo tenant: %w", err)
		}
		view.Demo = made
		lines = append(lines, demoLines(made)...)
	}
	setup, err := s.offerSetup(p, publicURL)
	if err != nil {
		return fmt.Errorf("can't make the setup token: %w", err)
	}
	if setup != nil {
		view.Setup, lines = setup, append(lines, setup.lines()...)
	}
	return p.show(view, lines...)
}
