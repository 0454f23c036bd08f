package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var accessPromises = []promise{
	{"an update stores all of the access and the copies", accessUpdate},
	{"the identity account lives beside the access", identityRoundTrip},
	{"an update of the access leaves the credential alone", identityApart},
	{"removing access takes all that hangs on it", accessDeleted},
	{"people without access have none to change", accessMissing},
	{"what is open is counted", openCounted},
	{"receipts are listed, the newest first, also of who is gone", receiptsListed},
	{"people sign in by any of their names", loginFinds},
	{"a protected account is found by what its name looks like", lookalikes},
	{"only people with access sign in", loginNeedsAccess},
	{"enrolments are forgotten", enrolmentsDeleted},
	{"a link is stored and changed", linkSaved},
	{"links are seen by their own connection", linkOfConnection},
	{"a formatted name is forgotten by every connection", formattedNamesForgotten},
	{"links are deleted for every connection", linksDeleted},
}

func accessUpdate(t *testing.T, open Open) {
	w := newWorld(t, open)
	full := everything(w, t)
	p := user("plain")
	full.ID = p.ID
	w.insert(t, p)
	full.Access.CreatedAt = p.Access.CreatedAt // not what an update changes
	w.write(t, func(tx domain.Tx) error { return tx.UpdateAccess(full) })
	assert.Empty(t, cmp.Diff(full.Access, w.find(t, p.ID).Access))
	w.read(t, func(tx domain.Tx) error {
		identity, err := tx.FindIdentity(p.ID)
		assert.Equal(t, "Ann@Example.com", identity.EmailCopy)
		assert.Equal(t, "+49 1", identity.PhoneCopy)
		return err
	})
	full.Access.OrganizationIDs, full.Access.IdentityProviderID, full.Emails = nil, uuid.Nil, nil
	w.write(t, func(tx domain.Tx) error { return tx.UpdateAccess(full) })
	assert.Empty(t, cmp.Diff(full.Access, w.find(t, p.ID).Access), "emptied")
}

func (w *world) identity(t testing.TB, person uuid.UUID) *domain.IdentityAccount {
	t.Helper()
	var identity *domain.IdentityAccount
	w.read(t, func(tx domain.Tx) (err error) {
		identity, err = tx.FindIdentity(person)
		return err
	})
	return identity
}

func identityRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	p.Phones = []domain.PhoneNumber{{Number: "+1", IsPrimary: true}}
	identity := &domain.IdentityAccount{UserUnique: newID(), EmailCopy: "ann@example.com", PhoneCopy: "+1", PasswordHash: "$argon2id$", FailedCount: 2, MustResetPassword: true}
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertPerson(p))
		return tx.InsertAccess(p, identity)
	})
	assert.Equal(t, identity, w.identity(t, p.ID))
	assert.True(t, w.find(t, p.ID).Access.MustResetPassword)

	identity.PasswordHash, identity.FailedCount, identity.MustResetPassword = "", 0, false
	w.write(t, func(tx domain.Tx) error { return tx.UpdateIdentity(p.ID, identity) })
	assert.Equal(t, identity, w.identity(t, p.ID))
}

func identityApart(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertPerson(p))
		return tx.InsertAccess(p, &domain.IdentityAccount{UserUnique: newID(), PasswordHash: "h", FailedCount: 1})
	})
	before := w.identity(t, p.ID)
	w.write(t, func(tx domain.Tx) error { return tx.UpdateAccess(p) })
	assert.Equal(t, before, w.identity(t, p.ID))
}

// burden hangs one of everything on a person with access.
func burden(tx domain.Tx, p *domain.Person, g *domain.Group) error {
	invitation := &domain.Invitation{ID: newID(), Person: p.ID, TokenHash: []byte("i" + p.ID.String()), Status: domain.InvitationPending, SentAt: noon}
	reset := &domain.ResetToken{ID: newID(), Person: p.ID, TokenHash: []byte("r" + p.ID.String()), CreatedAt: noon}
	for _, act := range []func() error{
		func() error { return tx.InsertInvitation(invitation) },
		func() error { return tx.InsertResetToken(reset) },
		func() error {
			return tx.InsertSession(&domain.Session{ID: newID(), Person: p.ID, TokenHash: []byte("s" + p.ID.String()), CreatedAt: noon})
		},
		func() error { return tx.Enqueue(mail(p, invitation.ID)) },
		func() error { return tx.Enqueue(mail(p, reset.ID)) },
		func() error { return tx.Enqueue(mail(p, uuid.Nil)) },
		func() error {
			_, err := tx.AddMembers(g.ID, []uuid.UUID{p.ID}, domain.MemberByRest, noon)
			return err
		},
	} {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}

func accessDeleted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other, g := user("ann"), user("ben"), group("g")
	w.insert(t, p, other)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertGroup(g))
		require.NoError(t, burden(tx, p, g))
		return burden(tx, other, g)
	})
	w.AddEnrolment(t, w.Scope.Tenant, p.ID)
	w.write(t, func(tx domain.Tx) error { _, err := tx.DeleteAccess(p.ID); return err })

	assert.Nil(t, w.find(t, p.ID).Access)
	assert.NotNil(t, w.find(t, other.ID).Access)
	for _, table := range []string{"user_access", "invitation", "reset_token", "session", "mfa_enrollment", "group_member"} {
		assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM "+table+" WHERE person_id = ?", p.ID), table)
	}
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND status = 'Waiting'", p.ID), "a mail without a token")
	assert.Equal(t, 3, w.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND status = 'Waiting'", other.ID))
	p.Access = &domain.UserAccess{Username: "ann"}
	w.write(t, func(tx domain.Tx) error { return tx.InsertAccess(p, &domain.IdentityAccount{UserUnique: newID()}) })
}

