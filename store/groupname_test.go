package store

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

func TestGroupNames(t *testing.T) {
	t.Parallel()
	var names groupNames
	now, tenant, other := time.Unix(1e9, 0), uuid.New(), uuid.New()
	a := namedGroup{Membership: domain.Membership{Group: uuid.New(), Name: "a"}}
	b := namedGroup{Membership: domain.Membership{Group: uuid.New(), Name: "b"}}
	unknown := func(tenant uuid.UUID, at time.Time, groups ...namedGroup) int {
		found := map[uuid.UUID]namedGroup{}
		for _, group := range groups {
			found[group.Group] = namedGroup{}
		}
		missing := len(names.find(tenant, found, at))
		for _, group := range groups {
			if missing == 0 {
				assert.Equal(t, group, found[group.Group])
			}
		}
		return missing
	}
	began := names.forgotten.Load()
	assert.Equal(t, 2, unknown(tenant, now, a, b))
	names.keep(tenant, []namedGroup{a}, began, now)
	names.keep(other, []namedGroup{b}, began, now)
	assert.Equal(t, 0, unknown(tenant, now, a))
	assert.Equal(t, 1, unknown(tenant, now, a, b), "of another tenant")
	assert.Equal(t, 1, unknown(tenant, now.Add(nameLife+1), a), "too old")
	names.keep(tenant, []namedGroup{b}, began, now.Add(nameLife+1))
	assert.Equal(t, 1, unknown(tenant, now.Add(nameLife+1), a, b), "the old ones are gone")

	names.forget(tenant)
	assert.Equal(t, 1, unknown(tenant, now, b))
	assert.Equal(t, 0, unknown(other, now, b))
	names.keep(tenant, []namedGroup{a}, began, now)
	assert.Equal(t, 1, unknown(tenant, now, a), "read before names were forgotten")
	assert.Equal(t, 1, names.count)
}

// TestGroupNamesInUse: names that grew too old while they were in use are looked up together.
func TestGroupNamesInUse(t *testing.T) {
	t.Parallel()
	var names groupNames
	now, tenant, one := time.Unix(1e9, 0), uuid.New(), []uuid.UUID{uuid.New()}
	assert.Equal(t, one, names.again(tenant, one), "nothing is known")
	var inUse []namedGroup
	for range namesAgain + 10 {
		inUse = append(inUse, namedGroup{Membership: domain.Membership{Group: uuid.New()}})
	}
	names.keep(tenant, inUse, 0, now)
	assert.Equal(t, one, names.again(tenant, one), "nothing is too old")
	now = now.Add(nameLife + 1)
	names.keep(tenant, inUse[:1], 0, now) // somebody needed it and found it too old
	asked := []uuid.UUID{inUse[1].Group}
	first := names.again(tenant, asked)
	rest := names.again(tenant, first)
	seen := map[uuid.UUID]bool{}
	for _, id := range rest {
		assert.False(t, seen[id], "twice")
		seen[id] = true
	}
	assert.LessOrEqual(t, len(first), namesAgain+1)
	assert.Len(t, seen, len(inUse)-1, "all but the one that is known")
	assert.Equal(t, one, names.again(tenant, one), "each of them once")
	assert.Len(t, names.again(uuid.New(), nil), 0, "of another tenant")
}

func TestGroupNamesAreBounded(t *testing.T) {
	t.Parallel()
	var names groupNames
	for range maxNames / 100 * 3 {
		groups := make([]namedGroup, 100)
		for i := range groups {
			groups[i].Group = uuid.New()
		}
		names.keep(uuid.New(), groups, 0, time.Unix(0, 0))
		assert.LessOrEqual(t, names.count, maxNames)
	}
	kept := 0
	for _, tenant := range names.tenants {
		kept += len(tenant.groups)
	}
	assert.Equal(t, names.count, kept)
}
