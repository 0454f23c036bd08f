package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// racer sends requests of its own accord, beside others. Unlike a scene it can be used by many at once.
type racer struct {
	url  string // of the server
	from *caller
}

// send gives the status and the body of the answer; what breaks gives a text for the status.
func (r racer) send(method, path, body string, headers ...string) (status, answer string) {
	request, err := http.NewRequest(method, r.url+r.from.prefix+path, strings.NewReader(body))
	if err != nil {
		return err.Error(), ""
	}
	request.Header.Set("Authorization", r.from.authorization)
	request.Header.Set("Content-Type", r.from.media)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	got, err := racing.Do(request)
	if err != nil {
		return err.Error(), ""
	}
	defer got.Body.Close()
	content, err := io.ReadAll(got.Body)
	if err != nil {
		return err.Error(), ""
	}
	return got.Status[:3], string(content)
}

// racing keeps a connection for each racer.
var racing = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

// doors are where racers go: two servers on one PostgreSQL database, the one server that an SQLite file has.
func (s *scene) doors(who string) []racer {
	s.t.Helper()
	first := racer{s.url, s.callers[who]}
	if strings.HasPrefix(s.Source, "postgres") {
		return []racer{first, {s.replica().url, s.callers[who]}}
	}
	return []racer{first}
}

// replica is a second server on the database of the scene.
func (s *scene) replica() *world {
	s.t.Helper()
	other := &world{Fixture: s.Fixture, sealer: s.sealer}
	other.moved.Store(s.moved.Load())
	other.serve(s.t)
	return other
}

// racers is how many race in most races.
const racers = 50

// race sends a request of each racer at once and gives the statuses, sorted, and the bodies by status.
func (s *scene) race(who string, request func(i int) (method, path, body string), headers ...string) ([]string, map[string][]string) {
	s.t.Helper()
	doors := s.doors(who)
	var group sync.WaitGroup
	var mu sync.Mutex
	var statuses []string
	bodies := map[string][]string{}
	for i := range racers {
		group.Go(func() {
			method, path, body := request(i)
			status, answer := doors[i%len(doors)].send(method, path, body, headers...)
			mu.Lock()
			defer mu.Unlock()
			statuses, bodies[status] = append(statuses, status), append(bodies[status], answer)
		})
	}
	group.Wait()
	slices.Sort(statuses)
	return statuses, bodies
}

// oneWins are the statuses of a race in which one can win.
func oneWins(status string) []string {
	return append([]string{status}, slices.Repeat([]string{"409"}, racers-1)...)
}

// TestRaceOfEqualCreates sends the same create fifty times at once: one is answered with 201, the others with a
// conflict, and there is one of everything.
func TestRaceOfEqualCreates(t *testing.T) {
	for who, create := range map[string][2]string{"rest": {"/Common/Persons", anaInvited}, "scim": {"/Users", anaScim}} {
		t.Run(who, func(t *testing.T) {
			scenario(t, func(s *scene) {
				statuses, _ := s.race(who, func(int) (string, string, string) { return "POST", create[0], create[1] })
				assert.Equal(s.t, oneWins("201"), statuses)
				s.oneAna()
			})
		})
	}
}

// oneAna demands one of everything that a create leaves.
func (s *scene) oneAna() {
	s.t.Helper()
	for _, rows := range []string{"person", "user_access", "invitation", "outbox",
		"audit_event WHERE action = 'PERSON_CREATED'", "domain_event WHERE type = 'PERSON_CREATED'"} {
		assert.Equal(s.t, 1, s.count(rows), rows)
	}
}

// TestRaceOfOneIdempotencyKey repeats a create while it is under way: whoever is answered with 201 gets the same answer.
func TestRaceOfOneIdempotencyKey(t *testing.T) {
	scenario(t, func(s *scene) {
		statuses, bodies := s.race("rest", func(int) (string, string, string) { return "POST", "/Common/Persons", anaInvited }, "Idempotency-Key: 1")
		assert.Subset(s.t, []string{"201", "409"}, slices.Compact(statuses))
		require.NotEmpty(s.t, bodies["201"])
		assert.Len(s.t, slices.Compact(bodies["201"]), 1)
		for _, body := range bodies["409"] {
			assert.Contains(s.t, body, `"idempotency_in_progress"`)
		}
		s.oneAna()
	})
}

