package storetest

import (
	"testing"

	"github.com/scimbridge/scimbridge/domain"
)

func group(name string) *domain.Group {
	return &domain.Group{ID: newID(), Name: name, Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

func (w *world) groups(t testing.TB, q domain.Query) domain.Page[*domain.Group] {
	t.Helper()
	var page domain.Page[*domain.Group]
	w.read(t, func(tx domain.Tx) (err error) {
		page, err = tx.ListGroups(q, false)
		return err
	})
	return page
}
