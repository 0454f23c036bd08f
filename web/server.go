package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The time that a client and the server have for each part of an exchange.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second // header and body
	writeTimeout  = 60 * time.Second // from the end of the header to the end of the answer
	idleTimeout   = 60 * time.Second
	drainTimeout  = 18 * time.Second // leaves time for the rest of the program within 30 s
)

// maxHeaderBytes is where net/http itself gives up reading; see MaxHeader and MaxURL for what is allowed.
const maxHeaderBytes = 128 << 10

// Serve answers requests on the listener until ctx ends. Then it stops accepting, answers in full every request that
// it has begun to receive, each with Connection: close, and returns nil, within about 25 seconds, or an error
// where requests had to be cut off. The listener is closed in any case.
func (h *Hall) Serve(ctx context.Context, listener net.Listener) error {
	entrance := &entrance{Listener: listener}
	server := h.newServer(h)
	server.ConnState = entrance.note
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(entrance) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}

	h.draining.Store(true)
	entrance.lastCall()
	<-ended
	entrance.await(headerTimeout)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(errors.New("web: some requests were cut off, they took too long"), server.Close())
	}
	return nil
}

// ServeMetrics serves Metrics at /metrics of the listener until ctx ends, and closes the listener.
func (h *Hall) ServeMetrics(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h.Metrics())
	server := h.newServer(mux)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (h *Hall) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(h.log.Handler(), slog.LevelWarn),
	}
}
