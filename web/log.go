package web

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/scimbridge/scimbridge/domain"
)

// maxLogged bounds every text in the log, in bytes: names come from anybody.
const maxLogged = 1 << 10

// NewLogger writes one line of JSON an event, with times in UTC. Texts are escaped, so that nothing in a name begins
// a new line or speaks to a terminal, and cut at 1 kB. Where out is a [LogBuffer], warnings and errors don't wait in it.
func NewLogger(out io.Writer) *slog.Logger {
	handler := newHandler(out)
	if buffer, ok := out.(*LogBuffer); ok {
		handler = buffered{handler, buffer, true}
	}
	return slog.New(handler)
}

func newHandler(out io.Writer) slog.Handler {
	return slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		a.Value = harmless(a.Value.Resolve())
		return a
	}})
}

// harmless is a value as the log may hold it. It asks for the kind first, since most are texts and numbers of requests, and
// to look at those as anything makes copies.
func harmless(value slog.Value) slog.Value {
	switch value.Kind() {
	case slog.KindString:
		return slog.StringValue(cut(value.String()))
	case slog.KindTime:
		return slog.TimeValue(value.Time().UTC())
	case slog.KindAny:
		if err, ok := value.Any().(error); ok {
			return slog.StringValue(cut(err.Error()))
		}
	}
	return value
}

// cut shortens a text at the border of a character and takes out DEL, which JSON leaves as it is.
func cut(text string) string {
	if len(text) > maxLogged {
		end := maxLogged
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	for i := range len(text) {
		if text[i] >= 0x7f {
			return strings.Map(printable, text)
		}
	}
	return text
}

// printable replaces the C1 controls and DEL, which some terminals obey; JSON escapes the other controls itself.
func printable(r rune) rune {
	if r >= 0x7f && r < 0xa0 {
		return utf8.RuneError
	}
	return r
}

// LogError notes an error that a door answered with 500, tied to the request id; its cause never goes to the client.
func LogError(ctx context.Context, err error) {
	log, id := slog.Default(), ""
	if known := requestOf(ctx); known != nil {
		log, id = known.hall.log, known.id
	}
	log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("request_id", id), slog.Any("error", err))
}

// logAccess writes the line of a request. The query is left out: it may hold what nobody but the door should read.
func (h *Hall) logAccess(ctx context.Context, done *visit) {
	h.log.LogAttrs(ctx, slog.LevelInfo, "request",
		slog.String("request_id", done.id),
		slog.String("door", done.door.Name),
		slog.String("method", done.method),
		slog.String("path", done.path),
		slog.Int("status", done.answer.status),
		slog.Int64("bytes", done.answer.bytes),
		slog.Float64("duration_ms", float64(done.took.Microseconds())/1000),
		slog.String("remote", done.address),
		slog.String("tenant", done.caller.TenantSlug),
		slog.String("credential_id", done.actor(domain.ActorCredential)),
		slog.String("person_id", done.actor(domain.ActorPerson)),
	)
}

// actor is the id of the caller if it is of that kind, else "".
func (r *request) actor(kind domain.ActorKind) string {
	if r.caller.Actor.Kind != kind {
		return ""
	}
	return r.caller.Actor.ID.String()
}
