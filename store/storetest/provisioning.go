package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var provisioningPromises = []promise{
	{"entries of the provisioning log keep all they are given", provisioningKept},
	{"the provisioning log is read newest first, page by page", provisioningPaged},
	{"the provisioning log is found by each filter", provisioningFiltered},
	{"the provisioning log is found by everybody concerned", provisioningConcerns},
	{"the provisioning log forgets what is old", provisioningForgotten},
	{"the provisioning log forgets what it said of a person", provisioningScrubbed},
}

// logged makes an entry about a person.
func logged(person uuid.UUID) *domain.ProvisioningEntry {
	return &domain.ProvisioningEntry{ID: domain.NewProvisioningID(noon, newID()), At: noon, Person: person, Operation: domain.ProvisioningUpdate,
		Outcome: domain.ProvisioningSucceeded, Status: 200, Subject: "a***"}
}

func (w *world) log(t testing.TB, entries ...*domain.ProvisioningEntry) {
	t.Helper()
	require.NoError(t, w.RecordProvisioning(ctx(), w.Scope.Tenant, entries))
}

func (w *world) logOf(t testing.TB, q domain.ProvisioningQuery) (list []*domain.ProvisioningEntry) {
	t.Helper()
	if q.Count == 0 {
		q.Count = 100
	}
	w.read(t, func(tx domain.Tx) (err error) {
		list, err = tx.ListProvisioning(q)
		return err
	})
	return list
}

func provisioningKept(t *testing.T, open Open) {
	w := newWorld(t, open)
	e := logged(newID())
	e.Connection, e.Credential, e.Group = w.Scope.Connection, newID(), newID()
	e.RequestID, e.Client, e.Dialect, e.Method, e.Path, e.Took = "r", "Okta", domain.DialectOktaWizard, "POST", "/scim/v2/Users", 1500*time.Microsecond
	e.Outcome, e.Status, e.Code, e.Attribute, e.Message = domain.ProvisioningRefused, 409, "username_taken", "Username", `"taken"`
	e.Search, e.Found, e.Rule = `userName eq "a***"`, 2, "MatchPolicy=Link"
	e.Candidates = []domain.ProvisioningCandidate{{Person: newID(), By: domain.MatchedByEmail, Verdict: domain.VerdictTaken}}
	e.Changes = []domain.Change{{Attribute: "Title", Before: "a", After: "é"}}
	e.Effects, e.Notes = []domain.EventType{domain.EventPersonUpdated}, []string{"ignored: password"}
	plain := logged(uuid.Nil)
	plain.At = noon.Add(time.Second)
	plain.ID = domain.NewProvisioningID(plain.At, newID())
	w.log(t, e)
	w.write(t, func(tx domain.Tx) error { return tx.InsertProvisioning(plain) })
	assert.Empty(t, cmp.Diff([]*domain.ProvisioningEntry{plain, e}, w.logOf(t, domain.ProvisioningQuery{}), cmpopts.IgnoreUnexported(domain.ProvisioningEntry{})))
}

func provisioningPaged(t *testing.T, open Open) {
	w := newWorld(t, open)
	var entries []*domain.ProvisioningEntry
	for i := range 25 {
		e := logged(newID())
		e.At = noon.Add(time.Duration(i) * time.Minute)
		e.ID = domain.NewProvisioningID(e.At, newID())
		entries = append(entries, e)
	}
	w.log(t, entries...)
	before, seen := uuid.Nil, 0
	for {
		page := w.logOf(t, domain.ProvisioningQuery{Before: before, Count: 10})
		for _, e := range page {
			seen++
			require.Equal(t, entries[25-seen].ID, e.ID)
			before = e.ID
		}
		if len(page) < 10 {
			break
		}
	}
	assert.Equal(t, 25, seen)
}

