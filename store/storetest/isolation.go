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

// RunIsolationTests holds a store to the promise that a transaction neither sees nor changes another tenant's rows,
// even where both tenants have rows with the same ids.
func RunIsolationTests(t *testing.T, open Open) {
	run(t, open, []promise{
		{"reads see their own tenant", readsIsolated},
		{"writes change their own tenant", writesIsolated},
		{"a foreign id is like an unknown one", foreignIDs},
		{"a scope without a tenant sees nothing", noTenantNothing},
	})
}

// twins are two tenants that share every id, name, key and token; only what people are called differs.
type twins struct {
	*world
	other  domain.Scope
	person *domain.Person
	plain  *domain.Person
	group  *domain.Group
	ids    []uuid.UUID // of all kinds
}

func newTwins(t *testing.T, open Open) *twins {
	t.Helper()
	w := newWorld(t, open)
	s := &twins{world: w, other: w.NewTenant(t, "beta"), group: group("Staff")}
	w.SQL(t, `INSERT INTO connection (tenant_id, connection_id, name, policies, notes) VALUES (?, ?, 'Okta', '{}', '[]')`, s.other.Tenant, w.Scope.Connection)
	s.other.Connection = w.Scope.Connection
	s.person, s.plain = linked(w, user("ann"), "key"), person("plain")
	s.person.Employee.Number, s.person.ExternalLogin = "1", "login"
	organization, provider := newID(), newID()
	s.person.Access.OrganizationIDs, s.person.Access.IdentityProviderID = []uuid.UUID{organization}, provider
	token, reset, session, message := newID(), newID(), newID(), newID()
	for _, scope := range []domain.Scope{w.Scope, s.other} {
		w.AddOrganization(t, scope.Tenant, organization, "North")
		w.AddProvider(t, scope.Tenant, provider, true)
		require.NoError(t, w.Write(ctx(), scope, func(tx domain.Tx) error {
			p := *s.person
			p.LastName = scope.Tenant.String()
			require.NoError(t, insert(tx, &p, s.plain))
			require.NoError(t, tx.InsertGroup(s.group))
			g := *s.group
			g.Link = &domain.Link{Connection: scope.Connection, ExternalKey: "key"}
			require.NoError(t, tx.SaveGroupLink(&g))
			_, err := tx.AddMembers(s.group.ID, []uuid.UUID{p.ID}, domain.MemberByScim, noon)
			require.NoError(t, err)
			require.NoError(t, tx.InsertRole(namesake(&g)))
			require.NoError(t, tx.InsertOrganization(&domain.Organization{ID: g.ID, Name: g.Name}))
			require.NoError(t, tx.InsertProvider(&domain.IdentityProvider{ID: g.ID, Name: g.Name, Prefix: "same", Version: 1}))
			_, err = tx.GrantRoles(p.ID, []uuid.UUID{g.ID}, noon)
			require.NoError(t, err)
			require.NoError(t, tx.InsertInvitation(&domain.Invitation{ID: token, Person: p.ID, TokenHash: []byte("i"), Status: domain.InvitationPending}))
			require.NoError(t, tx.InsertResetToken(&domain.ResetToken{ID: reset, Person: p.ID, TokenHash: []byte("r")}))
			require.NoError(t, tx.InsertSession(&domain.Session{ID: session, Person: p.ID, TokenHash: []byte("s" + scope.Tenant.String()),
				Asserted: &domain.AssertedSession{Provider: g.ID, Name: "ann", Index: "i"}}))
			require.NoError(t, tx.InsertDomain(&domain.SsoDomain{Name: "same.example", Token: "same"}))
			_, err = tx.InsertServiceKey(&domain.ServiceKey{Provider: g.ID, Generation: 1})
			require.NoError(t, err)
			stored, err := tx.InsertPasskey(&domain.Passkey{ID: g.ID, Person: p.ID, CredentialHash: []byte("credential"), Name: "key"})
			require.NoError(t, err)
			require.True(t, stored, "another tenant's credential takes nothing")
			require.NoError(t, tx.InsertPasskeyChallenge(&domain.PasskeyChallenge{Ticket: []byte("ticket"), Purpose: domain.PasskeyToShow, Person: p.ID, ExpiresAt: noon.Add(time.Hour)}))
			require.NoError(t, tx.InsertSsoRequest(&domain.SsoRequest{Provider: g.ID, ID: "id", RelayState: []byte("relay"), Browser: []byte("browser"), ExpiresAt: noon.Add(time.Hour)}))
			m := mail(&p, token)
			m.ID, m.DedupKey = message, "same"
			require.NoError(t, tx.Enqueue(m))
			require.NoError(t, tx.InsertProvisioning(logged(p.ID)))
			require.NoError(t, tx.InsertImport(&domain.ImportJob{ID: g.ID, Status: domain.ImportRunning, Total: 1}, []*domain.ImportRecord{{LegacyID: "old"}}))
			require.NoError(t, tx.InsertReport(&domain.Report{ID: g.ID, Name: "old", Status: domain.ReportRunning}))
			held, err := tx.AdvanceReport(&domain.Report{ID: g.ID, Chunks: 1}, &domain.ReportChunk{First: p.ID, Last: p.ID, Content: p.ID.String()}, noon)
			require.NoError(t, err)
			require.True(t, held)
			return tx.SaveOnce(&domain.OnceRecord{Credential: organization, Route: "r", Key: "k", ExpiresAt: noon.Add(time.Hour)})
		}))
		w.AddEnrolment(t, scope.Tenant, s.person.ID)
	}
	s.ids = []uuid.UUID{s.person.ID, s.plain.ID, s.group.ID, token, reset, session, message}
	return s
}

