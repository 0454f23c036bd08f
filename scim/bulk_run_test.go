package scim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// acting makes an operation that does what a test says, as a caller who may.
func acting(target string, act func(ctx context.Context) (bulkDone, error)) *bulkOperation {
	return &bulkOperation{method: "PATCH", target: target, row: route{pattern: "/Users/{id}", needs: domain.ScimRead},
		act: func(ctx context.Context, _ task, _ uuid.UUID, _ Value) (bulkDone, error) { return act(ctx) }}
}

func runBulk(ctx context.Context, limit int, operations []*bulkOperation) {
	t := task{caller: domain.Caller{Permissions: domain.NewPermissions(domain.ScimRead)}}
	newBulkRun(t, planBulk(operations), limit).all(ctx)
}

// TestBulkBegins compares which operations are begun, and how they end, with doing one after the other until the limit
// of failures is reached.
func TestBulkBegins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 40).Draw(t, "operations")
		limit := rapid.SampledFrom([]int{1, 2, 3, 10, math.MaxInt}).Draw(t, "limit")
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"succeeds", "succeeds", "fails", "is hopeless"}), count, count).Draw(t, "kinds")
		targets := rapid.SliceOfN(rapid.IntRange(0, 2*count), count, count).Draw(t, "targets")
		operations := make([]*bulkOperation, count)
		for i := range operations {
			operations[i] = acting(fmt.Sprint(targets[i]), func(context.Context) (bulkDone, error) {
				if kinds[i] == "fails" {
					return bulkDone{}, refuseValue("no")
				}
				return bulkDone{status: 200}, nil
			})
			if kinds[i] == "is hopeless" {
				operations[i].err = errNoEndpoint
			}
		}
		runBulk(t.Context(), limit, operations)
		failed := 0
		for i, o := range operations {
			require.Equal(t, failed < limit, o.begun, "operation %d", i)
			if !o.begun {
				continue
			}
			fails := kinds[i] == "fails" || kinds[i] == "is hopeless"
			require.Equal(t, fails, o.err != nil, "operation %d %s", i, kinds[i])
			if fails {
				failed++
			}
		}
	})
}

// TestBulkIsBounded counts the operations that are under way at once: as many as there may be, never more, and never two
// on one resource.
func TestBulkIsBounded(t *testing.T) {
	t.Parallel()
	var flying, most atomic.Int64
	full := make(chan struct{})
	var busy [40]atomic.Bool
	operations := make([]*bulkOperation, 200)
	for i := range operations {
		at := i % len(busy)
		operations[i] = acting(fmt.Sprint(at), func(context.Context) (bulkDone, error) {
			if busy[at].Swap(true) {
				return bulkDone{}, errors.New("two at once on one resource")
			}
			now := flying.Add(1)
			if now == bulkWorkers && most.Swap(now) < now {
				close(full)
			}
			most.Store(max(most.Load(), now))
			if i < bulkWorkers {
				<-full // the first ones wait for each other
			}
			flying.Add(-1)
			busy[at].Store(false)
			return bulkDone{}, nil
		})
	}
	runBulk(t.Context(), math.MaxInt, operations)
	assert.EqualValues(t, bulkWorkers, most.Load())
	for i, o := range operations {
		assert.NoError(t, o.err, i)
	}
}

func TestBulkStopsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var done atomic.Int64
	operations := make([]*bulkOperation, 500)
	for i := range operations {
		operations[i] = acting(fmt.Sprint(i), func(context.Context) (bulkDone, error) {
			if done.Add(1) == 5 {
				leave()
			}
			return bulkDone{}, nil
		})
	}
	runBulk(ctx, math.MaxInt, operations)
	assert.Less(t, done.Load(), int64(5+2*bulkWorkers))
	assert.False(t, operations[499].begun)
}

