package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// bridge is a server of ours as a process. It is driven by its command line and
// its HTTP doors only.
type bridge struct {
	program, database, folder string

	address string // host and port, the same for every start
	command *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// publicURL is the URL under which the server knows itself.
func (b *bridge) publicURL() string { return "http://" + b.address }

// reserve finds a free port.
func (b *bridge) reserve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.address = listener.Addr().String()
	return listener.Close()
}

// firstSlug is the slug of the tenant that most is asked of.
const firstSlug = "load"

// provision creates a tenant with a credential for either door, and further ones
// with a credential for SCIM, in a file for the mixed workload.
func (b *bridge) provision(ctx context.Context, tenants int) (server, error) {
	if err := b.reserve(); err != nil {
		return server{}, err
	}
	first, err := b.tenant(ctx, firstSlug)
	if err != nil {
		return server{}, err
	}
	scim, err := b.credential(ctx, first, "scim")
	if err != nil {
		return server{}, err
	}
	native, err := b.credential(ctx, first, "rest")
	if err != nil {
		return server{}, err
	}
	var lines strings.Builder
	for i := range tenants {
		tenant, err := b.tenant(ctx, fmt.Sprintf("mixed-%02d", i))
		if err != nil {
			return server{}, err
		}
		credential, err := b.credential(ctx, tenant, "scim")
		if err != nil {
			return server{}, err
		}
		fmt.Fprintln(&lines, credential.BaseURL, credential.Token)
	}
	signIns, err := b.letPeopleIn(ctx, first, native.BaseURL)
	if err != nil {
		return server{}, err
	}
	path := filepath.Join(b.folder, "tenants.txt")
	return server{
		url: scim.BaseURL, token: scim.Token,
		nativeURL: native.BaseURL, nativeToken: native.Token,
		tenants: path, signIns: signIns,
	}, os.WriteFile(path, []byte(lines.String()), 0o600)
}

// credential is what the command line answers to credential create.
type credential struct {
	Token   string `json:"Token"`
	BaseURL string `json:"BaseUrl"`
}

func (b *bridge) tenant(ctx context.Context, slug string) (id string, err error) {
	var made struct {
		ID string `json:"TenantId"`
	}
	err = b.call(ctx, &made, "tenant", "create", "--slug", slug)
	return made.ID, err
}

func (b *bridge) credential(ctx context.Context, tenant, kind string) (credential, error) {
	var made credential
	err := b.call(ctx, &made, "credential", "create", "--tenant", tenant, "--kind", kind, "--name", "load")
	return made, err
}

// call runs a subcommand of the program and decodes its answer.
func (b *bridge) call(ctx context.Context, answer any, args ...string) error {
	command := exec.CommandContext(ctx, b.program, append(args, "--json")...)
	b.settle(command)
	var problems bytes.Buffer
	command.Stderr = &problems
	text, err := command.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", b.program, strings.Join(args[:2], " "), err, problems.String())
	}
	return json.Unmarshal(text, answer)
}

// settle gives the program its settings by the environment, where every command
// finds those that it needs, and no others.
func (b *bridge) settle(command *exec.Cmd) {
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "SCIMBRIDGE_") {
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env,
		"SCIMBRIDGE_DATABASE="+b.database,
		"SCIMBRIDGE_LISTEN="+b.address,
		"SCIMBRIDGE_PUBLIC_URL="+b.publicURL(),
		"SCIMBRIDGE_TRUSTED_PROXY=127.0.0.0/8", // so that those who sign in come from many addresses
		"SCIMBRIDGE_KEY_FILE="+filepath.Join(b.folder, "key"))
	command.Dir = b.folder
}

// start runs the server and returns how long it took to answer.
func (b *bridge) start(ctx context.Context, at server) (time.Duration, error) {
	log, err := os.OpenFile(b.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()                            // the process has its own handle
	b.command = exec.Command(b.program, "serve") // not by the context, which would end it by force
	b.settle(b.command)
	b.command.Stdout, b.command.Stderr = log, log
	begin := time.Now()
	if err := b.command.Start(); err != nil {
		return 0, err
	}
	b.ended = make(chan struct{})
	go func(command *exec.Cmd, ended chan<- struct{}) {
		_ = command.Wait() // how it ended stands in its log
		close(ended)
	}(b.command, b.ended)
	if err := awaitAnswer(ctx, at, b.ended); err != nil {
		return 0, errors.Join(err, b.lastWords(), b.stop())
	}
	return time.Since(begin), nil
}

func (b *bridge) pid() int { return b.command.Process.Pid }

func (b *bridge) logPath() string { return filepath.Join(b.folder, "server.log") }

// lastWords returns the end of the server's log as an error, for whoever wonders.
func (b *bridge) lastWords() error {
	text, err := os.ReadFile(b.logPath())
	if err != nil {
		return err
	}
	return fmt.Errorf("the end of its log:\n%s", text[max(0, len(text)-2000):])
}

// stopPatience is how long a server may take to finish what it has begun.
const stopPatience = 40 * time.Second

// stop ends the process by its id: politely, and then by force.
func (b *bridge) stop() error {
	if b.ended == nil {
		return nil
	}
	defer func() { b.ended = nil }()
	if err := b.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(err, b.command.Process.Kill())
	}
	select {
	case <-b.ended:
		return nil
	case <-time.After(stopPatience):
		return errors.Join(fmt.Errorf("the server did not stop within %s and was killed", stopPatience), b.command.Process.Kill())
	}
}
