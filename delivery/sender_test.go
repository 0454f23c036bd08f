package delivery

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"
)

func testLetter(t *testing.T) (uuid.UUID, *gomail.Msg) {
	t.Helper()
	m := invitation()
	letter, err := testWriter(t).write(m, "sbi_0123")
	require.NoError(t, err)
	return m.ID, letter
}

func TestSpool(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "deep", "mail")
	spool, err := NewSpool(folder)
	require.NoError(t, err)
	id, letter := testLetter(t)
	require.NoError(t, spool.Send(t.Context(), id, letter))
	id, again := testLetter(t)
	require.NoError(t, spool.Send(t.Context(), id, again))

	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, 1, "a repeat replaces the file, and no draft stays")
	assert.Equal(t, "20250624T033404.032Z-0197a000-0000-7000-8000-000000000001.eml", files[0].Name())
	info, err := files[0].Info()
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	raw, err := os.ReadFile(filepath.Join(folder, files[0].Name()))
	require.NoError(t, err)
	got := parseRaw(t, string(raw))
	assert.Equal(t, "Your invitation to Acme", got.header.Get("Subject"))
	assert.Contains(t, got.text, "#token=sbi_0123")
}

func TestSpoolTellsOfAFullOrMissingFolder(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "mail")
	spool, err := NewSpool(folder)
	require.NoError(t, err)
	require.NoError(t, os.Remove(folder))
	id, letter := testLetter(t)
	assert.Error(t, spool.Send(t.Context(), id, letter))
}

// sink is a mail server that keeps what it gets.
type sink struct {
	mu     sync.Mutex
	mails  []received
	refuse *smtp.SMTPError // of the end of DATA; nil: accept
}

type received struct {
	from string
	to   []string
	raw  string
	tls  bool
}

type sinkSession struct {
	sink *sink
	conn *smtp.Conn
	mail received
}

func (s *sinkSession) Reset()        { s.mail = received{} }
func (s *sinkSession) Logout() error { return nil }
func (s *sinkSession) Mail(from string, _ *smtp.MailOptions) error {
	s.mail.from = from
	return nil
}
func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = append(s.mail.to, to)
	return nil
}
func (s *sinkSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	if s.sink.refuse != nil {
		return s.sink.refuse
	}
	s.mail.raw = string(raw)
	_, s.mail.tls = s.conn.TLSConnectionState()
	s.sink.mails = append(s.sink.mails, s.mail)
	return nil
}

// serveSink starts the sink on a port of its own; secure offers STARTTLS with a certificate that roots trusts.
func serveSink(t *testing.T, secure bool) (s *sink, port int, roots *tls.Config) {
	t.Helper()
	s = &sink{}
	server := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		return &sinkSession{sink: s, conn: conn}, nil
	}))
	server.Domain = "sink.example.org"
	if secure {
		server.TLSConfig, roots = certificate(t)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	_, text, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	port, err = strconv.Atoi(text)
	require.NoError(t, err)
	return s, port, roots
}

func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
}

func TestSMTP(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		policy          string
		secure, trusted bool
		sent, encrypted bool
	}{
		{policy: "none", sent: true},
		{policy: "none", secure: true, sent: true},
		{policy: "opportunistic", sent: true},
		{policy: "opportunistic", secure: true, trusted: true, sent: true, encrypted: true},
		{policy: "opportunistic", secure: true},
		{policy: "mandatory"},
		{policy: "", secure: true, trusted: true, sent: true, encrypted: true},
		{policy: "Mandatory", secure: true},
	} {
		sink, port, roots := serveSink(t, test.secure)
		if !test.trusted {
			roots = nil
		}
		sender, err := NewSMTP(SMTPConfig{Host: "127.0.0.1", Port: port, TLS: test.policy, Roots: roots})
		require.NoError(t, err)
		id, letter := testLetter(t)
		err = sender.Send(t.Context(), id, letter)
		if !test.sent {
			assert.Error(t, err, "%+v", test)
			assert.Empty(t, sink.mails, "%+v", test)
			continue
		}
		require.NoError(t, err, "%+v", test)
		require.Len(t, sink.mails, 1)
		got := sink.mails[0]
		assert.Equal(t, test.encrypted, got.tls, "%+v", test)
		assert.Equal(t, "no-reply@example.com", got.from)
		assert.Equal(t, []string{"ada@example.org"}, got.to)
		assert.Contains(t, parseRaw(t, got.raw).text, "#token=sbi_0123")
	}
}

func TestSMTPTellsOfARefusal(t *testing.T) {
	t.Parallel()
	sink, port, _ := serveSink(t, false)
	sink.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "greylisted"}
	sender, err := NewSMTP(SMTPConfig{Host: "127.0.0.1", Port: port, TLS: "none"})
	require.NoError(t, err)
	id, letter := testLetter(t)
	assert.ErrorContains(t, sender.Send(t.Context(), id, letter), "greylisted")
}

func TestSMTPNeverShowsAPasswordInTheClear(t *testing.T) {
	t.Parallel()
	sink, port, _ := serveSink(t, false)
	sender, err := NewSMTP(SMTPConfig{Host: "127.0.0.1", Port: port, User: "mailer", Password: "tops3cret", TLS: "none"})
	require.NoError(t, err)
	id, letter := testLetter(t)
	err = sender.Send(t.Context(), id, letter)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "tops3cret")
	assert.Empty(t, sink.mails)
}

func TestSMTPSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, config := range []SMTPConfig{{Host: ""}, {Host: "mail", Port: 70000}, {Host: "mail", TLS: "sometimes"}} {
		_, err := NewSMTP(config)
		assert.Error(t, err, "%+v", config)
	}
}