func openCounted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other, g := user("ann"), user("ben"), group("g")
	w.insert(t, p, other)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertGroup(g))
		require.NoError(t, burden(tx, other, g))
		require.NoError(t, tx.InsertSession(session(p.ID, "second")))
		return burden(tx, p, g)
	})
	w.AddEnrolment(t, w.Scope.Tenant, p.ID)
	count := func(wanted domain.Ended) {
		t.Helper()
		w.write(t, func(tx domain.Tx) error {
			counted, err := tx.CountOpen(p.ID)
			assert.Equal(t, wanted, counted)
			return err
		})
	}
	count(domain.Ended{Sessions: 2, Invitations: 1, ResetLinks: 1, Enrolments: 1})
	w.write(t, func(tx domain.Tx) error {
		_, err := tx.EndSessions(p.ID, noon, "x")
		require.NoError(t, err)
		_, err = tx.VoidInvitations(p.ID, domain.InvitationRevoked)
		require.NoError(t, err)
		_, err = tx.VoidResetTokens(p.ID, noon)
		return err
	})
	count(domain.Ended{Enrolments: 1})
}

func receiptsListed(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	receipt := func(person *domain.Person, cause domain.EndCause) *domain.Receipt {
		return &domain.Receipt{ID: newID(), Person: person.ID, Cause: cause, Door: domain.DoorScim, OccurredAt: noon, CompletedAt: noon.Add(time.Millisecond),
			Ended: domain.Ended{Sessions: 1, Invitations: 2, ResetLinks: 3, Enrolments: 4}}
	}
	first, second, foreign := receipt(p, domain.EndDeactivated), receipt(p, domain.EndDeleted), receipt(other, domain.EndRemoved)
	w.write(t, func(tx domain.Tx) error {
		for _, r := range []*domain.Receipt{first, foreign, second} {
			require.NoError(t, tx.InsertReceipt(r))
		}
		_, err := tx.DeleteAccess(p.ID)
		require.NoError(t, err)
		return tx.DeletePerson(p.ID, noon)
	})
	list := func(offset, count int) (list []*domain.Receipt) {
		w.read(t, func(tx domain.Tx) (err error) {
			list, err = tx.ListReceipts(p.ID, offset, count)
			return err
		})
		return list
	}
	assert.Empty(t, cmp.Diff([]*domain.Receipt{second, first}, list(0, 10)))
	assert.Empty(t, cmp.Diff([]*domain.Receipt{second}, list(0, 1)))
	assert.Empty(t, cmp.Diff([]*domain.Receipt{first}, list(1, 1)))
	w.Scope = w.NewTenant(t, "beta")
	assert.Empty(t, list(0, 10), "of another tenant")
}

func accessMissing(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := person("ann")
	w.insert(t, p)
	p.Access = &domain.UserAccess{Username: "ann"}
	for _, act := range []func(tx domain.Tx) error{
		func(tx domain.Tx) error { return tx.UpdateAccess(p) },
		func(tx domain.Tx) error { _, err := tx.DeleteAccess(p.ID); return err },
		func(tx domain.Tx) error { return tx.UpdateIdentity(p.ID, &domain.IdentityAccount{}) },
		func(tx domain.Tx) error { _, err := tx.FindIdentity(p.ID); return err },
	} {
		refused(t, w.Write(ctx(), w.Scope, act), domain.CodePersonNotFound, "PersonId")
	}
}

func (w *world) login(t testing.TB, attribute *domain.Attribute, value string) []uuid.UUID {
	t.Helper()
	var found []uuid.UUID
	w.read(t, func(tx domain.Tx) (err error) {
		found, err = tx.FindByLogin(attribute, value)
		return err
	})
	return found
}

func loginFinds(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("Ann")
	p.ExternalLogin, p.Employee.Number = "LOGIN", "N-1"
	w.insert(t, p, user("ben"))
	for attribute, value := range map[*domain.Attribute]string{
		domain.AttrUsername: "aNN", domain.AttrEmailAddress: "ann@EXAMPLE.com", domain.AttrExternalLogin: "login", domain.AttrEmployeeNumber: "n-1",
	} {
		assert.Equal(t, []uuid.UUID{p.ID}, w.login(t, attribute, value), attribute.Name)
		assert.Empty(t, w.login(t, attribute, ""), attribute.Name)
		assert.Empty(t, w.login(t, attribute, "unknown"), attribute.Name)
	}
	err := w.Read(ctx(), w.Scope, func(tx domain.Tx) error { _, err := tx.FindByLogin(domain.AttrFirstName, "Ann"); return err })
	assert.Error(t, err)
}

