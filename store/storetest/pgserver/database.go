package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// namePrefix marks every database this package makes; the Unix time follows it.
const namePrefix = "scimbridge_test_"

// emptyDatabase is the source that nobody can be connected to.
const emptyDatabase = "template0"

// patience bounds one statement: making a database takes 30 ms, unless the
// machine is very busy.
const patience = time.Minute

// forgottenAfter is longer than any test run.
const forgottenAfter = 24 * time.Hour

// Fresh returns the URL of a new, empty database, dropped when the test ends.
func Fresh(t testing.TB) string {
	t.Helper()
	return clone(t, need(t), emptyDatabase)
}

// template is a prepared database, made by the first test that asks for it.
type template struct {
	once     sync.Once
	database string
	err      error
}

// templates holds the templates of this process: name to *template.
var templates sync.Map

// FromTemplate returns the URL of a new copy of the template of that name,
// dropped when the test ends. The first call for a name in this process makes
// the template: an empty database that prepare fills (with migrations, say) and
// no longer uses when it returns. Copying takes about as long as Fresh.
func FromTemplate(t testing.TB, name string, prepare func(url string) error) string {
	t.Helper()
	url := need(t)
	found, _ := templates.LoadOrStore(name, &template{})
	made := found.(*template)
	made.once.Do(func() {
		made.err = errors.New("the test that was to prepare it ended in the middle") // with FailNow, say
		made.database, made.err = newTemplate(url, prepare)
	})
	if made.err != nil {
		t.Fatalf("prepare the PostgreSQL template %q: %v", name, made.err)
	}
	return clone(t, url, made.database)
}

func newTemplate(server string, prepare func(url string) error) (database string, err error) {
	database = newName()
	if err := create(server, database, emptyDatabase); err != nil {
		return "", err
	}
	return database, prepare(withDatabase(server, database))
}

func clone(t testing.TB, server, source string) string {
	t.Helper()
	database := newName()
	if err := create(server, database, source); err != nil {
		t.Fatalf("make a PostgreSQL database for this test: %v", err)
	}
	t.Cleanup(func() {
		if err := drop(server, database); err != nil {
			t.Errorf("drop the PostgreSQL database of this test: %v", err)
		}
	})
	return withDatabase(server, database)
}

func newName() string {
	return fmt.Sprintf("%s%d_%s", namePrefix, time.Now().Unix(), strings.ToLower(rand.Text()[:12]))
}

// create may follow a source's last use closely: PostgreSQL waits some seconds
// for connections to the source to end.
func create(server, database, source string) error {
	return execute(server, "CREATE DATABASE "+database+" TEMPLATE "+source)
}

// drop forces, because a test that failed may have left connections open.
func drop(server, database string) error {
	return execute(server, "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)")
}

func execute(server, statement string) error {
	return connected(server, func(ctx context.Context, connection *pgx.Conn) error {
		_, err := connection.Exec(ctx, statement)
		return err
	})
}

func connected(server string, act func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	return act(ctx, connection)
}

// removeForgotten drops what earlier runs left on a server that outlives them:
// their templates, and the databases of tests that were killed.
func removeForgotten(server string) error {
	return connected(server, func(ctx context.Context, connection *pgx.Conn) error {
		rows, err := connection.Query(ctx, `SELECT datname FROM pg_database WHERE datname LIKE $1`, namePrefix+"%")
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, name := range names {
			if isForgotten(name, time.Now()) {
				_, dropErr := connection.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
				err = errors.Join(err, dropErr)
			}
		}
		return err
	})
}

func isForgotten(name string, now time.Time) bool {
	var made int64
	_, err := fmt.Sscanf(name, namePrefix+"%d_", &made)
	return err == nil && now.Sub(time.Unix(made, 0)) > forgottenAfter
}

// withDatabase returns the server's URL with another database in its path.
func withDatabase(server, database string) string {
	parsed, err := url.Parse(server)
	if err != nil {
		return server // connecting has failed before this
	}
	parsed.Path = "/" + database
	return parsed.String()
}
