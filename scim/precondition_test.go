package scim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

func TestIfMatch(t *testing.T) {
	t.Parallel()
	versions := func(v ...int64) *domain.Precondition { return &domain.Precondition{Versions: v} }
	for _, row := range []struct {
		name   string
		values []string
		want   *domain.Precondition
	}{
		{"absent", nil, nil},
		{"anything", []string{"*"}, nil},
		{"weak", []string{`W/"3"`}, versions(3)},
		{"strong", []string{`"3"`}, versions(3)},
		{"a list", []string{`W/"3", "4" ,W/"5"`}, versions(3, 4, 5)},
		{"several headers", []string{`W/"3"`, `"4"`}, versions(3, 4)},
		{"empty elements", []string{`, ,W/"3",, "4",`}, versions(3, 4)},
		{"a comma inside", []string{`"a,b", "4"`}, versions(4)},
		{"somebody else's", []string{`"abc"`}, versions()},
		{"no quotes", []string{`3`}, versions()},
		{"no closing quote", []string{`W/"3`}, versions()},
		{"lower case w", []string{`w/"3"`}, versions()},
		{"no comma between", []string{`"3" "4"`}, versions(3)},
		{"empty", []string{``}, versions()},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := &exchange{r: &http.Request{Header: http.Header{}}}
			if row.values != nil {
				x.r.Header["If-Match"] = row.values
			}
			assert.Equal(t, row.want, x.ifMatch())
		})
	}
}

func TestEntityTagsReadWhatWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tags := rapid.SliceOf(rapid.StringMatching(`[!#-~]{0,8}`)).Draw(t, "tags")
		var list []string
		for _, tag := range tags {
			list = append(list, rapid.SampledFrom([]string{"", "W/"}).Draw(t, "weak")+`"`+tag+`"`)
		}
		read, any := entityTags([]string{strings.Join(list, rapid.SampledFrom([]string{",", ", ", " ,,\t"}).Draw(t, "comma"))})
		assert.Equal(t, len(tags), len(read))
		assert.ElementsMatch(t, tags, read)
		assert.False(t, any)
	})
}
