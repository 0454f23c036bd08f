package store

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// forecastReach is how many people a page of a forecast looks at.
const forecastReach = 5000

// rungColumn is where a rung finds what people are asserted by, and how it finds who else has a value.
type rungColumn struct{ column, others string }

var rungColumns = map[*domain.Attribute]rungColumn{
	domain.AttrExternalLogin: {"p.external_login_folded", `SELECT 1 FROM person q JOIN user_access b ON b.tenant_id = q.tenant_id AND b.person_id = q.person_id
		WHERE q.tenant_id = a.tenant_id AND q.external_login_folded <> '' AND q.person_id <> a.person_id AND q.external_login_folded = `},
	domain.AttrEmailAddress: {"a.email_folded", `SELECT 1 FROM user_access b
		WHERE b.tenant_id = a.tenant_id AND b.email_folded <> '' AND b.person_id <> a.person_id AND b.email_folded = `},
	domain.AttrUsername: {"a.username_folded", `SELECT 1 FROM user_access b
		WHERE b.tenant_id = a.tenant_id AND b.username_folded <> '' AND b.person_id <> a.person_id AND b.username_folded = `},
	domain.AttrEmployeeNumber: {"p.employee_number_folded", `SELECT 1 FROM person q JOIN user_access b ON b.tenant_id = q.tenant_id AND b.person_id = q.person_id
		WHERE q.tenant_id = a.tenant_id AND q.employee_number_folded <> '' AND q.person_id <> a.person_id AND q.employee_number_folded = `},
}

// foretold are the conditions about people a with their person p that a forecast is made of, for one order of rungs.
type foretold struct {
	has, // any value at all
	able, // a value that leads to the person: no rung above takes it for another one
	shared string // a value that leads to another one
}

func foretell(ladder []*domain.Attribute) foretold {
	var has, able, shared []string
	for i, rung := range ladder {
		value := rungColumns[rung].column
		there := value + " <> ''"
		has = append(has, there)
		if i == 0 {
			able = append(able, there)
			continue
		}
		var above []string
		for _, higher := range ladder[:i] {
			there += " AND " + value + " <> " + rungColumns[higher].column // or else it was looked at up there
			above = append(above, "EXISTS ("+rungColumns[higher].others+value+")")
		}
		taken := strings.Join(above, " OR ")
		able = append(able, "("+there+" AND NOT ("+taken+"))")
		shared = append(shared, "("+there+" AND ("+taken+"))")
	}
	if len(shared) == 0 {
		shared = []string{"1 = 0"}
	}
	return foretold{"(" + strings.Join(has, " OR ") + ")", "(" + strings.Join(able, " OR ") + ")", "(" + strings.Join(shared, " OR ") + ")"}
}

// Whose matter it is where somebody is bound to another provider: that one's while it lets people in.
const (
	boundElsewhere = `(a.identity_provider_id IS NOT NULL AND a.identity_provider_id <> ?)`
	letIn          = `a.identity_provider_id IN (SELECT i.identity_provider_id FROM identity_provider i
		WHERE i.tenant_id = a.tenant_id AND i.enabled AND i.type <> 'Password')`
	foretoldPeople = ` FROM user_access a JOIN person p ON p.tenant_id = a.tenant_id AND p.person_id = a.person_id WHERE a.tenant_id = ?`
)

// Forecast implements [domain.ForecastTx].
func (t *tx) Forecast(provider *domain.IdentityProvider, q domain.ForecastQuery) (*domain.Forecast, error) {
	q.Count = max(q.Count, 1)
	last, err := t.forecastEnd(q.After)
	if err != nil {
		return nil, err
	}
	foretold := foretell(provider.Ladder())
	found, err := t.forecasted(provider, foretold, q, last)
	if err != nil {
		return nil, err
	}
	if len(found) > q.Count {
		found = found[:q.Count]
		last = found[q.Count-1].Person
	}
	warns := func(f domain.Forecasted) bool { return f.Reason == domain.ForecastSharedValue }
	forecast := &domain.Forecast{Next: last, Completed: last == uuid.Nil}
	for _, f := range found {
		if warns(f) {
			forecast.Warnings = append(forecast.Warnings, f)
		}
	}
	forecast.Items = slices.DeleteFunc(found, warns)
	forecast.Counts, err = t.forecastCounts(provider, foretold, q.After, last)
	return forecast, err
}

