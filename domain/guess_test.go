package domain_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// plainPasswords hashes nothing, so that very many may be tried. What came from elsewhere is not its business.
type plainPasswords struct{ *credential.Passwords }

func (plainPasswords) Hash(_ context.Context, password string) (string, error) {
	return "plain:" + password, nil
}
func (plainPasswords) Verify(_ context.Context, password, stored string) (right, stale bool, err error) {
	return stored == "plain:"+password, false, nil
}
func (plainPasswords) Guessable(string, []string) bool { return false }

// countingCodes counts the codes that are looked at.
type countingCodes struct {
	credential.Totp
	looked atomic.Int64
}

func (c *countingCodes) Match(secret, code string, now time.Time) (int64, bool) {
	c.looked.Add(1)
	return c.Totp.Match(secret, code, now)
}

// cheap is the engine with passwords that cost nothing.
func (s *stage) cheap(codes domain.Authenticator) *domain.Engine {
	return domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: s.secrets, Passwords: plainPasswords{}, Authenticator: codes, Clock: s.clock})
}

// owner is somebody active with goodPassword in the cheap engine.
func (s *stage) owner(t *testing.T, engine *domain.Engine) about {
	t.Helper()
	it := anInvitation(t, s, s.acme)
	p, err := engine.Account.AcceptInvitation(t.Context(), s.acme.visitor(), it.name, goodPassword)
	require.NoError(t, err)
	return about{id: p.ID, name: p.Access.Username}
}

func (s *stage) tries(engine *domain.Engine, name, password, code string) error {
	_, err := engine.Account.SignIn(context.Background(), s.acme.visitor(), domain.SignIn{Name: name, Password: password, Code: code})
	return err
}

// TestGuessersOfPasswords: however tries are spaced, fewer than a hundred a day on one account could have been right.
func TestGuessersOfPasswords(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	engine := s.cheap(credential.Totp{})
	spacings := map[string]func() time.Duration{
		"as fast as can be":   func() time.Duration { return time.Minute },
		"under the lock":      func() time.Duration { return 30 * time.Minute },
		"a little faster":     func() time.Duration { return 16 * time.Minute },
		"nine, then a pause":  func() time.Duration { return 3 * time.Minute },
		"as it comes (rapid)": func() time.Duration { return time.Duration(rand.Int64N(int64(20 * time.Minute))) },
	}
	for name, space := range spacings {
		it, evaluated := s.owner(t, engine), 0
		for passed := time.Duration(0); passed < 24*time.Hour; {
			if s.Number(t, "SELECT COUNT(*) FROM user_access WHERE person_id = ? AND locked_until > ?", it.id, s.clock().UnixMicro()) == 0 {
				evaluated++
			}
			require.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(s.tries(engine, it.name, "wrong", "")))
			step := space()
			s.pass(step)
			passed += step
		}
		assert.LessOrEqual(t, evaluated, 100, name)
		assert.GreaterOrEqual(t, evaluated, 40, "%s: so few would shut out people who mistype", name)
	}
}

// TestLock: the policy says how many failures lock; while it lasts the right password is as wrong as any; the next
// lock is longer, and a sign-in makes a new start.
func TestLock(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		_, err := s.engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, "acme"), domain.TenantChange{Policies: map[string]string{"Lockout": "3"}})
		require.NoError(t, err)
		engine := s.cheap(credential.Totp{})
		it := s.owner(t, engine)
		wrong := func(times int) {
			t.Helper()
			for range times {
				require.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(s.tries(engine, it.name, "wrong", "")))
			}
		}
		state := func() domain.LoginState {
			p, err := engine.Directory.Access(t.Context(), s.acme.rest, it.id, 0)
			require.NoError(t, err)
			return p.LoginState(s.clock())
		}
		wrong(2)
		require.NoError(t, s.tries(engine, it.name, goodPassword, ""))
		wrong(3)
		assert.Equal(t, domain.LoginLocked, state())
		assert.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(s.tries(engine, it.name, goodPassword, "")))
		s.pass(15 * time.Minute)
		wrong(3)
		s.pass(16 * time.Minute)
		assert.Equal(t, domain.LoginLocked, state(), "the second lock is longer")
		_, err = engine.Provisioner.Unlock(t.Context(), s.acme.rest, it.id)
		require.NoError(t, err)
		require.NoError(t, s.tries(engine, it.name, goodPassword, ""))
		wrong(2)
		s.pass(31 * time.Minute)
		wrong(1)
		assert.Equal(t, domain.LoginLoggedIn, state(), "one was forgotten")
		assert.Equal(t, 2, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'USER_LOCKED'"))
		assert.Equal(t, 2, s.Number(t, "SELECT COUNT(*) FROM outbox WHERE kind = 'AccountLocked' AND person_id = ? AND token_id IS NULL", it.id), "the person is told")
	})
}

