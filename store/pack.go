package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// packEnd stands behind each column of a pack but the last. No text of ours holds it: the domain refuses NUL.
const packEnd = "\x00"

// packed selects columns as one text where the dialect packs them: a driver may spend more on each column of a result
// than the column itself costs. A pack begins with an id that each row has, and no other column of a row is NULL but an
// id, which json_id turns into text.
func packed(columns string) string { return "{pack}" + columns + "{packed}" }

// scanPacks scans a row of packs into the targets of their columns.
func (t *tx) scanPacks(rows Rows, packs ...[]any) error {
	if !t.dialect.Packs {
		return rows.Scan(slices.Concat(packs...)...)
	}
	into, views := make([]any, len(packs)), make([]packTarget, len(packs))
	for i := range packs {
		views[i] = packs[i]
		into[i] = &views[i]
	}
	return rows.Scan(into...)
}

// textual is a target that takes the text of its column without a box around it; the empty text is that of no value.
type textual interface {
	scanText(text string) error
}

// packTarget are the targets of a pack's columns. They keep parts of its text.
type packTarget []any

// Scan implements [sql.Scanner]. A pack without the id that it begins with is that of an outer join without a row.
func (t *packTarget) Scan(source any) error {
	text, ok := source.(string)
	if !ok {
		return badSource("pack", source)
	}
	if text == "" || strings.HasPrefix(text, packEnd) {
		return nil
	}
	for i, target := range *t {
		part, rest, more := strings.Cut(text, packEnd)
		if last := i == len(*t)-1; more == last {
			return fmt.Errorf("store: a pack has not the %d columns that were selected", len(*t))
		}
		if err := scanPart(target, part); err != nil {
			return err
		}
		text = rest
	}
	return nil
}

func scanPart(target any, part string) error {
	switch it := target.(type) {
	case textual:
		return it.scanText(part)
	case sql.Scanner:
		if part == emptyArray || part == emptyObject {
			return it.Scan(nil)
		}
		return it.Scan(part)
	default:
		return badSource("target", target)
	}
}