func provisioningFiltered(t *testing.T, open Open) {
	w := newWorld(t, open)
	early, late := logged(newID()), logged(newID())
	early.Connection, early.RequestID, early.Outcome, early.Status, early.Code = w.Scope.Connection, "one", domain.ProvisioningRefused, 409, "email_in_use"
	late.At = noon.Add(time.Millisecond)
	late.ID, late.Operation, late.RequestID = domain.NewProvisioningID(late.At, newID()), domain.ProvisioningCreate, "two"
	w.log(t, early, late)
	for name, test := range map[string]struct {
		query domain.ProvisioningQuery
		want  []*domain.ProvisioningEntry
	}{
		"person":     {domain.ProvisioningQuery{Person: early.Person}, []*domain.ProvisioningEntry{early}},
		"nobody":     {domain.ProvisioningQuery{Person: newID()}, nil},
		"connection": {domain.ProvisioningQuery{Connection: w.Scope.Connection}, []*domain.ProvisioningEntry{early}},
		"refused":    {domain.ProvisioningQuery{Outcome: domain.ProvisioningRefused}, []*domain.ProvisioningEntry{early}},
		"failed":     {domain.ProvisioningQuery{Outcome: domain.ProvisioningFailed}, nil},
		"succeeded":  {domain.ProvisioningQuery{Outcome: domain.ProvisioningSucceeded}, []*domain.ProvisioningEntry{late}},
		"status":     {domain.ProvisioningQuery{Status: 409}, []*domain.ProvisioningEntry{early}},
		"code":       {domain.ProvisioningQuery{Code: "email_in_use"}, []*domain.ProvisioningEntry{early}},
		"operation":  {domain.ProvisioningQuery{Operation: domain.ProvisioningCreate}, []*domain.ProvisioningEntry{late}},
		"request":    {domain.ProvisioningQuery{RequestID: "two"}, []*domain.ProvisioningEntry{late}},
		"from":       {domain.ProvisioningQuery{From: noon.Add(time.Microsecond)}, []*domain.ProvisioningEntry{late}},
		"from all":   {domain.ProvisioningQuery{From: noon}, []*domain.ProvisioningEntry{late, early}},
		"to":         {domain.ProvisioningQuery{To: late.At}, []*domain.ProvisioningEntry{early}},
		"to none":    {domain.ProvisioningQuery{To: noon}, nil},
		"several":    {domain.ProvisioningQuery{Person: late.Person, Outcome: domain.ProvisioningRefused}, nil},
	} {
		var want, got []uuid.UUID
		for _, e := range test.want {
			want = append(want, e.ID)
		}
		for _, e := range w.logOf(t, test.query) {
			got = append(got, e.ID)
		}
		assert.Equal(t, want, got, name)
	}
}

func provisioningConcerns(t *testing.T, open Open) {
	w := newWorld(t, open)
	e := logged(newID())
	one, other := newID(), newID()
	for _, person := range []uuid.UUID{one, other, one, e.Person} {
		e.Find(person)
	}
	w.log(t, e)
	for _, person := range []uuid.UUID{e.Person, one, other} {
		assert.Len(t, w.logOf(t, domain.ProvisioningQuery{Person: person}), 1)
	}
}

func provisioningForgotten(t *testing.T, open Open) {
	w := newWorld(t, open)
	old, young := logged(newID()), logged(newID())
	old.Find(newID())
	young.At = noon.Add(time.Hour)
	young.ID = domain.NewProvisioningID(young.At, newID())
	w.log(t, old, young)
	gone, err := w.ForgetProvisioning(ctx(), w.Scope.Tenant, young.At, 10)
	require.NoError(t, err)
	assert.Equal(t, 1, gone)
	assert.Len(t, w.logOf(t, domain.ProvisioningQuery{}), 1)
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM provisioning_concern"))
}

func provisioningScrubbed(t *testing.T, open Open) {
	w := newWorld(t, open)
	e, other := logged(newID()), logged(newID())
	e.Message, e.Changes = "marker", []domain.Change{{Attribute: "FirstName", After: "m***"}}
	concerned := newID()
	e.Find(concerned)
	w.log(t, e, other)
	w.write(t, func(tx domain.Tx) error { return tx.ScrubProvisioning(concerned) })
	list := w.logOf(t, domain.ProvisioningQuery{Person: e.Person})
	require.Len(t, list, 1)
	assert.Equal(t, &domain.ProvisioningEntry{ID: e.ID, At: e.At, Person: e.Person, Operation: e.Operation, Outcome: e.Outcome, Status: e.Status}, list[0])
	assert.Equal(t, "a***", w.logOf(t, domain.ProvisioningQuery{Person: other.Person})[0].Subject)
}
