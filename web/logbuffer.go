package web

import (
	"io"
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
