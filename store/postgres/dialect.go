package postgres

import (
	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"github.com/scimbridge/scimbridge/store"
)

func dialect() *store.Dialect {
	return &store.Dialect{
		Goose:    goose.DialectPostgres,
		Numbered: true,
		Words: map[string]string{
			"id":       "UUID NOT NULL",
			"maybe_id": "UUID",
			"text":     `TEXT COLLATE "C" NOT NULL DEFAULT ''`,
			"time":     "BIGINT NOT NULL DEFAULT 0",
			"count":    "BIGINT NOT NULL DEFAULT 0",
			"bool":     "BOOLEAN NOT NULL DEFAULT FALSE",
			"json":     "JSONB NOT NULL",
			"bytes":    "BYTEA",
			"sequence": "BIGINT GENERATED ALWAYS AS IDENTITY",
			"rows":     "",
			"keyed":    "",

			"lock":        "FOR NO KEY UPDATE",
			"skip_locked": "FOR UPDATE SKIP LOCKED",
			"ids":         "(SELECT unnest(?::uuid[]))",
			"each":        "jsonb_array_elements",
			"array":       "jsonb_agg",
			"object":      "jsonb_build_object",
			"json_id":     "",
			"instr":       "strpos",
			"pack":        "",
			"packed":      "",
			"chained":     "sha256(COALESCE(ledger_head.audit_hash, '') || ?)",
			"c":           ` COLLATE "C"`,
		},
		ID:        func(id uuid.UUID) any { return id },
		IDs:       func(ids []uuid.UUID) any { return ids },
		IDText:    func(expr string) string { return "(" + expr + `::text COLLATE "C")` },
		Translate: translate,
	}
}
