package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// statistics are what the planner is told about the size of things: rows in all, then rows a value of the first
// column, of the first two, and so on. Without them it takes a tenant for ten rows and would rather walk through all
// of its people than look a name up. They are of an installation of middle size and the plans they lead to are right
// for any other; an ANALYZE of the operator takes their place.
var statistics = []struct{ table, index, stat string }{
	{"tenant", "sqlite_autoindex_tenant_1", "20 1"},
	{"tenant", "tenant_slug", "20 1"},
	{"connection", "connection", "40 2 1"},
	{"credential", "credential", "100 5 1"},
	{"credential", "credential_by_id", "100 1"},
	{"person", "sqlite_autoindex_person_1", "1000000 50000 1"},
	{"person", "person_listing", "1000000 50000 2 1"},
	{"person", "person_anonymized", "1000 50 2 1"},
	{"person", "person_employee_number", "500000 25000 1"},
	{"person", "person_external_login", "500000 25000 1"},
	{"email_key", "email_key", "1000000 50000 2 1"},
	{"user_access", "user_access", "1000000 50000 1"},
	{"user_access", "user_access_username", "1000000 50000 1"},
	{"user_access", "user_access_email", "1000000 50000 1"},
	{"user_access", "user_access_skeleton", "1000 50 1"},
	{"scim_link", "scim_link", "1000000 50000 2 1"},
	{"scim_link", "scim_link_key", "1000000 50000 25000 2 1"},
	{"scim_link", "scim_link_hidden", "10000 500 250 1"},
	{"ledger_head", "ledger_head", "20 1"},
	{"permission_group", "permission_group", "5000 250 1"},
	{"permission_group", "permission_group_name", "5000 250 1"},
	{"permission_group", "permission_group_listing", "5000 250 2 1"},
	{"group_link", "group_link", "5000 250 125 1"},
	{"group_link", "group_link_key", "5000 250 125 2 1"},
	{"group_link", "group_link_group", "5000 250 2"},
	{"group_member", "group_member", "2000000 100000 400 1"},
	{"group_member", "group_member_person", "2000000 100000 4 1"},
	{"invitation", "invitation", "1000000 50000 2 1"},
	{"invitation", "invitation_token", "1000000 50000 1"},
	{"invitation", "invitation_old", "1000000 50000 2"},
	{"session", "sqlite_autoindex_session_1", "1000000 50000 1"},
	{"session", "session_by_token", "1000000 1"},
	{"session", "session_person", "1000000 50000 4"},
	{"outbox", "outbox", "1000000 50000 2 1"},
	{"outbox", "outbox_due", "1000 1"},
	{"outbox", "outbox_old", "1000000 50000 2"},
}

// fixStatistics fills in the statistics that are not there.
func fixStatistics(ctx context.Context, db *sql.DB) error {
	var known bool
	err := db.QueryRowContext(ctx, "SELECT COUNT(*) > 0 FROM sqlite_schema WHERE name = 'sqlite_stat1'").Scan(&known)
	if err != nil {
		return fmt.Errorf("sqlite: read the statistics: %w", err)
	}
	if !known { // only ANALYZE can make the table; the new database is empty, so that it costs nothing
		if _, err := db.ExecContext(ctx, "ANALYZE"); err != nil {
			return fmt.Errorf("sqlite: make the statistics: %w", err)
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlite: write the statistics: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	for _, s := range statistics {
		_, err := tx.ExecContext(ctx, `INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT ?, ?, ?
			WHERE NOT EXISTS (SELECT 1 FROM sqlite_stat1 WHERE tbl = ? AND idx = ?)`, s.table, s.index, s.stat, s.table, s.index)
		if err != nil {
			return fmt.Errorf("sqlite: write the statistics: %w", err)
		}
	}
	return tx.Commit()
}
