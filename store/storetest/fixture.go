package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
	"github.com/scimbridge/scimbridge/store/postgres"
	"github.com/scimbridge/scimbridge/store/sqlite"
	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// Fixture is a migrated, empty store of a test's own, with a raw connection beside it to look at rows and to make
// those that no port makes.
type Fixture struct {
	*store.DB
	// Raw sees the same database. Statements on it are the database's own; see SQL for portable ones.
	Raw *sql.DB
	// Source is the file or the URL of the database.
	Source string

	open     func() (*store.DB, error)
	openAt   func(url string) (*store.DB, error) // of PostgreSQL, as another role
	numbered bool
}

// Clock is the time of Go's tests that a store can be opened with; see the options of the dialects.
type Clock = func() time.Time

// SQLite gives a store in a file of the test's own. At most one clock; none is the clock of the machine.
func SQLite(t testing.TB, clock ...Clock) *Fixture {
	t.Helper()
	content, err := template()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "store.db")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	raw, err := sql.Open("sqlite", "file:"+file+"?_busy_timeout=5000&_foreign_keys=1")
	require.NoError(t, err)
	f := &Fixture{Raw: raw, Source: file, open: func() (*store.DB, error) {
		return sqlite.Open(file, sqlite.Options{Clock: only(clock)})
	}}
	return f.start(t)
}

// Postgres gives a store in a database of the test's own on a real server; see pgserver for which.
func Postgres(t testing.TB, clock ...Clock) *Fixture {
	t.Helper()
	url := pgserver.FromTemplate(t, "store", func(url string) error {
		db, err := postgres.Open(url, postgres.Options{})
		if err != nil {
			return err
		}
		return closing(db, db.Migrate(ctx()))
	})
	raw, err := sql.Open("pgx", url)
	require.NoError(t, err)
	openAt := func(url string) (*store.DB, error) {
		return postgres.Open(url, postgres.Options{Clock: only(clock), StatementTimeout: 30 * time.Second})
	}
	f := &Fixture{Raw: raw, Source: url, numbered: true, openAt: openAt, open: func() (*store.DB, error) { return openAt(url) }}
	return f.start(t)
}

// start opens the store and closes everything when the test ends.
func (f *Fixture) start(t testing.TB) *Fixture {
	t.Helper()
	var err error
	f.DB, err = f.open()
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, f.DB.Close())
		require.NoError(t, f.Raw.Close())
	})
	return f
}

// Reopen closes the store and opens it again, as a restart of the program does.
func (f *Fixture) Reopen(t testing.TB) {
	t.Helper()
	require.NoError(t, f.DB.Close())
	var err error
	f.DB, err = f.open()
	require.NoError(t, err)
}

// Another opens a second store on the same database, as another replica or process does.
func (f *Fixture) Another(t testing.TB) *store.DB {
	t.Helper()
	db, err := f.open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// template is the content of a migrated SQLite file, made once a process.
var template = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "template.db")
	db, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := closing(db, db.Migrate(ctx())); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func closing(db *store.DB, err error) error {
	if closed := db.Close(); err == nil {
		err = closed
	}
	return err
}

func only(clock []Clock) Clock {
	if len(clock) == 0 {
		return nil
	}
	return clock[0]
}

// SQL runs a portable statement with question marks on the raw connection; ids may be given as they are.
func (f *Fixture) SQL(t testing.TB, text string, args ...any) {
	t.Helper()
	_, err := f.Raw.Exec(f.placed(text), f.bound(args)...)
	require.NoError(t, err, text)
}

// Number is the number that a portable query answers.
func (f *Fixture) Number(t testing.TB, text string, args ...any) int {
	t.Helper()
	var number int
	require.NoError(t, f.Raw.QueryRow(f.placed(text), f.bound(args)...).Scan(&number), text)
	return number
}

// Text is the text that a portable query answers.
func (f *Fixture) Text(t testing.TB, text string, args ...any) string {
	t.Helper()
	var answer string
	require.NoError(t, f.Raw.QueryRow(f.placed(text), f.bound(args)...).Scan(&answer), text)
	return answer
}