func readsIsolated(t *testing.T, open Open) {
	s := newTwins(t, open)
	for _, scope := range []domain.Scope{s.world.Scope, s.other} {
		s.Scope = scope
		assert.Equal(t, scope.Tenant.String(), s.find(t, s.person.ID).LastName)
		page := s.list(t, domain.Query{Who: domain.WithAccess, Count: 10, Total: true, With: domain.WithGroups | domain.WithManagedBy})
		require.Equal(t, 1, page.Total)
		assert.Equal(t, scope.Tenant.String(), page.Items[0].LastName)
		assert.Len(t, page.Items[0].Groups, 1)
		assert.Equal(t, []string{"Okta"}, page.Items[0].ManagedBy)
		assert.Len(t, s.match(t, domain.MatchKeys{ExternalKey: "key", Username: "ann", EmployeeNumber: "1", Email: "ann@example.com"}), 4)
		assert.Len(t, s.members(t, s.group.ID), 1)
		assert.Len(t, s.groups(t, domain.Query{Count: 10}).Items, 1)
		for attribute, value := range map[*domain.Attribute]string{
			domain.AttrUsername: "ann", domain.AttrEmailAddress: "ann@example.com", domain.AttrExternalLogin: "login", domain.AttrEmployeeNumber: "1",
		} {
			assert.Len(t, s.login(t, attribute, value), 1)
		}
		for _, condition := range sharpConditions(s.person, s.group) {
			assert.Equal(t, 1, s.list(t, domain.Query{Where: condition, Total: true}).Total, "%#v", condition)
		}
	}
	signedIn, err := s.FindSession(ctx(), []byte("s"+s.other.Tenant.String()))
	require.NoError(t, err)
	assert.Equal(t, s.other.Tenant, signedIn.Tenant)
}

// sharpConditions each find one person by a key.
func sharpConditions(p *domain.Person, g *domain.Group) []domain.Condition {
	equal := func(a *domain.Attribute, value domain.Value) domain.Condition {
		return domain.Compare{Attribute: a, Operator: domain.Equal, Value: value}
	}
	text := func(a *domain.Attribute, value string) domain.Condition { return equal(a, domain.TextValue(value)) }
	list := []domain.Condition{
		equal(domain.AttrID, domain.IDValue(p.ID)),
		text(domain.AttrUsername, "ann"), text(domain.AttrExternalKey, "key"), text(domain.AttrEmployeeNumber, "1"), text(domain.AttrExternalLogin, "login"),
		domain.Some{Collection: domain.Emails, Where: text(domain.AttrEmailAddress, "ann@example.com")},
		domain.Some{Collection: domain.Emails, Where: domain.And{text(domain.AttrEmailType, "work"), text(domain.AttrEmailAddress, "ann@example.com")}},
	}
	if g != nil {
		list = append(list, domain.Some{Collection: domain.Memberships, Where: equal(domain.AttrMembershipGroup, domain.IDValue(g.ID))})
	}
	return list
}

