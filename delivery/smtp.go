package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"
)

// SMTPConfig says how to reach a mail server.
type SMTPConfig struct {
	Host     string
	Port     int    // 0: 587; on 465 TLS begins at once
	User     string // empty: no authentication
	Password string
	// TLS is "mandatory" (also ""), "opportunistic" or "none". Only with none a password may cross the line in the
	// clear, and even then only by methods that don't show it.
	TLS string
	// Roots are what the server's certificate is checked against; nil: the system's.
	Roots *tls.Config
}

// SMTP is a Sender that hands each mail to a mail server.
type SMTP struct {
	host    string
	options []gomail.Option
}

const (
	submissionPort  = 587              // RFC 6409
	submissionsPort = 465              // RFC 8314
	smtpTimeout     = 30 * time.Second // for each answer of the server
)

var tlsPolicies = map[string]gomail.TLSPolicy{
	"": gomail.TLSMandatory, "mandatory": gomail.TLSMandatory, "opportunistic": gomail.TLSOpportunistic, "none": gomail.NoTLS,
}

// NewSMTP checks the configuration; it does not connect.
func NewSMTP(config SMTPConfig) (*SMTP, error) {
	policy, known := tlsPolicies[strings.ToLower(config.TLS)]
	if !known {
		return nil, errors.New("delivery: the TLS policy is mandatory, opportunistic or none")
	}
	if config.Port == 0 {
		config.Port = submissionPort
	}
	s := &SMTP{host: config.Host, options: []gomail.Option{
		gomail.WithPort(config.Port), gomail.WithTimeout(smtpTimeout), gomail.WithTLSPolicy(policy),
	}}
	if config.Port == submissionsPort {
		s.options = append(s.options, gomail.WithSSL())
	}
	if config.Roots != nil {
		s.options = append(s.options, gomail.WithTLSConfig(config.Roots))
	}
	if config.User != "" {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(config.User), gomail.WithPassword(config.Password))
	}
	if _, err := gomail.NewClient(config.Host, s.options...); err != nil {
		return nil, fmt.Errorf("delivery: the mail server's settings: %w", err)
	}
	return s, nil
}

// Send implements Sender. Each mail has a connection of its own: they are few, and a broken one harms no other mail.
func (s *SMTP) Send(ctx context.Context, _ uuid.UUID, letter *gomail.Msg) error {
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("delivery: the mail server's settings: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, letter); err != nil {
		return fmt.Errorf("delivery: hand a mail to the server: %w", err)
	}
	return nil
}
