package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// RunConcurrencyTests holds a store to its promises about use cases at the same time, failures in their midst, and what
// remains when the program ends.
func RunConcurrencyTests(t *testing.T, open Open) {
	run(t, open, []promise{
		{"many writers disturb nobody", manyWriters},
		{"a failing write leaves nothing and disturbs nobody", failingWriter},
		{"a panic meets its caller and leaves nothing", panickingWriter},
		{"a goroutine that ends inside a write leaves nothing", endingWriter},
		{"a write whose caller is gone does not run", cancelledWriter},
		{"what was answered survives a restart", survivesRestart},
		{"one of fifty equal inserts wins", equalInserts},
		{"changes of members never lose one another", memberChanges},
		{"changes of one person never lose one another", personChanges},
		{"crossing changes all succeed", crossingWriters},
		{"a read sees one moment", snapshotRead},
		{"readers at once find each their own", readersApart},
		{"two stores share one database", twoStores},
		{"messages are handed out once", claimsApart},
		{"equal requests are answered once", equalRequests},
		{"a member can't be added to access that is being removed", memberRace},
		{"a closed store refuses", closedStore},
		{"closing waits for the writes under way", closingWaits},
		{"concurrent acts are numbered without gaps", numberedTogether},
		{"concurrent acts are one chain", chainedTogether},
	})
}

// together runs fn in as many goroutines at once and collects the errors.
func together(count int, fn func(i int) error) []error {
	failures := make([]error, count)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range count {
		done.Go(func() {
			start.Wait()
			failures[i] = fn(i)
		})
	}
	start.Done()
	done.Wait()
	return failures
}

func manyWriters(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, err := range together(100, func(i int) error {
		return w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return insert(tx, user(fmt.Sprint("u", i))) })
	}) {
		assert.NoError(t, err)
	}
	assert.Equal(t, 100, w.list(t, domain.Query{Who: domain.WithAccess, Total: true}).Total)
}

func failingWriter(t *testing.T, open Open) {
	w := newWorld(t, open)
	failures := together(60, func(i int) error {
		return w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			err := insert(tx, user(fmt.Sprint("u", i)))
			if err == nil && i%3 == 0 {
				return ErrInjected
			}
			return err
		})
	})
	for i, err := range failures {
		if i%3 == 0 {
			assert.ErrorIs(t, err, ErrInjected)
		} else {
			assert.NoError(t, err)
		}
	}
	assert.Equal(t, 40, w.list(t, domain.Query{Who: domain.WithAccess, Total: true}).Total)
}

func panickingWriter(t *testing.T, open Open) {
	w := newWorld(t, open)
	before := w.Number(t, "SELECT COUNT(*) FROM person")
	together(30, func(i int) (err error) {
		defer func() {
			if value := recover(); i%2 == 0 {
				assert.Equal(t, i, value)
			}
		}()
		return w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			assert.NoError(t, insert(tx, user(fmt.Sprint("u", i))))
			if i%2 == 0 {
				panic(i)
			}
			return nil
		})
	})
	assert.Equal(t, before+15, w.Number(t, "SELECT COUNT(*) FROM person"))
	assert.Panics(t, func() { _ = w.Read(ctx(), w.Scope, func(domain.Tx) error { panic("read") }) })
	w.insert(t, user("after"))
}

func endingWriter(t *testing.T, open Open) {
	w := newWorld(t, open)
	var done sync.WaitGroup
	for range 20 { // more than there are connections
		done.Go(func() {
			_ = w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
				assert.NoError(t, insert(tx, user("gone")))
				runtime.Goexit()
				return nil
			})
		})
		done.Go(func() {
			_ = w.Read(ctx(), w.Scope, func(domain.Tx) error { runtime.Goexit(); return nil })
		})
	}
	done.Wait()
	w.insert(t, user("after"))
	assert.Equal(t, 1, w.list(t, domain.Query{Total: true}).Total)
}

func cancelledWriter(t *testing.T, open Open) {
	w := newWorld(t, open)
	gone, cancel := context.WithCancel(ctx())
	cancel()
	err := w.Write(gone, w.Scope, func(tx domain.Tx) error {
		t.Error("it must not run")
		return nil
	})
	assert.ErrorIs(t, err, context.Canceled)
	err = w.Read(gone, w.Scope, func(tx domain.Tx) error {
		_, err := tx.ListPeople(domain.Query{Count: 1})
		return err
	})
	assert.ErrorIs(t, err, context.Canceled)

	leaving, leave := context.WithCancel(ctx())
	err = w.Write(leaving, w.Scope, func(tx domain.Tx) error {
		leave()
		return insert(tx, user("ann"))
	})
	total := w.list(t, domain.Query{Total: true}).Total
	assert.Equal(t, err == nil, total == 1, "what was answered is what happened: %v, %d", err, total)
}

