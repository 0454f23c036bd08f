package rest

import (
	"crypto/sha256"
	"strings"
	"sync"
	"unicode"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// maxKey is how many characters an Idempotency-Key may have.
const maxKey = 255

// readKey reads the Idempotency-Key of a route that honours it.
func (c *call) readKey() error {
	values := c.request.Header.Values("Idempotency-Key")
	if len(values) == 0 || !c.route.keyed {
		return nil
	}
	key := values[0]
	if len(values) > 1 || key == "" || len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }) {
		return domain.Refuse(domain.CodeInvalidParameter, "Idempotency-Key", "One Idempotency-Key of 1 to %d printable ASCII characters is possible.", maxKey)
	}
	c.key = key
	return nil
}

// once runs a use case whose result show turns into the answer. With an Idempotency-Key the answer is stored in the
// transaction of the use case, and given again to whoever repeats the request.
func once[R any](c *call, do func(caller domain.Caller) (R, error), show func(R) (domain.Answer, error)) (domain.Answer, error) {
	if c.key == "" {
		result, err := do(c.caller)
		if err != nil {
			return domain.Answer{}, err
		}
		return show(result)
	}
	leave, err := c.underWay.enter(runKey{c.caller.Tenant, c.caller.Actor.ID, c.route.name(), c.key})
	if err != nil {
		return domain.Answer{}, err
	}
	defer leave()
	hash := sha256.Sum256([]byte(c.route.method + " " + c.path() + "\n" + string(c.body)))
	caller := c.caller
	caller.Once = &domain.Once{
		Route: c.route.name(), Key: c.key, BodyHash: hash[:],
		Render: func(result any) (domain.Answer, error) { return show(result.(R)) },
	}
	if _, err := do(caller); err != nil {
		return domain.Answer{}, err
	}
	answer := caller.Once.Answer
	if caller.Once.Replayed {
		answer.Header = withHeader(answer.Header, "Idempotency-Replayed", "true")
	}
	return answer, nil
}

func withHeader(header map[string]string, name, value string) map[string]string {
	more := map[string]string{name: value}
	for name, value := range header {
		more[name] = value
	}
	return more
}

// underWay knows the requests with a key that are being worked on in this process. Between processes the store's
// unique key decides.
type underWay struct {
	mu   sync.Mutex
	runs map[runKey]bool
}

type runKey struct {
	tenant uuid.UUID
	actor  uuid.UUID
	route  string
	key    string
}

// enter begins a run, unless an equal one is under way.
func (u *underWay) enter(key runKey) (leave func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.runs[key] {
		return nil, domain.Refuse(domain.CodeIdempotencyInProgress, "", "A request with this Idempotency-Key is still being worked on; try again in a moment.")
	}
	if u.runs == nil {
		u.runs = map[runKey]bool{}
	}
	u.runs[key] = true
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.runs, key)
	}, nil
}
