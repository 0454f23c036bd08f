package web

import (
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// nobody is a listener to whom nobody comes.
type nobody struct{ net.Listener }

func (nobody) Close() error { return nil }

// TestLastCallWaitsForWhoComesBack lets a client send a request every 200 ms for a while after the call to stop.
func TestLastCallWaitsForWhoComesBack(t *testing.T) {
	t.Parallel()
	for comes, want := range map[time.Duration]time.Duration{
		0:                lastCallFor,
		time.Second:      time.Second,
		20 * time.Second: lastCallMost,
	} {
		synctest.Test(t, func(t *testing.T) {
			e, called := &entrance{Listener: nobody{}}, time.Now()
			over := make(chan struct{})
			defer close(over)
			go func() {
				for time.Since(called) < comes {
					e.note(&guest{}, http.StateActive)
					select {
					case <-over:
						return
					case <-time.After(200 * time.Millisecond):
					}
				}
			}()
			synctest.Wait()
			e.lastCall()
			took := time.Since(called)
			assert.GreaterOrEqual(t, took, want, "with a client for %s", comes)
			assert.LessOrEqual(t, took, want+lastCallFor, "with a client for %s", comes)
		})
	}
}