func loginNeedsAccess(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := user("ann")
	p.ExternalLogin, p.Employee.Number, p.Access = "login", "1", nil
	w.insert(t, p)
	for attribute, value := range map[*domain.Attribute]string{
		domain.AttrUsername: "ann", domain.AttrEmailAddress: "ann@example.com", domain.AttrExternalLogin: "login", domain.AttrEmployeeNumber: "1",
	} {
		assert.Empty(t, w.login(t, attribute, value), attribute.Name)
	}
}

func enrolmentsDeleted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := user("ann"), user("ben")
	w.insert(t, p, other)
	w.AddEnrolment(t, w.Scope.Tenant, p.ID)
	w.AddEnrolment(t, w.Scope.Tenant, p.ID)
	w.AddEnrolment(t, w.Scope.Tenant, other.ID)
	w.write(t, func(tx domain.Tx) error { return tx.DeleteEnrolments(p.ID) })
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM mfa_enrollment"))
}

func linkSaved(t *testing.T, open Open) {
	w := newWorld(t, open)
	full := everything(w, t)
	p := linked(w, person("ann"), "first")
	w.insert(t, p)
	p.Link = full.Link
	p.Link.HiddenAt = noon
	w.write(t, func(tx domain.Tx) error { return tx.SaveLink(p) })
	assert.Empty(t, cmp.Diff(p.Link, w.find(t, p.ID).Link))
	p.Link = &domain.Link{Connection: w.Scope.Connection}
	w.write(t, func(tx domain.Tx) error { return tx.SaveLink(p) })
	assert.Empty(t, cmp.Diff(p.Link, w.find(t, p.ID).Link), "emptied")
}

func (w *world) another(t testing.TB, name string) domain.Scope {
	t.Helper()
	other := domain.Scope{Tenant: w.Scope.Tenant, Connection: newID()}
	require.NoError(t, w.SaveConnection(ctx(), other.Tenant, &domain.Connection{ID: other.Connection, Name: name, CreatedAt: noon}, entry(domain.EventConnectionCreated)))
	return other
}

func linkOfConnection(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := linked(w, user("ann"), "mine")
	w.insert(t, p)
	mine, other := w.Scope, w.another(t, "Entra")
	w.Scope = other
	assert.Nil(t, w.find(t, p.ID).Link)
	p.Link = &domain.Link{Connection: other.Connection, ExternalKey: "mine"}
	w.write(t, func(tx domain.Tx) error { return tx.SaveLink(p) })
	assert.Equal(t, []string{"Entra", "Okta"}, w.find(t, p.ID).ManagedBy)

	p.Link.HiddenAt = noon
	w.write(t, func(tx domain.Tx) error { return tx.SaveLink(p) })
	assert.Empty(t, w.list(t, domain.Query{Who: domain.Linked, Count: 1}).Items, "hidden from the connection that deleted it")
	assert.Len(t, w.list(t, domain.Query{Who: domain.WithAccess, Count: 1}).Items, 1)
	w.Scope = mine
	assert.Len(t, w.list(t, domain.Query{Who: domain.Linked, Count: 1}).Items, 1)
	assert.Equal(t, []string{"Okta"}, w.find(t, p.ID).ManagedBy)
	w.Scope.Connection = uuid.Nil
	assert.Nil(t, w.find(t, p.ID).Link)
	assert.Len(t, w.list(t, domain.Query{Who: domain.Linked, Count: 1}).Items, 1)
}

func formattedNamesForgotten(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := linked(w, person("ann"), "k"), linked(w, person("ben"), "l")
	p.Link.Echo = domain.Echo{FormattedName: "Ann", ProfileURL: "u"}
	other.Link.Echo.FormattedName = "Ben"
	w.insert(t, p, other)
	mine, second := w.Scope, w.another(t, "Entra")
	p.Link.Connection = second.Connection
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.SaveLink(p))
		return tx.ForgetFormattedNames(p.ID)
	})
	for _, scope := range []domain.Scope{mine, second} {
		w.Scope = scope
		assert.Equal(t, domain.Echo{ProfileURL: "u"}, w.find(t, p.ID).Link.Echo)
	}
	w.Scope = mine
	assert.Equal(t, "Ben", w.find(t, other.ID).Link.Echo.FormattedName)
}

func linksDeleted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, other := linked(w, person("ann"), "k"), linked(w, person("ben"), "l")
	w.insert(t, p, other)
	w.another(t, "Entra")
	w.write(t, func(tx domain.Tx) error { return tx.DeleteLinks(p.ID) })
	assert.Nil(t, w.find(t, p.ID).Link)
	assert.NotNil(t, w.find(t, other.ID).Link)
}
