package web_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/web"
)

// lockedText is written by a timer and read by the test: the clock of a bubble orders them, which the race detector doesn't see.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lockedText) Write(part []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(part)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestLogBuffer: lines wait a moment for company, warnings take along what waits, and much is written at once.
func TestLogBuffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out lockedText
		buffer := web.NewLogBuffer(&out)
		log := web.NewLogger(buffer).With("of", "test")
		log.Info("one")
		log.Info("two")
		assert.Empty(t, out.String(), "nothing is written yet")
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, 2, strings.Count(out.String(), "\n"), "after a moment both are")

		log.Info("three")
		log.WithGroup("group").Warn("four")
		assert.Equal(t, 4, strings.Count(out.String(), "\n"), "a warning does not wait, nor what came before it")

		log.Info("five")
		_, err := buffer.Write(bytes.Repeat([]byte("much\n"), 64<<10/5))
		require.NoError(t, err)
		assert.Contains(t, out.String(), "five", "too much to be held back")
		log.Info("six")
		require.NoError(t, buffer.Flush())
		assert.Contains(t, out.String(), "six", "the end")
	})
}
