package store

import (
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
)

// Dialect is what a database spells in its own way.
type Dialect struct {
	Goose goose.Dialect
	// Words are what the words in braces stand for: in a schema the types id, maybe_id, text, time, count, bool,
	// json, bytes, sequence and the table kinds rows and keyed; in statements lock, skip_locked, ids (a
	// sub-select of the ids in one argument), each (the function that makes rows of a JSON array), array and object
	// (the functions that make JSON), json_id (the function that makes an id fit for JSON), instr and c (the
	// collation of bytes), pack and packed (around columns that make one text), chained (the SHA-256 of the hash of the
	// ledger's head and one argument).
	Words map[string]string
	// Numbered tells that placeholders are $1, $2 and so on instead of question marks.
	Numbered bool
	// Local tells that statements run in this process, so that short ones need not watch their context, and that there
	// is one writer at a time, so that nothing has to be locked.
	Local bool
	// Packs tells that what stands between pack and packed comes as one text, each column but the last with a NUL behind it.
	Packs bool
	// ID and IDs give ids as arguments; uuid.Nil never reaches ID.
	ID  func(id uuid.UUID) any
	IDs func(ids []uuid.UUID) any
	// IDText is the SQL expression for the canonical text of an id expression that is not NULL.
	IDText func(expr string) string
	// Translate turns an error of the driver into what [domain.Store] promises. It is called with every error.
	Translate func(err error) error

	texts  texts
	shapes shapes
}

// maxTexts bounds the memory of rewritten statements: filters can have any shape, and callers choose them.
const maxTexts = 2000

type texts struct {
	mu    sync.RWMutex
	known map[string]string

	words   sync.Once
	replace *strings.Replacer
}

// SQL is the text of a statement as the database wants it.
func (d *Dialect) SQL(text string) string {
	d.texts.mu.RLock()
	known, found := d.texts.known[text]
	d.texts.mu.RUnlock()
	if found {
		return known
	}
	d.texts.mu.Lock()
	defer d.texts.mu.Unlock()
	if d.texts.known == nil || len(d.texts.known) >= maxTexts {
		d.texts.known = map[string]string{}
	}
	rewritten := d.rewrite(text)
	d.texts.known[strings.Clone(text)] = rewritten
	return rewritten
}

func (d *Dialect) rewrite(text string) string {
	d.texts.words.Do(func() {
		var pairs []string
		for word, meaning := range d.Words {
			pairs = append(pairs, "{"+word+"}", meaning)
		}
		d.texts.replace = strings.NewReplacer(pairs...)
	})
	text = d.texts.replace.Replace(text)
	if !d.Numbered {
		return text
	}
	var numbered strings.Builder
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			numbered.WriteString("$" + strconv.Itoa(i))
		}
		numbered.WriteString(part)
	}
	return numbered.String()
}
