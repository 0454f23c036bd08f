package store

import (
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// forecastReach is how many people one statement of a forecast looks at, so that none takes long.
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

func foretell(rungs []*filledRung) foretold {
	var has, able, shared []string
	for i, rung := range rungs {
		value := rungColumns[rung.attribute].column
		there := value + " <> ''"
		has = append(has, there)
		var above []string
		for _, higher := range rungs[:i] {
			there += " AND " + value + " <> " + rungColumns[higher.attribute].column // or else it was looked at up there
			if rung.mayMeet(higher) {
				above = append(above, "EXISTS ("+rungColumns[higher.attribute].others+value+")")
			}
		}
		if len(above) == 0 {
			able = append(able, "("+there+")")
			continue
		}
		taken := strings.Join(above, " OR ")
		able = append(able, "("+there+" AND NOT ("+taken+"))")
		shared = append(shared, "("+there+" AND ("+taken+"))")
	}
	or := func(list []string) string { return "(" + strings.Join(append(list, "1 = 0"), " OR ") + ")" }
	return foretold{or(has), or(able), or(shared)}
}

// filledRung is a rung on which somebody has a value, with what the values are like. Where those of two rungs are so
// different that none is on both, nobody's has to be looked for on the other one: at most tenants e-mail addresses
// are unlike numbers and usernames.
type filledRung struct {
	attribute         *domain.Attribute
	addresses, others bool // there are values with an @, and some without
}

// mayMeet tells whether a value of the one rung can be on the other one.
func (r *filledRung) mayMeet(other *filledRung) bool {
	return r.addresses && other.addresses || r.others && other.others
}

// Whose matter it is where somebody is bound to another provider: that one's while it lets people in.
const (
	boundElsewhere = `(a.identity_provider_id IS NOT NULL AND a.identity_provider_id <> ?)`
	letIn          = `a.identity_provider_id IN (SELECT i.identity_provider_id FROM identity_provider i
		WHERE i.tenant_id = a.tenant_id AND i.enabled AND i.type <> 'Password')`
	foretoldPeople = ` FROM user_access a JOIN person p ON p.tenant_id = a.tenant_id AND p.person_id = a.person_id WHERE a.tenant_id = ?`
)

// oracle tells who could sign in through a provider, a stretch of people at a time.
type oracle struct {
	*tx
	foretold
	provider *domain.IdentityProvider
}

// Forecast implements [domain.ForecastTx].
func (t *tx) Forecast(provider *domain.IdentityProvider, q domain.ForecastQuery) (*domain.Forecast, error) {
	rungs, err := t.filled(provider.Ladder())
	if err != nil {
		return nil, err
	}
	o := &oracle{t, foretell(rungs), provider}
	counts := new(domain.ForecastCounts)
	if q.After != uuid.Nil {
		counts = nil
	}
	room := max(q.Count, 1) + 1 // one more than is shown tells whether there is another part
	var found []domain.Forecasted
	for after, ended := q.After, false; !ended && (counts != nil || len(found) < room); {
		last, err := o.end(after)
		if err != nil {
			return nil, err
		}
		notable := 1
		if counts != nil {
			notable, err = o.count(counts, after, last)
		}
		if err == nil && notable > 0 && len(found) < room {
			found, err = o.find(found, after, last, room-len(found))
		}
		if err != nil {
			return nil, err
		}
		after, ended = last, last == uuid.Nil
	}
	forecast := &domain.Forecast{Counts: counts, Completed: len(found) < room}
	if !forecast.Completed {
		found = found[:room-1]
		forecast.Next = found[room-2].Person
	}
	for _, f := range found {
		if f.Reason == domain.ForecastSharedValue {
			forecast.Warnings = append(forecast.Warnings, f)
		} else {
			forecast.Items = append(forecast.Items, f)
		}
	}
	return forecast, nil
}

// filled leaves out the rungs on which nobody has a value, and tells of the others.
func (t *tx) filled(ladder []*domain.Attribute) (list []*filledRung, err error) {
	for _, attribute := range ladder {
		value := rungColumns[attribute].column
		from := map[bool]string{true: "person p", false: "user_access a"}[strings.HasPrefix(value, "p.")]
		rung := &filledRung{attribute: attribute}
		for found, condition := range map[*bool]string{&rung.addresses: " > 0", &rung.others: " = 0"} {
			*found, err = t.row(nil, "SELECT 1 FROM "+from+" WHERE "+value[:1]+".tenant_id = ? AND "+value+" <> '' AND {instr}("+value+", '@')"+condition+" LIMIT 1", t.tenant)
			if err != nil {
				return nil, err
			}
		}
		if rung.addresses || rung.others {
			list = append(list, rung)
		}
	}
	return list, nil
}

// end is the last person of the stretch behind somebody; uuid.Nil: everybody who is left.
func (o *oracle) end(after uuid.UUID) (uuid.UUID, error) {
	within, args := betweenPeople(after, uuid.Nil)
	ends, err := o.ids("SELECT a.person_id FROM user_access a WHERE a.tenant_id = ?"+within+" ORDER BY a.person_id LIMIT 1 OFFSET ?",
		append(append([]any{o.tenant}, args...), int64(forecastReach-1))...)
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

// find adds the people of a stretch of whom there is something to tell, up to so many.
func (o *oracle) find(list []domain.Forecasted, after, last uuid.UUID, limit int) ([]domain.Forecasted, error) {
	within, bounds := betweenPeople(after, last)
	text := "SELECT a.person_id, a.username, CASE WHEN " + boundElsewhere + " THEN '" + string(domain.ForecastOtherProvider) + "' WHEN NOT " + o.has +
		" THEN '" + string(domain.ForecastNothingToMatch) + "' WHEN NOT " + o.able + " THEN '" + string(domain.ForecastOvershadowed) +
		"' ELSE '" + string(domain.ForecastSharedValue) + "' END" + foretoldPeople + within + " AND a.is_active AND NOT a.break_glass AND CASE WHEN " +
		boundElsewhere + " THEN NOT " + letIn + " ELSE NOT " + o.able + " OR " + o.shared + " END ORDER BY a.person_id LIMIT ?"
	args := append(append([]any{o.provider.ID, o.tenant}, bounds...), o.provider.ID, int64(limit))
	err := o.rows(o.ctx, text, args, func(rows Rows) error {
		var found domain.Forecasted
		err := rows.Scan((*idTarget)(&found.Person), (*textTarget)(&found.Username), (*textTarget)(&found.Reason))
		list = append(list, found)
		return err
	})
	return list, err
}

// count adds the people of a stretch to the counts, and tells of how many of them there is something to tell.
func (o *oracle) count(c *domain.ForecastCounts, after, last uuid.UUID) (notable int, err error) {
	within, bounds := betweenPeople(after, last)
	kinds := []*int{&c.Inactive, &c.Exempt, &c.Elsewhere, &c.Able, &c.Unable, &c.Able}
	const unable = 4 // and behind it, able with a warning
	err = o.rows(o.ctx, "SELECT CASE WHEN NOT a.is_active THEN 0 WHEN a.break_glass THEN 1 WHEN "+boundElsewhere+" THEN CASE WHEN "+letIn+
		" THEN 2 ELSE 4 END WHEN NOT "+o.able+" THEN 4 WHEN "+o.shared+" THEN 5 ELSE 3 END AS verdict, COUNT(*)"+foretoldPeople+within+" GROUP BY 1",
		append([]any{o.provider.ID, o.tenant}, bounds...), func(rows Rows) error {
			var verdict, count int
			err := rows.Scan((*countTarget)(&verdict), (*countTarget)(&count))
			*kinds[verdict] += count
			c.Users += count
			if verdict >= unable {
				notable += count
			}
			return err
		})
	return notable, err
}
