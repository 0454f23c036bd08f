package web

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

// The bounds of what a LogBuffer holds back.
const (
	logDelay = 100 * time.Millisecond
	logSize  = 64 << 10 // bytes
)

// LogBuffer gathers the lines of a log and writes many at once, so that no request waits for a file or a pipe and busy
// servers spare a system call a request. A line is held back for 100 ms at most; warnings and errors, which [NewLogger]
// flushes, never are. A process that is killed loses what was held back: the audit is elsewhere, with the changes.
type LogBuffer struct {
	mu      sync.Mutex
	out     io.Writer
	lines   []byte
	waiting bool // a flush is due
}

// NewLogBuffer makes a buffer before out. Flush it at the end.
func NewLogBuffer(out io.Writer) *LogBuffer { return &LogBuffer{out: out} }

// Write takes whole lines.
func (b *LogBuffer) Write(lines []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, lines...)
	if len(b.lines) >= logSize {
		return len(lines), b.flush()
	}
	if !b.waiting {
		b.waiting = true
		time.AfterFunc(logDelay, func() { _ = b.Flush() })
	}
	return len(lines), nil
}

// Flush writes what is held back.
func (b *LogBuffer) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = false
	return b.flush()
}

func (b *LogBuffer) flush() error {
	if len(b.lines) == 0 {
		return nil
	}
	_, err := b.out.Write(b.lines)
	b.lines = b.lines[:0]
	return err
}

// urgent is a handler that holds no warning and no error back.
type urgent struct {
	slog.Handler
	buffer *LogBuffer
}

// Handle implements [slog.Handler].
func (u urgent) Handle(ctx context.Context, r slog.Record) error {
	err := u.Handler.Handle(ctx, r)
	if err == nil && r.Level >= slog.LevelWarn {
		err = u.buffer.Flush()
	}
	return err
}

// WithAttrs implements [slog.Handler].
func (u urgent) WithAttrs(attrs []slog.Attr) slog.Handler {
	return urgent{u.Handler.WithAttrs(attrs), u.buffer}
}

// WithGroup implements [slog.Handler].
func (u urgent) WithGroup(name string) slog.Handler {
	return urgent{u.Handler.WithGroup(name), u.buffer}
}