func survivesRestart(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := everything(w, t)
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error { return tx.Enqueue(mail(p, uuid.Nil)) })
	before, found := w.Snapshot(t), w.find(t, p.ID)
	w.Reopen(t)
	assert.Empty(t, cmp.Diff(before, w.Snapshot(t)))
	assert.Empty(t, cmp.Diff(found, w.find(t, p.ID)))
	require.NoError(t, w.Migrate(ctx()), "there is nothing left to migrate")
	assert.Empty(t, cmp.Diff(before, w.Snapshot(t)))
}

func equalInserts(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, k := range keyed {
		winners := 0
		for _, err := range together(50, func(int) error {
			return w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return insert(tx, k.take(w, "same")) })
		}) {
			if err == nil {
				winners++
			} else {
				refused(t, err, k.code, k.attribute)
			}
		}
		assert.Equal(t, 1, winners, k.name)
	}
}

func memberChanges(t *testing.T, open Open) {
	const writers, changes = 50, 200
	w := newWorld(t, open)
	g, people := crew(t, w, writers)
	want := make([]bool, writers)
	for _, err := range together(writers, func(i int) error {
		var failure error
		for step := range changes {
			failure = errors.Join(failure, w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
				if err := tx.BumpGroup(&domain.Group{ID: g.ID}, noon); err != nil {
					return err
				}
				if want[i] = (step+i)%3 != 0; want[i] {
					_, err := tx.AddMembers(g.ID, people[i:i+1], domain.MemberByScim, noon)
					return err
				}
				_, err := tx.RemoveMembers(g.ID, people[i:i+1])
				return err
			}))
		}
		return failure
	}) {
		require.NoError(t, err)
	}
	var expected []uuid.UUID
	for i, member := range want {
		if member {
			expected = append(expected, people[i])
		}
	}
	assert.Equal(t, expected, w.members(t, g.ID))
	assert.Equal(t, int64(1+writers*changes), w.group(t, g.ID).Version)
}

func personChanges(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	for _, err := range together(40, func(i int) error {
		return w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			found, err := tx.FindPerson(p.ID, 0)
			if err != nil {
				return err
			}
			found.Version++
			found.Access.InvitationCount++
			found.Emails = append(found.Emails, domain.EmailAddress{ID: newID(), Address: fmt.Sprint(i, "@x")})
			if err := tx.UpdatePerson(found); err != nil {
				return err
			}
			return tx.UpdateAccess(found)
		})
	}) {
		require.NoError(t, err)
	}
	found := w.find(t, p.ID)
	assert.Equal(t, int64(41), found.Version)
	assert.Equal(t, 40, found.Access.InvitationCount, "the access is read as fresh as the person")
	assert.Len(t, found.Emails, 41)
	assert.Equal(t, 41, w.Number(t, "SELECT COUNT(*) FROM email_key"))
}

// crossingWriters lock the same two people in opposite orders, which deadlocks on a database with row locks.
func crossingWriters(t *testing.T, open Open) {
	w := newWorld(t, open)
	pair := []*domain.Person{person("a"), person("b")}
	w.insert(t, pair...)
	for _, err := range together(6, func(i int) error {
		return w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			for k := range 2 {
				p, err := tx.FindPerson(pair[(i+k)%2].ID, 0)
				if err != nil {
					return err
				}
				runtime.Gosched()
				p.Version++
				if err := tx.UpdatePerson(p); err != nil {
					return err
				}
			}
			return nil
		})
	}) {
		assert.NoError(t, err)
	}
	assert.Equal(t, int64(7), w.find(t, pair[0].ID).Version)
	assert.Equal(t, int64(7), w.find(t, pair[1].ID).Version)
}

func snapshotRead(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.insert(t, user("one"))
	w.read(t, func(tx domain.Tx) error {
		before, err := tx.ListPeople(domain.Query{Total: true})
		require.NoError(t, err)
		w.insert(t, user("two"))
		after, err := tx.ListPeople(domain.Query{Total: true})
		assert.Equal(t, before.Total, after.Total)
		return err
	})
	assert.Equal(t, 2, w.list(t, domain.Query{Total: true}).Total)
}

