package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
)

// eventPage is how many events are shown.
var eventPage = pageSize{100, 1000}

// feedFilters choose a part of the feed.
var feedFilters = []parameter{
	{"After", readIndex},
	{"Count", readNumber(func(a *asked) *int { return &a.count })},
	{"Types", readTypes},
}

func readIndex(value string, into *asked) string {
	index, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return "The value must be an index: a number that isn't negative."
	}
	into.after = int64(index)
	return ""
}

// readTypes reads names of events. It is not asked whether there are such: newer servers have more.
func readTypes(value string, into *asked) string {
	for _, name := range strings.Split(value, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return "The value must be names of events with commas between them, like USER_ACTIVATED,USER_DEACTIVATED."
		}
		into.types = append(into.types, domain.EventType(name))
	}
	slices.Sort(into.types)
	into.types = slices.Compact(into.types)
	if len(into.types) > maxTypes {
		return "At most " + strconv.Itoa(maxTypes) + " types can be named."
	}
	return ""
}

// maxTypes is how many types of events can be asked for.
const maxTypes = 100

// feedView is a part of the feed.
type feedView struct {
	Events        []eventView `json:"Events"`
	Next          int64       `json:"Next"`
	ListCompleted bool        `json:"ListCompleted"`
	Truncated     bool        `json:"Truncated,omitzero"`
}

type eventView struct {
	Index             int64            `json:"Index"`
	Type              domain.EventType `json:"Type"`
	OccurredAt        instant          `json:"OccurredAt"`
	PersonID          uuid.UUID        `json:"PersonId,omitzero"`
	PermissionGroupID uuid.UUID        `json:"PermissionGroupId,omitzero"`
	Door              domain.Door      `json:"Door"`
	Actor             actorView        `json:"Actor"`
	Data              map[string]any   `json:"Data"`
}

type actorView struct {
	Kind domain.ActorKind `json:"Kind"`
	ID   uuid.UUID        `json:"Id,omitzero"`
	Name string           `json:"Name"`
}

// listEvents is GET UserManagement/Events.
func (c *call) listEvents() (domain.Answer, error) {
	page, err := c.feed.Events(c.context(), c.caller, feed.Query{After: c.asked.after, Count: c.asked.count, Types: c.asked.types})
	if err != nil {
		return domain.Answer{}, err
	}
	view := feedView{Events: make([]eventView, len(page.Events)), Next: page.Next, ListCompleted: page.Completed, Truncated: page.Truncated}
	for i := range page.Events {
		e := &page.Events[i]
		view.Events[i] = eventView{Index: e.Index, Type: e.Type, OccurredAt: instant(e.At), PersonID: e.Person, PermissionGroupID: e.Group, Door: e.Door,
			Actor: actorView{e.Actor.Kind, e.Actor.ID, e.Actor.Name}, Data: feed.Details(e)}
	}
	return answerOf(http.StatusOK, view)
}
