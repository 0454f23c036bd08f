// Bench is the load generator: it drives a SCIM server by URL and token, measures
// the limits of the machine in the same run, and prints every figure beside both
// its limit and its goal.
//
//	bench [flags]        measure the server at -url
//	bench fill [flags]   create people and groups through the API
//	bench grow [flags]   measure at two sizes and compare
//	bench drill [flags]  start a server of ours, fill it, measure it, stop it
//
// It imports nothing of ours, so that another server can stand in the same table,
// and sends to loopback addresses only. What is measured is the table of
// bench/workload; this package owns the command line and the processes. Another
// subcommand is a row in commands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/scimbridge/scimbridge/bench/limit"
)

// command runs with its arguments. What it reports goes to out; what it is about,
// to standard error.
type command func(ctx context.Context, args []string, out io.Writer) error

// helloCommand is how the program starts itself as the server of the raw limit.
const helloCommand = "hello"

var commands = map[string]command{
	"fill":  fill,
	"grow":  grow,
	"drill": drill,
	helloCommand: func(_ context.Context, _ []string, out io.Writer) error {
		return limit.ServeHello(os.Stdin, out)
	},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) < 2 || os.Args[1] != helloCommand {
		leaveRoom()
	}
	err := start(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// leaveRoom keeps the generator to half of the processors. With all of them its scheduler takes from the server, on the same
// machine, to look for work and to wake threads; what is measured, the raw limits included, would be that.
func leaveRoom() { runtime.GOMAXPROCS(max(1, runtime.NumCPU()/2)) }

// start picks the command by the first argument; without one it measures.
func start(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		if chosen, known := commands[args[0]]; known {
			return chosen(ctx, args[1:], out)
		}
	}
	return measure(ctx, args, out)
}