func (f *Fixture) placed(text string) string {
	if !f.numbered {
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

func (f *Fixture) bound(args []any) []any {
	for i, arg := range args {
		if id, is := arg.(uuid.UUID); is && !f.numbered {
			args[i] = id[:]
		}
	}
	return args
}

// tables are all tables of the schema that hold what use cases do.
var tables = []string{
	"tenant", "connection", "credential", "organization", "identity_provider", "person", "email_key", "user_access", "scim_link",
	"permission_group", "group_link", "group_member", "role", "user_role", "group_role", "invitation", "reset_token", "session",
	"passkey_challenge", "passkey", "mfa_enrollment", "audit_event", "domain_event", "outbox", "idempotency_record", "ledger_head", "subscription",
	"subscription_delivery", "used_assertion", "sso_request", "sso_assertion", "service_key", "sso_domain", "old_password", "reset_request", "sign_in_failure", "audit_mention", "import_job", "import_record", "report", "report_chunk", "tenant_assignment", "credential_tenant", "anonymization", "receipt",
}

// Snapshot is the content of every table, a line a row, sorted: two are equal when nothing changed between them.
func (f *Fixture) Snapshot(t testing.TB) map[string][]string {
	t.Helper()
	content := map[string][]string{}
	for _, table := range tables {
		content[table] = f.lines(t, "SELECT * FROM "+table)
	}
	return content
}

// Everything is the content of every table that the database has, as text where it is text: what a table is called and
// whether anybody thought of it makes no difference.
func (f *Fixture) Everything(t testing.TB) map[string][]string {
	t.Helper()
	names := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if f.numbered {
		names = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	rows, err := f.Raw.Query(names)
	require.NoError(t, err)
	defer rows.Close()
	content := map[string][]string{}
	for rows.Next() {
		var table string
		require.NoError(t, rows.Scan(&table))
		content[table] = nil
	}
	require.NoError(t, rows.Err())
	for table := range content {
		content[table] = f.linesAs(t, "%s", "SELECT * FROM "+table)
	}
	return content
}

// RowsOf are all rows of a tenant, a line a row with the name of its table.
func (f *Fixture) RowsOf(t testing.TB, tenant uuid.UUID) []string {
	t.Helper()
	var rows []string
	for _, table := range tables {
		for _, line := range f.lines(t, f.placed("SELECT * FROM "+table+" WHERE tenant_id = ?"), f.bound([]any{tenant})...) {
			rows = append(rows, table+" "+line)
		}
	}
	return rows
}

func (f *Fixture) lines(t testing.TB, query string, args ...any) []string {
	t.Helper()
	return f.linesAs(t, "%x", query, args...)
}

// linesAs shows bytes in the format.
func (f *Fixture) linesAs(t testing.TB, format, query string, args ...any) []string {
	t.Helper()
	rows, err := f.Raw.Query(query, args...)
	require.NoError(t, err)
	defer rows.Close()
	names, err := rows.Columns()
	require.NoError(t, err)
	var lines []string
	for rows.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		lines = append(lines, line(format, names, values))
	}
	require.NoError(t, rows.Err())
	return sorted(lines)
}

func line(format string, names []string, values []any) string {
	var text strings.Builder
	for i, name := range names {
		if bytes, is := values[i].([]byte); is {
			fmt.Fprintf(&text, "%s="+format+" ", name, bytes)
			continue
		}
		fmt.Fprintf(&text, "%s=%v ", name, values[i])
	}
	return text.String()
}

// SaveConnection stores a connection in a transaction of its own, with its audit row and event.
func (f *Fixture) SaveConnection(at context.Context, tenant uuid.UUID, c *domain.Connection, entry *domain.AuditEntry) error {
	return f.administer(at, tenant, entry, func(tx domain.Tx) error { return tx.SaveConnection(c) })
}

// SaveCredential stores a credential in a transaction of its own, with its audit row and event.
func (f *Fixture) SaveCredential(at context.Context, c *domain.Credential, entry *domain.AuditEntry) error {
	return f.administer(at, c.Tenant, entry, func(tx domain.Tx) error { return tx.SaveCredential(c) })
}

func (f *Fixture) administer(at context.Context, tenant uuid.UUID, entry *domain.AuditEntry, do func(tx domain.Tx) error) error {
	return f.Write(at, domain.Scope{Tenant: tenant}, func(tx domain.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		if err := tx.Record(entry); err != nil {
			return err
		}
		return tx.Append([]domain.Event{entry.Event()})
	})
}

// ListConnections gives the connections of the tenant.
func (f *Fixture) ListConnections(at context.Context, tenant uuid.UUID) (list []*domain.Connection, err error) {
	err = f.Read(at, domain.Scope{Tenant: tenant}, func(tx domain.Tx) error {
		list, err = tx.ListConnections()
		return err
	})
	return list, err
}

// ListCredentials gives the credentials of the tenant.
func (f *Fixture) ListCredentials(at context.Context, tenant uuid.UUID) (list []*domain.Credential, err error) {
	err = f.Read(at, domain.Scope{Tenant: tenant}, func(tx domain.Tx) error {
		list, err = tx.ListCredentials()
		return err
	})
	return list, err
}

// AddOrganization makes an organization, which no port does yet.
func (f *Fixture) AddOrganization(t testing.TB, tenant, id uuid.UUID, name string) {
	t.Helper()
	f.SQL(t, "INSERT INTO organization (tenant_id, organization_id, name) VALUES (?, ?, ?)", tenant, id, name)
}

// AddProvider makes an identity provider of which nothing is known.
func (f *Fixture) AddProvider(t testing.TB, tenant, id uuid.UUID, enabled bool) {
	t.Helper()
	f.SQL(t, "INSERT INTO identity_provider (tenant_id, identity_provider_id, name, type, enabled, version) VALUES (?, ?, 'Provider', 'Saml', ?, 1)", tenant, id, enabled)
}

// Provider is an enabled identity provider of the tenant, made when it is first asked for.
func (f *Fixture) Provider(t testing.TB, tenant uuid.UUID) uuid.UUID {
	t.Helper()
	id := uuid.NewSHA1(tenant, []byte("provider"))
	if f.Number(t, "SELECT COUNT(*) FROM identity_provider WHERE tenant_id = ? AND identity_provider_id = ?", tenant, id) == 0 {
		f.AddProvider(t, tenant, id, true)
	}
	return id
}

// AddEnrolment makes a confirmed authenticator of a person with access, which no port does yet.
func (f *Fixture) AddEnrolment(t testing.TB, tenant, person uuid.UUID) {
	t.Helper()
	f.SQL(t, "INSERT INTO mfa_enrollment (tenant_id, enrollment_id, person_id, type, recovery_hashes, confirmed_at) VALUES (?, ?, ?, 'Totp', '[]', 1)",
		tenant, uuid.New(), person)
}
