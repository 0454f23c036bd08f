package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
)

// Page is a part of a list.
type Page[T any] struct {
	Items         []T
	Offset, Count int
	ListCompleted bool // there is no further page
	TotalCount    *int // with Extended only
}

// Window is the part of a list that is asked for; the zero value is its beginning.
type Window struct {
	Offset   int
	Count    int  // 0: as many as the server thinks fit
	Extended bool // with the total, and with what costs more to find out
}

func (w Window) query(filters url.Values) url.Values {
	query := url.Values{}
	for name, values := range filters {
		query[name] = values
	}
	if w.Offset > 0 {
		query.Set("Offset", strconv.Itoa(w.Offset))
	}
	if w.Count > 0 {
		query.Set("Count", strconv.Itoa(w.Count))
	}
	if w.Extended {
		query.Set("Extended", "true")
	}
	return query
}

// All walks through a list page by page. It ends after the first error.
//
//	for user, err := range client.All(ctx, client.Window{}, func(ctx context.Context, w client.Window) (client.Page[client.User], error) {
//		return bridge.Users(ctx, client.UserFilter{}, w)
//	}) { … }
func All[T any](ctx context.Context, from Window, list func(ctx context.Context, w Window) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			page, err := list(ctx, from)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.ListCompleted || len(page.Items) == 0 {
				return
			}
			from.Offset = page.Offset + len(page.Items)
		}
	}
}

// filters are query parameters, of which the empty ones are left out.
func filters(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

func yesNo(value *bool) string {
	if value == nil {
		return ""
	}
	return strconv.FormatBool(*value)
}
