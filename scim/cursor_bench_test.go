package scim

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkPages measures pages of 100 at the front of a list and behind nine tenths of it, the way connectors read
// them: one after the other, by cursor or by index. Depth must cost nothing by cursor, and little by index.
func BenchmarkPages(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		for _, database := range databases {
			b.Run(fmt.Sprintf("%s/%d", database.name, size), func(b *testing.B) {
				bridge := newBridgeOn(b, database.open(b))
				seed(b, bridge, size)
				if database.name == "postgres" {
					bridge.SQL(b, "ANALYZE")
				}
				for _, list := range []string{"", "&filter=" + escaped("active eq true"), "&sortBy=displayName"} {
					benchmarkPages(b, bridge, size, list)
				}
			})
		}
	}
}

var escaped = strings.NewReplacer(" ", "%20").Replace

func benchmarkPages(b *testing.B, bridge *bridge, size int, list string) {
	deep := size * 9 / 10
	byIndex := func(start int) string { return fmt.Sprintf("/Users?count=100&startIndex=%d%s", start, list) }
	byCursor := func(cursor string) string { return "/Users?count=100&cursor=" + cursor + list }
	var cursors, indexes []string
	for i := range 5 * size / 10_000 {
		indexes = append(indexes, byIndex(deep+1+100*i))
	}
	if len(indexes) == 0 {
		indexes = append(indexes, byIndex(deep+1))
	}
	if list != "&sortBy=displayName" { // each page of a sorted list sorts it, and the way is long
		cursors = walkTo(b, bridge, byCursor, deep)
	}
	for _, run := range []struct {
		name  string
		paths []string
	}{
		{"first by index", []string{byIndex(1)}}, {"deep by index", indexes}, {"far by index", []string{byIndex(deep + 1), byIndex(1)}},
		{"first by cursor", []string{byCursor("")}}, {"deep by cursor", cursors},
	} {
		if len(run.paths) == 0 {
			continue
		}
		bridge.status("GET", run.paths[0], "") // an index that nobody asked for before is counted from the front
		b.Run(run.name+list, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if status := bridge.status("GET", run.paths[n%len(run.paths)], ""); status != 200 {
					b.Fatalf("%s answers %d", run.paths[n%len(run.paths)], status)
				}
			}
		})
	}
}

// walkTo follows the cursors behind so many people, and gives the paths of the pages from there.
func walkTo(b *testing.B, bridge *bridge, path func(cursor string) string, deep int) (paths []string) {
	b.Helper()
	cursor, more := "", true
	for seen := 0; more && len(paths) < 50; seen += 100 {
		if seen >= deep {
			paths = append(paths, path(cursor))
		}
		r := httptest.NewRequest("GET", Prefix+path(cursor)+"&attributes=id", nil)
		r.Header.Set("Authorization", "Bearer "+bridge.acme.token)
		w := httptest.NewRecorder()
		bridge.handler.ServeHTTP(w, r)
		require.Equal(b, 200, w.Code, w.Body.String())
		_, rest, found := strings.Cut(w.Body.String(), `"nextCursor":"`)
		cursor, _, _ = strings.Cut(rest, `"`)
		more = found
	}
	return paths
}
