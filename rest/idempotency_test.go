package rest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

const replayed = "Idempotency-Replayed"

func TestIdempotency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const body = `{"FirstName":"Ana","LastName":"Silva","EmailAddresses":[{"Address":"ana@example.org"}],"UserAccess":{}}`
	first := w.send("POST", "/Common/Persons", body, "Idempotency-Key", "k1").is(201)
	assert.Empty(t, first.header.Get(replayed))
	second := w.send("POST", "/Common/Persons", body, "Idempotency-Key", "k1").is(201)
	assert.Equal(t, "true", second.header.Get(replayed))
	assert.Equal(t, first.body, second.body)
	for _, name := range []string{"Location", "ETag", "Content-Type"} {
		assert.Equal(t, first.header.Get(name), second.header.Get(name), name)
		assert.NotEmpty(t, second.header.Get(name), name)
	}
	assert.Equal(t, first.body, w.send("POST", "/api/V1.0/COMMON/persons", body, "Idempotency-Key", "k1").is(201).body, "the same route in another spelling")
	w.send("POST", "/Common/Persons", body+" ", "Idempotency-Key", "k1").refused(422, domain.CodeIdempotencyKeyReuse)
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM person"))
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM outbox"))

	w.send("POST", "/Common/Persons", body, "Idempotency-Key", "k2").refused(409, domain.CodeEmailInUse)
	w.send("POST", "/Common/Persons", `{"FirstName":"Bo","LastName":"Ek"}`, "Idempotency-Key", "k2").is(201)
	other := w.credential("acme", domain.ReadWrite)
	w.as(other, "POST", "/Common/Persons", `{"FirstName":"Cy","LastName":"Ek"}`, "Idempotency-Key", "k1").is(201)
	w.wait(25 * time.Hour)
	w.send("POST", "/Common/Persons", `{"FirstName":"Di","LastName":"Ek"}`, "Idempotency-Key", "k1").is(201)
}

// TestIdempotencyByRoute: every route of the table that honours a key does so, for one person and one route only.
func TestIdempotencyByRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eachRoute(func(r *route) {
		if !r.keyed {
			return
		}
		make := func() string {
			name := "u" + uuid.NewString()
			if strings.HasSuffix(r.pattern, "/Invite") {
				return w.person(`"EmailAddresses":[{"Address":"` + name + `@example.org"}]`)
			}
			id := w.user(name)
			if strings.Contains(r.pattern, "{MailId}") {
				return w.dead()
			}
			if strings.HasSuffix(r.pattern, "/ResetPassword") {
				w.SQL(t, "UPDATE user_access SET activated_at = 1")
			}
			return id
		}
		ana, bo, key := make(), make(), uuid.NewString()
		w.wait(61 * time.Second)
		first := w.send("POST", r.path(ana), r.acceptable(), "Idempotency-Key", key)
		require.Less(t, first.status, 300, "%s %s", r.name(), first.body)
		before := w.Snapshot(t)
		again := w.send("POST", r.path(ana), r.acceptable(), "Idempotency-Key", key).is(first.status)
		assert.Equal(t, first.body, again.body, r.name())
		assert.Equal(t, "true", again.header.Get(replayed), r.name())
		assert.Equal(t, before, w.Snapshot(t), r.name())
		if strings.Contains(r.pattern, "{") {
			w.send("POST", r.path(bo), r.acceptable(), "Idempotency-Key", key).refused(422, domain.CodeIdempotencyKeyReuse)
		}
	})
}

func TestIdempotencyKeyForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const body = `{"FirstName":"Ana","LastName":"Silva"}`
	for _, key := range []string{"", strings.Repeat("x", 256), "ä", "a\tb"} {
		w.send("POST", "/Common/Persons", body, "Idempotency-Key", key).refused(400, domain.CodeInvalidParameter)
	}
	w.send("POST", "/Common/Persons", body, "Idempotency-Key", strings.Repeat("x", 255)).is(201)
	w.send("GET", "/Common/Persons", "", "Idempotency-Key", "").is(200)
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM person"))
}

// TestIdempotencyAtOnce: of many equal requests at once one acts; the others are told what it did, or to wait.
func TestIdempotencyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var group sync.WaitGroup
	answers := make([]*answer, 16)
	for i := range answers {
		group.Go(func() {
			answers[i] = w.send("POST", "/Common/Persons", `{"FirstName":"Ana","LastName":"Silva"}`, "Idempotency-Key", "k")
		})
	}
	group.Wait()
	fresh := 0
	for _, a := range answers {
		switch a.status {
		case 201:
			if a.header.Get(replayed) == "" {
				fresh++
			}
		default:
			a.refused(409, domain.CodeIdempotencyInProgress)
			assert.Equal(t, "1", a.header.Get("Retry-After"))
		}
	}
	assert.Equal(t, 1, fresh)
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM person"))
}

func TestUnderWay(t *testing.T) {
	t.Parallel()
	var u underWay
	key := runKey{uuid.New(), uuid.New(), "POST /x", "k"}
	leave, err := u.enter(key)
	require.NoError(t, err)
	_, err = u.enter(key)
	assert.Equal(t, domain.CodeIdempotencyInProgress, domain.CodeOf(err))
	for _, other := range []runKey{{uuid.New(), key.actor, "POST /x", "k"}, {key.tenant, uuid.New(), "POST /x", "k"}, {key.tenant, key.actor, "POST /y", "k"}, {key.tenant, key.actor, "POST /x", "l"}} {
		_, err = u.enter(other)
		assert.NoError(t, err)
	}
	leave()
	_, err = u.enter(key)
	assert.NoError(t, err)
}
