package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func domainsComeBack(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, later := fullProvider(domain.ProviderSaml), noon.Add(time.Hour)
	plain := &domain.SsoDomain{Name: "a.example", Token: "a", CreatedAt: noon}
	full := &domain.SsoDomain{Name: "b.example", Provider: p.ID, Token: "b", VerifiedAt: noon, CheckedAt: noon, Misses: 2, CreatedAt: noon}
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertProvider(p))
		require.NoError(t, tx.InsertDomain(full))
		return tx.InsertDomain(plain)
	})
	act := func(fn func(tx domain.Tx) error) error { return w.Write(ctx(), w.Scope, fn) }
	refused(t, act(func(tx domain.Tx) error { return tx.InsertDomain(plain) }), domain.CodeDomainTaken, "Domain")
	stale := *full
	full.CheckedAt, full.Misses = later, 0
	require.NoError(t, act(func(tx domain.Tx) error { return tx.UpdateDomain(full, noon) }))
	refused(t, act(func(tx domain.Tx) error { return tx.UpdateDomain(&stale, noon) }), domain.CodeVersionConflict, "Domain")
	w.read(t, func(tx domain.Tx) error {
		list, err := tx.ListDomains()
		require.NoError(t, err)
		assert.Equal(t, []*domain.SsoDomain{plain, full}, list)
		named, err := tx.ProviderNamed(p.ID)
		assert.True(t, named, "a domain leads to it")
		return err
	})
	w.Scope = w.NewTenant(t, "beta")
	theirs := &domain.SsoDomain{Name: full.Name, Token: "c", CreatedAt: noon}
	require.NoError(t, act(func(tx domain.Tx) error { return tx.InsertDomain(theirs) }), "everybody may try")
	theirs.VerifiedAt = later
	refused(t, act(func(tx domain.Tx) error { return tx.UpdateDomain(theirs, time.Time{}) }), domain.CodeDomainTaken, "Domain")
	require.NoError(t, act(func(tx domain.Tx) error { return tx.DeleteDomain(full.Name) }))
	refused(t, act(func(tx domain.Tx) error { return tx.DeleteDomain(full.Name) }), domain.CodeNotFound, "Domain")
	refused(t, act(func(tx domain.Tx) error { return tx.UpdateDomain(theirs, time.Time{}) }), domain.CodeNotFound, "Domain")
}
