package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// accountPromises are what people's own acts rely on.
var accountPromises = []promise{
	{"an authenticator is stored whole, and changed", enrolmentsSaved},
	{"an authenticator to be confirmed takes the place of another such one only", enrolmentsReplaced},
	{"old passwords are kept, the newest ones so many", passwordsRemembered},
	{"wishes for reset links are taken once, oldest first", resetRequestsTaken},
	{"reset links that people asked for are counted", resetTokensCounted},
	{"the tenant of a mailed token is found", tokenOwnerFound},
	{"browsers are known by the sessions of their person", browsersKnown},
	{"sessions are listed while they last, and ended alone or but for one", sessionsEndedAlone},
	{"who has something open is listed once, and what is sealed is handed out", openListed},
}

func enrolment(person uuid.UUID) *domain.Enrolment {
	return &domain.Enrolment{ID: newID(), Person: person, SealedSecret: []byte{1, 0, 255}, CreatedAt: noon}
}

func enrolmentsSaved(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	n := enrolment(p.ID)
	w.write(t, func(tx domain.Tx) error { return tx.SaveEnrolment(n) })
	n.ConfirmedAt, n.LastStep, n.RecoveryHashes = noon.Add(time.Second), 59_000_000, [][]byte{{0, 1}, {2}}
	n.FailedCount, n.FailedSince, n.BlockedUntil, n.Blocks = 3, noon, noon.Add(time.Minute), 2
	w.write(t, func(tx domain.Tx) error { return tx.SaveEnrolment(n) })
	w.write(t, func(tx domain.Tx) error {
		found, err := tx.FindEnrolment(p.ID, true)
		assert.Empty(t, cmp.Diff(n, found))
		none, noneErr := tx.FindEnrolment(p.ID, false)
		assert.Nil(t, none)
		require.NoError(t, noneErr)
		return err
	})
	w.write(t, func(tx domain.Tx) error { return tx.DeleteEnrolments(p.ID) })
	w.read(t, func(tx domain.Tx) error {
		none, err := tx.FindEnrolment(p.ID, true)
		assert.Nil(t, none)
		return err
	})
}

func enrolmentsReplaced(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	confirmed, first, second, theirs := enrolment(p.ID), enrolment(p.ID), enrolment(p.ID), enrolment(other.ID)
	confirmed.ConfirmedAt = noon
	w.write(t, func(tx domain.Tx) error {
		for _, n := range []*domain.Enrolment{confirmed, theirs, first, second} {
			require.NoError(t, tx.SaveEnrolment(n))
		}
		return nil
	})
	w.read(t, func(tx domain.Tx) error {
		for want, found := range map[*domain.Enrolment]func() (*domain.Enrolment, error){
			confirmed: func() (*domain.Enrolment, error) { return tx.FindEnrolment(p.ID, true) },
			second:    func() (*domain.Enrolment, error) { return tx.FindEnrolment(p.ID, false) },
			theirs:    func() (*domain.Enrolment, error) { return tx.FindEnrolment(other.ID, false) },
		} {
			n, err := found()
			require.NoError(t, err)
			assert.Empty(t, cmp.Diff(want, n))
		}
		return nil
	})
	assert.Equal(t, 3, w.Number(t, "SELECT COUNT(*) FROM mfa_enrollment"))
}

func passwordsRemembered(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	remember := func(person uuid.UUID, hash string, at time.Time, keep int) {
		t.Helper()
		w.write(t, func(tx domain.Tx) error { return tx.RememberPassword(person, hash, at, keep) })
	}
	listed := func(want ...string) {
		t.Helper()
		w.read(t, func(tx domain.Tx) error {
			list, err := tx.ListPasswords(p.ID)
			assert.Equal(t, want, list)
			return err
		})
	}
	remember(other.ID, "theirs", noon, 1)
	for i := range 5 {
		remember(p.ID, fmt.Sprint("h", i), noon.Add(time.Duration(i)*time.Second), 3)
	}
	listed("h4", "h3", "h2")
	remember(p.ID, "", noon.Add(time.Minute), 1) // there was none, so that nothing changes
	listed("h4", "h3", "h2")
	remember(p.ID, "same moment", noon.Add(4*time.Second), 3)
	listed("same moment", "h3", "h2")
	remember(p.ID, "last", noon.Add(time.Minute), 0)
	listed()
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM old_password"))
}

func resetRequestsTaken(t *testing.T, open Open) {
	w := newWorld(t, open)
	late := &domain.ResetRequest{ID: newID(), Tenant: w.Scope.Tenant, Name: "Änn", RequestID: "r", IP: "192.0.2.1", At: noon.Add(time.Second)}
	soon := &domain.ResetRequest{ID: newID(), Tenant: w.Scope.Tenant, Name: "ben", At: noon}
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertResetRequest(late))
		return tx.InsertResetRequest(soon)
	})
	list, err := w.ListResetRequests(ctx(), 10)
	require.NoError(t, err)
	assert.Empty(t, cmp.Diff([]*domain.ResetRequest{soon, late}, list))
	list, err = w.ListResetRequests(ctx(), 1)
	require.NoError(t, err)
	assert.Len(t, list, 1)
	for _, want := range []bool{true, false} {
		w.write(t, func(tx domain.Tx) error {
			taken, err := tx.TakeResetRequest(soon.ID)
			assert.Equal(t, want, taken)
			return err
		})
	}
	tenant, err := w.FindTenant(ctx(), "acme")
	require.NoError(t, err)
	tenant.Disabled = true
	require.NoError(t, w.UpdateTenant(ctx(), tenant, entry(domain.EventTenantUpdated)))
	list, err = w.ListResetRequests(ctx(), 10)
	require.NoError(t, err)
	assert.Empty(t, list, "of a disabled tenant")
}

