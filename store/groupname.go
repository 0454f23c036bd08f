package store

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The bounds of what is remembered of groups. Another process may write to the same database, such as a command of the
// operator: what it changes is seen once the names of a tenant are as old as nameLife.
const (
	nameLife   = time.Second
	maxNames   = 1 << 15
	namesAgain = 1 << 6 // looked up at once because they were in use before they grew too old
)

// groupNames remembers the names of groups where statements run in this process. A page of people shows hundreds of
// memberships of the same few groups, and to find each group's name again costs as much as to find the memberships. Only
// reads use it; a write that renames a group makes all names of the tenant be forgotten before it is answered.
type groupNames struct {
	mu        sync.RWMutex
	tenants   map[uuid.UUID]tenantNames
	count     int
	forgotten atomic.Uint64 // how often names were, of any tenant
}

type tenantNames struct {
	groups map[uuid.UUID]namedGroup
	until  time.Time
	old    []uuid.UUID // whose names were in use and are too old
}

// namedGroup is a group as a member of it shows it.
type namedGroup struct {
	domain.Membership
	folded     string
	restricted bool // members don't show it
}

// find adds to found those of the groups that are known, and returns the others.
func (n *groupNames) find(tenant uuid.UUID, groups map[uuid.UUID]namedGroup, now time.Time) (unknown []uuid.UUID) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	known := n.tenants[tenant]
	if now.After(known.until) {
		known.groups = nil
	}
	for id := range groups {
		if group, found := known.groups[id]; found {
			groups[id] = group
		} else {
			unknown = append(unknown, id)
		}
	}
	return unknown
}

// again adds to groups that are to be looked up some of those whose names are too old: what was in use will be asked for
// soon, and to find one name costs nearly as much as to find many.
func (n *groupNames) again(tenant uuid.UUID, groups []uuid.UUID) []uuid.UUID {
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.tenants[tenant]
	if len(known.old) == 0 {
		return groups
	}
	rest := max(0, len(known.old)-namesAgain)
	for _, id := range known.old[rest:] {
		if _, found := known.groups[id]; !found && !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	known.old = known.old[:rest]
	n.tenants[tenant] = known
	return groups
}

// keep remembers groups that were read by somebody who began when names had been forgotten so often. If they have been
// since, the groups may be as they were before.
func (n *groupNames) keep(tenant uuid.UUID, groups []namedGroup, forgotten uint64, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.forgotten.Load() != forgotten {
		return
	}
	if n.tenants == nil || n.count+len(groups) > maxNames {
		n.tenants, n.count = map[uuid.UUID]tenantNames{}, 0
	}
	known := n.tenants[tenant]
	if now.After(known.until) {
		n.count -= len(known.groups)
		known = tenantNames{groups: map[uuid.UUID]namedGroup{}, until: now.Add(nameLife), old: slices.Collect(maps.Keys(known.groups))}
	}
	n.count -= len(known.groups)
	for _, group := range groups {
		known.groups[group.Group] = group
	}
	n.count += len(known.groups)
	n.tenants[tenant] = known
}

// forget forgets the names of a tenant's groups.
func (n *groupNames) forget(tenant uuid.UUID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forgotten.Add(1)
	n.count -= len(n.tenants[tenant].groups)
	delete(n.tenants, tenant)
}

// bare asks for groups without their names where those are remembered. A write reads what it has written itself.
func (t *tx) bare(with domain.With) domain.With {
	with &= asked
	if with&domain.WithGroups == 0 || t.writing || !t.dialect.Local {
		return with
	}
	return with&^domain.WithGroups | bareGroups
}

// nameGroups gives the bare groups of people their names, leaves out those that members don't show, and sorts them.
func (t *tx) nameGroups(people ...*domain.Person) error {
	groups := map[uuid.UUID]namedGroup{}
	for _, p := range people {
		for _, membership := range p.Groups {
			groups[membership.Group] = namedGroup{}
		}
	}
	unknown := t.names.find(t.scope.Tenant, groups, t.now())
	if len(unknown) > 0 {
		list, err := t.readNames(t.names.again(t.scope.Tenant, unknown))
		if err != nil {
			return err
		}
		for _, group := range list {
			groups[group.Group] = group
		}
		t.names.keep(t.scope.Tenant, list, t.named, t.now())
	}
	var few [8]namedGroup
	shown := few[:0]
	for _, p := range people {
		shown = showGroups(p, groups, shown[:0])
	}
	return nil
}

// showGroups makes the memberships of a person from its groups, in a room that is used again.
func showGroups(p *domain.Person, groups map[uuid.UUID]namedGroup, room []namedGroup) []namedGroup {
	for _, membership := range p.Groups {
		if group := groups[membership.Group]; group.Group != uuid.Nil && !group.restricted {
			room = append(room, group)
		}
	}
	slices.SortFunc(room, func(a, b namedGroup) int {
		return cmp.Or(strings.Compare(a.folded, b.folded), bytes.Compare(a.Group[:], b.Group[:]))
	})
	p.Groups = p.Groups[:len(room)]
	for i, group := range room {
		p.Groups[i] = group.Membership
	}
	if len(room) == 0 {
		p.Groups = nil
	}
	return room
}

func (t *tx) readNames(groups []uuid.UUID) (list []namedGroup, err error) {
	err = t.rows(t.short, "SELECT group_id, name, name_folded, restricted FROM permission_group WHERE tenant_id = ? AND group_id IN {ids}",
		[]any{t.tenant, groups}, func(rows Rows) error {
			var group namedGroup
			err := rows.Scan((*idTarget)(&group.Group), (*textTarget)(&group.Name), (*textTarget)(&group.folded), (*flagTarget)(&group.restricted))
			list = append(list, group)
			return err
		})
	return list, err
}

// groupIDsTarget takes the ids of groups in hexadecimal digits, one behind the other.
type groupIDsTarget []domain.Membership

// Scan implements [sql.Scanner].
func (t *groupIDsTarget) Scan(source any) error {
	var text textTarget
	if err := text.Scan(source); err != nil {
		return err
	}
	return t.scanText(string(text))
}

// scanText implements textual.
func (t *groupIDsTarget) scanText(text string) error {
	const size = 2 * len(uuid.UUID{})
	*t = nil
	if text == "" {
		return nil
	}
	list := make([]domain.Membership, len(text)/size)
	for i := range list {
		if _, err := hex.Decode(list[i].Group[:], []byte(text[i*size:(i+1)*size])); err != nil {
			return badSource("membership", text)
		}
	}
	*t = list
	return nil
}
