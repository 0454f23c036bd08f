package limit

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/target"
)

// helloSize is about the size of a SCIM user.
const helloSize = 800

// ServeHello answers every request on a loopback port with the same 800 bytes until
// in ends. It writes its URL to out as soon as it listens.
func ServeHello(in io.Reader, out io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	body := []byte(`"` + strings.Repeat("x", helloSize-2) + `"`)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", target.SCIM)
		_, _ = w.Write(body) // a client that is gone misses nothing
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintln(out, "http://"+listener.Addr().String())
	_, _ = io.Copy(io.Discard, in)
	_ = server.Close()
	<-ended
	return nil
}

// Hello is a running process of ServeHello.
type Hello struct {
	PID    int
	target *target.Target
	in     io.Closer
	wait   func() error
}

// StartHello starts the command, which must call ServeHello with its standard
// streams. The process ends with Stop, and also when this process does.
func StartHello(command *exec.Cmd) (*Hello, error) {
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	hello := &Hello{PID: command.Process.Pid, in: in, wait: command.Wait}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		hello.target, err = target.New(strings.TrimSpace(url), "none", target.SCIM)
	}
	if err != nil {
		_ = hello.Stop()
		return nil, fmt.Errorf("the hello server did not start: %w", err)
	}
	return hello, nil
}

// Run measures it with so many connections.
func (h *Hello) Run(ctx context.Context, connections int, bound load.Bound) load.Result {
	return load.Closed(ctx, connections, bound, func(ctx context.Context, _ int) load.Answer {
		return h.target.Send(ctx, target.Call{Method: http.MethodGet, Path: "/"})
	})
}

// Stop ends the process.
func (h *Hello) Stop() error {
	if h.target != nil {
		h.target.Close()
	}
	_ = h.in.Close()
	return h.wait()
}
