package sqlite

import (
	"database/sql/driver"
	"encoding/hex"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	driversqlite "modernc.org/sqlite"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

func dialect() *store.Dialect {
	return &store.Dialect{
		Goose: goose.DialectSQLite3,
		Words: map[string]string{
			"id":       "BLOB NOT NULL",
			"maybe_id": "BLOB",
			"text":     "TEXT NOT NULL DEFAULT ''",
			"time":     "INTEGER NOT NULL DEFAULT 0",
			"count":    "INTEGER NOT NULL DEFAULT 0",
			"bool":     "INTEGER NOT NULL DEFAULT 0",
			"json":     "TEXT NOT NULL",
			"bytes":    "BLOB",
			"sequence": "INTEGER PRIMARY KEY",
			"rows":     "STRICT",
			"keyed":    "STRICT, WITHOUT ROWID",

			"lock":        "",
			"skip_locked": "",
			"ids":         "(SELECT unhex(value) FROM json_each(?))",
			"each":        "json_each",
			"array":       "json_group_array",
			"object":      "json_object",
			"json_id":     "hex",
			"instr":       "instr",
			"pack":        "concat_ws(char(0), ",
			"packed":      ")",
			"chained":     chainHash + "(ledger_head.audit_hash, ?)",
			"c":           "",
		},
		Local:     true,
		Packs:     true,
		ID:        func(id uuid.UUID) any { return id[:] },
		IDs:       jsonOfIDs,
		IDText:    idText,
		Translate: translate,
	}
}

// chainHash is a function of SQL, which has none to hash with.
const chainHash = "chain_hash"

func init() {
	driversqlite.MustRegisterDeterministicScalarFunction(chainHash, 2, func(_ *driversqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		before, _ := args[0].([]byte) // NULL is none
		digest, _ := args[1].([]byte)
		hash := domain.ChainHash(before, digest)
		return hash[:], nil
	})
}

// jsonOfIDs is a JSON array of the ids in hexadecimal, which makes one argument of any number.
func jsonOfIDs(ids []uuid.UUID) any {
	text := make([]byte, 0, 2+35*len(ids))
	text = append(text, '[')
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '"')
		text = hex.AppendEncode(text, id[:])
		text = append(text, '"')
	}
	return string(append(text, ']'))
}

func idText(expr string) string {
	h := "lower(hex(" + expr + "))"
	return "(substr(" + h + ", 1, 8) || '-' || substr(" + h + ", 9, 4) || '-' || substr(" + h + ", 13, 4) || '-' || substr(" +
		h + ", 17, 4) || '-' || substr(" + h + ", 21))"
}
