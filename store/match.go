package store

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	maxMatches = 20

	matching = `SELECT 0 AS rank, s.person_id FROM scim_link s WHERE s.tenant_id = ? AND s.connection_id = ? AND s.external_key = ? AND s.external_key <> ''
		UNION ALL SELECT 1, a.person_id FROM user_access a WHERE a.tenant_id = ? AND a.username_folded = ? AND a.username_folded <> ''
		UNION ALL SELECT 2, p.person_id FROM person p WHERE p.tenant_id = ? AND p.employee_number_folded = ? AND p.employee_number_folded <> ''
		UNION ALL SELECT 3, e.person_id FROM email_key e WHERE e.tenant_id = ? AND e.address_folded = ? AND e.is_primary`
	// matchingFew gives one more than are asked for when there are more. The few that there are otherwise are sorted here:
	// where a database sorts, it makes ready to do so before it knows that it need not.
	matchingFew  = matching + " LIMIT 21"
	matchingMany = "SELECT k.rank, k.person_id FROM (" + matching + ") k ORDER BY k.rank, k.person_id LIMIT 20"
)

var matchRanks = []domain.MatchKey{domain.MatchedByExternalKey, domain.MatchedByUsername, domain.MatchedByEmployeeNumber, domain.MatchedByEmail}

// MatchPeople implements [domain.PersonTx].
func (t *tx) MatchPeople(keys domain.MatchKeys) ([]domain.Match, error) {
	matches, err := t.matches(matchingFew, keys)
	if len(matches) > maxMatches {
		return t.matches(matchingMany, keys)
	}
	slices.SortFunc(matches, func(a, b domain.Match) int {
		return cmp.Or(cmp.Compare(slices.Index(matchRanks, a.By), slices.Index(matchRanks, b.By)), bytes.Compare(a.Person[:], b.Person[:]))
	})
	return matches, err
}

func (t *tx) matches(text string, keys domain.MatchKeys) (matches []domain.Match, err error) {
	err = t.rows(t.short, text, []any{t.tenant, t.connection, keys.ExternalKey, t.tenant, domain.Fold(keys.Username),
		t.tenant, domain.Fold(keys.EmployeeNumber), t.tenant, domain.Fold(keys.Email)}, func(rows Rows) error {
		var rank int
		var match domain.Match
		err := rows.Scan((*countTarget)(&rank), (*idTarget)(&match.Person))
		match.By = matchRanks[rank]
		matches = append(matches, match)
		return err
	})
	return matches, err
}

// crossing finds everybody who is asserted by one value, with the rung.
const crossing = `SELECT 0 AS rung, a.person_id, p.external_login_folded FROM person p JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
		WHERE p.tenant_id = ? AND p.external_login_folded = ? AND p.external_login_folded <> ''
	UNION ALL SELECT 1, a.person_id, a.email_folded FROM user_access a WHERE a.tenant_id = ? AND a.email_folded = ? AND a.email_folded <> ''
	UNION ALL SELECT 2, a.person_id, a.username_folded FROM user_access a WHERE a.tenant_id = ? AND a.username_folded = ? AND a.username_folded <> ''
	UNION ALL SELECT 3, a.person_id, p.employee_number_folded FROM person p JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
		WHERE p.tenant_id = ? AND p.employee_number_folded = ? AND p.employee_number_folded <> ''`

// crossings are the statements for one value, two and so on: SQLite makes a table of the values of IN, for each rung.
var crossings = func() (texts [len(domain.LoginKeys{})]string) {
	for i := range texts {
		texts[i] = crossing + strings.Repeat("\n\tUNION ALL "+crossing, i)
	}
	return texts
}()

// FindCrossing implements [domain.AccessTx].
func (t *tx) FindCrossing(person uuid.UUID, values []string) (list []domain.LoginMatch, err error) {
	if len(values) == 0 {
		return nil, nil
	}
	rungs := domain.Rungs()
	args := make([]any, 0, 2*len(rungs)*len(values))
	for _, value := range values {
		var key any = value
		for range rungs {
			args = append(args, t.tenant, key)
		}
	}
	err = t.rows(t.short, crossings[len(values)-1], args, func(rows Rows) error {
		var rung int
		var match domain.LoginMatch
		err := rows.Scan((*countTarget)(&rung), (*idTarget)(&match.Person), (*textTarget)(&match.Key))
		if match.Person != person {
			match.Rung = rungs[rung]
			list = append(list, match)
		}
		return err
	})
	return list, err
}
