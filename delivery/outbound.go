package delivery

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// The bounds of a request to somebody else's server.
const (
	// OutboundTimeout is how long the whole exchange may take, the look-up of the name and the answer included.
	OutboundTimeout = 5 * time.Second
	// MaxOutboundAnswer is how much of an answer is read, in bytes. A longer one is an error.
	MaxOutboundAnswer = 1 << 20
	maxOutboundHeader = 64 << 10
)

// ErrAddressRefused says that a request was not made because its address is not one of the public Internet, and the
// operator has made no exception for it. The text is fit for whoever configured the address.
var ErrAddressRefused = errors.New("the address is not on the public Internet, and the operator has made no exception for it")

// OutboundConfig is what an Outbound is made from. The zero value works.
type OutboundConfig struct {
	// Private are addresses off the public Internet that may be reached all the same, and without TLS: the operator's
	// own receivers in an intranet or a test.
	Private []netip.Prefix
	// Roots are what certificates are checked against; nil: the system's.
	Roots *x509.CertPool
}

// Outbound makes the requests that others have the say over: their webhooks, their event receivers, their metadata. It
// is the only way by which the product calls anybody over HTTP. Whatever the address looks like, and whatever its name
// resolves to, the address that is really dialled has to be a public one, so that nobody reaches through us what only
// we can reach (SECURITY.md, F1). Redirects are not followed, proxies of the environment are not used, answers are read
// as they are and within bounds.
type Outbound struct {
	config OutboundConfig
	client *http.Client
}

// NewOutbound makes an Outbound. Close lets go of its idle connections.
func NewOutbound(config OutboundConfig) *Outbound {
	o := &Outbound{config: config}
	o.client = &http.Client{
		Timeout:       OutboundTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &border{
			secure: o.transport(func(addr netip.Addr) bool { return public(addr) || o.excepted(addr) }),
			plain:  o.transport(o.excepted),
		},
	}
	return o
}

// Client is an HTTP client with all the bounds of the Outbound, for libraries that ask for one. A redirect is an answer
// like others.
func (o *Outbound) Client() *http.Client { return o.client }

// Close lets go of connections that wait for the next request.
func (o *Outbound) Close() { o.client.CloseIdleConnections() }

func (o *Outbound) excepted(addr netip.Addr) bool {
	return slices.ContainsFunc(o.config.Private, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// transport dials only what may be dialled. The check is on the address that the system is about to connect to, so that
// a name which resolves to another address the second time, or a host written as a number, makes no difference.
func (o *Outbound) transport(may func(netip.Addr) bool) *http.Transport {
	dialer := &net.Dialer{Timeout: OutboundTimeout, ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" || at.Addr().Zone() != "" || !may(at.Addr().Unmap()) {
			return ErrAddressRefused
		}
		return nil
	}}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.config.Roots},
		TLSHandshakeTimeout:    OutboundTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // nothing small unfolds into something large
		MaxResponseHeaderBytes: maxOutboundHeader,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
	}
}

// border keeps requests without TLS among the operator's own addresses, and bounds answers.
type border struct{ secure, plain *http.Transport }

// RoundTrip implements http.RoundTripper.
func (b *border) RoundTrip(r *http.Request) (*http.Response, error) {
	transport := b.secure
	switch {
	case r.URL.User != nil:
		return nil, errors.New("the address holds a user name or a password; put it into the settings instead")
	case r.URL.Scheme == "http":
		transport = b.plain
	case r.URL.Scheme != "https":
		return nil, errors.New("the address must begin with https://")
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &bounded{ReadCloser: answer.Body, left: MaxOutboundAnswer}
	return answer, nil
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (b *border) CloseIdleConnections() {
	b.secure.CloseIdleConnections()
	b.plain.CloseIdleConnections()
}

// bounded is the body of an answer that ends in an error where it is longer than allowed.
type bounded struct {
	io.ReadCloser
	left int64
}

var errAnswerTooLong = fmt.Errorf("the answer is longer than %d bytes", MaxOutboundAnswer)

// Read implements io.Reader.
func (b *bounded) Read(into []byte) (int, error) {
	if b.left < 0 {
		return 0, errAnswerTooLong
	}
	if int64(len(into)) > b.left+1 {
		into = into[:b.left+1]
	}
	n, err := b.ReadCloser.Read(into)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, errAnswerTooLong
	}
	return n, err
}