// readersApart: full and bare records take turns in each reader, and stay as they were found while others read.
func readersApart(t *testing.T, open Open) {
	w := newWorld(t, open)
	people := []*domain.Person{everything(w, t), {ID: newID(), CreatedAt: noon}, user("ben")}
	people[2].Emails = []domain.EmailAddress{{ID: newID(), Address: "ben@example.com"}}
	w.insert(t, people...)
	for _, err := range together(8, func(i int) error {
		found := make([]*domain.Person, 60)
		for n := range found {
			err := w.Look(ctx(), w.Scope, func(tx domain.Tx) (err error) {
				found[n], err = tx.FindPerson(people[(i+n)%len(people)].ID, 0)
				return err
			})
			if err != nil {
				return err
			}
		}
		for n, p := range found {
			assert.Empty(t, cmp.Diff(people[(i+n)%len(people)], p))
		}
		return nil
	}) {
		assert.NoError(t, err)
	}
}

func twoStores(t *testing.T, open Open) {
	w := newWorld(t, open)
	replicas := []*store.DB{w.DB, w.Another(t)}
	for _, err := range together(40, func(i int) error {
		return replicas[i%2].Write(ctx(), w.Scope, func(tx domain.Tx) error { return insert(tx, user(fmt.Sprint("u", i))) })
	}) {
		assert.NoError(t, err)
	}
	for _, replica := range replicas {
		require.NoError(t, replica.Read(ctx(), w.Scope, func(tx domain.Tx) error {
			page, err := tx.ListPeople(domain.Query{Total: true})
			assert.Equal(t, 40, page.Total)
			return err
		}))
	}
}

func claimsApart(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	messages := make([]*domain.OutboxMessage, 60)
	for i := range messages {
		messages[i] = mail(p, uuid.Nil)
	}
	w.enqueue(t, messages...)
	var handed sync.Map
	var count atomic.Int64
	for _, err := range together(6, func(int) error {
		for range 40 {
			claimed, err := w.ClaimMessages(ctx(), noon, time.Minute, 7)
			if err != nil {
				return err
			}
			for _, m := range claimed {
				_, twice := handed.LoadOrStore(m.ID, true)
				assert.False(t, twice)
				count.Add(1)
			}
		}
		return nil
	}) {
		assert.NoError(t, err)
	}
	assert.Equal(t, int64(60), count.Load())
}

func equalRequests(t *testing.T, open Open) {
	w := newWorld(t, open)
	credential := newID()
	var did atomic.Int64
	for _, err := range together(20, func(i int) error {
		acted := false
		err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			acted = false
			known, err := tx.FindOnce(credential, "r", "k", noon)
			if err != nil || known != nil {
				return err
			}
			acted = true
			if err := insert(tx, person("once")); err != nil {
				return err
			}
			return tx.SaveOnce(&domain.OnceRecord{Credential: credential, Route: "r", Key: "k", ExpiresAt: noon.Add(time.Hour)})
		})
		if err == nil && acted {
			did.Add(1)
		}
		return err
	}) {
		assert.NoError(t, err)
	}
	assert.Equal(t, int64(1), did.Load())
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM person"))
}

func memberRace(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 20)
	together(2*len(people), func(i int) error {
		id := people[i/2]
		return w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			if i%2 == 0 {
				_, err := tx.DeleteAccess(id)
				return err
			}
			_, err := tx.AddMembers(g.ID, []uuid.UUID{id}, domain.MemberByScim, noon)
			return err
		})
	})
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM group_member"))
}

func closedStore(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.insert(t, user("ann"))
	require.NoError(t, w.Close())
	nothing := func(tx domain.Tx) error { _, err := tx.Tenant(); return err }
	refused(t, w.Write(ctx(), w.Scope, nothing), domain.CodeUnavailable, "")
	refused(t, w.Read(ctx(), w.Scope, nothing), domain.CodeUnavailable, "")
	refused(t, w.Ping(ctx()), domain.CodeUnavailable, "")
	require.NoError(t, w.Close(), "closing twice is fine")
	w.Reopen(t)
	assert.Equal(t, 1, w.list(t, domain.Query{Total: true}).Total)
}

func closingWaits(t *testing.T, open Open) {
	w := newWorld(t, open)
	var stored atomic.Int64
	var done sync.WaitGroup
	for i := range 50 {
		done.Go(func() {
			if w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return insert(tx, user(fmt.Sprint("u", i))) }) == nil {
				stored.Add(1)
			}
		})
	}
	require.NoError(t, w.Close())
	done.Wait()
	w.Reopen(t)
	assert.Equal(t, int(stored.Load()), w.list(t, domain.Query{Total: true}).Total)
}
