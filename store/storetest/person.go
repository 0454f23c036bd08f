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

var personPromises = []promise{
	{"a person comes back as it was stored", personRoundTrip},
	{"a person without anything comes back so", barePersonRoundTrip},
	{"an update stores everything but access and link", personUpdate},
	{"an update stores the keys that changed, whatever was known before", keysUpdate},
	{"a touch stores the version and the time only", personTouch},
	{"nobody is found by an unknown id", personUnknown},
	{"a deleted person is gone and its keys are free", personDeleted},
	{"an anonymised person is found by id", personAnonymised},
	{"matches come in the order of the keys", matchOrder},
	{"empty keys match nobody", matchNothing},
	{"matching sees hidden links", matchHidden},
	{"of many who match the first are told", matchMany},
	{"matching by e-mail looks at primary addresses", matchPrimary},
	{"what is written does not depend on what was written before", rowsAlike},
	{"others are found by any of a person's keys on any rung", crossingFound},
	{"addresses follow updates", emailKeysFollow},
	{"reporting lines are walked to the top", reportsTo},
	{"a circle of managers ends", reportsInCircle},
	{"the extras of a person are loaded when asked for", personExtras},
}

// everything makes a person with a value in every field of person, access and link.
func everything(w *world, t testing.TB) *domain.Person {
	t.Helper()
	organization, provider := newID(), newID()
	w.AddOrganization(t, w.Scope.Tenant, organization, "North")
	w.AddProvider(t, w.Scope.Tenant, provider, true)
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	echo := []domain.EchoValue{{Value: "https://example.com/ä", Display: "d", Type: "t", IsPrimary: true}, {Value: "v"}}
	return &domain.Person{
		ID: newID(), Version: 7, CreatedAt: noon, UpdatedAt: at(1),
		Username: "Ann", ExternalLogin: "Ann@Login", LegacyID: "L-1",
		Profile: domain.Profile{
			FirstName: "Ann", LastName: "Müller", MiddleName: "M.", PreferredName: "Annie", DisplayName: "Ann 'Quote\" %_", Prefix: "Dr.", Suffix: "Jr.",
			Locale: "de-DE", PreferredLanguage: "de", TimeZone: "Europe/Berlin", ExternalReference: "Ref/1",
			Emails: []domain.EmailAddress{
				{ID: newID(), Address: "Ann@Example.com", Type: "Work", Display: "Ann", IsPrimary: true, VerifiedAt: at(2)},
				{ID: newID(), Address: "ann@home.example", Type: "Home"},
			},
			Phones: []domain.PhoneNumber{{ID: newID(), Number: "+49 1", Type: "Work", Display: "desk", IsPrimary: true}},
			Addresses: []domain.StreetAddress{{ID: newID(), Type: "Work", Formatted: "a\nb", Street: "s", City: "c", Region: "r",
				PostalCode: "p", Country: "DE", IsPrimary: true}},
			Employee: domain.Employee{Number: "E1", Title: "Boss", Department: "d", Division: "v", CostCenter: "cc", OrganizationName: "o",
				EmploymentType: "e", HireDate: "2020-01-02", TerminationDate: "2030-01-02", Manager: "somebody"},
		},
		Access: &domain.UserAccess{
			Username: "Ann", IsActive: true, ActivatedAt: at(3), DeactivatedAt: at(4), DeactivatedBy: domain.DoorScim, MfaRequired: true,
			MfaEnrolledAt: at(5), IdentityProviderID: provider, OrganizationIDs: []uuid.UUID{organization}, InvitationWanted: true, InvitedAt: at(6),
			InvitationExpires: at(7), InvitationCount: 3, ResetExpires: at(8), MustResetPassword: true, LockedUntil: at(9), LastLoginAt: at(10),
			CreatedAt: at(11), Protected: true,
		},
		Link: &domain.Link{
			Connection: w.Scope.Connection, ExternalKey: "Key", ProjectedLogin: "login",
			Echo: domain.Echo{FormattedName: "Dr. Ann", ProfileURL: "https://x", Photos: echo, IMs: echo[:1], Entitlements: echo[1:], Certificates: echo},
		},
	}
}

func personRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := everything(w, t)
	w.insert(t, p)
	var found *domain.Person
	w.read(t, func(tx domain.Tx) (err error) {
		found, err = tx.FindPerson(p.ID, 0)
		return err
	})
	assert.Empty(t, cmp.Diff(p, found))
	w.write(t, func(tx domain.Tx) (err error) {
		found, err = tx.FindPerson(p.ID, 0)
		return err
	})
	assert.Empty(t, cmp.Diff(p, found), "in a write")
	page := w.list(t, domain.Query{Count: 10})
	assert.Empty(t, cmp.Diff([]*domain.Person{p}, page.Items), "in a list")
}

func barePersonRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := &domain.Person{ID: newID(), CreatedAt: noon}
	w.insert(t, p)
	assert.Empty(t, cmp.Diff(p, w.find(t, p.ID)))
}

func personUpdate(t *testing.T, open Open) {
	w := newWorld(t, open)
	full := everything(w, t)
	p := &domain.Person{ID: full.ID, CreatedAt: full.CreatedAt}
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error { return tx.UpdatePerson(full) })
	want := *full
	want.Access, want.Link = nil, nil
	assert.Empty(t, cmp.Diff(&want, w.find(t, p.ID)))

	w.write(t, func(tx domain.Tx) error { return tx.UpdatePerson(p) })
	assert.Empty(t, cmp.Diff(p, w.find(t, p.ID)), "emptied again")
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.UpdatePerson(person("nobody")) })
	refused(t, err, domain.CodePersonNotFound, "PersonId")
}

func personTouch(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := everything(w, t)
	w.insert(t, p)
	touched := *p
	touched.Version, touched.UpdatedAt = 8, noon.Add(time.Minute)
	changed := touched
	changed.FirstName = "not stored"
	w.write(t, func(tx domain.Tx) error { return tx.TouchPerson(&changed) })
	found := w.find(t, p.ID)
	found.ManagedBy = nil
	assert.Empty(t, cmp.Diff(&touched, found))
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.TouchPerson(person("nobody")) })
	refused(t, err, domain.CodePersonNotFound, "PersonId")
}

func personUnknown(t *testing.T, open Open) {
	w := newWorld(t, open)
	err := w.Read(ctx(), w.Scope, func(tx domain.Tx) error {
		_, err := tx.FindPerson(newID(), 0)
		return err
	})
	refused(t, err, domain.CodePersonNotFound, "PersonId")
}

func personDeleted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := everything(w, t)
	p.Access, p.Link = nil, nil
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error { return tx.DeletePerson(p.ID, noon) })

	err := w.Read(ctx(), w.Scope, func(tx domain.Tx) error {
		_, err := tx.FindPerson(p.ID, 0)
		return err
	})
	refused(t, err, domain.CodePersonNotFound, "PersonId")
	err = w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.DeletePerson(p.ID, noon) })
	refused(t, err, domain.CodePersonNotFound, "PersonId")
	assert.Empty(t, w.list(t, domain.Query{Count: 10}).Items)
	assert.Empty(t, w.match(t, domain.MatchKeys{EmployeeNumber: p.Employee.Number, Email: p.PrimaryEmail()}))
	again := *p
	again.ID = newID()
	w.insert(t, &again)
}

func personAnonymised(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := person("Ann")
	p.AnonymizedAt = noon
	w.insert(t, p)
	assert.Equal(t, domain.StateAnonymized, w.find(t, p.ID).State())
	assert.Empty(t, w.list(t, domain.Query{Count: 10}).Items)
	assert.Len(t, w.list(t, domain.Query{Count: 10, Who: domain.AnonymizedOnly}).Items, 1)
}

func linked(w *world, p *domain.Person, key string) *domain.Person {
	p.Link = &domain.Link{Connection: w.Scope.Connection, ExternalKey: key}
	return p
}

