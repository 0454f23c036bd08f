package target

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Page is the answer to a list (RFC 7644, section 3.4.2), as far as it is read.
type Page struct {
	Total     int    `json:"totalResults"`
	Next      string `json:"nextCursor"`
	Resources []struct {
		ID         string `json:"id"`
		UserName   string `json:"userName"`
		ExternalID string `json:"externalId"`
		Active     *bool  `json:"active"`
		Emails     []struct {
			Value string `json:"value"`
			Type  string `json:"type"`
		} `json:"emails"`
	} `json:"Resources"`
}

// Users returns the path of a page of people from a 1-based index.
func Users(startIndex, count int) string {
	return fmt.Sprintf("/Users?startIndex=%d&count=%d", startIndex, count)
}

// UsersAt returns the path of a page of people at a cursor (RFC 9865), "" for the first.
func UsersAt(cursor string, count int) string {
	return fmt.Sprintf("/Users?cursor=%s&count=%d", url.QueryEscape(cursor), count)
}

// Get fetches a page.
func (t *Target) Get(ctx context.Context, path string) (Page, error) {
	var page Page
	err := t.Fetch(ctx, Call{Method: http.MethodGet, Path: path}, &page)
	return page, err
}

// Total returns how many resources a collection such as /Users has.
func (t *Target) Total(ctx context.Context, collection string) (int, error) {
	page, err := t.Get(ctx, collection+"?startIndex=1&count=1")
	return page.Total, err
}

// Has tells whether there is a person of that userName.
func (t *Target) Has(ctx context.Context, userName string) (bool, error) {
	page, err := t.Get(ctx, Filter("/Users", "userName", userName))
	return page.Total > 0, err
}

// samplePage is a size of page that most servers grant.
const samplePage = 100

// Sample returns about so many people, in pages taken evenly from the whole list,
// whoever created them. It fails if the server has nobody.
func (t *Target) Sample(ctx context.Context, size int) ([]*Person, error) {
	total, err := t.Total(ctx, "/Users")
	if err != nil {
		return nil, err
	}
	pages := max(1, min(size, total)/samplePage)
	var people []*Person
	for i := range pages {
		page, err := t.Get(ctx, Users(1+i*total/pages, samplePage))
		if err != nil {
			return nil, err
		}
		people = append(people, page.people()...)
	}
	if len(people) == 0 {
		return nil, fmt.Errorf("%s has no people: fill it first, see bench fill", t.base)
	}
	return people, nil
}

func (p Page) people() []*Person {
	people := make([]*Person, 0, len(p.Resources))
	for _, resource := range p.Resources {
		person := &Person{ID: resource.ID, UserName: resource.UserName, ExternalID: resource.ExternalID}
		for _, email := range resource.Emails {
			if email.Type == "work" {
				person.Email = email.Value
			}
		}
		person.inactive.Store(resource.Active != nil && !*resource.Active)
		people = append(people, person)
	}
	return people
}

// IDs returns the ids of the first so many people in the order of the list, or of
// all if there are fewer.
func (t *Target) IDs(ctx context.Context, want int) ([]string, error) {
	ids := make([]string, 0, want)
	size := t.Config(ctx).PageSize(200)
	for len(ids) < want {
		page, err := t.Get(ctx, Users(len(ids)+1, size)+"&attributes=id")
		if err != nil {
			return nil, err
		}
		if len(page.Resources) == 0 {
			break
		}
		for _, resource := range page.Resources {
			ids = append(ids, resource.ID)
		}
	}
	return ids[:min(len(ids), want)], nil
}
