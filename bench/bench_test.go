package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/report"
)

// quick bounds a run to seconds.
var quick = strings.Fields("-duration 50ms -requests 300 -warm 5ms -sample 200 -members 5,40 -sync 60 " +
	"-mixed-rate 200 -mixed-time 300ms -overload-time 200ms")

func run(t *testing.T, args ...string) (*report.Report, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.json")
	var out bytes.Buffer
	require.NoError(t, start(t.Context(), append(args, "-json", path, "-dir", t.TempDir()), &out))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var made report.Report
	require.NoError(t, json.Unmarshal(text, &made))
	return &made, out.String()
}

func TestMeasureWholeTable(t *testing.T) {
	t.Parallel()
	_, base := newStub(t)
	require.NoError(t, start(t.Context(), []string{"fill", "-url", base, "-token", stubToken, "-people", "300", "-groups", "3", "-memberships", "30"}, io.Discard))
	tenants := filepath.Join(t.TempDir(), "tenants")
	_, second := newStub(t)
	require.NoError(t, os.WriteFile(tenants, []byte("# two\n"+stubToken+"\n"+second+" "+stubToken+"\n"), 0o600))

	made, text := run(t, append(quick, "-url", base, "-token", stubToken, "-tenants", tenants,
		"-rest-url", base+"/api/v1", "-rest-token", stubToken, "-durability", "none at all")...)

	assert.Equal(t, 300, made.People)
	assert.Equal(t, 3, made.Groups)
	assert.Contains(t, text, "Durability: none at all.")
	for _, row := range made.Rows {
		assert.Empty(t, row.Skipped, row.Name)
		assert.Zero(t, row.Figures[report.Errors], "%s: %v", row.Name, row.Notes)
		assert.Positive(t, row.Figures[report.Rate], row.Name)
		assert.Contains(t, text, row.Name)
	}
	assert.Len(t, made.Rows, 7+4+4+5+5+4, "limits, reads, pages, writes, groups, storms")
}

func TestMeasureLeavesOutWhatIsNotAnnounced(t *testing.T) {
	t.Parallel()
	s, base := newStub(t)
	s.mute = true
	require.NoError(t, start(t.Context(), []string{"fill", "-url", base, "-token", stubToken, "-people", "120"}, io.Discard))
	made, text := run(t, append(quick, "-url", byName(t, base), "-token", stubToken, "-only", "Bulk|cursor|native|Common")...)
	for _, row := range made.Rows[7:] {
		assert.NotEmpty(t, row.Skipped, row.Name)
	}
	assert.Contains(t, text, "skipped: the server does not announce Bulk")
}

func TestLostMembersAreErrors(t *testing.T) {
	t.Parallel()
	s, base := newStub(t)
	require.NoError(t, start(t.Context(), []string{"fill", "-url", base, "-token", stubToken, "-people", "120"}, io.Discard))
	s.lossy = true
	made, _ := run(t, append(quick, "-url", base, "-token", stubToken, "-only", "add a member to a group of 5$")...)
	row := made.Rows[len(made.Rows)-1]
	assert.Positive(t, row.Figures[report.Errors])
	for _, verdict := range row.Verdicts {
		assert.False(t, verdict.Met, verdict.Goal)
	}
}

func TestFillGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	for name, mute := range map[string]bool{"by Bulk": false, "one by one": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, base := newStub(t)
			s.mute = mute
			for _, people := range []string{"70", "70", "200"} {
				require.NoError(t, start(t.Context(), []string{"fill", "-url", base, "-token", stubToken, "-people", people, "-connections", "4"}, io.Discard))
			}
			assert.Len(t, s.users, 200)
		})
	}
}

