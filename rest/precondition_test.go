package rest

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

func TestVersionOf(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]int64{`W/"7"`: 7, `"7"`: 7, `7`: -1, `"07"`: -1, `"+7"`: -1, `"7`: -1, `"x"`: -1, `""`: -1, `w/"7"`: -1, `W/7`: -1, `"9223372036854775808"`: -1} {
		version, ours := versionOf(tag)
		assert.Equal(t, want >= 0, ours, tag)
		if ours {
			assert.Equal(t, want, version, tag)
		}
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	for _, match := range []string{`W/"1"`, `"1"`, `"x", W/"1"`, `*`, `W/"0","1"`} {
		w.send("PATCH", persons(id), `{}`, "If-Match", match).is(200)
	}
	for _, match := range []string{`W/"2"`, `1`, `""`, `"a,b"`, ``} {
		w.send("PATCH", persons(id), `{}`, "If-Match", match).refused(412, domain.CodeVersionMismatch)
	}
	w.send("POST", users(id, "/Unlock"), ``, "If-Match", `W/"2"`).refused(412, domain.CodeVersionMismatch)
	w.send("POST", users(id, "/Unlock"), ``, "If-Match", `*`).is(200)
	w.send("POST", "/Common/Persons", fullPerson, "If-Match", `W/"1"`).refused(400, domain.CodeInvalidParameter)
}

// TestIfMatchByRoute: every writing route on one person refuses an old version and does nothing then.
func TestIfMatchByRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", "/Common/Persons", fullPerson).is(201)
	id := made.text("PersonId")
	w.send("POST", users(id, "/Invite"), `{"SendInvitation":false}`).is(201)
	before := w.Snapshot(t)
	eachOpenRoute(func(r *route) {
		if r.method == "GET" || !strings.Contains(r.pattern, "{PersonId}") {
			return
		}
		w.send(r.method, r.path(id, uuid.NewString()), r.acceptable(), "If-Match", `W/"1"`).refused(412, domain.CodeVersionMismatch)
	})
	assert.Equal(t, before, w.Snapshot(t))
}

func TestIfNoneMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	for _, path := range []string{persons(id), users(id), persons(id, "/EmailAddresses"), persons(id, "/Employee")} {
		for _, known := range []string{`W/"1"`, `"1"`, `*`, `"x", W/"1"`} {
			same := w.send("GET", path, "", "If-None-Match", known).is(304)
			assert.Empty(t, same.body)
			assert.Equal(t, `W/"1"`, same.header.Get("ETag"))
		}
		w.send("GET", path, "", "If-None-Match", `W/"2"`).is(200)
	}
	w.send("GET", "/Common/Persons", "", "If-None-Match", "*").is(200)
	w.send("PATCH", persons(id), `{}`, "If-None-Match", `W/"1"`).is(200)
	w.send("GET", persons(uuid.NewString()), "", "If-None-Match", "*").refused(404, domain.CodePersonNotFound)
}
