package postgres_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/store/postgres"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// walk matches a walk through one of the tables that are large in the test; PostgreSQL rightly walks through small ones.
var walk = regexp.MustCompile(`Seq Scan on (person|user_access|scim_link|email_key|group_member|audit_event|audit_mention)\b`)

var sort = regexp.MustCompile(`Sort Key`)

func TestPlans(t *testing.T) {
	f := storetest.Postgres(t)
	var told []storetest.Plan
	db, err := postgres.OpenExplained(f.Source, func(text, plan string) { told = append(told, storetest.Plan{Text: text, Plan: plan}) })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	storetest.RunPlanTests(t, f, storetest.Explained{DB: db, Plans: func() []storetest.Plan {
		plans := told
		told = nil
		return plans
	}}, walk.MatchString, sort.MatchString)
}
