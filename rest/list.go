package rest

import (
	"context"
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// pageSize is how many items a list shows when it isn't told, and at most.
type pageSize struct{ count, limit int }

var (
	fullPage  = pageSize{50, 200}
	basicPage = pageSize{500, 2000}
)

// pageView is the envelope of a page.
type pageView struct {
	Items         []any `json:"Items"`
	Offset        int   `json:"Offset"`
	Count         int   `json:"Count"`
	ListCompleted bool  `json:"ListCompleted"`
	TotalCount    *int  `json:"TotalCount,omitzero"`
}

// lister is the search that a route offers.
type lister[R any] func(ctx context.Context, caller domain.Caller, query domain.Query) (domain.Page[R], error)

// listPeople is GET Common/Persons.
func (c *call) listPeople() (domain.Answer, error) {
	with := c.asked.with()
	return listOf(c, c.engine.Directory.People, with, func(p *domain.Person) any { return c.viewPersonFor(p, with) })
}

// listUsers is GET UserManagement/Users.
func (c *call) listUsers() (domain.Answer, error) {
	with := c.asked.with()
	return listOf(c, c.engine.Directory.Users, with, func(p *domain.Person) any { return c.viewAccess(p, with) })
}

// listBasic is GET UserManagement/Users/Basic.
func (c *call) listBasic() (domain.Answer, error) {
	return listOf(c, c.engine.Directory.Users, 0, viewBasic)
}

// listOf answers with a page. The order is fixed: that of people and groups is creation, then id.
func listOf[R any](c *call, search lister[R], with domain.With, view func(record R) any) (domain.Answer, error) {
	onlyTotal := c.asked.count == 0 // and then only the total tells whether there is more
	page, err := search(c.context(), c.caller, domain.Query{
		Where: c.asked.where, Who: c.asked.who, Offset: c.asked.offset, Count: c.asked.count,
		Total: c.asked.extended || onlyTotal, With: with,
	})
	if err != nil {
		return domain.Answer{}, err
	}
	envelope := pageView{Items: make([]any, len(page.Items)), Offset: c.asked.offset, Count: c.asked.count, ListCompleted: !page.More}
	for i, record := range page.Items {
		envelope.Items[i] = view(record)
	}
	if onlyTotal {
		envelope.ListCompleted = page.Total <= c.asked.offset
	}
	if c.asked.extended {
		envelope.TotalCount = &page.Total
	}
	return answerOf(http.StatusOK, envelope)
}
