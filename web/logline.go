package web

import (
	"context"
	"log/slog"
	"math"
	"strconv"
	"time"
)

// buffered is the handler of a [LogBuffer]. It holds no warning and no error back. The line of a request, which costs a
// handler of all values more than much of the request itself, it writes by hand, and every other that is as plain.
type buffered struct {
	slog.Handler // writes the same lines, and those that are not plain
	buffer       *LogBuffer
	bare         bool // no attributes and no groups are in front of those of a record
}

// usualLine is how long lines are, in bytes. Longer ones cost an allocation.
const usualLine = 1 << 10

// Handle implements [slog.Handler].
func (b buffered) Handle(ctx context.Context, r slog.Record) (err error) {
	var room [usualLine]byte
	if line, plain := appendLine(room[:0], r); plain && b.bare {
		_, err = b.buffer.Write(line)
	} else {
		err = b.Handler.Handle(ctx, r)
	}
	if err == nil && r.Level >= slog.LevelWarn {
		err = b.buffer.Flush()
	}
	return err
}

// WithAttrs implements [slog.Handler].
func (b buffered) WithAttrs(attrs []slog.Attr) slog.Handler {
	return buffered{b.Handler.WithAttrs(attrs), b.buffer, false}
}

// WithGroup implements [slog.Handler].
func (b buffered) WithGroup(name string) slog.Handler {
	return buffered{b.Handler.WithGroup(name), b.buffer, false}
}

// appendLine appends the line of a record as newHandler writes it, if its texts are plain and everything else numbers.
func appendLine(line []byte, r slog.Record) (_ []byte, plain bool) {
	at := r.Time.UTC()
	if year := at.Year(); r.Time.IsZero() || year < 0 || year > 9999 {
		return line, false
	}
	line = at.AppendFormat(append(line, `{"time":"`...), time.RFC3339Nano)
	line = append(append(line, `","level":"`...), r.Level.String()...)
	line = append(append(append(line, `","msg":"`...), r.Message...), '"')
	if plain = isPlain(r.Message); !plain {
		return line, false
	}
	r.Attrs(func(a slog.Attr) bool {
		line, plain = appendAttr(line, a)
		return plain
	})
	return append(line, "}\n"...), plain
}

func appendAttr(line []byte, a slog.Attr) (_ []byte, plain bool) {
	if a.Key == "" || !isPlain(a.Key) {
		return line, false
	}
	line = append(append(append(line, `,"`...), a.Key...), `":`...)
	switch a.Value.Kind() {
	case slog.KindString:
		text := a.Value.String()
		return append(append(append(line, '"'), text...), '"'), isPlain(text)
	case slog.KindInt64:
		return strconv.AppendInt(line, a.Value.Int64(), 10), true
	case slog.KindFloat64:
		number := a.Value.Float64()
		size := math.Abs(number) // JSON writes what is tiny or huge with an exponent
		return strconv.AppendFloat(line, number, 'f', -1, 64), size == 0 || size >= 1e-6 && size < 1e21
	default:
		return line, false
	}
}

// isPlain tells that a text stands in JSON as it is, and that [cut] leaves it so.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return len(text) <= maxLogged
}