// TestRaceForOneName lets many people, groups and invitations want what one can have.
func TestRaceForOneName(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given(fmt.Sprintf("people %d staff", racers))
		someone := func(i int) string { return "/Users/" + s.seen[fmt.Sprintf("staff.%d", i+1)] }
		statuses, _ := s.race("scim", func(i int) (string, string, string) {
			return "PATCH", someone(i), patchOp("replace", "userName", `"boss"`)
		})
		assert.Equal(s.t, oneWins("200"), statuses, "usernames")
		statuses, _ = s.race("scim", func(i int) (string, string, string) {
			return "PATCH", someone(i), patchOp("replace", "externalId", `"x-boss"`)
		})
		assert.Equal(s.t, oneWins("200"), statuses, "external ids")
		statuses, _ = s.race("scim", func(int) (string, string, string) { return "POST", "/Groups", `{"displayName":"Staff"}` })
		assert.Equal(s.t, oneWins("201"), statuses, "groups")
		s.ask("rest", "POST /Common/Persons", anaPlain).gets(201, capturesAna)
		statuses, _ = s.race("rest", func(i int) (string, string, string) {
			return "POST", "/UserManagement/Persons/" + s.seen["ana"] + "/Invite", fmt.Sprintf(`{"Username":"ana%d"}`, i)
		})
		assert.Equal(s.t, oneWins("201"), statuses, "invitations")
		assert.Equal(s.t, 1, s.count("invitation WHERE sent_to = 'ana@example.org'"))
	})
}

// TestRaceOfJoiningAndLeaving adds people to a group while they lose their access: nobody is a member without access.
func TestRaceOfJoiningAndLeaving(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given(fmt.Sprintf("people %d staff", racers/2), "connection DeletePolicy=RemoveAccess")
		s.ask("scim", "POST /Groups", `{"displayName":"Staff"}`).gets(201, `{"id":"{{staff=uuid}}","...":"..."}`)
		statuses, bodies := s.race("scim", func(i int) (string, string, string) {
			who := s.seen[fmt.Sprintf("staff.%d", i/2+1)]
			if i%2 == 0 {
				return "DELETE", "/Users/" + who, ""
			}
			return "PATCH", "/Groups/" + s.seen["staff"], patchOp("add", "members", `[{"value":"`+who+`"}]`)
		})
		assert.Subset(s.t, []string{"204", "400"}, slices.Compact(statuses), "%v", bodies)
		assert.Zero(s.t, s.count("user_access"))
		assert.Zero(s.t, s.count("group_member"))
	})
}

// TestRaceOfGroupMembers lets fifty writers add and remove single members of one group: it ends with
// exactly the members that the acknowledged changes leave, one version and one line of audit a change.
func TestRaceOfGroupMembers(t *testing.T) {
	const writers, changes, each = 50, 200, 4
	scenario(t, func(s *scene) {
		s.given(fmt.Sprintf("people %d staff", writers*each))
		s.ask("scim", "POST /Groups", `{"displayName":"Staff"}`).gets(201, `{"id":"{{staff=uuid}}","...":"..."}`)
		doors := s.doors("scim")
		var group sync.WaitGroup
		writes := make([]writer, writers)
		for i := range writes {
			var own []string
			for n := range each {
				own = append(own, s.seen[fmt.Sprintf("staff.%d", i*each+n+1)])
			}
			writes[i] = writer{door: doors[i%len(doors)], group: s.seen["staff"], own: own, chance: rand.New(rand.NewPCG(uint64(i), 1))}
			group.Go(func() { writes[i].change(s.t, changes) })
		}
		group.Wait()
		var want []string
		effects := 0
		for _, w := range writes {
			want, effects = append(want, w.members...), effects+w.effects
		}
		s.ask("scim", "GET /Groups/{{staff}}", "").gets(200, fmt.Sprintf(`{"meta":{"version":"W/\"%d\"","...":"..."},"...":"..."}`, effects+1))
		assert.ElementsMatch(s.t, want, s.ids("members", "value"))
		assert.Equal(s.t, len(want), s.count("group_member"))
		assert.Equal(s.t, effects, s.count("audit_event WHERE action = 'GROUP_MEMBERS_CHANGED'"))
	})
}

// writer changes the memberships of its own people, one at a time, and knows what became of them.
type writer struct {
	door         racer
	group        string
	own, members []string
	chance       *rand.Rand
	effects      int // changes that made a difference
}

func (w *writer) change(t *testing.T, times int) {
	for range times {
		who := w.own[w.chance.IntN(len(w.own))]
		at := slices.Index(w.members, who)
		body := patchOp("add", "members", `[{"value":"`+who+`"}]`)
		add := w.chance.IntN(2) == 0
		if !add {
			body = strings.Replace(patchOp("remove", `members[value eq \"`+who+`\"]`, "0"), `,"value":0`, "", 1)
		}
		if status, answer := w.door.send("PATCH", "/Groups/"+w.group, body); status != "204" {
			t.Errorf("%s %s", status, answer)
			return
		}
		switch {
		case add && at < 0:
			w.members, w.effects = append(w.members, who), w.effects+1
		case !add && at >= 0:
			w.members, w.effects = slices.Delete(w.members, at, at+1), w.effects+1
		}
	}
}
