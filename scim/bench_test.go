package scim

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
)

// BenchmarkDoor measures whole requests through the door on real databases of different sizes: what an operation
// costs must not grow with the number of people. The writes also run from 32 clients at once, as the databases share
// commits among them. Every answer is checked, so that nobody measures a refusal.
func BenchmarkDoor(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		for _, database := range databases {
			b.Run(fmt.Sprintf("%s/%d", database.name, size), func(b *testing.B) {
				bridge := newBridgeOn(b, database.open(b))
				on := &bench{bridge: bridge, people: seed(b, bridge, size)}
				on.group = seedGroup(b, bridge, "All", on.people[1:]).String()
				benchmarkDoor(b, on)
			})
		}
	}
}

// bench is a filled database with a counter, so that every request is one of its own.
type bench struct {
	bridge *bridge
	people []uuid.UUID
	group  string // all people but the first
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
		{"group", "GET", 200, func(int) (string, string) { return "/Groups/" + on.group + "?excludedAttributes=members", "" }},
		{"members", "GET", 200, func(int) (string, string) { return "/Groups/" + on.group, "" }},
		{"member", "PATCH", 204, func(n int) (string, string) {
			return "/Groups/" + on.group, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"%s","path":"members","value":[{"value":"%s"}]}]}`,
				[]string{"add", "remove"}[n%2], on.people[0])
		}},
	}
	for _, r := range requests {
		ask := func(b *testing.B) {
			path, body := r.request(int(on.count.Add(1)))
			if status := on.bridge.status(r.method, path, body); status != r.status {
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
