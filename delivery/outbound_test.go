package delivery_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/delivery"
)

// inside are ways to write addresses that only we can reach. A %s is the port of a canary on this machine.
var inside = []string{
	"http://127.0.0.1:%s", "https://127.0.0.1:%s", "https://127.1:%s", "https://127.000.000.001:%s", "https://2130706433:%s", "https://0x7f000001:%s",
	"https://0x7f.0.0.1:%s", "https://0177.0.0.1:%s", "https://017700000001:%s", "https://127.255.255.254:%s", "https://0.0.0.0:%s", "https://0:%s",
	"https://localhost:%s", "https://LOCALHOST.:%s", "https://localhost.localdomain:%s", "https://[::1]:%s", "https://[0:0:0:0:0:0:0:1]:%s", "https://[::]:%s",
	"https://[::ffff:127.0.0.1]:%s", "https://[::ffff:7f00:1]:%s", "https://[::127.0.0.1]:%s", "https://[64:ff9b::127.0.0.1]:%s",
	"https://[64:ff9b:1::7f00:1]:%s", "https://[2002:7f00:1::]:%s", "https://[2001:0:7f00:1::]:%s",
	"https://10.0.0.1", "https://172.16.0.1", "https://172.31.255.255", "https://192.168.1.1", "https://100.64.0.1", "https://100.100.100.200",
	"https://169.254.169.254", "https://[fd00:ec2::254]", "https://[fe80::1]", "https://[fe80::1%%25lo]:%s", "https://[fc00::1]", "https://[fec0::1]",
	"https://224.0.0.1", "https://255.255.255.255", "https://240.0.0.1", "https://[ff02::1]", "https://192.0.0.192", "https://198.18.0.1",
	"https://168.63.129.16", "https://[2001:db8::1]", "https://192.0.2.1", "https://198.51.100.1", "https://203.0.113.1",
	"https://[::ffff:169.254.169.254]", "https://[::ffff:10.0.0.1]", "https://[0:0:0:0:0:ffff:a9fe:a9fe]", "https://printer.local",
	"http://93.184.215.14", "ftp://127.0.0.1:%s", "file:///etc/passwd", "gopher://127.0.0.1:%s", "https://user:password@127.0.0.1:%s", "//127.0.0.1:%s",
}

func TestNobodyReachesThroughUs(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		canary, err := net.Listen("tcp", address)
		if err != nil {
			continue // no IPv6 here
		}
		t.Cleanup(func() { _ = canary.Close() })
		go func() {
			for {
				guest, err := canary.Accept()
				if err != nil {
					return
				}
				seen.Add(1)
				_ = guest.Close()
			}
		}()
		_, port, err := net.SplitHostPort(canary.Addr().String())
		require.NoError(t, err)
		outbound := delivery.NewOutbound(delivery.OutboundConfig{})
		t.Cleanup(outbound.Close)
		for _, target := range inside {
			_, err := outbound.Client().Get(strings.ReplaceAll(strings.ReplaceAll(target, "%s", port), "%%", "%"))
			assert.Error(t, err, target)
			if at, ok := netip.AddrFromSlice(net.ParseIP(hostOf(target))); ok && strings.HasPrefix(target, "https://") && !strings.Contains(target, "@") {
				assert.ErrorIs(t, err, delivery.ErrAddressRefused, at)
			}
		}
	}
	assert.Zero(t, seen.Load())
}

func hostOf(target string) string {
	parsed, err := url.Parse(strings.ReplaceAll(target, ":%s", ""))
	if err != nil {
		return ""
	}
	return parsed.Hostname()
}

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

func TestTheOperatorMakesExceptions(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect)
		case "/long":
			_, _ = io.Copy(w, io.LimitReader(zeros{}, delivery.MaxOutboundAnswer+1))
		case "/full":
			_, _ = io.Copy(w, io.LimitReader(zeros{}, delivery.MaxOutboundAnswer))
		case "/bomb":
			assert.Empty(t, r.Header.Get("Accept-Encoding"))
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("\x1f\x8b as it came"))
		}
	}))
	defer server.Close()
	outbound := delivery.NewOutbound(delivery.OutboundConfig{Private: loopback()})
	defer outbound.Close()
	get := func(path string) (int, int, error) {
		answer, err := outbound.Client().Get(server.URL + path)
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		return answer.StatusCode, len(body), err
	}
	status, _, err := get("/away")
	assert.NoError(t, err)
	assert.Equal(t, http.StatusTemporaryRedirect, status, "a redirect is an answer")
	_, size, err := get("/full")
	assert.NoError(t, err)
	assert.Equal(t, delivery.MaxOutboundAnswer, size)
	_, size, err = get("/long")
	assert.Error(t, err)
	assert.Equal(t, delivery.MaxOutboundAnswer, size)
	_, size, err = get("/bomb")
	assert.NoError(t, err)
	assert.Equal(t, len("\x1f\x8b as it came"), size, "nothing is unfolded")

	others := delivery.NewOutbound(delivery.OutboundConfig{Private: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	defer others.Close()
	_, err = others.Client().Get(server.URL)
	assert.True(t, errors.Is(err, delivery.ErrAddressRefused), "an exception is for its addresses only")
}

// zeros is a source without end.
type zeros struct{}

func (zeros) Read(into []byte) (int, error) { return len(into), nil }

func TestOldTLSAndStrangersAreRefused(t *testing.T) {
	t.Parallel()
	get := func(newest uint16, trusted bool) error {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: newest}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		defer server.Close()
		config := delivery.OutboundConfig{Private: loopback(), Roots: x509.NewCertPool()}
		if trusted {
			config.Roots.AddCert(server.Certificate())
		}
		outbound := delivery.NewOutbound(config)
		defer outbound.Close()
		answer, err := outbound.Client().Get(server.URL)
		if err == nil {
			_ = answer.Body.Close()
		}
		return err
	}
	assert.NoError(t, get(tls.VersionTLS12, true))
	assert.ErrorContains(t, get(tls.VersionTLS11, true), "protocol version")
	assert.ErrorContains(t, get(tls.VersionTLS13, false), "certificate")
}
