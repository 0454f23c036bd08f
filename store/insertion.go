package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// insertion is an INSERT of a row of the tenant. Most values of most rows are empty. In this process, where binding a
// value costs about as much as writing it, those stand in the text instead, so that there is a text for each set of
// values that are not empty.
type insertion struct {
	into, behind string
	// empties are what each value is when it is empty, or always, of those that are bound whatever they are.
	empties []any
	whole   string // the text of a row of which nothing is empty
}

// always stands for the value of a column that is always bound. It is like no value.
var always any = struct{ bound bool }{}

// inserting makes an insertion of the words in front of VALUES, with an empty value for each of the columns.
func inserting(into string, empties ...any) *insertion {
	return (&insertion{into: into + " VALUES ", empties: empties}).conflicting("")
}

// insertingColumns makes one of columns and others behind them.
func insertingColumns(table string, columns []column, others string, empties ...any) *insertion {
	nobody := &domain.Person{Access: new(domain.UserAccess), Link: new(domain.Link)}
	names, made := "tenant_id", []any{always}
	for _, c := range columns {
		names, made = names+", "+c.name, append(made, c.write(nobody))
	}
	return inserting("INSERT INTO "+table+" ("+names+others+")", append(made, empties...)...)
}

// upserting makes the insertion change the row with that key where it is there already.
func (i *insertion) upserting(key string, columns []column) *insertion {
	var list []string
	for _, c := range columns {
		if !c.once {
			list = append(list, c.name+" = excluded."+c.name)
		}
	}
	return i.conflicting(" ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(list, ", "))
}

// conflicting puts words behind the values.
func (i *insertion) conflicting(behind string) *insertion {
	i.behind = behind
	i.whole = i.text(0, 1)
	return i
}

// insert adds rows, one behind the other: in one statement where each is a journey, one by one in this process, where a
// statement of several rows costs a journal of its own.
func (t *tx) insert(i *insertion, rows []any) error {
	if !t.dialect.Local && len(rows) == len(i.empties) {
		return t.run(i.whole, rows...)
	}
	if !t.dialect.Local {
		return t.run(i.text(0, len(rows)/len(i.empties)), rows...)
	}
	for row := range slices.Chunk(rows, len(i.empties)) {
		text, args := t.dialect.shapes.fit(i, row)
		if err := t.run(text, args...); err != nil {
			return err
		}
	}
	return nil
}

// shape has a bit for each value of a row that is empty. Those behind its end are bound.
type shape uint64

const shapeSize = 64

func (i *insertion) shape(row []any) (of shape) {
	for at := range row[:min(len(row), shapeSize)] {
		if row[at] == i.empties[at] {
			of |= 1 << at
		}
	}
	return of
}

// text is the statement of so many rows of the shape.
func (i *insertion) text(of shape, rows int) string {
	values := make([]string, len(i.empties))
	for at := range values {
		if values[at] = "?"; at < shapeSize && of&(1<<at) != 0 {
			values[at] = literal(i.empties[at])
		}
	}
	group := "(" + strings.Join(values, ", ") + ")"
	return i.into + group + strings.Repeat(", "+group, rows-1) + i.behind
}

func literal(empty any) string {
	switch value := empty.(type) {
	case string:
		return "'" + value + "'"
	case int64:
		return fmt.Sprint(value)
	case bool:
		return strings.ToUpper(fmt.Sprint(value))
	case nil, uuid.UUID:
		return "NULL"
	default:
		panic(fmt.Sprintf("store: nobody knows how %T is empty", empty))
	}
}

// maxShapes bounds the memory of texts, which take room among the prepared statements as well: callers choose what is
// empty. Rows of further shapes are bound as a whole.
const maxShapes = 128

// shapes are the texts of the first shapes that were met.
type shapes struct {
	mu    sync.RWMutex
	known map[shapeOf]string
}

type shapeOf struct {
	of    *insertion
	shape shape
}

// fit gives the text for the row, and those of its values that are bound, in the place of the row.
func (s *shapes) fit(i *insertion, row []any) (text string, args []any) {
	key := shapeOf{i, i.shape(row)}
	s.mu.RLock()
	text, found := s.known[key]
	full := len(s.known) >= maxShapes
	s.mu.RUnlock()
	if !found && full {
		return i.whole, row
	}
	if !found {
		text = s.learn(key)
	}
	args = row[:0]
	for at, value := range row {
		if at >= shapeSize || key.shape&(1<<at) == 0 {
			args = append(args, value)
		}
	}
	return text, args
}

func (s *shapes) learn(key shapeOf) string {
	text := key.of.text(key.shape, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[shapeOf]string{}
	}
	s.known[key] = text
	return text
}
