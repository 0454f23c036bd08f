package scim

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// walk follows the cursors of a list to its end, and gives the ids in their order; get asks for the page at a cursor.
func walk(t *testing.T, total int, get func(cursor string) reply) (found []string) {
	t.Helper()
	for cursor := ""; ; {
		page := get(cursor).want(t, 200)
		assert.EqualValues(t, total, page.at("totalResults"))
		assert.NotContains(t, page.body, "startIndex")
		resources := page.at("Resources").([]any)
		assert.EqualValues(t, len(resources), page.at("itemsPerPage"))
		for _, resource := range resources {
			found = append(found, resource.(map[string]any)["id"].(string))
		}
		next, more := page.body["nextCursor"]
		if !more {
			return found
		}
		require.NotEqual(t, cursor, next)
		require.LessOrEqual(t, len(found), total)
		cursor = next.(string)
	}
}

func TestCursorPages(t *testing.T) { onEach(t, testCursorPages) }

func testCursorPages(t *testing.T, b *bridge) {
	var users, groups []string
	for i := range 7 {
		users = append(users, b.acme.user(t, fmt.Sprintf("user%d", (i+3)%7)))
		groups = append(groups, b.acme.group(t, fmt.Sprintf("group%d", i)))
	}
	byName := slices.Concat(users[4:], users[:4])
	backward := slices.Clone(byName)
	slices.Reverse(backward)
	for _, list := range []struct {
		path, query, body string
		want              []string
	}{
		{"/Users", "", "", users},
		{"/Groups", "excludedAttributes=members", `"excludedAttributes":["members"]`, groups},
		{"/Users", "filter=userName sw \"user\"", `"filter":"userName sw \"user\""`, users},
		{"/Users", "filter=userName gt \"user4\"", `"filter":"userName gt \"user4\""`, []string{users[2], users[3]}},
		{"/Users", "filter=userName eq \"USER4\"", `"filter":"userName eq \"USER4\""`, users[1:2]},
		{"/Users", "filter=userName eq \"nobody\"", `"filter":"userName eq \"nobody\""`, nil},
		{"/Users", "sortBy=userName", `"sortBy":"userName"`, byName},
		{"/Users", "sortBy=userName&sortOrder=descending", `"sortBy":"userName","sortOrder":"descending"`, backward},
		{"/Users", "sortBy=active", `"sortBy":"active"`, users},
		{"/Users", "sortBy=title", `"sortBy":"title"`, users},
		{"/Groups", "sortBy=displayName&sortOrder=descending", `"sortBy":"displayName","sortOrder":"descending"`, reversed(groups)},
	} {
		for _, count := range []int{1, 3, 7, 200} {
			assert.Equal(t, list.want, walk(t, len(list.want), func(cursor string) reply {
				return b.acme.do(t, "GET", fmt.Sprintf("%s?cursor=%s&count=%d&%s", list.path, cursor, count, list.query), "")
			}), "%s by %d", list.query, count)
			assert.Equal(t, list.want, walk(t, len(list.want), func(cursor string) reply {
				body := fmt.Sprintf(`{"cursor":"%s","count":%d,%s}`, cursor, count, list.body)
				if list.body == "" {
					body = fmt.Sprintf(`{"cursor":"%s","count":%d}`, cursor, count)
				}
				return b.acme.do(t, "POST", list.path+"/.search", body)
			}), "search %s by %d", list.body, count)
		}
	}
}

