package storetest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// openListed: who has a session, an invitation or a reset link that lasts is listed once, whatever the pages.
func openListed(t *testing.T, open Open) {
	w := newWorld(t, open)
	var want []uuid.UUID
	for i, name := range []string{"ann", "ben", "cid", "dan", "eve", "fay", "gil"} {
		p := user(name)
		w.insert(t, p)
		until := noon.Add(time.Hour)
		if name == "eve" {
			until = noon
		} else if name != "gil" {
			want = append(want, p.ID)
		}
		w.write(t, func(tx domain.Tx) error {
			if i%3 == 0 && name != "gil" { // ann and dan, of whom dan has two, and an invitation
				s := session(p.ID, name)
				s.ExpiresAt = until
				require.NoError(t, tx.InsertSession(s))
			}
			if name == "dan" {
				s := session(p.ID, "another")
				s.ExpiresAt = until
				require.NoError(t, tx.InsertSession(s))
			}
			if i == 1 || i == 3 || i == 4 {
				require.NoError(t, tx.InsertInvitation(&domain.Invitation{ID: newID(), Person: p.ID, TokenHash: []byte(name), Status: domain.InvitationPending, SentAt: noon, ExpiresAt: until}))
			}
			if i == 2 || i == 5 || i == 4 {
				require.NoError(t, tx.InsertResetToken(&domain.ResetToken{ID: newID(), Person: p.ID, TokenHash: []byte(name), ExpiresAt: until, CreatedAt: noon}))
			}
			return nil
		})
	}
	slices.SortFunc(want, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	list := func(after uuid.UUID, count int) []uuid.UUID {
		found, err := w.ListOpen(ctx(), w.Scope.Tenant, after, noon, count)
		require.NoError(t, err)
		return found
	}
	assert.Equal(t, want, list(uuid.Nil, 100))
	for count := 1; count < 4; count++ {
		var got []uuid.UUID
		for page := list(uuid.Nil, count); len(page) > 0; page = list(page[len(page)-1], count) {
			assert.LessOrEqual(t, len(page), count)
			got = append(got, page...)
		}
		assert.Equal(t, want, got)
	}
	others, err := w.ListOpen(ctx(), newID(), uuid.Nil, noon, 10)
	require.NoError(t, err)
	assert.Empty(t, others)

	sealed := 0
	w.write(t, func(tx domain.Tx) error { return tx.SaveEnrolment(enrolment(want[0])) })
	require.NoError(t, w.SealedSecrets(ctx(), func(blob []byte) error {
		sealed++
		assert.Equal(t, enrolment(want[0]).SealedSecret, blob)
		return nil
	}))
	assert.Equal(t, 1, sealed)
}
