package console

import (
	"net/http"
	"net/url"

	"github.com/scimbridge/scimbridge/domain"
)

// ownOrigin refuses what other sites make a browser send. The server's own origin is the configured one as well as the host
// that the request is for: a proxy may have changed the host.
func ownOrigin(publicURL string) *http.CrossOriginProtection {
	protection := http.NewCrossOriginProtection()
	if public, err := url.Parse(publicURL); err == nil && public.Host != "" {
		_ = protection.AddTrustedOrigin(public.Scheme + "://" + public.Host) // can't fail for a scheme and a host
	}
	return protection
}

var errForeign = domain.Refuse(domain.CodePermissionDenied, "", "This was sent from another site, or by a browser that does not say from where.")

// isForeign tells whether a request that may change something came from elsewhere. The standard library lets pass
// what says nothing of where it comes from, for the sake of programs; these pages are for browsers, and those that are not
// ancient say it with every form.
func (v *visit) isForeign() bool {
	if !v.writes() {
		return false
	}
	silent := v.r.Header.Get("Origin") == "" && v.r.Header.Get("Sec-Fetch-Site") == ""
	return silent || v.foreign.Check(v.r) != nil
}
