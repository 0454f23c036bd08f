package report

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// TestFormulas (F3).
func TestFormulas(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "=", `=HYPERLINK("http://x","y")`, "=cmd|' /C calc'!A0"} {
		assert.Equal(t, "'"+text, harmless(text))
	}
	for _, text := range []string{"", "a", "'=1", "1-1", "a=1", "ä", "\xff", " x", "日本"} {
		assert.Equal(t, text, harmless(text))
	}
}

// written is the file of one person with these texts.
func written(t require.TestingT, format domain.ReportFormat, first, last, name string) string {
	e := newEncoder(domain.ReportExport, format)
	p := &domain.Person{ID: uuid.New(), Profile: domain.Profile{FirstName: first, LastName: last}, Access: &domain.UserAccess{Username: name}}
	require.NoError(t, e.begin())
	require.NoError(t, e.add(row{p, &domain.Tenant{}}))
	require.NoError(t, e.add(row{p, &domain.Tenant{}}))
	e.end()
	return e.String()
}

// TestFilesComeBack: whatever people are called, a reader gets it back, and nothing of it is a formula.
func TestFilesComeBack(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+\-@\t\r\n,;"' a＝]{0,12}`))
	rapid.Check(t, func(t *rapid.T) {
		names := []string{text.Draw(t, "first"), text.Draw(t, "last"), text.Draw(t, "name")}
		lines, err := csv.NewReader(strings.NewReader(written(t, domain.ReportCSV, names[0], names[1], names[2]))).ReadAll()
		require.NoError(t, err)
		require.Len(t, lines, 3)
		for i, at := range []int{3, 4, 1} {
			got := lines[1][at]
			assert.Equal(t, strings.ReplaceAll(harmless(names[i]), "\r\n", "\n"), got) // which the reader makes of it
			assert.NotContains(t, []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝"}, firstOf(got))
		}
		var rows []map[string]any
		require.NoError(t, json.Unmarshal([]byte(written(t, domain.ReportJSON, names[0], names[1], names[2])), &rows))
		require.Len(t, rows, 2)
		for i, name := range []string{"FIRST_NAME", "LAST_NAME", "USERNAME"} {
			want := any(names[i])
			if want == "" {
				want = nil
			}
			assert.Equal(t, want, rows[1][name])
		}
	})
}

func firstOf(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}