// TestBulkEndsInTime has the time run out: the rest is refused, and every operation has its answer.
func TestBulkEndsInTime(t *testing.T) {
	t.Parallel()
	fine := func(context.Context) (bulkDone, error) { return bulkDone{status: 200}, nil }
	var run *bulkRun
	operations := make([]*bulkOperation, 9)
	for i := range operations {
		operations[i] = acting("1", fine) // one after the other
	}
	operations[4].act = func(context.Context, task, uuid.UUID, Value) (bulkDone, error) {
		run.until = time.Now().Add(-time.Second)
		return bulkDone{status: 200}, nil
	}
	run = newBulkRun(task{caller: domain.Caller{Permissions: domain.NewPermissions(domain.ScimRead)}}, planBulk(operations), math.MaxInt)
	run.all(t.Context())
	for i, o := range operations {
		assert.True(t, o.begun)
		if i <= 4 {
			assert.NoError(t, o.err)
		} else {
			assert.Equal(t, 503, refusalOf(o.err).status)
		}
	}
}

// TestBulkSurvivesPanic has one operation panic: it is an error of ours, and the others are done.
func TestBulkSurvivesPanic(t *testing.T) {
	t.Parallel()
	fine := func(context.Context) (bulkDone, error) { return bulkDone{status: 200}, nil }
	operations := []*bulkOperation{acting("1", fine), acting("2", func(context.Context) (bulkDone, error) { panic("secret") }), acting("3", fine)}
	runBulk(t.Context(), math.MaxInt, operations)
	assert.NoError(t, operations[0].err)
	assert.Equal(t, 500, refusalOf(operations[1].err).status)
	assert.NotContains(t, refusalOf(operations[1].err).detail, "secret")
	assert.NoError(t, operations[2].err)
}

// TestBulkIsNotAllowed has a caller without the permission ask: the operation does not even begin to look.
func TestBulkIsNotAllowed(t *testing.T) {
	t.Parallel()
	asked := false
	o := acting("1", func(context.Context) (bulkDone, error) { asked = true; return bulkDone{}, nil })
	o.row.needs = domain.ScimWrite
	runBulk(t.Context(), math.MaxInt, []*bulkOperation{o})
	assert.Equal(t, 403, refusalOf(o.err).status)
	assert.False(t, asked)
}

// TestFailOnErrors tells from the answer, and from what is stored, where a Bulk stopped.
func TestFailOnErrors(t *testing.T) { onEach(t, testFailOnErrors) }

func testFailOnErrors(t *testing.T, b *bridge) {
	b.acme.user(t, "taken")
	round := 0
	for _, row := range []struct {
		limit    string
		statuses []string
	}{
		{`"failOnErrors":1,`, []string{"201", "409"}},
		{`"failOnErrors":2,`, []string{"201", "409", "201", "400"}},
		{`"failOnErrors":3,`, []string{"201", "409", "201", "400", "404"}},
		{`"failOnErrors":4,`, []string{"201", "409", "201", "400", "404", "201"}},
		{``, []string{"201", "409", "201", "400", "404", "201"}},
	} {
		round++
		user := func(name string) string { return operationOf("POST", "/Users", name, `{"userName":"`+name+`"}`) }
		fresh := func(n int) string { return fmt.Sprintf("user%d-%d", round, n) }
		before := len(b.acme.do(t, "GET", "/Users", "").ids())
		answer := b.acme.do(t, "POST", "/Bulk", bulkOf(row.limit, user(fresh(1)), user("taken"), user(fresh(2)), operationOf("POST", "/Users", "", `{}`),
			operationOf("DELETE", "/Users/"+uuid.NewString(), "", ""), user(fresh(3)))).want(t, 200)
		assert.Equal(t, row.statuses, answer.statuses(), row.limit)
		made := 0
		for _, status := range row.statuses {
			if status == "201" {
				made++
			}
		}
		assert.Len(t, b.acme.do(t, "GET", "/Users?count=200", "").ids(), before+made, row.limit)
	}
	forward := b.acme.do(t, "POST", "/Bulk", bulkOf(`"failOnErrors":1,`,
		operationOf("POST", "/Groups", "g", `{"displayName":"G","members":[{"value":"bulkId:last"}]}`),
		operationOf("DELETE", "/Users/x", "", ""),
		operationOf("POST", "/Users", "middle", `{"userName":"middle"}`),
		operationOf("POST", "/Users", "last", `{"userName":"last"}`))).want(t, 200)
	assert.Equal(t, []string{"201", "404", "201"}, forward.statuses(), "what is referred to is done early, the rest in its place")
	assert.Equal(t, "last", forward.at("Operations", 2, "bulkId"))
}

