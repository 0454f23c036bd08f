package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// keysUpdate changes what indexes hold, in one transaction or several, with and without a look at the person first: an
// update that leaves out what has not changed must not take a wish for the state.
func keysUpdate(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		p := linked(w, user(newID().String()), newID().String())
		w.insert(t, p)
		p = w.find(t, p.ID)
		texts := rapid.SampledFrom([]string{"", "A" + p.ID.String(), "a" + p.ID.String(), "b" + p.ID.String()})
		for range rapid.IntRange(1, 3).Draw(r, "transactions") {
			looks := rapid.Bool().Draw(r, "looks")
			w.write(t, func(tx domain.Tx) error {
				if looks {
					_, err := tx.FindPerson(p.ID, 0)
					require.NoError(t, err)
				}
				for range rapid.IntRange(1, 3).Draw(r, "updates") {
					p.Employee.Number, p.ExternalLogin = texts.Draw(r, "number"), texts.Draw(r, "login")
					p.Access.Username = "u" + texts.Draw(r, "username") + p.ID.String()
					p.Emails = nil
					if address := texts.Draw(r, "address"); address != "" {
						p.Emails = []domain.EmailAddress{{ID: newID(), Address: address + "@example.com", Type: "Work", IsPrimary: true}}
					}
					require.NoError(t, tx.UpdatePerson(p))
					require.NoError(t, tx.UpdateAccess(p))
				}
				return nil
			})
			if diff := cmp.Diff(p, w.find(t, p.ID)); diff != "" {
				r.Fatal(diff)
			}
			assert.Equal(t, domain.Fold(p.PrimaryEmail()), w.Text(t, "SELECT email_folded FROM user_access WHERE person_id = ?", p.ID))
			assert.Equal(t, domain.Fold(p.ExternalLogin), w.Text(t, "SELECT external_login_folded FROM person WHERE person_id = ?", p.ID))
			assert.Equal(t, domain.Fold(p.Employee.Number), w.Text(t, "SELECT employee_number_folded FROM person WHERE person_id = ?", p.ID))
			assert.Equal(t, domain.Fold(p.Access.Username), w.Text(t, "SELECT username_folded FROM user_access WHERE person_id = ?", p.ID))
		}
	})
}