// forecastEnd is the last person that a page looks at which begins behind another one; uuid.Nil: everybody who is left.
func (t *tx) forecastEnd(after uuid.UUID) (uuid.UUID, error) {
	within, args := betweenPeople(after, uuid.Nil)
	ends, err := t.ids("SELECT a.person_id FROM user_access a WHERE a.tenant_id = ?"+within+" ORDER BY a.person_id LIMIT 1 OFFSET ?",
		append(append([]any{t.tenant}, args...), int64(forecastReach-1))...)
	return append(ends, uuid.Nil)[0], err
}

// betweenPeople is a condition for the people behind one and up to another one; uuid.Nil is no bound.
func betweenPeople(after, last uuid.UUID) (text string, args []any) {
	if after != uuid.Nil {
		text, args = text+" AND a.person_id > ?", append(args, after)
	}
	if last != uuid.Nil {
		text, args = text+" AND a.person_id <= ?", append(args, last)
	}
	return text, args
}

// forecasted are the people that a page is to show, and one more.
func (t *tx) forecasted(provider *domain.IdentityProvider, f foretold, q domain.ForecastQuery, last uuid.UUID) (list []domain.Forecasted, err error) {
	within, bounds := betweenPeople(q.After, last)
	text := "SELECT a.person_id, a.username, CASE WHEN " + boundElsewhere + " THEN '" + string(domain.ForecastOtherProvider) + "' WHEN NOT " + f.has +
		" THEN '" + string(domain.ForecastNothingToMatch) + "' WHEN NOT " + f.able + " THEN '" + string(domain.ForecastOvershadowed) +
		"' ELSE '" + string(domain.ForecastSharedValue) + "' END" + foretoldPeople + within + " AND a.is_active AND NOT a.break_glass AND CASE WHEN " +
		boundElsewhere + " THEN NOT " + letIn + " ELSE NOT " + f.able + " OR " + f.shared + " END ORDER BY a.person_id LIMIT ?"
	args := append(append([]any{provider.ID, t.tenant}, bounds...), provider.ID, int64(q.Count+1))
	err = t.rows(t.ctx, text, args, func(rows Rows) error {
		var found domain.Forecasted
		err := rows.Scan((*idTarget)(&found.Person), (*textTarget)(&found.Username), (*textTarget)(&found.Reason))
		list = append(list, found)
		return err
	})
	return list, err
}

func (t *tx) forecastCounts(provider *domain.IdentityProvider, f foretold, after, last uuid.UUID) (c domain.ForecastCounts, err error) {
	within, bounds := betweenPeople(after, last)
	kinds := []*int{&c.Inactive, &c.Exempt, &c.Elsewhere, &c.Unable, &c.Able}
	err = t.rows(t.ctx, "SELECT CASE WHEN NOT a.is_active THEN 0 WHEN a.break_glass THEN 1 WHEN "+boundElsewhere+" THEN CASE WHEN "+letIn+
		" THEN 2 ELSE 3 END WHEN "+f.able+" THEN 4 ELSE 3 END AS verdict, COUNT(*)"+foretoldPeople+within+" GROUP BY 1",
		append([]any{provider.ID, t.tenant}, bounds...), func(rows Rows) error {
			var verdict, count int
			err := rows.Scan((*countTarget)(&verdict), (*countTarget)(&count))
			*kinds[verdict] += count
			c.Users += count
			return err
		})
	return c, err
}
