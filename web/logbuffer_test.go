package web_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/web"
)

// TestLogBuffer: lines wait a moment for company, warnings take along what waits, and much is written at once.
func TestLogBuffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
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
