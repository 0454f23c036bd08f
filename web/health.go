package web

import (
	"context"
	"net/http"
	"time"
)

// readyWithin is how long /readyz waits for the database.
const readyWithin = 2 * time.Second

// health answers the probes of whoever watches over the process: /healthz tells that it lives, /readyz that it can
// serve. The answers name nothing, since anybody may read them, and probes are neither logged nor counted.
func (h *Hall) health(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.EscapedPath() {
	case "/healthz":
		probed(w, r, true)
	case "/readyz":
		probed(w, r, h.ready(r.Context()))
	default:
		return false
	}
	return true
}

func (h *Hall) ready(ctx context.Context) bool {
	if h.draining.Load() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	return h.config.Ready == nil || h.config.Ready(ctx) == nil
}

func probed(w http.ResponseWriter, r *http.Request, well bool) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
	case well:
		_, _ = w.Write([]byte("ok\n"))
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("not ready\n"))
	}
}
