package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/web"
)

// TestLineWrittenByHand: what a buffer holds is byte for byte what the handler of all values writes.
func TestLineWrittenByHand(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "/scim/v2/Users", `a"b\c`, "\n\r\t\x00\x1b[2J", "\x7f\u0080\u009f", "\xff\xfe", "\u2028\u2029", "<&>", "é\U0001F600", string(make([]byte, 1025))}),
		rapid.StringMatching(`[ -~]{0,40}`), rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1020, 1030, -1), rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	number := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Int64Range(0, 1e9), func(micros int64) float64 { return float64(micros) / 1000 }),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1e-6, 9.99e-7, 1e21, 1e20, math.NaN(), math.Inf(1)}))
	value := rapid.OneOf(rapid.Map(text, slog.StringValue), rapid.Map(number, slog.Float64Value), rapid.Map(rapid.Int64(), slog.Int64Value),
		rapid.Map(text, func(text string) slog.Value { return slog.AnyValue(errors.New(text)) }),
		rapid.SampledFrom([]slog.Value{{}, slog.BoolValue(true), slog.DurationValue(time.Second), slog.Uint64Value(math.MaxUint64), slog.TimeValue(time.Unix(0, 1).In(time.FixedZone("", 3600))),
			slog.GroupValue(slog.String("a", "b")), slog.GroupValue(), slog.AnyValue([]string{"<", "\x7f"})}))
	at := rapid.OneOf(rapid.Custom(func(rt *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-1<<36, 1<<38).Draw(rt, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(rt, "nanoseconds")).In(time.FixedZone("", rapid.IntRange(-50000, 50000).Draw(rt, "zone")))
	}), rapid.SampledFrom([]time.Time{{}, time.Now(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600))}))
	rapid.Check(t, func(rt *rapid.T) {
		r := slog.NewRecord(at.Draw(rt, "time"), slog.Level(rapid.IntRange(-5, 9).Draw(rt, "level")), text.Draw(rt, "message"), 0)
		for range rapid.IntRange(0, 12).Draw(rt, "count") {
			r.AddAttrs(slog.Attr{Key: text.Draw(rt, "key"), Value: value.Draw(rt, "value")})
		}
		var byHand, usual bytes.Buffer
		buffer := web.NewLogBuffer(&byHand)
		hands, all := web.NewLogger(buffer).Handler(), web.NewLogger(&usual).Handler()
		if rapid.Bool().Draw(rt, "with") {
			attr := []slog.Attr{slog.String("of", "test")}
			hands, all = hands.WithAttrs(attr), all.WithAttrs(attr)
		}
		require.NoError(rt, hands.Handle(context.Background(), r))
		require.NoError(rt, buffer.Flush())
		require.NoError(rt, all.Handle(context.Background(), r))
		assert.Equal(rt, usual.String(), byHand.String())
	})
}

// TestCostOfALine: the line of a request costs the room for its attributes, and nothing else.
func TestCostOfALine(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates for itself")
	}
	log := web.NewLogger(web.NewLogBuffer(io.Discard))
	write := func() {
		log.LogAttrs(context.Background(), slog.LevelInfo, "request", slog.String("request_id", "1"), slog.String("door", "scim"), slog.String("path", "/Users"),
			slog.Int("status", 200), slog.Int64("bytes", 1<<40), slog.Float64("duration_ms", 1.234), slog.String("remote", "192.0.2.1"))
	}
	for range 1000 {
		write() // until the buffer has grown to its size
	}
	assert.LessOrEqual(t, testing.AllocsPerRun(100, write), 1.0)
}

func BenchmarkLine(b *testing.B) {
	log := web.NewLogger(web.NewLogBuffer(io.Discard))
	b.ReportAllocs()
	for b.Loop() {
		log.LogAttrs(context.Background(), slog.LevelInfo, "request",
			slog.String("request_id", "019ab000-0000-7000-8000-000000000000"), slog.String("door", "scim"), slog.String("method", "GET"),
			slog.String("path", "/scim/v2/Users/019ab000-0000-7000-8000-000000000000"), slog.Int("status", 200), slog.Int64("bytes", 1825), slog.Float64("duration_ms", 0.123),
			slog.String("remote", "192.0.2.1"), slog.String("tenant", "acme"), slog.String("credential_id", "019ab000-0000-7000-8000-000000000000"), slog.String("person_id", ""))
	}
}
