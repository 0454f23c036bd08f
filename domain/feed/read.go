package feed

import (
	"context"

	"github.com/scimbridge/scimbridge/domain"
)

// window bounds how many events one reading looks at, however few of them are of the wanted types.
const window = 20_000

// Query asks for what happened behind an index.
type Query struct {
	After int64
	Count int
	Types []domain.EventType // empty: all
}

// Page is a part of the feed.
type Page struct {
	Events []domain.Event
	Next   int64 // the After of the next page
	// Completed tells that there is nothing behind Next yet.
	Completed bool
	// Truncated tells that some of what happened behind After is not kept any more.
	Truncated bool
}

// Events reads the feed of the tenant.
func (f *Feed) Events(ctx context.Context, caller domain.Caller, query Query) (page Page, err error) {
	if err := caller.Require(domain.EventsRead); err != nil {
		return Page{}, err
	}
	err = f.Read(ctx, caller, func(tx domain.Tx) error {
		first, last, err := tx.EventSpan()
		if err != nil {
			return err
		}
		if query.After > last {
			return domain.Refuse(domain.CodeInvalidParameter, "After", "The last event has the index %d; there is none behind %d.", last, query.After)
		}
		from := max(query.After, first-1)
		page = Page{Next: min(last, from+window), Truncated: from > query.After}
		if query.Count > 0 {
			page.Events, err = tx.ListEvents(domain.EventQuery{After: from, Until: page.Next, Types: query.Types, Count: query.Count})
		}
		switch count := len(page.Events); {
		case count > 0 && count == query.Count:
			page.Next = page.Events[count-1].Index
		case query.Count == 0:
			page.Next = from
		}
		page.Completed = page.Next == last
		return err
	})
	return page, err
}
