package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress shows how far long work has come: a bar on a terminal, a line now and then elsewhere.
type progress struct {
	to       io.Writer
	terminal bool
	total    int
	unit     string // of what is counted; "" where that is plain
	began    time.Time
	shown    time.Time
}

const (
	barWidth  = 30
	barEvery  = 100 * time.Millisecond
	lineEvery = 5 * time.Second
)

func newProgress(to io.Writer, total int) *progress {
	b := &progress{to: to, total: total, began: time.Now()}
	b.shown = b.began
	if file, ok := to.(*os.File); ok {
		info, err := file.Stat()
		b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return b
}

// at shows that so much is done, unless that was shown just now.
func (b *progress) at(done int) {
	every := lineEvery
	if b.terminal {
		every = barEvery
	}
	if time.Since(b.shown) < every && done < b.total {
		return
	}
	b.shown = time.Now()
	if !b.terminal {
		if done < b.total {
			_, _ = fmt.Fprintln(b.to, b.line(done))
		}
		return
	}
	filled := barWidth * done / max(b.total, 1)
	_, _ = fmt.Fprintf(b.to, "\r[%s%s] %s ", strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled), b.line(done))
	if done >= b.total {
		_, _ = fmt.Fprintln(b.to)
	}
}

// turns says what comes next in long work.
func (b *progress) turns(to string) {
	if b.terminal || time.Since(b.began) > lineEvery {
		_, _ = fmt.Fprintln(b.to, to)
	}
}

// clear makes room for a line of something else.
func (b *progress) clear() {
	if b.terminal {
		_, _ = fmt.Fprint(b.to, "\r\x1b[K")
	}
}

func (b *progress) line(done int) string {
	spent := time.Since(b.began)
	text := fmt.Sprintf("%d of %d%s", done, b.total, b.unit)
	if done == 0 || spent < time.Second {
		return text
	}
	left := time.Duration(float64(spent) * float64(b.total-done) / float64(done)).Round(time.Second)
	return fmt.Sprintf("%s, %.0f a second, %s left", text, float64(done)/spent.Seconds(), left)
}
