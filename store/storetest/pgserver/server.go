package pgserver

import (
	"bufio"
	_ "embed"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

const setting = "SCIMBRIDGE_TEST_POSTGRES"

//go:embed server.sh
var script string

// server is the one server that this process uses.
type server struct {
	url string // of its maintenance database
	// stdin is the standard input of our own server's script, whose end stops
	// the server. Held, so that it is not collected, and never closed: the end of
	// this process does that, however it comes.
	stdin  io.WriteCloser
	output *bufio.Scanner
}

// locate returns the server, which the first call starts unless one is given.
var locate = sync.OnceValues(func() (server, error) {
	if url := os.Getenv(setting); url != "" {
		return server{url: url}, removeForgotten(url)
	}
	return start()
})

// start leaves no goroutine behind, so that packages may look for leaks. The mode is one of the script.
func start(mode ...string) (server, error) {
	command := exec.Command("sh", append([]string{"-c", script, "sh"}, mode...)...)
	stdin, err := command.StdinPipe()
	if err != nil {
		return server{}, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return server{}, err
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		return server{}, err
	}
	var said []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "postgres://") {
			return server{url: lines.Text(), stdin: stdin, output: lines}, nil
		}
		said = append(said, lines.Text())
	}
	return server{}, errors.Join(errors.New(strings.Join(said, "\n")), command.Wait())
}

// need returns the server's URL, or ends the test with what to do.
func need(t testing.TB) string {
	t.Helper()
	if os.Getenv(setting) == "off" {
		t.Skipf("needs PostgreSQL, which %s=off leaves out", setting)
	}
	found, err := locate()
	if err != nil {
		t.Fatalf("no PostgreSQL server for this test: %v\n"+
			"Run tools/need-postgres.sh to install one, set POSTGRES_BIN to the folder of its binaries, "+
			"or set %s to the URL of a running server (or to off, to leave such tests out).", err, setting)
	}
	return found.url
}
