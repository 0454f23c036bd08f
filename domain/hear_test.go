package domain

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEar holds that only what is new is to be stored at once, and that what is seen again is counted until it goes along.
func TestEar(t *testing.T) {
	t.Parallel()
	e, connection, at := newEar(), uuid.New(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	_, known := e.count(connection, []string{"a"}, at)
	require.False(t, known, "what is stored must be read first")
	e.learn(connection, []Deviation{{Rule: "a", Count: 9}})
	fresh, known := e.count(connection, []string{"a", "b"}, at)
	assert.True(t, known)
	assert.Equal(t, []Deviation{{Rule: "b", Count: 1, First: at, Last: at}}, fresh)
	later := at.Add(time.Minute)
	fresh, _ = e.count(connection, []string{"b", "a"}, later)
	assert.Empty(t, fresh)
	assert.Equal(t, []Deviation{{Rule: "a", Count: 2, First: later, Last: later}, {Rule: "b", Count: 1, First: later, Last: later}}, e.pending(connection))
	assert.Empty(t, e.pending(connection), "it goes along once")
	e.forget(connection)
	_, known = e.count(connection, []string{"a"}, at)
	assert.False(t, known)
	for range earSize {
		e.learn(uuid.New(), nil)
	}
	assert.LessOrEqual(t, len(e.heard), earSize)
}

func TestParseDialect(t *testing.T) {
	t.Parallel()
	for _, row := range DialectCatalogue() {
		got, err := ParseDialect(string(row.Name))
		require.NoError(t, err)
		assert.Equal(t, row.Name, got)
		assert.NotEmpty(t, row.Meaning)
	}
	got, err := ParseDialect("AUTO")
	assert.NoError(t, err)
	assert.Empty(t, got)
	_, err = ParseDialect("Klingon")
	assert.ErrorContains(t, err, "known are auto, OktaWizard")
}

func TestSightingBeats(t *testing.T) {
	t.Parallel()
	guess, sure := Sighting{Dialect: DialectEntra}, Sighting{Dialect: DialectEntra, Sure: true}
	assert.True(t, guess.Beats("", false))
	assert.False(t, guess.Beats(DialectPing, false))
	assert.True(t, sure.Beats(DialectPing, false))
	assert.False(t, sure.Beats(DialectPing, true))
	assert.False(t, Sighting{}.Beats("", false))
}
