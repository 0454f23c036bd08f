package storetest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// reading are the methods of a Tx that write nothing.
var reading = []string{
	"Tenant", "Connection", "LockTenant", "FindConnection", "ListConnections", "FindCredential", "ListCredentials", "ListDeadMails", "FindDeadMail", "Organizations", "FindProvider", "FindProviderByPrefix", "ListProviders", "ProviderNamed", "ListDomains", "FindDomain", "Forecast", "FindPerson", "ListPeople", "MatchPeople", "ReportsTo", "FindIdentity", "FindByLogin", "FindCrossing", "FindLookalike",
	"ListInvitations", "FindInvitation", "FindGroup", "FindGroupByName", "ListGroups", "ListMembers", "FilterMembers", "PageMembers", "RequireAccess",
	"FindOrganization", "ListOrganizations", "HasOrganizations", "OrganizationUnder", "FindRoles", "FindRoleByName", "ListRoles", "RoleHolders", "GroupRoles", "GroupRoleIDs", "Rights", "HasAdministrator", "AssignedTenants", "Siblings", "LastInvitations", "FindOnce",
	"FindReport", "WaitingReports", "ListReports", "ScanAccounts", "FindReportChunk", "FindImport", "ListImportRecords", "CountImportRecords", "FindByLegacyID", "EventSpan", "ListEvents", "FindSubscription", "ListSubscriptions", "ListParcels", "WaitingParcels",
	"FindResetToken", "CountResetTokens", "FindEnrolment", "FindPasskey", "ListPasskeys", "ListPasswords", "ListSessions", "KnowsDevice", "FindAssertedSession", "ListServiceKeys", "ListProvisioning", "AuditHead", "ListAudit", "CountOpen", "ListReceipts", "ScanAudit", "FindAnonymization", "FindAnonymizationOf",
}

// TestFailingCountsEveryWrite calls each method on a store that fails at once: a write answers with the failure, a read
// reaches the Tx beneath, of which there is none.
func TestFailingCountsEveryWrite(t *testing.T) {
	t.Parallel()
	for i := range reflect.TypeFor[domain.Tx]().NumMethod() {
		name := reflect.TypeFor[domain.Tx]().Method(i).Name
		failure := Failing(nil, 1)
		method := reflect.ValueOf(failingTx{nil, failure}).MethodByName(name)
		args := make([]reflect.Value, method.Type().NumIn())
		for k := range args {
			args[k] = reflect.Zero(method.Type().In(k))
		}
		if slices.Contains(reading, name) {
			assert.Panics(t, func() { method.Call(args) }, name)
			assert.False(t, failure.Fired(), name)
			continue
		}
		results := method.Call(args)
		assert.ErrorIs(t, results[len(results)-1].Interface().(error), ErrInjected, name)
		assert.True(t, failure.Fired(), name)
	}
}

func TestFailingFailsAtTheChosenWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, SQLite)
	create := func(s domain.Store) error {
		return s.Write(ctx(), w.Scope, func(tx domain.Tx) error { return insert(tx, linked(w, user("ann"), "k")) })
	}
	before := w.Snapshot(t)
	for n := 1; n <= 3; n++ {
		s := Failing(w, n)
		require.ErrorIs(t, create(s), ErrInjected)
		assert.True(t, s.Fired())
		assert.Equal(t, before, w.Snapshot(t))
	}
	s := Failing(w, 4)
	require.NoError(t, create(s))
	assert.False(t, s.Fired())
}
