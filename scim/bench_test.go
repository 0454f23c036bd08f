package scim

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/store/storetest"
)

// BenchmarkDoor measures whole requests through the door on real databases of different sizes: what an operation
// costs must not grow with the number of people. The writes also run from 32 clients at once, as the databases share
// commits among them. Every answer is checked, so that nobody measures a refusal.
func BenchmarkDoor(b *testing.B) {
	for name, open := range map[string]func(testing.TB, ...storetest.Clock) *storetest.Fixture{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		for _, size := range []int{1_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				bridge := newBridgeOn(b, open(b))
				benchmarkDoor(b, &bench{bridge: bridge, people: seed(b, bridge, size)})
			})
		}
	}
}

// bench is a filled database with a counter, so that every request is one of its own.
type bench struct {
	bridge *bridge
	people []uuid.UUID
	count  atomic.Int64
}

func benchmarkDoor(b *testing.B, on *bench) {
	requests := []struct {
		name, method string
		status       int
		request      func(n int) (path, body string)
	}{
		{"get", "GET", 200, func(n int) (string, string) { return "/Users/" + on.person(n), "" }},
		{"find", "GET", 200, func(n int) (string, string) {
			return fmt.Sprintf("/Users?filter=userName%%20eq%%20%%22seed%d@example.org%%22", n*7919%len(on.people)), ""
		}},
		{"page", "GET", 200, func(int) (string, string) { return "/Users?count=100&startIndex=501", "" }},
		{"post", "POST", 201, func(n int) (string, string) {
			return "/Users", fmt.Sprintf(`{"schemas":["`+userURN+`"],"userName":"new%d@example.org","externalId":"new-%d","name":{"givenName":"Ana","familyName":"Ito"},
				"emails":[{"primary":true,"value":"new%d@example.org","type":"work"}],"displayName":"Ana Ito","active":true}`, n, n, n)
		}},
		{"patch", "PATCH", 200, func(n int) (string, string) {
			return "/Users/" + on.person(n/2), fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":%t}}]}`, n%2 == 1)
		}},
	}
	for _, r := range requests {
		ask := func(b *testing.B) {
			path, body := r.request(int(on.count.Add(1)))
			if status := on.ask(r.method, path, body); status != r.status {
				b.Errorf("%s %s answers %d", r.method, path, status)
			}
		}
		b.Run(r.name+"/1", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask(b)
			}
		})
		if r.method == "GET" {
			continue
		}
		b.Run(r.name+"/32", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(16) // on the two processors of the machine that our figures are from
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					ask(b)
				}
			})
		})
	}
}

func (on *bench) person(n int) string { return on.people[n*7919%len(on.people)].String() }

func (on *bench) ask(method, path, body string) int {
	r, err := http.NewRequest(method, testURL+Prefix+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header["Authorization"] = []string{"Bearer " + on.bridge.acme.token}
	r.RemoteAddr = "192.0.2.1:1"
	w := &nowhere{header: make(http.Header, 8)}
	on.bridge.handler.ServeHTTP(w, r)
	return w.status
}

// nowhere is a response that costs nothing.
type nowhere struct {
	header http.Header
	status int
	bytes  int
}

func (w *nowhere) Header() http.Header    { return w.header }
func (w *nowhere) WriteHeader(status int) { w.status = status }
func (w *nowhere) Write(part []byte) (int, error) {
	w.bytes += len(part)
	return len(part), nil
}
