package domain_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// jumps are what a clock does that is set, or that was wrong; each is taken back after a while.
var jumps = []time.Duration{-time.Hour, time.Hour, -10 * time.Second, 5 * time.Minute}

// asideBy is an engine on the same store whose clock differs, as that of another replica may.
func (s *stage) asideBy(d time.Duration) *domain.Engine {
	return domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: s.secrets, Passwords: plainPasswords{}, Authenticator: credential.Totp{},
		Clock: func() time.Time { return s.clock().Add(d) }})
}

// TestClockJumpsMoveNoSession: a session lives as long as its instants say, by whatever clock; one that was ended stays so.
func TestClockJumpsMoveNoSession(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		it := s.owner(t, engine)
		live := func(engine *domain.Engine, opened *domain.Opened) bool {
			_, err := engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
			if err != nil {
				require.Equal(t, domain.CodeUnauthenticated, domain.CodeOf(err))
			}
			return err == nil
		}
		signIn := func() *domain.Opened {
			opened, err := engine.Account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
			require.NoError(t, err)
			return opened
		}
		for _, jump := range jumps {
			kept, ended := signIn(), signIn()
			caller, err := engine.Gatekeeper.Authenticate(t.Context(), ended.Token, netip.Addr{})
			require.NoError(t, err)
			require.NoError(t, engine.Account.SignOut(t.Context(), caller))
			other := s.asideBy(jump)
			for _, replica := range []*domain.Engine{engine, other} {
				assert.False(t, live(replica, ended), "%s: who signed out stays out", jump)
			}
			idle := time.Hour // the policy SessionIdleTtl
			assert.Equal(t, jump < idle-time.Second, live(other, kept), "%s: nothing ends before its time", jump)
			assert.True(t, live(engine, kept), "%s: what one replica sees ends nothing for the others", jump)
			s.pass(idle - time.Minute - max(jump, 0))
			if jump < idle {
				assert.True(t, live(other, kept), "%s", jump)
			}
			s.pass(idle + time.Hour + time.Minute)
			assert.False(t, live(engine, kept), "%s: what was seen by a clock ahead or behind does not live on", jump)
			assert.False(t, live(other, kept), "%s", jump)
		}
	})
}

// TestClockJumpsSpendCodesOnce: a code of an authenticator counts once, and so do all before it, whatever the clock says.
func TestClockJumpsSpendCodesOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		for _, jump := range jumps {
			it, secret, _ := s.enrolled(t, engine) // which spends the code of now
			other := s.asideBy(jump)
			code := codeAt(secret, s.clock().Add(jump))
			if jump > 0 {
				require.NoError(t, s.tries(other, it.name, goodPassword, code), "%s: the code of its time", jump)
			}
			assert.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(s.tries(other, it.name, goodPassword, code)), "%s: a code that is spent", jump)
			s.pass(2 * time.Hour)
			assert.NoError(t, s.tries(engine, it.name, goodPassword, codeAt(secret, s.clock())), "%s: one that comes after it", jump)
		}
	})
}

// TestClockJumpsKeepTheOrder: versions and lines of the audit follow the acts, at two replicas and whatever their clocks do.
func TestClockJumpsKeepTheOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		p := s.plain(t, s.acme)
		var written []string
		for i, jump := range append(jumps, jumps...) {
			title := fmt.Sprint("Title ", i)
			written = append(written, title)
			changed, err := s.asideBy(jump).Provisioner.ChangePerson(t.Context(), s.acme.rest, domain.PersonChange{Person: p.ID, Touches: domain.AspectProfile,
				Apply: func(p *domain.Person) error { p.Employee.Title = title; return nil }})
			require.NoError(t, err)
			require.Equal(t, p.Version+1, changed.Version, "a version an act")
			p = changed
		}
		var told []string
		var times []time.Time
		require.NoError(t, s.DB.Look(t.Context(), s.acme.rest.Scope(), func(tx domain.Tx) error {
			page, _, err := tx.ListAudit(domain.AuditQuery{Person: p.ID, Count: len(written)})
			for _, e := range slices.Backward(page) {
				told, times = append(told, e.Changes[0].After), append(times, e.At)
			}
			return err
		}))
		assert.Equal(t, written, told)
		assert.False(t, slices.IsSortedFunc(times, time.Time.Compare), "their times do not follow each other")
		s.unbroken(t)
	})
}

// TestClockJumpsMoveNoCursor: a cursor ends when its instant says, and who holds it is told to begin again.
func TestClockJumpsMoveNoCursor(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		text, err := s.engine.Cursors.Seal(s.acme.scim, someList, domain.Cursor{Total: 3})
		require.NoError(t, err)
		for _, jump := range jumps {
			_, err := s.asideBy(jump).Cursors.Open(s.acme.scim, someList, text)
			if jump < domain.CursorLife {
				assert.NoError(t, err, "%s", jump)
			} else {
				assert.Equal(t, domain.CodeExpiredCursor, domain.CodeOf(err), "%s: it is told to begin again", jump)
			}
		}
	})
}

// TestSummerTimeEnds: times are instants in UTC, however the server's clock shows them. The hour that comes twice in Berlin
// neither lengthens a session nor puts one instant before another.
func TestSummerTimeEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Skipf("needs the time zones of the machine: %v", err)
		}
		before := time.Date(2026, 10, 25, 0, 59, 0, 0, time.UTC).In(berlin) // a minute before 3:00 becomes 2:00
		s.pass(before.Sub(s.clock()))
		engine := domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: s.secrets, Passwords: plainPasswords{}, Authenticator: credential.Totp{},
			Clock: func() time.Time { return s.clock().In(berlin) }})
		it := s.owner(t, engine)
		opened, err := engine.Account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
		require.NoError(t, err)
		assert.Equal(t, time.UTC, opened.ExpiresAt.Location())
		assert.WithinDuration(t, before.Add(12*time.Hour), opened.ExpiresAt, time.Second, "half a day, not half a day and an hour")
		caller, err := engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		require.NoError(t, err)
		made := s.plain(t, s.acme)
		s.pass(2 * time.Minute)
		assert.Equal(t, 2, s.clock().In(berlin).Hour(), "the hour comes again")
		later := s.plain(t, s.acme)
		assert.True(t, later.CreatedAt.After(made.CreatedAt))
		assert.Equal(t, time.UTC, later.CreatedAt.Location())
		s.pass(56 * time.Minute)
		list, err := engine.Account.Sessions(t.Context(), caller, it.id)
		require.NoError(t, err)
		assert.Len(t, list, 1)
		s.pass(3 * time.Minute)
		_, err = engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		assert.Equal(t, domain.CodeUnauthenticated, domain.CodeOf(err), "an hour without use has passed")
	})
}
