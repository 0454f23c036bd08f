package target

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// checkLoopback refuses every URL whose host is not this machine. A name is
// resolved, and all its addresses must be loopback ones.
func checkLoopback(base string) error {
	parsed, err := url.Parse(base)
	if err != nil {
		return fmt.Errorf("%q is not a URL", base)
	}
	if parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" {
		return fmt.Errorf("%q is not an http or https URL with a host", base)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", parsed.Hostname())
	if err != nil {
		return fmt.Errorf("the host of %q cannot be resolved", base)
	}
	for _, address := range addresses {
		if !address.Unmap().IsLoopback() {
			return fmt.Errorf("%q is not on this machine: load goes to a loopback address only", base)
		}
	}
	return nil
}

// dialer connects to loopback addresses only, whatever a name has come to mean
// since it was checked.
var dialer = net.Dialer{
	Timeout: 10 * time.Second,
	Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !to.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("%s is not a loopback address", address)
		}
		return nil
	},
}
