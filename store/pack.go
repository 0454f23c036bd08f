package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// packEnd stands behind each column of a pack but the last. No text of ours holds it: the domain refuses NUL.
const packEnd = "\x00"

// packed selects the columns of a record, and of those joined to it, as one text where the dialect packs them: a driver
// may spend more on each column of a result than the column itself costs. A joined record begins with an id that it has
// if it is there. No other column is NULL but an id, which json_id turns into text.
func packed(columns string, joined ...string) string {
	return "{pack}" + strings.Join(append([]string{columns}, joined...), ", ") + "{packed} AS pack"
}

// scanPack scans a row of one pack into the targets of its columns. The joined records begin at the targets with these
// indexes.
func (t *tx) scanPack(rows Rows, targets []any, joined ...int) error {
	return rows.Scan(t.packTargets(targets, joined...)...)
}

// packTargets are what a row of one pack is scanned into, for many rows.
func (t *tx) packTargets(targets []any, joined ...int) []any {
	if !t.dialect.Packs {
		return targets
	}
	return []any{&packTarget{targets, joined}}
}

// textual is a target that takes the text of its column without a box around it; the empty text is that of no value.
type textual interface {
	scanText(text string) error
}

// packTarget are the targets of a pack's columns. They keep parts of its text.
type packTarget struct {
	targets []any
	joined  []int
}

// Scan implements [sql.Scanner]. Of a joined record that is not there, only the ids have left their ends.
func (t *packTarget) Scan(source any) error {
	rest, ok := source.(string)
	if !ok {
		return badSource("pack", source)
	}
	absent, more := false, true
	for i, target := range t.targets {
		if slices.Contains(t.joined, i) {
			absent = rest == "" || strings.HasPrefix(rest, packEnd)
		}
		if _, id := target.(*idTarget); absent && !id {
			continue
		}
		if !more {
			return t.misfit()
		}
		var part string
		part, rest, more = strings.Cut(rest, packEnd)
		if err := scanPart(target, part); err != nil {
			return err
		}
	}
	if more {
		return t.misfit()
	}
	return nil
}

func (t *packTarget) misfit() error {
	return fmt.Errorf("store: a pack has not the %d columns that were selected", len(t.targets))
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
