package target

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNamesAreTheSameAgain(t *testing.T) {
	t.Parallel()
	names := Names{Seed: "bench"}
	assert.Equal(t, names.Person(7), Names{Seed: "bench"}.Person(7))
	assert.NotEqual(t, names.Person(7), Names{Seed: "other"}.Person(7))
	seen := make(map[string]bool)
	for i := range 5000 {
		person := names.Person(i)
		for _, key := range []string{person.UserName, person.Email, person.ExternalID, person.Number} {
			seen[key] = true
		}
	}
	assert.Len(t, seen, 4*5000, "no two people share anything")
}

func TestBodiesAreJSONOfTheirSize(t *testing.T) {
	t.Parallel()
	person := Names{Seed: Label(time.Now())}.Person(1234567)
	for name, body := range map[string][]byte{
		"create": person.Create(), "native": person.CreateNative(), "Okta": OktaActive(true), "Entra": EntraActive(false),
		"group": Group("Ops", []string{"u1"}), "members": AddMembers("u1", "u2"), "bulk": Bulk([]Identity{person, person}),
	} {
		assert.True(t, json.Valid(body), name)
	}
	assert.Less(t, len(Bulk([]Identity{person, person})), 2*personSize)
	assert.Contains(t, string(OktaActive(false)), `"value":{"active":false}`)
	assert.Contains(t, string(EntraActive(false)), `"value":"False"`)
	assert.Contains(t, string(EntraActive(true)), `"value":"True"`)
	assert.Contains(t, string(Group("Ops", nil)), `"members":[]`)
}

func TestToggle(t *testing.T) {
	t.Parallel()
	var person Person
	assert.False(t, person.Toggle(), "people begin active")
	assert.True(t, person.Toggle())
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() { person.Toggle() })
	}
	group.Wait()
	assert.False(t, person.Toggle(), "an even number of changes changes nothing")
}

// book answers pages of people u1 to u<total>, at most ten a page.
func book(total int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
		count, _ := strconv.Atoi(r.URL.Query().Get("count"))
		page := map[string]any{"totalResults": total}
		var resources []map[string]any
		for i := start; i <= min(total, start-1+min(count, 10)); i++ {
			resources = append(resources, map[string]any{"id": fmt.Sprintf("u%d", i), "active": i%2 == 0,
				"emails": []map[string]any{{"type": "home", "value": "h"}, {"type": "work", "value": "w"}}})
		}
		page["Resources"] = resources
		_ = json.NewEncoder(w).Encode(page)
	}
}

func TestSampleSpreadsOverTheList(t *testing.T) {
	t.Parallel()
	people, err := serve(t, book(1000)).Sample(t.Context(), 300)
	require.NoError(t, err)
	require.Len(t, people, 30, "three pages of what the server grants")
	assert.Equal(t, "u1", people[0].ID)
	assert.Equal(t, "u334", people[10].ID)
	assert.Equal(t, "w", people[0].Email)
	assert.True(t, people[0].Toggle(), "u1 is inactive")

	_, err = serve(t, book(0)).Sample(t.Context(), 300)
	assert.ErrorContains(t, err, "has no people")
}

func TestIDsInOrder(t *testing.T) {
	t.Parallel()
	to := serve(t, book(35))
	ids, err := to.IDs(t.Context(), 25)
	require.NoError(t, err)
	assert.Len(t, ids, 25)
	assert.Equal(t, "u25", ids[24])
	ids, err = to.IDs(t.Context(), 100)
	require.NoError(t, err)
	assert.Len(t, ids, 35)
}

func TestFillerWaitsForABusyServer(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	tries := 0
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == http.MethodGet:
			fmt.Fprint(w, `{"totalResults":0}`)
		case tries%2 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusCreated)
		}
		if r.Method == http.MethodPost {
			tries++
		}
	})
	done := 0
	filler := Filler{Target: to, Names: Names{Seed: "s"}, Connections: 1, Done: func(n int) { done += n }}
	require.NoError(t, filler.People(t.Context(), 3))
	assert.Equal(t, 6, tries)
	assert.Equal(t, 3, done)
}

func TestFillerStopsAtAFailure(t *testing.T) {
	t.Parallel()
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(w, `{"totalResults":0}`)
	})
	err := Filler{Target: to, Names: Names{Seed: "s"}, Connections: 2}.People(t.Context(), 1000)
	assert.True(t, hasStatus(err, http.StatusBadRequest))
}
