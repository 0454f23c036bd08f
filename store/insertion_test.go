package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// rowOf reads the one row of an insertion: what stands in the text, and the arguments for the placeholders.
func rowOf(t require.TestingT, text string, args []any) (list []any) {
	_, text, _ = strings.Cut(text, " VALUES (")
	text, _, _ = strings.Cut(text, ")")
	for _, part := range strings.Split(text, ", ") {
		switch {
		case part == "?":
			require.NotEmpty(t, args)
			list, args = append(list, args[0]), args[1:]
		case part == "NULL":
			list = append(list, nil)
		case part == "FALSE":
			list = append(list, false)
		case part == "0":
			list = append(list, int64(0))
		default:
			list = append(list, strings.Trim(part, "'"))
		}
	}
	assert.Empty(t, args)
	return list
}

func TestInsertionKeepsTheRow(t *testing.T) {
	t.Parallel()
	var empties []any
	for len(empties) < shapeSize+6 { // more than a shape tells of
		empties = append(empties, always, "", int64(0), false, nil, emptyArray, emptyObject)
	}
	into := inserting("INSERT INTO x (y)", empties...).conflicting(" ON CONFLICT DO NOTHING")
	full := map[any][]any{"": {"a", emptyArray}, int64(0): {int64(1)}, false: {true}, nil: {uuid.NameSpaceDNS}, emptyArray: {"", `["a"]`}, emptyObject: {"{1}"}, always: {"", nil, []byte{1}}}
	var known shapes
	rapid.Check(t, func(t *rapid.T) {
		row := make([]any, len(empties))
		for i, empty := range empties {
			if row[i] = empty; empty == always || rapid.Bool().Draw(t, "full") {
				row[i] = rapid.SampledFrom(full[empty]).Draw(t, "value")
			}
		}
		text, args := known.fit(into, append([]any(nil), row...))
		assert.Equal(t, row, rowOf(t, text, args))
		assert.True(t, strings.HasSuffix(text, ") ON CONFLICT DO NOTHING"))
	})
	assert.LessOrEqual(t, len(known.known), maxShapes)
}

func TestShapesAreRemembered(t *testing.T) {
	t.Parallel()
	into := inserting("INSERT INTO x (a, b)", always, "")
	var known shapes
	text, args := known.fit(into, []any{1, ""})
	assert.Equal(t, "INSERT INTO x (a, b) VALUES (?, '')", text)
	assert.Equal(t, []any{1}, args)
	for i := range 2 * maxShapes { // each insertion has texts of its own
		known.fit(inserting(fmt.Sprint("INSERT INTO x", i), ""), []any{""})
	}
	assert.Len(t, known.known, maxShapes)
	text, args = known.fit(into, []any{1, "b"})
	assert.Equal(t, "INSERT INTO x (a, b) VALUES (?, ?)", text, "which is none of the first")
	assert.Equal(t, []any{1, "b"}, args)
	text, _ = known.fit(into, []any{1, ""})
	assert.Equal(t, "INSERT INTO x (a, b) VALUES (?, '')", text, "which is")
}

func TestLiteralOfNoValue(t *testing.T) {
	t.Parallel()
	assert.Panics(t, func() { literal([]byte(nil)) })
}