func resetTokensCounted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	counted := func(since time.Time, wantLast time.Time, want int) {
		t.Helper()
		w.read(t, func(tx domain.Tx) error {
			last, count, err := tx.CountResetTokens(p.ID, since)
			assert.True(t, wantLast.Equal(last), "%v", last)
			assert.Equal(t, want, count)
			return err
		})
	}
	counted(noon, time.Time{}, 0)
	w.write(t, func(tx domain.Tx) error {
		for i, r := range []*domain.ResetToken{
			{Person: p.ID, Origin: domain.ResetBySelf, CreatedAt: noon},
			{Person: p.ID, Origin: domain.ResetBySelf, CreatedAt: noon.Add(time.Hour)},
			{Person: p.ID, Origin: domain.ResetByAdmin, CreatedAt: noon.Add(2 * time.Hour)},
			{Person: other.ID, Origin: domain.ResetBySelf, CreatedAt: noon.Add(2 * time.Hour)},
		} {
			r.ID, r.TokenHash, r.ExpiresAt = newID(), []byte{byte(i)}, noon.Add(24*time.Hour)
			require.NoError(t, tx.InsertResetToken(r))
		}
		_, err := tx.VoidResetTokens(p.ID, noon) // void ones count as well: their mails were sent
		return err
	})
	counted(noon.Add(-time.Second), noon.Add(time.Hour), 2)
	counted(noon, noon.Add(time.Hour), 1)
	counted(noon.Add(time.Hour), time.Time{}, 0)
}

func tokenOwnerFound(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertInvitation(invitation(p.ID, "invitation")))
		return tx.InsertResetToken(&domain.ResetToken{ID: newID(), Person: p.ID, TokenHash: []byte("reset"), ExpiresAt: noon, CreatedAt: noon})
	})
	want := &domain.TokenOwner{Tenant: w.Scope.Tenant, TenantSlug: "acme"}
	for purpose, hash := range map[domain.TokenPurpose]string{domain.TokenInvitation: "invitation", domain.TokenVerify: "invitation", domain.TokenReset: "reset"} {
		found, err := w.FindTokenOwner(ctx(), purpose, []byte(hash))
		require.NoError(t, err)
		assert.Empty(t, cmp.Diff(want, found))
		_, err = w.FindTokenOwner(ctx(), purpose, []byte("nobody's"))
		refused(t, err, domain.CodeNotFound, "")
	}
	_, err := w.FindTokenOwner(ctx(), domain.TokenReset, []byte("invitation"))
	refused(t, err, domain.CodeNotFound, "")
	tenant, err := w.FindTenant(ctx(), "acme")
	require.NoError(t, err)
	tenant.Disabled = true
	require.NoError(t, w.UpdateTenant(ctx(), tenant, entry(domain.EventTenantUpdated)))
	_, err = w.FindTokenOwner(ctx(), domain.TokenReset, []byte("reset"))
	refused(t, err, domain.CodeNotFound, "")
}

func browsersKnown(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	first, second, third := session(p.ID, "1"), session(p.ID, "2"), session(p.ID, "3")
	first.Device, second.Device, second.Pending = []byte("laptop"), []byte("phone"), true
	w.write(t, func(tx domain.Tx) error {
		for _, s := range []*domain.Session{first, second, third} {
			require.NoError(t, tx.InsertSession(s))
		}
		_, err := tx.EndSessions(p.ID, noon, "test")
		return err
	})
	for name, test := range map[string]struct {
		person uuid.UUID
		device string
		want   bool
	}{
		"of a session that has ended": {p.ID, "laptop", true},
		"of a pending session":        {p.ID, "phone", false},
		"of nobody's":                 {p.ID, "tablet", false},
		"none":                        {p.ID, "", false},
		"of somebody else's":          {other.ID, "laptop", false},
	} {
		w.read(t, func(tx domain.Tx) error {
			known, err := tx.KnowsDevice(test.person, []byte(test.device))
			assert.Equal(t, test.want, known, name)
			return err
		})
	}
}

func sessionsEndedAlone(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	first, second, third, theirs := session(p.ID, "1"), session(p.ID, "2"), session(p.ID, "3"), session(other.ID, "4")
	second.CreatedAt, third.CreatedAt = noon.Add(time.Second), noon.Add(2*time.Second)
	third.Pending, third.Client, third.IdleLimit = true, "Änn's browser", 90*time.Second
	listed := func(want ...*domain.Session) {
		t.Helper()
		w.read(t, func(tx domain.Tx) error {
			list, err := tx.ListSessions(p.ID)
			assert.Empty(t, cmp.Diff(want, list))
			return err
		})
	}
	w.write(t, func(tx domain.Tx) error {
		for _, s := range []*domain.Session{first, second, third, theirs} {
			require.NoError(t, tx.InsertSession(s))
		}
		return nil
	})
	listed(third, second, first)
	for _, try := range []struct {
		person, session uuid.UUID
		ended           bool
	}{{p.ID, theirs.ID, false}, {p.ID, newID(), false}, {p.ID, second.ID, true}, {p.ID, second.ID, false}} {
		w.write(t, func(tx domain.Tx) error {
			ended, err := tx.EndSession(try.person, try.session, noon, "x")
			assert.Equal(t, try.ended, ended)
			return err
		})
	}
	listed(third, first)
	w.write(t, func(tx domain.Tx) error {
		ended, err := tx.EndOtherSessions(p.ID, first.ID, noon, "x")
		assert.Equal(t, 1, ended)
		return err
	})
	listed(first)
	_, err := w.FindSession(ctx(), []byte("4"))
	assert.NoError(t, err, "of somebody else")
}
