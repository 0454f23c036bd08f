package sqlite_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/store/sqlite"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// walk matches a walk through a table; the elements of a JSON value and the rows of a sub-select are few.
var walk = regexp.MustCompile(`SCAN ([pamlgsicbt]|person|user_access|scim_link|group_member|permission_group|session|invitation|reset_token|outbox|email_key|user_role|group_role|audit_event|audit_mention)\b`)

var sort = regexp.MustCompile("FOR ORDER BY")

func TestPlans(t *testing.T) {
	f := storetest.SQLite(t)
	var told []storetest.Plan
	db, err := sqlite.OpenExplained(f.Source, func(text, plan string) { told = append(told, storetest.Plan{Text: text, Plan: plan}) })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	storetest.RunPlanTests(t, f, storetest.Explained{DB: db, Plans: func() []storetest.Plan {
		plans := told
		told = nil
		return plans
	}}, walk.MatchString, sort.MatchString)
}
