package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// Explained is a store that tells the plan of every statement that it runs.
type Explained struct {
	DB *store.DB
	// Plans takes the plans told since the last call.
	Plans func() []Plan
}

// Plan is how a database answers a statement.
type Plan struct{ Text, Plan string }

// RunPlanTests demands that what a request needs is found by indexes, and pages in their order: no plan may walk
// through a table, and that of a page may not sort either. The store is to be on the database of the fixture, which is
// filled first, so that the database has something to choose from.
func RunPlanTests(t *testing.T, f *Fixture, explained Explained, walks, sorts func(plan string) bool) {
	w := &world{f, f.NewTenant(t, "acme")}
	p, g := fill(t, w, 3000)
	for name, ask := range quick(w, p, g) {
		t.Run(name, func(t *testing.T) {
			explained.Plans()
			require.NoError(t, ask(explained.DB))
			plans := explained.Plans()
			assert.NotEmpty(t, plans)
			for _, plan := range plans {
				assert.False(t, walks(plan.Plan), "%s\n%s", plan.Text, plan.Plan)
				assert.False(t, strings.Contains(name, "by key") && strings.Contains(plan.Plan, "person_listing"), "%s\n%s", plan.Text, plan.Plan)
				assert.False(t, strings.HasPrefix(name, "page") && sorts(plan.Plan), "%s\n%s", plan.Text, plan.Plan)
			}
		})
	}
}

// fill makes many people and gives one of them that has every key, with a group.
func fill(t *testing.T, w *world, count int) (*domain.Person, *domain.Group) {
	t.Helper()
	people := make([]*domain.Person, count)
	for i := range people {
		people[i] = linked(w, user(fmt.Sprint("u", i)), fmt.Sprint("k", i))
		people[i].Employee.Number, people[i].ExternalLogin = fmt.Sprint(i), fmt.Sprint("l", i)
	}
	one := linked(w, user("ann"), "key")
	one.Employee.Number, one.ExternalLogin = "N1", "login"
	w.insert(t, append(people, one)...)
	crew := group("crew")
	w.write(t, func(tx domain.Tx) error {
		for i := range 200 {
			require.NoError(t, tx.InsertGroup(group(fmt.Sprint("g", i))))
		}
		require.NoError(t, tx.InsertGroup(crew))
		for _, p := range people[:300] {
			require.NoError(t, tx.InsertInvitation(invitation(p.ID, p.ID.String())))
			require.NoError(t, tx.InsertSession(session(p.ID, p.ID.String())))
			require.NoError(t, tx.Enqueue(mail(p, uuid.Nil)))
		}
		for i, p := range people[:2000] {
			e := logged(p.ID)
			e.RequestID, e.At, e.ID = fmt.Sprint("r", i), noon.Add(time.Duration(i)*time.Minute), domain.NewProvisioningID(noon.Add(time.Duration(i)*time.Minute), newID())
			require.NoError(t, tx.InsertProvisioning(e))
			line := entry(domain.EventPersonUpdated)
			line.Person, line.Changes = p.ID, []domain.Change{{Attribute: "Manager", After: p.PrimaryEmail()}}
			require.NoError(t, tx.Record(line))
		}
		require.NoError(t, tx.InsertRole(namesake(crew)))
		require.NoError(t, tx.InsertOrganization(&domain.Organization{ID: crew.ID, Name: "crew", CreatedAt: noon}))
		require.NoError(t, tx.InsertDomain(&domain.SsoDomain{Name: "same.example", Token: "same", CreatedAt: noon}))
		require.NoError(t, tx.InsertProvider(&domain.IdentityProvider{ID: crew.ID, Name: "crew", Version: 1}))
		for i := range 1000 {
			done := &domain.Report{ID: newID(), Status: domain.ReportCompleted, CreatedAt: noon.Add(time.Duration(i) * time.Minute)}
			require.NoError(t, tx.InsertReport(done))
			require.NoError(t, tx.InsertOrganization(&domain.Organization{ID: newID(), Name: "o", Parent: newID(), CreatedAt: noon}))
		}
		for i := range 1000 {
			r := role(fmt.Sprint("r", i), i)
			require.NoError(t, tx.InsertRole(r))
			_, err := tx.GrantRoles(people[i].ID, []uuid.UUID{r.ID}, noon)
			require.NoError(t, err)
			if i%20 == 0 {
				_, err = tx.GrantGroupRoles(crew.ID, []uuid.UUID{r.ID})
				require.NoError(t, err)
			}
		}
		_, err := tx.AddMembers(crew.ID, append(ids(people[:1000]), one.ID), domain.MemberByScim, noon)
		return err
	})
	crew.Link = &domain.Link{Connection: w.Scope.Connection}
	if w.numbered {
		w.SQL(t, "ANALYZE") // PostgreSQL does so by itself, in a minute or so
	}
	return one, crew
}