func TestGrowComparesTwoSizes(t *testing.T) {
	t.Parallel()
	_, base := newStub(t)
	made, text := run(t, append([]string{"grow"}, append(quick, "-url", base, "-token", stubToken,
		"-people", "100,400", "-only", "userName eq|GET user|page")...)...)
	require.Len(t, made.Growth, 2, "pages may grow")
	assert.Equal(t, "userName eq", made.Growth[1].Name)
	assert.Positive(t, made.Growth[1].Factor)
	assert.GreaterOrEqual(t, made.People, 400)
	assert.Contains(t, text, "per second at 100")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, base := newStub(t)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no URL":          {nil, "-url is missing"},
		"far away":        {[]string{"-url", "http://192.0.2.1/scim"}, "loopback"},
		"native far away": {[]string{"-url", base, "-rest-url", "http://192.0.2.1/"}, "loopback"},
		"fill far away":   {[]string{"fill", "-url", "http://192.0.2.1/scim"}, "loopback"},
		"stray word":      {[]string{"full"}, `what is "full"?`},
		"bad sizes":       {[]string{"-url", base, "-members", "100,10"}, "not ascending"},
		"bad pattern":     {[]string{"-url", base, "-only", "("}, "not a regular expression"},
		"no token":        {[]string{"-url", base, "-token", "x"}, "status 401"},
		"three sizes":     {[]string{"grow", "-url", base, "-people", "1,2,3"}, "two sizes"},
		"no program":      {[]string{"drill", "-server", "does/not/exist"}, "does/not/exist"},
		"no tenants":      {[]string{"-url", base, "-tenants", "does/not/exist"}, "does/not/exist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, start(t.Context(), test.args, io.Discard), test.want)
		})
	}
}

func TestUsualSizes(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []int{10}, usualGroups(15))
	assert.Equal(t, []int{10, 10_000}, usualGroups(20_000))
	assert.Equal(t, []int{10, 100_000}, usualGroups(500_000))
	groups, memberships := (&stock{people: 500_000, groups: -1, memberships: -1}).crowds()
	assert.Equal(t, []int{5000, 2_000_000}, []int{groups, memberships})
	groups, memberships = (&stock{people: 500_000, groups: 0, memberships: 7}).crowds()
	assert.Equal(t, []int{0, 7}, []int{groups, memberships})
}

func TestScaledKeepsTheProportion(t *testing.T) {
	t.Parallel()
	steps := [2]int{1000, 20_000}
	assert.Equal(t, stock{people: 1000, groups: -1, memberships: -1}, stock{people: 20_000, groups: -1, memberships: -1}.scaled(steps))
	assert.Equal(t, stock{people: 1000, groups: 5, memberships: 50}, stock{people: 20_000, groups: 100, memberships: 1000}.scaled(steps))
	assert.Equal(t, stock{people: 1000}, stock{people: 20_000}.scaled(steps))
}

func TestProgress(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "people: 1,000 of 4,000, 500/s, 6s left", progress("people", 1000, 4000, 2*time.Second))
	assert.Equal(t, "people: 4,000 of 4,000, 2,000/s", progress("people", 4000, 4000, 2*time.Second))
	assert.Equal(t, "people: 0 of 4,000, 0/s", progress("people", 0, 4000, 2*time.Second))
}

func TestSizes(t *testing.T) {
	t.Parallel()
	got, err := sizes("10, 1000")
	require.NoError(t, err)
	assert.Equal(t, []int{10, 1000}, got)
	for _, bad := range []string{"", "0", "-1", "x", "1,1", "1,,2"} {
		_, err := sizes(bad)
		assert.Error(t, err, bad)
	}
}

func TestReplaceBetweenMarks(t *testing.T) {
	t.Parallel()
	first := replace([]byte("# Performance\n"), []byte("| a |\n"))
	assert.Equal(t, "# Performance\n\n"+openMark+"\n\n| a |\n\n"+closeMark+"\n", string(first))
	second := replace(append(first, "The end.\n"...), []byte("| b |\n"))
	assert.Equal(t, "# Performance\n\n"+openMark+"\n\n| b |\n\n"+closeMark+"\nThe end.\n", string(second))
	assert.Equal(t, openMark+"\n\n| c |\n\n"+closeMark+"\n", string(replace(nil, []byte("| c |\n"))))
}

func TestEmbedWritesAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "performance.md")
	require.NoError(t, embed(&report.Report{Rows: []report.Row{{Name: "one", Requests: 1}}}, path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "| one |")
	assert.True(t, strings.HasPrefix(string(text), "# Performance\n"), "a new file has a title")
}