func emailKeysFollow(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := person("a")
	w.insert(t, p)
	change := func(loaded bool, emails ...domain.EmailAddress) {
		w.write(t, func(tx domain.Tx) error {
			if loaded {
				_, err := tx.FindPerson(p.ID, 0)
				require.NoError(t, err)
			}
			p.Emails = emails
			return tx.UpdatePerson(p)
		})
	}
	one, two := domain.EmailAddress{Address: "one@x", IsPrimary: true}, domain.EmailAddress{Address: "Two@x"}
	for _, loaded := range []bool{true, false} {
		change(loaded, one, two)
		assert.Len(t, w.match(t, domain.MatchKeys{Email: "ONE@x"}), 1)
		assert.Empty(t, w.match(t, domain.MatchKeys{Email: "two@x"}))
		one.IsPrimary, two.IsPrimary = false, true
		change(loaded, one, two, two)
		assert.Empty(t, w.match(t, domain.MatchKeys{Email: "one@x"}))
		assert.Len(t, w.match(t, domain.MatchKeys{Email: "two@x"}), 1)
		assert.Equal(t, 2, w.Number(t, "SELECT COUNT(*) FROM email_key"))
		one.IsPrimary, two.IsPrimary = true, false
		change(loaded)
		assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM email_key"))
	}
}

func (w *world) reports(t testing.TB, manager, person *domain.Person) bool {
	t.Helper()
	var above bool
	w.read(t, func(tx domain.Tx) (err error) {
		above, err = tx.ReportsTo(manager.ID, person.ID)
		return err
	})
	return above
}

func reportsTo(t *testing.T, open Open) {
	w := newWorld(t, open)
	top, middle, low := person("top"), person("middle"), person("low")
	middle.Employee.Manager, low.Employee.Manager = top.ID.String(), middle.ID.String()
	top.Employee.Manager = "The Board"
	w.insert(t, top, middle, low)
	assert.True(t, w.reports(t, low, top))
	assert.True(t, w.reports(t, low, middle))
	assert.True(t, w.reports(t, low, low), "nobody is their own manager")
	assert.False(t, w.reports(t, middle, low))
	assert.False(t, w.reports(t, top, low))
}

func reportsInCircle(t *testing.T, open Open) {
	w := newWorld(t, open)
	a, b := person("a"), person("b")
	a.Employee.Manager, b.Employee.Manager = b.ID.String(), a.ID.String()
	w.insert(t, a, b)
	assert.False(t, w.reports(t, a, person("c")))
}

func personExtras(t *testing.T, open Open) {
	w := newWorld(t, open)
	boss, p := person("Boss"), linked(w, user("ann"), "k")
	p.Employee.Manager = boss.ID.String()
	w.insert(t, boss, p)
	groups := []*domain.Group{group("Zeta"), group("alpha"), group("Secret")}
	groups[2].Restricted = true
	w.write(t, func(tx domain.Tx) error {
		for _, g := range groups {
			require.NoError(t, tx.InsertGroup(g))
			_, err := tx.AddMembers(g.ID, []uuid.UUID{p.ID}, domain.MemberByRest, noon)
			require.NoError(t, err)
		}
		return nil
	})
	want := []domain.Membership{{Group: groups[1].ID, Name: "alpha"}, {Group: groups[0].ID, Name: "Zeta"}}
	check := func(found *domain.Person) {
		assert.Equal(t, want, found.Groups, "restricted groups stay out")
		assert.Equal(t, []string{"Okta"}, found.ManagedBy)
		assert.Equal(t, "Boss", found.ManagerName)
	}
	check(w.find(t, p.ID))
	all := domain.WithGroups | domain.WithManagedBy | domain.WithManagerName
	check(w.list(t, domain.Query{Who: domain.WithAccess, Count: 5, With: all}).Items[0])
	check(w.list(t, domain.Query{Who: domain.WithAccess, Count: 5, With: all, Order: domain.AttrUsername}).Items[0])
	assert.Nil(t, w.list(t, domain.Query{Who: domain.WithAccess, Count: 5}).Items[0].Groups)
}