// namesake is a role with the id of a group, for acts that name one of them only.
func namesake(g *domain.Group) *domain.Role {
	return &domain.Role{ID: g.ID, Name: g.Name, Permissions: domain.NewPermissions(domain.UsersRead), Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

// everyWrite are acts on a person and a group, one for each writing method that names an existing row.
func everyWrite(p *domain.Person, g *domain.Group) map[string]func(tx domain.Tx) error {
	late := noon.Add(time.Hour)
	return map[string]func(tx domain.Tx) error{
		"UpdatePerson":     func(tx domain.Tx) error { return tx.UpdatePerson(p) },
		"TouchPerson":      func(tx domain.Tx) error { return tx.TouchPerson(p) },
		"DeletePerson":     func(tx domain.Tx) error { return tx.DeletePerson(p.ID, late) },
		"UpdateAccess":     func(tx domain.Tx) error { return tx.UpdateAccess(p) },
		"UpdateIdentity":   func(tx domain.Tx) error { return tx.UpdateIdentity(p.ID, &domain.IdentityAccount{FailedCount: 9}) },
		"DeleteAccess":     func(tx domain.Tx) error { _, err := tx.DeleteAccess(p.ID); return err },
		"DeleteEnrolments": func(tx domain.Tx) error { return tx.DeleteEnrolments(p.ID) },
		"UpdatePasskey": func(tx domain.Tx) error {
			return tx.UpdatePasskey(&domain.Passkey{ID: g.ID, Name: "changed"})
		},
		"TakePasskeyChallenge": func(tx domain.Tx) error {
			_, err := tx.TakePasskeyChallenge([]byte("ticket"), domain.PasskeyToShow, uuid.Nil, noon)
			return err
		},
		"DeletePasskey":         func(tx domain.Tx) error { _, err := tx.DeletePasskey(p.ID, g.ID); return err },
		"DeletePasskeys":        func(tx domain.Tx) error { return tx.DeletePasskeys(p.ID) },
		"VoidInvitations":       func(tx domain.Tx) error { _, err := tx.VoidInvitations(p.ID, domain.InvitationRevoked); return err },
		"VoidResetTokens":       func(tx domain.Tx) error { _, err := tx.VoidResetTokens(p.ID, late); return err },
		"EndSessions":           func(tx domain.Tx) error { _, err := tx.EndSessions(p.ID, late, "x"); return err },
		"EndSessionsWithoutMfa": func(tx domain.Tx) error { _, err := tx.EndSessionsWithoutMfa(p.ID, late, "x"); return err },
		"EndAssertedSessions": func(tx domain.Tx) error {
			if _, err := tx.EndAssertedSessions(domain.SsoEnd{Provider: g.ID, Indexes: []string{"1"}}, late, "x"); err != nil {
				return err
			}
			_, err := tx.EndAssertedSessions(domain.SsoEnd{Provider: g.ID, Name: "ann"}, late, "x")
			return err
		},
		"TakeSsoRequest": func(tx domain.Tx) error {
			_, err := tx.TakeSsoRequest(&domain.SsoRequest{Provider: g.ID, ID: "id", RelayState: []byte("relay"), Browser: []byte("browser")}, noon)
			return err
		},
		"UpdateDomain": func(tx domain.Tx) error {
			return tx.UpdateDomain(&domain.SsoDomain{Name: "same.example", Token: "same", CheckedAt: late}, time.Time{})
		},
		"DeleteDomain":         func(tx domain.Tx) error { return tx.DeleteDomain("same.example") },
		"EndServiceKeys":       func(tx domain.Tx) error { return tx.EndServiceKeys(g.ID, 9, late) },
		"RememberPassword":     func(tx domain.Tx) error { return tx.RememberPassword(p.ID, "old", late, 3) },
		"EndOtherSessions":     func(tx domain.Tx) error { _, err := tx.EndOtherSessions(p.ID, newID(), late, "x"); return err },
		"SaveLink":             func(tx domain.Tx) error { return tx.SaveLink(p) },
		"ForgetFormattedNames": func(tx domain.Tx) error { return tx.ForgetFormattedNames(p.ID) },
		"DeleteLinks":          func(tx domain.Tx) error { return tx.DeleteLinks(p.ID) },
		"SaveGroupLink":        func(tx domain.Tx) error { return tx.SaveGroupLink(g) },
		"UpdateGroup":          func(tx domain.Tx) error { return tx.UpdateGroup(g) },
		"BumpGroup":            func(tx domain.Tx) error { return tx.BumpGroup(g, late) },
		"DeleteGroup":          func(tx domain.Tx) error { return tx.DeleteGroup(g.ID) },
		"AddMembers":           func(tx domain.Tx) error { _, err := tx.AddMembers(g.ID, []uuid.UUID{p.ID}, "x", late); return err },
		"RemoveMembers":        func(tx domain.Tx) error { _, err := tx.RemoveMembers(g.ID, []uuid.UUID{p.ID}); return err },
		"ClearMembers":         func(tx domain.Tx) error { _, err := tx.ClearMembers(g.ID, nil); return err },
		"LeaveGroups":          func(tx domain.Tx) error { _, err := tx.LeaveGroups(p.ID, ""); return err },
		"EraseTraces":          func(tx domain.Tx) error { return tx.EraseTraces(p.ID, []string{"ann", "ann@example.com"}) },
		"ScrubProvisioning":    func(tx domain.Tx) error { return tx.ScrubProvisioning(p.ID) },
		"CountFailedSignIn": func(tx domain.Tx) error {
			return tx.CountFailedSignIn(&domain.FailedSignIns{ID: p.ID, Person: p.ID, Count: 1, Since: late})
		},
		"TakeFailedSignIns": func(tx domain.Tx) error { _, err := tx.TakeFailedSignIns(p.ID); return err },
		"UpdateOrganization": func(tx domain.Tx) error {
			return tx.UpdateOrganization(&domain.Organization{ID: g.ID, Name: "changed"})
		},
		"DeleteOrganization": func(tx domain.Tx) error { return tx.DeleteOrganization(g.ID) },
		"UpdateProvider": func(tx domain.Tx) error {
			return tx.UpdateProvider(&domain.IdentityProvider{ID: g.ID, Name: "changed", Version: 2})
		},
		"DeleteProvider":    func(tx domain.Tx) error { return tx.DeleteProvider(g.ID) },
		"UpdateRole":        func(tx domain.Tx) error { return tx.UpdateRole(&domain.Role{ID: g.ID, Name: "changed"}) },
		"DeleteRole":        func(tx domain.Tx) error { return tx.DeleteRole(g.ID) },
		"GrantRoles":        func(tx domain.Tx) error { _, err := tx.GrantRoles(p.ID, []uuid.UUID{g.ID}, late); return err },
		"RevokeRoles":       func(tx domain.Tx) error { _, err := tx.RevokeRoles(p.ID, []uuid.UUID{g.ID}); return err },
		"AssignTenants":     func(tx domain.Tx) error { _, err := tx.AssignTenants(p.ID, []uuid.UUID{newID()}, late); return err },
		"UnassignTenants":   func(tx domain.Tx) error { _, err := tx.UnassignTenants(p.ID, []uuid.UUID{g.ID}); return err },
		"GrantGroupRoles":   func(tx domain.Tx) error { _, err := tx.GrantGroupRoles(g.ID, []uuid.UUID{g.ID}); return err },
		"RevokeGroupRoles":  func(tx domain.Tx) error { _, err := tx.RevokeGroupRoles(g.ID, []uuid.UUID{g.ID}); return err },
		"RefreshProtection": func(tx domain.Tx) error { _, err := tx.RefreshProtection(); return err },
		"SettleImportRecord": func(tx domain.Tx) error {
			_, err := tx.SettleImportRecord(&domain.ImportRecord{Job: g.ID, Outcome: domain.ImportCreated})
			return err
		},
		"AdvanceReport": func(tx domain.Tx) error {
			_, err := tx.AdvanceReport(&domain.Report{ID: g.ID, Rows: 9}, nil, late)
			return err
		},
		"SettleReport": func(tx domain.Tx) error {
			_, err := tx.SettleReport(&domain.Report{ID: g.ID, Status: domain.ReportFailed})
			return err
		},
		"DropReportChunks": func(tx domain.Tx) error { _, err := tx.DropReportChunks(g.ID, 9, 9); return err },
		"CompleteImport":   func(tx domain.Tx) error { _, err := tx.CompleteImport(g.ID, late); return err },
		"Note":             func(tx domain.Tx) error { return tx.Note("noted") },
		"ScrubAudit":       func(tx domain.Tx) error { _, err := tx.ScrubAudit(p.ID, []string{"ann@example.com"}); return err },
	}
}

// changedTwin is the person and the group with something else in every part.
func (s *twins) changedTwin() (*domain.Person, *domain.Group) {
	p, g := *s.person, *s.group
	p.FirstName, p.Version = "changed", 99
	p.Emails = []domain.EmailAddress{{ID: newID(), Address: "changed@x", IsPrimary: true}}
	access, link := *p.Access, *p.Link
	access.Username, link.ExternalKey, link.Echo.FormattedName = "changed", "changed", "changed"
	p.Access, p.Link = &access, &link
	g.Name, g.Link = "changed", &domain.Link{Connection: s.Scope.Connection, ExternalKey: "changed"}
	return &p, &g
}

func writesIsolated(t *testing.T, open Open) {
	s := newTwins(t, open)
	before := s.foreign(t)
	p, g := s.changedTwin()
	for name, act := range everyWrite(p, g) {
		err := s.Write(ctx(), s.Scope, func(tx domain.Tx) error {
			if err := act(tx); err != nil {
				return err
			}
			return ErrInjected
		})
		assert.ErrorIs(t, err, ErrInjected, name)
	}
	for _, name := range []string{"UpdatePerson", "UpdateAccess", "SaveLink", "SaveGroupLink", "UpdateGroup", "VoidInvitations", "VoidResetTokens",
		"EndAssertedSessions", "TakeSsoRequest", "EndServiceKeys", "EndSessions", "ForgetFormattedNames", "UpdatePasskey", "TakePasskeyChallenge", "DeletePasskey", "DeletePasskeys", "DeleteEnrolments", "EraseTraces", "ScrubProvisioning", "ScrubAudit", "Note", "SettleImportRecord", "CompleteImport", "AdvanceReport", "SettleReport", "DropReportChunks", "DeleteGroup", "DeleteAccess", "DeleteLinks", "DeletePerson"} {
		s.write(t, everyWrite(p, g)[name])
		require.Empty(t, cmp.Diff(before, s.foreign(t)), name)
	}
}

// foreign is all that the other tenant has.
func (s *twins) foreign(t testing.TB) []string { return s.RowsOf(t, s.other.Tenant) }

func foreignIDs(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, g := linked(w, user("ann"), "key"), group("Staff")
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertGroup(g))
		require.NoError(t, tx.InsertRole(namesake(g)))
		require.NoError(t, tx.InsertOrganization(&domain.Organization{ID: g.ID, Name: g.Name}))
		require.NoError(t, tx.InsertProvider(&domain.IdentityProvider{ID: g.ID, Name: g.Name, Version: 1}))
		return burden(tx, p, g)
	})
	mine := w.Scope
	w.Scope = w.NewTenant(t, "beta")
	g.Link, p.Link.Connection = nil, w.Scope.Connection
	before := w.Snapshot(t)
	unknownPerson, unknownGroup := user("nobody"), group("none")
	unknownPerson.Link, unknownGroup.Link = p.Link, &domain.Link{Connection: w.Scope.Connection}
	g.Link = unknownGroup.Link
	unknown := everyWrite(unknownPerson, unknownGroup)
	for name, act := range everyWrite(p, g) {
		foreign := w.Write(ctx(), w.Scope, undone(act))
		assert.Equal(t, domain.CodeOf(w.Write(ctx(), w.Scope, undone(unknown[name]))), domain.CodeOf(foreign), name)
		assert.Equal(t, before, w.Snapshot(t), name)
	}
	w.read(t, func(tx domain.Tx) error {
		_, err := tx.FindPerson(p.ID, 0)
		refused(t, err, domain.CodePersonNotFound, "PersonId")
		_, err = tx.FindGroup(g.ID)
		refused(t, err, domain.CodeGroupNotFound, "PermissionGroupId")
		found, err := tx.FilterMembers(g.ID, []uuid.UUID{p.ID})
		assert.Empty(t, found)
		return err
	})
	w.Scope = mine
	own := group("own")
	w.Scope = domain.Scope{Tenant: mine.Tenant}
	w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(own) })
}

// undone runs an act and rolls it back.
func undone(act func(tx domain.Tx) error) func(tx domain.Tx) error {
	return func(tx domain.Tx) error {
		if err := act(tx); err != nil {
			return err
		}
		return ErrInjected
	}
}

func noTenantNothing(t *testing.T, open Open) {
	s := newTwins(t, open)
	s.Scope = domain.Scope{}
	assert.Zero(t, s.list(t, domain.Query{Count: 10, Total: true}).Total)
	assert.Empty(t, s.groups(t, domain.Query{Count: 10}).Items)
	assert.Empty(t, s.members(t, s.group.ID))
	assert.Empty(t, s.match(t, domain.MatchKeys{Username: "ann"}))
}