// TestBulkKeepsOrder sends operations of which the later ones work only behind the earlier ones, some of them among
// many others.
func TestBulkKeepsOrder(t *testing.T) { onEach(t, testBulkKeepsOrder) }

func testBulkKeepsOrder(t *testing.T, b *bridge) {
	for round := range 5 {
		name := func(n int) string { return fmt.Sprintf("user%d-%d", round, n) }
		a, c := b.acme.user(t, name(1)), b.acme.user(t, name(2))
		rename := func(id, to string) string {
			return operationOf("PATCH", "/Users/"+id, "", `[{"op":"replace","path":"userName","value":"`+to+`"}]`)
		}
		answer := b.acme.bulk(t,
			rename(a, name(3)), rename(c, name(1)), rename(a, name(2)), // they change names
			operationOf("DELETE", "/Users/"+c, "", ""), operationOf("POST", "/Users", "again", `{"userName":"`+name(1)+`"}`), // and one is hired again
			operationOf("POST", "/Users", "first", `{"userName":"`+name(4)+`","nickName":"first"}`),
			operationOf("POST", "/Users", "second", `{"userName":"`+name(4)+`","nickName":"second"}`),
			operationOf("PATCH", "/Users/"+a, "", `[{"op":"add","path":"nickName","value":"x"}]`),
			operationOf("PATCH", "/Users/"+a, "", `[{"op":"add","path":"nickName","value":"y"}]`),
		)
		assert.Equal(t, []string{"200", "200", "200", "204", "201", "201", "409", "200", "200"}, answer.statuses(), answer.Body.String())
		assert.Equal(t, c, answer.created(t, 4))
		assert.Equal(t, "first", b.acme.do(t, "GET", "/Users/"+answer.created(t, 5), "").at("nickName"))
		assert.Equal(t, "y", b.acme.do(t, "GET", "/Users/"+a, "").at("nickName"))
		assert.Equal(t, name(2), b.acme.do(t, "GET", "/Users/"+a, "").at("userName"))
	}
}

// TestThousandCreates makes a thousand users by one Bulk while another one wants some of the same names. Each is there
// exactly once, as the answers say; on a machine too slow for the time that a Bulk has, after sending it again.
func TestThousandCreates(t *testing.T) { onEach(t, testThousandCreates) }

func testThousandCreates(t *testing.T, b *bridge) {
	contested := make(chan reply)
	go func() {
		defer close(contested)
		contested <- b.acme.do(t, "POST", "/Bulk", bulkOfCreates("person", 300))
	}()
	begun, created, rounds := time.Now(), map[string]string{}, 0
	note := func(answer reply) {
		for i, status := range answer.want(t, 200).statuses() {
			name := fmt.Sprintf("person%d", i)
			require.Equal(t, name, answer.at("Operations", i, "bulkId"), "in the order of the request")
			require.Contains(t, []string{"201", "409", "503"}, status)
			if status == "201" {
				require.Empty(t, created[name], "%s is there twice", name)
				created[name] = answer.created(t, i)
			}
		}
	}
	for ; rounds == 0 || len(created) < maxOperations && rounds < 10; rounds++ {
		answer := b.acme.do(t, "POST", "/Bulk", bulkOfCreates("person", maxOperations))
		require.Len(t, answer.statuses(), maxOperations)
		note(answer)
		if rounds == 0 {
			t.Logf("%d creates beside 300 others: %v", maxOperations, time.Since(begun).Round(time.Millisecond))
			note(<-contested)
		}
	}
	assert.Len(t, created, maxOperations)
	assert.EqualValues(t, maxOperations, b.acme.do(t, "GET", "/Users?count=0", "").at("totalResults"))
	for _, name := range []string{"person0", "person299", "person300", "person999"} {
		found := b.acme.do(t, "GET", `/Users?filter=userName eq "`+name+`@example.org"`, "").want(t, 200)
		assert.Equal(t, []string{created[name]}, found.ids(), name)
	}
	again := b.acme.do(t, "POST", "/Bulk", bulkOfCreates("person", maxOperations)).want(t, 200)
	assert.NotContains(t, again.statuses(), "201", "the same Bulk again creates nothing")
}
