package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestJobGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var log bytes.Buffer
	times := 0
	job{name: "count", every: time.Millisecond, do: func(context.Context) error {
		if times++; times == 1 {
			return errors.New("out of ink")
		}
		stop()
		return ctx.Err()
	}}.repeat(ctx, slog.New(slog.NewTextHandler(&log, nil)))
	assert.Equal(t, 2, times)
	assert.Contains(t, log.String(), "out of ink")
	assert.NotContains(t, log.String(), "canceled", "being told to stop is no failure")
}

func TestJobDoesNotBeginAgainOnceStopped(t *testing.T) {
	t.Parallel()
	for range 50 { // of two things that are ready, select takes either
		ctx, stop := context.WithCancel(t.Context())
		times := 0
		job{name: "count", every: time.Microsecond, do: func(context.Context) error {
			times++
			stop()
			time.Sleep(time.Millisecond) // its next time has come
			return nil
		}}.repeat(ctx, slog.New(slog.DiscardHandler))
		assert.Equal(t, 1, times)
	}
}

func TestJobIsWoken(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	ring, times := newBell(), 0
	job{name: "count", every: time.Hour, wake: ring, do: func(context.Context) error {
		if times++; times == 3 {
			stop()
		}
		ring.ring()
		ring.ring()
		return nil
	}}.repeat(ctx, slog.New(slog.DiscardHandler))
	assert.Equal(t, 3, times)
}
