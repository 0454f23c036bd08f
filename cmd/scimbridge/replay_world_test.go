package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/rest/openapi/openapitest"
	"github.com/scimbridge/scimbridge/store/storetest"
)

const (
	replayBase = "https://id.example.org"
	homeTenant = "acme"
)

var (
	// replayStart is the time at which every story begins.
	replayStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	replayKey   = credential.NewKey()
)

// world is a whole server with a database of its own and a clock that the story moves.
type world struct {
	*storetest.Fixture
	engine     *domain.Engine
	processors *domain.Processors
	sealer     *credential.Sealer
	feed       *feed.Feed
	outbound   *delivery.Outbound
	url        string // where it listens
	spool      string // where its mails go
	dns        zone
	moved      atomic.Int64
	looks      atomic.Int64
}

// opener opens a fresh database.
type opener func(t testing.TB, clock ...storetest.Clock) *storetest.Fixture

func newWorld(t *testing.T, open opener) *world {
	t.Helper()
	w := &world{}
	w.Fixture = open(t, w.now)
	var err error
	w.sealer, err = credential.NewSealer(replayKey)
	require.NoError(t, err)
	w.serve(t)
	_, err = w.engine.Administration.CreateTenant(context.Background(), homeTenant, "Acme", false, nil)
	require.NoError(t, err)
	return w
}

// serve boots the server as the command serve does, but for the way in which it stops: stories wait for nobody.
// No mail leaves, so that the outbox shows what is owed. Races are about what comes of them, so that nobody is told to come
// again: fifty racers stand in a line for one row, and on a busy machine that line takes longer than a lock is waited for.
func (w *world) serve(t *testing.T) {
	t.Helper()
	database := w.Source
	if !strings.Contains(database, "://") {
		database = sqlitePrefix + database
	}
	w.spool = t.TempDir()
	booted, err := newServer(t.Context(), config{Database: database, PublicURL: replayBase, Key: replayKey.Line(),
		MailSpool: w.spool, InFlight: 4 * racers, StatementTimeout: 30 * time.Second, Log: slog.New(slog.DiscardHandler), Clock: w.now, Resolver: &w.dns})
	require.NoError(t, err)
	w.engine, w.processors, w.feed, w.outbound = booted.Engine(), booted.processors, booted.feed, booted.outbound
	listening := httptest.NewServer(openapitest.Watch(t, watchCookies(t, booted.Handler())))
	w.url = listening.URL
	t.Cleanup(func() {
		listening.Close()
		assert.NoError(t, booted.Close())
	})
}

// forms is the one cookie that comes along with what another site posts: it opens nothing.
const forms = "__Host-sso"

// watchCookies demands every flag of every cookie that any test is given (D16).
func watchCookies(t *testing.T, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		for _, line := range w.Header().Values("Set-Cookie") {
			cookie, err := http.ParseSetCookie(line)
			if assert.NoError(t, err) {
				assert.True(t, strings.HasPrefix(cookie.Name, "__Host-") && cookie.Secure && cookie.HttpOnly && cookie.Path == "/" && cookie.Domain == "" &&
					(cookie.SameSite == http.SameSiteLaxMode || cookie.SameSite == http.SameSiteStrictMode || cookie.Name == forms), "%s %s: %s", r.Method, r.URL.Path, line)
			}
		}
	})
}

// now is a microsecond later at every look, so that the order of what is created is never a draw.
func (w *world) now() time.Time {
	return replayStart.Add(time.Duration(w.moved.Load()) + time.Duration(w.looks.Add(1))*time.Microsecond)
}

// zone is all of the DNS that the server sees.
type zone struct{ texts sync.Map }

// LookupTXT implements domain.Resolver.
func (z *zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	text, there := z.texts.Load(strings.TrimSuffix(name, "."))
	if !there {
		return nil, nil
	}
	return []string{"v=spf1 -all", text.(string)}, nil
}

// wait moves the clock.
func (w *world) wait(d time.Duration) { w.moved.Add(int64(d)) }