func reversed(list []string) []string {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// TestCursorOutlivesChanges: whoever walks by cursors meets everybody who stays, and nobody twice.
func TestCursorOutlivesChanges(t *testing.T) { onEach(t, testCursorOutlivesChanges) }

func testCursorOutlivesChanges(t *testing.T, b *bridge) {
	var users []string
	for i := range 8 {
		users = append(users, b.acme.user(t, fmt.Sprintf("user%d", i)))
	}
	first := b.acme.do(t, "GET", "/Users?cursor&count=3", "").want(t, 200)
	for _, gone := range []string{users[0], users[2], users[3]} {
		b.acme.do(t, "DELETE", "/Users/"+gone, "").want(t, 204)
	}
	late := b.acme.user(t, "late")
	second := b.acme.do(t, "GET", fmt.Sprintf("/Users?cursor=%s&count=3", first.at("nextCursor")), "").want(t, 200)
	assert.Equal(t, users[4:7], resourceIDs(second))
	assert.EqualValues(t, 8, second.at("totalResults"), "as many as there were when the walk began")
	third := b.acme.do(t, "GET", fmt.Sprintf("/Users?cursor=%s&count=200&attributes=userName", second.at("nextCursor")), "").want(t, 200)
	assert.Equal(t, []string{users[7], late}, resourceIDs(third), "size and attributes may change")
	assert.NotContains(t, third.body, "nextCursor")
}

func resourceIDs(page reply) (ids []string) {
	for _, resource := range page.at("Resources").([]any) {
		ids = append(ids, resource.(map[string]any)["id"].(string))
	}
	return ids
}

func TestCursorRefused(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	other := b.tenant(t, "other", false, nil)
	for i := range 3 {
		b.acme.user(t, fmt.Sprintf("user%d", i))
		b.acme.group(t, fmt.Sprintf("group%d", i))
		other.user(t, fmt.Sprintf("user%d", i))
	}
	sibling := b.connector(t, "acme", domain.NewCredential{Connection: "scim"})
	first := func(query string) string {
		cursor, _ := b.acme.do(t, "GET", query, "").want(t, 200).at("nextCursor").(string)
		require.NotEmpty(t, cursor)
		return cursor
	}
	plain := first("/Users?cursor=&count=1")
	for name, row := range map[string]struct {
		by             *connector
		path, scimType string
	}{
		"nonsense":           {b.acme, "/Users?cursor=x", "invalidCursor"},
		"not base64":         {b.acme, "/Users?cursor=%2B%2F%3D", "invalidCursor"},
		"another tenant":     {other, "/Users?count=1&cursor=" + plain, "invalidCursor"},
		"another credential": {sibling, "/Users?count=1&cursor=" + plain, "invalidCursor"},
		"another type":       {b.acme, "/Groups?count=1&cursor=" + plain, "invalidCursor"},
		"a filter":           {b.acme, "/Users?filter=id+pr&cursor=" + plain, "invalidCursor"},
		"another filter":     {b.acme, "/Users?filter=userName+pr&cursor=" + first("/Users?cursor&count=1&filter=id+pr"), "invalidCursor"},
		"a sort":             {b.acme, "/Users?sortBy=userName&cursor=" + plain, "invalidCursor"},
		"another order":      {b.acme, "/Users?sortBy=userName&cursor=" + first("/Users?cursor&count=1&sortBy=userName&sortOrder=descending"), "invalidCursor"},
		"all types":          {b.acme, "/?cursor=", "invalidCursor"},
		"twice":              {b.acme, "/Users?cursor=&cursor=", "invalidValue"},
		"and an index":       {b.acme, "/Users?cursor=&startIndex=1", "invalidValue"},
		"count of none":      {b.acme, "/Users?cursor=&count=0", "invalidCount"},
		"count below":        {b.acme, "/Users?cursor=&count=-1", "invalidCount"},
		"count of nothing":   {b.acme, "/Users?cursor=&count=ten", "invalidCount"},
	} {
		answer := row.by.do(t, "GET", row.path, "").want(t, 400)
		assert.Equal(t, row.scimType, answer.at("scimType"), name)
		assert.NotEmpty(t, answer.at("detail"), name)
	}
	for i := range plain {
		changed := []byte(plain)
		changed[i] ^= 1
		answer := b.acme.do(t, "GET", "/Users?count=1&cursor="+url.QueryEscape(string(changed)), "").want(t, 400)
		assert.Equal(t, "invalidCursor", answer.at("scimType"), "%d", i)
	}
	assert.Len(t, b.acme.do(t, "GET", "/Users?cursor=&count=100000", "").want(t, 200).at("Resources"), 3, "a count over the limit is cut")
	assert.NotContains(t, b.acme.do(t, "GET", "/Users?count=1", "").want(t, 200).body, "nextCursor", "by default pages have an index")
	b.acme.do(t, "GET", "/Users?count=1&cursor="+plain, "").want(t, 200)
}

func TestCursorAnnounced(t *testing.T) {
	t.Parallel()
	config := parsed(t, appendServiceProviderConfig(nil, plainView))
	assert.Equal(t, map[string]any{"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": float64(defaultCount),
		"maxPageSize": float64(maxCount), "cursorTimeout": domain.CursorLife.Seconds()}, config["pagination"])
}