// TestOldPasswordIsNoOracle: the old password is guessed no more often than any, and while the account is locked nothing
// tells the right one from a wrong one.
func TestOldPasswordIsNoOracle(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	engine := s.cheap(credential.Totp{})
	it := s.owner(t, engine)
	caller := s.signedIn(s.acme, it.id, uuid.New())
	for range 10 {
		require.Equal(t, domain.CodeOldPasswordWrong, domain.CodeOf(engine.Account.ChangePassword(t.Context(), caller, it.id, "wrong", anotherPassword)))
	}
	for _, old := range []string{"wrong", goodPassword} {
		for _, chosen := range []string{"x", anotherPassword} {
			assert.Equal(t, domain.CodeOldPasswordWrong, domain.CodeOf(engine.Account.ChangePassword(t.Context(), caller, it.id, old, chosen)))
		}
	}
	caller.Pending = true
	assert.Equal(t, domain.CodeMfaEnrollmentRequired, domain.CodeOf(engine.Account.ChangePassword(t.Context(), caller, it.id, goodPassword, anotherPassword)))
	caller.Pending = false
	other := s.owner(t, engine)
	assert.Equal(t, domain.CodeAdminPasswordSet, domain.CodeOf(engine.Account.ChangePassword(t.Context(), caller, other.id, goodPassword, anotherPassword)))
	assert.Equal(t, domain.CodeAdminPasswordSet, domain.CodeOf(engine.Account.ChangePassword(t.Context(), s.acme.rest, other.id, goodPassword, anotherPassword)))
}

// enrolled is somebody with an authenticator, and its secret.
func (s *stage) enrolled(t *testing.T, engine *domain.Engine) (about, string, *domain.Confirmed) {
	t.Helper()
	it := s.owner(t, engine)
	caller := s.signedIn(s.acme, it.id, uuid.New())
	enrolling, err := engine.Account.EnrolMfa(t.Context(), caller, "")
	require.NoError(t, err)
	confirmed, err := engine.Account.ConfirmMfa(t.Context(), caller, codeAt(enrolling.Secret, s.clock()), "browser")
	require.NoError(t, err)
	return it, enrolling.Secret, confirmed
}

// TestGuessersOfCodes: of 2,000 codes within an hour at two replicas, at most sixty are looked at.
func TestGuessersOfCodes(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	codes := &countingCodes{}
	first, second := s.cheap(codes), s.cheap(codes)
	it, secret, _ := s.enrolled(t, first)
	codes.looked.Store(0)
	for i := range 2000 {
		engine := first
		if i%2 == 1 {
			engine = second
		}
		code := fmt.Sprintf("%06d", i)
		if code == codeAt(secret, s.clock()) {
			continue
		}
		require.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(s.tries(engine, it.name, goodPassword, code)))
		s.pass(1800 * time.Millisecond)
	}
	assert.LessOrEqual(t, codes.looked.Load(), int64(60))
	assert.Positive(t, codes.looked.Load())
	assert.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(s.tries(first, it.name, goodPassword, codeAt(secret, s.clock()))), "blocked")
}

// TestCodesOpenOnce: a code, also one that was used for enrolling, and a recovery code open once, wherever.
func TestCodesOpenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		replica := domain.New(domain.Config{Store: s.Another(t), Registry: s.DB, Secrets: s.secrets, Passwords: plainPasswords{}, Authenticator: credential.Totp{}, Clock: s.clock})
		it, secret, confirmed := s.enrolled(t, engine)
		assert.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(s.tries(engine, it.name, goodPassword, codeAt(secret, s.clock()))), "used for enrolling")
		s.pass(30 * time.Second)
		for _, code := range []string{codeAt(secret, s.clock()), confirmed.RecoveryCodes[0]} {
			assert.Equal(t, 1, atOnce(20, func(i int) error {
				return s.tries([]*domain.Engine{engine, replica}[i%2], it.name, goodPassword, code)
			}))
			s.pass(time.Hour) // wrong ones block for a while
		}
		require.Len(t, confirmed.RecoveryCodes, 10)
		assert.NoError(t, s.tries(engine, it.name, goodPassword, confirmed.RecoveryCodes[1]))
		assert.Equal(t, domain.CodeMfaCodeRequired, domain.CodeOf(s.tries(engine, it.name, goodPassword, "")))
	})
}

// atOnce does something so many times at once and tells how often it succeeded.
func atOnce(times int, do func(i int) error) int {
	var all sync.WaitGroup
	var succeeded atomic.Int64
	for i := range times {
		all.Go(func() {
			if do(i) == nil {
				succeeded.Add(1)
			}
		})
	}
	all.Wait()
	return int(succeeded.Load())
}
