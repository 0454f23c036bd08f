package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

const (
	replayBase = "https://id.example.org"
	homeTenant = "acme"
)

// replayStart is the time at which every story begins.
var replayStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a whole server with a database of its own and a clock that the story moves.
type world struct {
	*storetest.Fixture
	engine *domain.Engine
	sealer *credential.Sealer
	url    string // where it listens
	client *http.Client
	moved  atomic.Int64
	looks  atomic.Int64
}

// opener opens a fresh database.
type opener func(t testing.TB, clock ...storetest.Clock) *storetest.Fixture

func newWorld(t *testing.T, open opener) *world {
	t.Helper()
	w := &world{}
	w.Fixture = open(t, w.now)
	var err error
	w.sealer, err = credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	w.serve(t)
	_, err = w.engine.Administration.CreateTenant(context.Background(), homeTenant, "Acme", false, nil)
	require.NoError(t, err)
	return w
}

// now is a microsecond later at every look, so that the order of what is created is never a draw.
func (w *world) now() time.Time {
	return replayStart.Add(time.Duration(w.moved.Load()) + time.Duration(w.looks.Add(1))*time.Microsecond)
}

// wait moves the clock.
func (w *world) wait(d time.Duration) { w.moved.Add(int64(d)) }
