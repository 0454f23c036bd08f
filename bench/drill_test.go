package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/report"
)

// TestMain lets the test binary be the processes that the program starts: itself
// as the hello server, and a scimbridge, of which it has what a drill uses.
func TestMain(m *testing.M) {
	acts := map[string]func() error{
		helloCommand: func() error { return commands[helloCommand](context.Background(), nil, os.Stdout) },
		"tenant":     func() error { _, err := fmt.Println(`{"TenantId":"t1"}`); return err },
		"provider":   func() error { _, err := fmt.Println(`{"Prefix":"bench"}`); return err },
		"credential": fakeCredential,
		"serve":      fakeServe,
	}
	if act, asked := acts[os.Args[min(1, len(os.Args)-1)]]; asked {
		if err := act(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func fakeCredential() error {
	path := "/scim/v2"
	for _, arg := range os.Args {
		if arg == "rest" {
			path = "/scim/v2/api/v1"
		}
	}
	_, err := fmt.Printf(`{"Token":%q,"BaseUrl":%q}`, stubToken, os.Getenv("SCIMBRIDGE_PUBLIC_URL")+path)
	return err
}

// fakeServe serves until it is told to stop, unless its folder says otherwise.
func fakeServe() error {
	if os.Getenv("SCIMBRIDGE_DATABASE") == "broken" {
		return errors.New("the database is broken")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	mux, door := http.NewServeMux(), (&stub{names: make(map[any]bool)}).handler()
	mux.Handle("/scim/v2/", http.StripPrefix("/scim/v2", door))
	mux.Handle("/sso/", door)
	server := &http.Server{Addr: os.Getenv("SCIMBRIDGE_LISTEN"), Handler: mux}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func TestDrillStartsFillsMeasuresAndStops(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	document := filepath.Join(folder, "performance.md")
	made, _ := run(t, append([]string{"drill"}, append(quick, "-server", os.Args[0], "-people", "300", "-few", "100",
		"-tenant-count", "2", "-markdown", document, "-only", "GET user|Common|mixed|sign-in")...)...)
	names := make(map[string]report.Row)
	for _, row := range made.Rows {
		assert.Empty(t, row.Skipped, row.Name)
		assert.Zero(t, row.Figures[report.Errors], "%s: %v", row.Name, row.Notes)
		names[row.Name] = row
	}
	assert.Contains(t, names, "GET user by id")
	assert.Contains(t, names, "POST Common/Persons with UserAccess")
	assert.Contains(t, names["mixed over tenants"].Notes[0], "over 2 tenants")
	assert.Positive(t, names["SAML sign-in"].Requests)
	assert.Positive(t, names["password sign-in"].Requests)
	for what, noted := range map[string]string{"SAML": "SAML sign-ins", "password": "password sign-ins", "both": "SAML and "} {
		row := names["SCIM beside "+what+" sign-ins"]
		assert.Positive(t, row.Figures[report.Others], what)
		assert.Contains(t, row.Notes[0], noted)
	}
	assert.Positive(t, names["start"].Figures[report.Ready])
	assert.Positive(t, names["size of the program"].Figures[report.Binary])
	assert.Positive(t, names["memory of the server"].Figures[report.Peak])
	assert.NotEmpty(t, made.Growth)
	assert.Equal(t, "SQLite, WAL, synchronous=FULL", made.Durability)
	assert.FileExists(t, document)
}

func TestDrillLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	err := start(t.Context(), []string{"drill", "-server", os.Args[0], "-dir", folder, "-database", "broken", "-tenant-count", "0"}, os.Stderr)
	assert.ErrorContains(t, err, "ended before it answered")
	assert.ErrorContains(t, err, "the database is broken", "the end of its log is shown")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestStopEndsTheServer(t *testing.T) {
	t.Parallel()
	b := &bridge{program: os.Args[0], folder: t.TempDir()}
	at, err := b.provision(t.Context(), 0)
	require.NoError(t, err)
	took, err := b.start(t.Context(), at)
	require.NoError(t, err)
	assert.Positive(t, took)
	process := b.command.Process
	require.NoError(t, b.stop())
	assert.ErrorIs(t, process.Signal(syscall.Signal(0)), os.ErrProcessDone)
	assert.NoError(t, b.stop(), "once is enough")
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	b := &bridge{program: os.Args[0], folder: t.TempDir()}
	at, err := b.provision(t.Context(), 0)
	require.NoError(t, err)
	at.token = "wrong"
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = b.start(ctx, at)
	assert.ErrorContains(t, err, "status 401")
	assert.Nil(t, b.ended, "it was stopped")
}
