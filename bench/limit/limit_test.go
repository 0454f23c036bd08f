package limit

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/report"
)

// asHello makes the test binary a hello server.
const asHello = "BENCH_TEST_HELLO"

func TestMain(m *testing.M) {
	if os.Getenv(asHello) != "" {
		if err := ServeHello(os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func startHello(t *testing.T) *Hello {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asHello+"=1")
	hello, err := StartHello(command)
	require.NoError(t, err)
	return hello
}

func TestMeasureEveryLimit(t *testing.T) {
	t.Parallel()
	hello := startHello(t)
	rows, err := Measure(t.Context(), hello, t.TempDir(), load.Bound{Time: 30 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, hello.Stop())
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.Name
		assert.Positive(t, row.Figures[report.Rate], row.Name)
		assert.Zero(t, row.Figures[report.Errors], "%s: %v", row.Name, row.Notes)
	}
	assert.Equal(t, []string{Hello1, Hello8, Commit1, Commit32, PointRead, Sync, Argon2id}, names)
	assert.InDelta(t, 32*rows[3].Figures[report.Rate], rows[3].Figures[report.Creates], 0.01)
}

func TestHelloAnswers800Bytes(t *testing.T) {
	t.Parallel()
	in, stop := io.Pipe()
	out, started := io.Pipe()
	ended := make(chan error)
	go func() { ended <- ServeHello(in, started) }()
	url, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	response, err := http.Get(strings.TrimSpace(url))
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Len(t, body, helloSize)
	require.NoError(t, stop.Close())
	assert.NoError(t, <-ended, "it ends with its input")
}

func TestStartHelloNeedsAServer(t *testing.T) {
	t.Parallel()
	_, err := StartHello(exec.Command("true"))
	assert.Error(t, err)
	_, err = StartHello(exec.Command("does/not/exist"))
	assert.Error(t, err)
}

func TestCommitsAreThereAndReadable(t *testing.T) {
	t.Parallel()
	db, err := OpenSQLite(t.Context(), t.TempDir())
	require.NoError(t, err)
	defer db.Close()
	_, err = db.PointRead(t.Context(), load.Bound{Requests: 1})
	assert.ErrorContains(t, err, "no rows to read")
	_, err = db.Commit(t.Context(), 32, load.Bound{Requests: 3})
	require.NoError(t, err)
	var count, size int
	var mode string
	require.NoError(t, db.db.QueryRow("SELECT count(*), max(length(body)) FROM person").Scan(&count, &size))
	assert.Equal(t, 96, count)
	assert.Equal(t, rowSize, size)
	require.NoError(t, db.db.QueryRow("PRAGMA journal_mode").Scan(&mode))
	assert.Equal(t, "wal", mode)
	require.NoError(t, db.db.QueryRow("PRAGMA synchronous").Scan(&mode))
	assert.Equal(t, "2", mode, "FULL")
	result, err := db.PointRead(t.Context(), load.Bound{Requests: 200})
	require.NoError(t, err)
	assert.Equal(t, 200, result.Accepted())
}

func TestAppendWritesAndSyncs(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	result, err := Append(t.Context(), folder, load.Bound{Requests: 5})
	require.NoError(t, err)
	assert.Equal(t, 5, result.Accepted())
	text, err := os.ReadFile(folder + "/limit.log")
	require.NoError(t, err)
	assert.True(t, bytes.Equal(text, make([]byte, 5*4096)))
	_, err = Append(t.Context(), folder+"/missing", load.Bound{Requests: 1})
	assert.Error(t, err)
}

func TestAloneStopsAtTheFirstFailure(t *testing.T) {
	t.Parallel()
	steps := 0
	_, err := alone(t.Context(), load.Bound{Requests: 100}, func(context.Context, int) error {
		steps++
		return io.ErrShortWrite
	})
	assert.ErrorIs(t, err, io.ErrShortWrite)
	assert.Equal(t, 1, steps)
}
