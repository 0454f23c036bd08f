package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// child makes this binary use a server and die, to see what becomes of it.
const child = "PGSERVER_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	found, err := locate()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(found.url)
	process, _ := os.FindProcess(os.Getpid())
	_ = process.Kill()
	select {}
}

func run(t *testing.T, url, statement string) {
	t.Helper()
	require.NoError(t, execute(url, statement))
}

func query[T any](t *testing.T, url, statement string, arguments ...any) T {
	t.Helper()
	var value T
	require.NoError(t, connected(url, func(ctx context.Context, connection *pgx.Conn) error {
		return connection.QueryRow(ctx, statement, arguments...).Scan(&value)
	}))
	return value
}

func TestFreshDatabasesAreApart(t *testing.T) {
	t.Parallel()
	one, other := Fresh(t), Fresh(t)
	run(t, one, "CREATE TABLE note (text text)")
	assert.True(t, query[bool](t, one, "SELECT to_regclass('note') IS NOT NULL"))
	assert.True(t, query[bool](t, other, "SELECT to_regclass('note') IS NULL"))
}

func TestFreshDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	need(t)
	var url string
	var left *pgx.Conn
	t.Run("user", func(t *testing.T) {
		url = Fresh(t)
		var err error
		left, err = pgx.Connect(t.Context(), url)
		require.NoError(t, err)
	})
	assert.Error(t, left.Ping(context.Background()), "an open connection must not keep the database")
	err := execute(url, "SELECT 1")
	assert.ErrorContains(t, err, "does not exist")
}

func TestFromTemplatePreparesOnce(t *testing.T) {
	t.Parallel()
	need(t)
	name := newName() // a template outlives the test, and -count repeats the test
	var prepared atomic.Int32
	prepare := func(url string) error {
		prepared.Add(1)
		return errors.Join(execute(url, "CREATE TABLE note (text text)"), execute(url, "INSERT INTO note VALUES ('a')"))
	}
	t.Run("copies", func(t *testing.T) {
		for range 8 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				url := FromTemplate(t, name, prepare)
				run(t, url, "INSERT INTO note VALUES ('b')")
				assert.Equal(t, 2, query[int](t, url, "SELECT count(*) FROM note"))
			})
		}
	})
	assert.Equal(t, int32(1), prepared.Load())
}

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Fatalf(format string, arguments ...any) {
	r.said = fmt.Sprintf(format, arguments...)
	panic(r)
}

func TestTemplateThatCannotBePrepared(t *testing.T) {
	t.Parallel()
	for range 2 {
		failing := &recorder{TB: t}
		assert.Panics(t, func() {
			FromTemplate(failing, "broken", func(url string) error { return execute(url, "CREATE NONSENSE") })
		})
		assert.Contains(t, failing.said, `template "broken"`)
		assert.Contains(t, failing.said, "NONSENSE")
	}
}

func TestServerEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	need(t)
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), child+"=1", setting+"=")
	output, err := command.Output()
	require.ErrorContains(t, err, "killed")
	_, folder, found := strings.Cut(strings.TrimSpace(string(output)), "host=")
	require.True(t, found, "%s", output)
	assert.Eventually(t, func() bool {
		_, err := os.Stat(folder)
		return errors.Is(err, os.ErrNotExist)
	}, 20*time.Second, 20*time.Millisecond)
}

func TestMissingBinariesSayWhatToDo(t *testing.T) {
	t.Parallel()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), child+"=1", setting+"=", "POSTGRES_BIN=/nowhere")
	output, err := command.Output()
	assert.ErrorContains(t, err, "exit status 1")
	assert.Contains(t, string(output), "No PostgreSQL server binaries (postgres, initdb, pg_ctl) in: /nowhere")
}

func TestOnlyForgottenDatabasesAreRemoved(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, want := range map[string]bool{
		newName(): false,
		fmt.Sprintf("%s%d_abc", namePrefix, now.Add(-23*time.Hour).Unix()): false,
		fmt.Sprintf("%s%d_abc", namePrefix, now.Add(-25*time.Hour).Unix()): true,
		"postgres":                 false,
		namePrefix + "mine":        false,
		"my_" + namePrefix + "1_a": false,
	} {
		assert.Equal(t, want, isForgotten(name, now), name)
	}
}

func TestRemoveForgotten(t *testing.T) {
	t.Parallel()
	server := need(t)
	forgotten := namePrefix + "1000000000_" + strings.TrimPrefix(newName(), namePrefix)
	kept := Fresh(t)
	run(t, server, "CREATE DATABASE "+forgotten)
	require.NoError(t, removeForgotten(server))
	assert.False(t, query[bool](t, server, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", forgotten))
	assert.Equal(t, 1, query[int](t, kept, "SELECT 1"))
}

func TestDurableKeepsWhatItCommitted(t *testing.T) {
	t.Parallel()
	server := StartDurable(t)
	run(t, server.URL, "CREATE TABLE note (text text)")
	for i, mode := range []string{"immediate", "fast"} {
		run(t, server.URL, "INSERT INTO note VALUES ('kept')")
		server.Stop(mode)
		require.Error(t, execute(server.URL, "SELECT 1"))
		server.Start()
		assert.Equal(t, i+1, query[int](t, server.URL, "SELECT count(*) FROM note"))
	}
}

func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()
	primary := StartPrimary(t)
	standby := primary.Standby()
	either := Either(t, standby, primary)
	run(t, either, "CREATE TABLE note (text text)")
	for i := range 2 {
		primary.Synchronous()
		require.Error(t, execute(standby.URL, "DELETE FROM note"), "a standby takes no changes")
		run(t, either, "INSERT INTO note VALUES ('kept')")
		primary.Stop("immediate")
		standby.Promote()
		assert.Equal(t, i+1, query[int](t, either, "SELECT count(*) FROM note"))
		primary.Follow(standby)
		primary, standby = standby, primary
	}
}