// quick are the questions that requests ask, each of which has to be quick with any number of people.
func quick(w *world, p *domain.Person, g *domain.Group) map[string]func(db *store.DB) error {
	read := func(fn func(tx domain.Tx) error) func(db *store.DB) error {
		return func(db *store.DB) error { return db.Read(ctx(), w.Scope, fn) }
	}
	list := func(q domain.Query) func(db *store.DB) error {
		return read(func(tx domain.Tx) error { _, err := tx.ListPeople(q); return err })
	}
	provisioning := func(q domain.ProvisioningQuery) func(db *store.DB) error {
		q.Count = 50
		return read(func(tx domain.Tx) error { _, err := tx.ListProvisioning(q); return err })
	}
	place := &domain.Position{Created: noon, ID: p.ID}
	questions := map[string]func(db *store.DB) error{
		"settings": read(func(tx domain.Tx) error { _, err := tx.Connection(); return err }),
		"find a person": read(func(tx domain.Tx) error {
			_, err := tx.FindPerson(p.ID, domain.WithGroups|domain.WithManagedBy|domain.WithManagerName)
			return err
		}),
		"match": read(func(tx domain.Tx) error {
			_, err := tx.MatchPeople(domain.MatchKeys{ExternalKey: "key", Username: "ann", EmployeeNumber: "n1", Email: "ann@example.com"})
			return err
		}),
		"page of people":       list(domain.Query{Count: 100}),
		"page of users":        list(domain.Query{Who: domain.Linked, Count: 100, Offset: 300}),
		"page of anonymised":   list(domain.Query{Who: domain.AnonymizedOnly, Count: 100}),
		"users hidden by key":  list(domain.Query{Who: domain.Linked, Total: true}),
		"page behind a place":  list(domain.Query{Who: domain.Linked, Count: 100, After: place}),
		"page in front of one": list(domain.Query{Who: domain.Linked, Count: 100, After: place, Down: true}),
		"page of groups behind a place": read(func(tx domain.Tx) error {
			_, err := tx.ListGroups(domain.Query{Count: 20, After: place}, false)
			return err
		}),
		"page of the audit of a time": read(func(tx domain.Tx) error {
			_, _, err := tx.ListAudit(domain.AuditQuery{From: noon, To: noon.Add(time.Minute), Count: 20})
			return err
		}),
		"find a group":         read(func(tx domain.Tx) error { _, err := tx.FindGroup(g.ID); return err }),
		"find a group by name": read(func(tx domain.Tx) error { _, err := tx.FindGroupByName("crew"); return err }),
		"page of groups":       read(func(tx domain.Tx) error { _, err := tx.ListGroups(domain.Query{Count: 20}, false); return err }),
		"groups of a member": read(func(tx domain.Tx) error {
			_, err := tx.ListGroups(domain.Query{Count: 20, Where: domain.Some{Collection: domain.Members,
				Where: domain.Compare{Attribute: domain.AttrMemberPerson, Value: domain.IDValue(p.ID)}}}, false)
			return err
		}),
		"members":               read(func(tx domain.Tx) error { _, err := tx.ListMembers(g.ID, p.ID, 10); return err }),
		"filter members":        read(func(tx domain.Tx) error { _, err := tx.FilterMembers(g.ID, []uuid.UUID{p.ID}); return err }),
		"page of members":       read(func(tx domain.Tx) error { _, err := tx.PageMembers(g.ID, 10, 10); return err }),
		"page of organizations": read(func(tx domain.Tx) error { _, err := tx.ListOrganizations(domain.Query{Count: 10}); return err }),
		"organization":          read(func(tx domain.Tx) error { _, err := tx.OrganizationUnder(g.ID, newID()); return err }),
		"suborganizations":      read(func(tx domain.Tx) error { _, err := tx.HasOrganizations(newID()); return err }),
		"provider": read(func(tx domain.Tx) error {
			_, err := tx.FindProvider(newID())
			return ignoring(err, domain.CodeIdentityProviderNotFound)
		}),
		"provider by prefix": read(func(tx domain.Tx) error {
			_, err := tx.FindProviderByPrefix("okta")
			return ignoring(err, domain.CodeIdentityProviderNotFound)
		}),
		"people who cross":     read(func(tx domain.Tx) error { _, err := tx.FindCrossing(p.ID, []string{"ann", "n1"}); return err }),
		"lookalike":            read(func(tx domain.Tx) error { _, _, err := tx.FindLookalike(p.ID, "ann"); return err }),
		"people of a provider": read(func(tx domain.Tx) error { _, err := tx.ProviderNamed(newID()); return err }),
		"page of roles":        read(func(tx domain.Tx) error { _, err := tx.ListRoles(domain.Query{Count: 10}); return err }),
		"roles":                read(func(tx domain.Tx) error { _, err := tx.FindRoles([]uuid.UUID{newID()}); return err }),
		"role by name":         read(func(tx domain.Tx) error { _, err := tx.FindRoleByName("r7"); return err }),
		"role holders":         read(func(tx domain.Tx) error { _, _, err := tx.RoleHolders(newID()); return err }),
		"roles of a group":     read(func(tx domain.Tx) error { _, err := tx.GroupRoles(g.ID); return err }),
		"rights":               read(func(tx domain.Tx) error { _, err := tx.Rights([]uuid.UUID{p.ID}); return err }),
		"assigned tenants":     read(func(tx domain.Tx) error { _, err := tx.AssignedTenants([]uuid.UUID{p.ID}); return err }),
		"last invitations":     read(func(tx domain.Tx) error { _, err := tx.LastInvitations([]uuid.UUID{p.ID}); return err }),
		"administrator":        read(func(tx domain.Tx) error { _, err := tx.HasAdministrator(); return err }),
		"reporting line":       read(func(tx domain.Tx) error { _, err := tx.ReportsTo(p.ID, newID()); return err }),
		"page of reports":      read(func(tx domain.Tx) error { _, err := tx.ListReports(domain.Query{Count: 10}); return err }),
		"waiting reports":      read(func(tx domain.Tx) error { _, err := tx.WaitingReports(); return err }),
		"page of accounts":     read(func(tx domain.Tx) error { _, err := tx.ScanAccounts(p.ID, 10); return err }),
		"claim of a report":    func(db *store.DB) error { _, err := db.ClaimReport(ctx(), noon.AddDate(-1, 0, 0), 1); return err },
		"invitations":          read(func(tx domain.Tx) error { _, err := tx.ListInvitations(p.ID); return err }),
		"known browser":        read(func(tx domain.Tx) error { _, err := tx.KnowsDevice(p.ID, []byte("x")); return err }),
		"asserted session":     read(func(tx domain.Tx) error { _, err := tx.FindAssertedSession(newID()); return err }),
		"session": func(db *store.DB) error {
			_, err := db.FindSession(ctx(), []byte("x"))
			return ignoring(err, domain.CodeNotFound)
		},
		"credential": func(db *store.DB) error {
			_, err := db.FindCredential(ctx(), newID())
			return ignoring(err, domain.CodeNotFound)
		},
		"page of the provisioning log":            provisioning(domain.ProvisioningQuery{}),
		"page of the provisioning log behind":     provisioning(domain.ProvisioningQuery{Before: newID()}),
		"provisioning log of a time":              provisioning(domain.ProvisioningQuery{From: noon, To: noon.Add(time.Hour)}),
		"provisioning log of a person":            provisioning(domain.ProvisioningQuery{Person: p.ID}),
		"page of the provisioning log of a line":  provisioning(domain.ProvisioningQuery{Connection: w.Scope.Connection}),
		"page of the provisioning log's refusals": provisioning(domain.ProvisioningQuery{Outcome: domain.ProvisioningRefused}),
		"page of the provisioning log's 409":      provisioning(domain.ProvisioningQuery{Code: "username_taken"}),
		"page of the provisioning log of an id":   provisioning(domain.ProvisioningQuery{RequestID: "r1"}),
		"claim":                                   func(db *store.DB) error { _, err := db.ClaimMessages(ctx(), noon.AddDate(-1, 0, 0), 1, 10); return err },
	}
	if !w.numbered { // PostgreSQL reads tables as a whole that are smaller than what a page looks at
		for _, after := range []uuid.UUID{uuid.Nil, p.ID} {
			questions[fmt.Sprint("part of a forecast behind ", after)] = read(func(tx domain.Tx) error {
				_, err := tx.Forecast(&domain.IdentityProvider{ID: g.ID}, domain.ForecastQuery{After: after, Count: 50})
				return err
			})
		}
		for name, condition := range fewPeople(g.ID) {
			questions[name] = list(domain.Query{Where: condition, Who: domain.WithAccess, Count: 100, Total: true})
		}
	}
	for i, condition := range sharpConditions(p, nil) {
		for _, with := range []domain.With{0, domain.WithGroups} {
			questions[fmt.Sprint("people by key ", i, " with ", with)] = list(domain.Query{Where: condition, Who: domain.Linked, Count: 100, Total: true, With: with})
		}
		questions[fmt.Sprint("count by key ", i)] = list(domain.Query{Where: condition, Who: domain.WithAccess, Total: true})
	}
	for i, condition := range cheap()[:2] {
		questions[fmt.Sprint("people by key, any of them ", i)] = list(domain.Query{Where: condition, Who: domain.Linked, Count: 100, Total: true})
	}
	for _, attribute := range []*domain.Attribute{domain.AttrUsername, domain.AttrEmailAddress, domain.AttrExternalLogin, domain.AttrEmployeeNumber} {
		questions["login by "+attribute.Name] = read(func(tx domain.Tx) error { _, err := tx.FindByLogin(attribute, "ann"); return err })
	}
	for name, act := range everyWrite(p, g) {
		if name != "ClearMembers" && name != "RefreshProtection" { // they read all that they are about, which is little of the second
			questions["write "+name] = func(db *store.DB) error { return ignoring(db.Write(ctx(), w.Scope, undone(act)), domain.CodeInternal) }
		}
	}
	return questions
}

// fewPeople are conditions that rows of other tables decide: those of a role and of a group with that id.
func fewPeople(id uuid.UUID) map[string]domain.Condition {
	of := func(collection *domain.Collection, attribute *domain.Attribute) domain.Condition {
		return domain.Some{Collection: collection, Where: domain.Compare{Attribute: attribute, Value: domain.IDValue(id)}}
	}
	holders := of(domain.RolesHeld, domain.AttrRole)
	return map[string]domain.Condition{
		"holders of a role":        holders,
		"people of a group":        of(domain.Memberships, domain.AttrMembershipGroup),
		"active holders of a role": domain.And{domain.Compare{Attribute: domain.AttrIsActive, Value: domain.BoolValue(true)}, holders},
	}
}

func ignoring(err error, code domain.Code) error {
	if domain.Is(err, code) {
		return nil
	}
	return err
}
