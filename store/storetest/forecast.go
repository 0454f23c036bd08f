package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// forecastsAreWhole: more people than one statement looks at, of whom few are worth telling.
func forecastsAreWhole(t *testing.T, open Open) {
	w := newWorld(t, open)
	const people, batch = 11_000, 500
	serial := 0
	for range people / batch {
		var persons, accesses []any
		for range batch {
			id, name := newID(), fmt.Sprint("u", serial)
			number := ""
			switch {
			case serial%1000 == 7:
				name = "" // leads nowhere
			case serial%1000 == 8:
				number = fmt.Sprint("u", serial-2) // leads to somebody else
			}
			persons = append(persons, w.Scope.Tenant, id, number)
			accesses = append(accesses, w.Scope.Tenant, id, name, name, newID())
			serial++
		}
		w.SQL(t, `INSERT INTO person (tenant_id, person_id, employee_number_folded, emails, emails_folded, phones, phones_folded, addresses, addresses_folded)
			VALUES `+times("(?, ?, ?, '[]', '[]', '[]', '[]', '[]', '[]')", batch), persons...)
		w.SQL(t, "INSERT INTO user_access (tenant_id, person_id, username, username_folded, identity_user_unique, organizations, is_active) VALUES "+times("(?, ?, ?, ?, ?, '[]', TRUE)", batch), accesses...)
	}
	provider := &domain.IdentityProvider{ID: newID()}
	for _, size := range []int{1, 4, 21, 22, 23} {
		var told []uuid.UUID
		unable := 0
		for after, ended := uuid.Nil, false; !ended; {
			var part *domain.Forecast
			w.read(t, func(tx domain.Tx) (err error) {
				part, err = tx.Forecast(provider, domain.ForecastQuery{After: after, Count: size})
				require.NoError(t, err)
				return nil
			})
			var counts *domain.ForecastCounts
			if after == uuid.Nil {
				counts = &domain.ForecastCounts{Users: people, Able: people - 11, Unable: 11}
			}
			assert.Equal(t, counts, part.Counts)
			unable += len(part.Items)
			for _, f := range append(part.Items, part.Warnings...) {
				told = append(told, f.Person)
			}
			after, ended = part.Next, part.Completed
			require.True(t, ended || len(part.Items)+len(part.Warnings) == size)
		}
		assert.Len(t, told, 22)
		assert.Equal(t, 11, unable)
	}
}

// times is a list of equal parts of a statement.
func times(part string, count int) string { return part + strings.Repeat(", "+part, count-1) }
