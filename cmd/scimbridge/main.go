// Command scimbridge is a SCIM 2.0 provisioning bridge: a server, and the acts of its operator on the same database.
//
// This package owns the configuration (flags, environment, file) and the wiring of the rooms; it alone knows concrete
// stores. It refuses to own rules: every act is a use case of domain. A subcommand is one struct with a Run method
// in the file of its subject, and one field of commands below; a setting is one field with a tag, which gives it a
// flag, a variable of the environment and a name in the file; a store is one row in database.go; a door is one mount
// in server.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/scimbridge/scimbridge/domain"
)

// commands is the command line.
type commands struct {
	Config string `help:"File with settings, a line 'name: value' each (YAML), by the names of these flags." placeholder:"FILE"`
	JSON   bool   `name:"json" help:"Print one JSON object."`

	Serve      serveCommand   `cmd:"" help:"Serve SCIM and the REST API until SIGTERM."`
	Migrate    migrateCommand `cmd:"" help:"Make the database or bring its schema up to date."`
	Backup     backupCommand  `cmd:"" help:"Copy a SQLite database into a file, also while servers run on it."`
	Restore    restoreCommand `cmd:"" help:"Put a backup where the SQLite database is to be; no server may run."`
	Tenant     tenantCommands `cmd:"" help:"Create, list and change tenants."`
	Connection struct {
		Create connectionCreate `cmd:"" help:"Create a SCIM connection of a tenant."`
		List   connectionList   `cmd:"" help:"List the SCIM connections of a tenant."`
		Show   connectionShow   `cmd:"" help:"Show a SCIM connection: its choices, what its client is, and what it is forgiven."`
		Update connectionUpdate `cmd:"" aliases:"change" help:"Change the name, the policies or the dialect of a SCIM connection."`
		Remove connectionRemove `cmd:"" help:"Take a SCIM connection out of use: its credentials end, people keep their access."`
	} `cmd:"" help:"Create, list and change SCIM connections."`
	Credential struct {
		Create credentialCreate `cmd:"" help:"Create a credential; its token is shown once."`
		List   credentialList   `cmd:"" help:"List the credentials of a tenant."`
		Change credentialChange `cmd:"" help:"Change the rate limit or the public keys of a credential."`
		Rotate credentialRotate `cmd:"" help:"Give a credential a new token; the old one works on for a while."`
		Revoke credentialRevoke `cmd:"" help:"End a credential at once."`
	} `cmd:"" help:"Create, list, change, rotate and revoke credentials."`
	Key struct {
		List   keyList   `cmd:"" help:"List the keys that the server signs with."`
		Rotate keyRotate `cmd:"" help:"Make a new key to sign with; the old one stays published for a while."`
	} `cmd:"" help:"List and rotate the keys that the server signs with."`
	Provider     providerCommands     `cmd:"" help:"Create identity providers, give them metadata, and trust their certificates."`
	Domain       domainCommands       `cmd:"" help:"Manage the domains of e-mail addresses by which people are led to where they sign in."`
	Log          logCommand           `cmd:"" help:"Tell what became of the requests of a tenant's SCIM connectors, newest first."`
	Subscription subscriptionCommands `cmd:"" help:"Manage who gets events: webhooks and security event tokens."`
	Role         struct {
		Create roleCreate `cmd:"" help:"Create a role, of restricted permissions too."`
		List   roleList   `cmd:"" help:"List the roles of a tenant."`
		Update roleUpdate `cmd:"" help:"Change a role."`
		Delete roleDelete `cmd:"" help:"Delete a role."`
	} `cmd:"" help:"Create, list, change and delete roles."`
	Person struct {
		Grant      personGrant      `cmd:"" help:"Give a person a role, a restricted one too: this is how the first administrator is made."`
		Revoke     personRevoke     `cmd:"" help:"Take a role from a person."`
		BreakGlass personBreakGlass `cmd:"" help:"Mark an account for emergencies, or not any more."`
	} `cmd:"" help:"Give people roles, and mark accounts for emergencies."`
	Policy struct {
		List policyList `cmd:"" help:"List what tenants and connections can choose: each policy, its default, and what it means."`
	} `cmd:"" help:"Tell what tenants and connections can choose."`
	Mail    mailCommands   `cmd:"" help:"List the mails that could not be delivered, and send them again."`
	Audit   auditCommands  `cmd:"" help:"List and export who did what, and check that nothing of it was changed."`
	Invite  inviteCommand  `cmd:"" help:"Invite a person, through the native API."`
	Import  importCommand  `cmd:"" help:"Import people from a CSV file, through the native API; a dry run unless told otherwise."`
	Export  exportCommand  `cmd:"" help:"Export people as CSV or JSON, through the native API."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// program is what a command works with.
type program struct {
	context.Context
	settings settings
	json     bool
	out, log io.Writer
}

// left is panicked with where the parser wants to leave the process, after --help for one.
type left int

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args, env []string, out, log io.Writer) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			status, ok := cause.(left)
			if !ok {
				panic(cause)
			}
			code = int(status)
		}
	}()
	found, err := readSettings(args, env)
	if err != nil {
		return complain(log, err, exitUsage)
	}
	var line commands
	parser, err := kong.New(&line, kong.Name("scimbridge"), kong.Description("A SCIM 2.0 provisioning bridge. "+
		"Each flag is also a variable of the environment (--public-url is SCIMBRIDGE_PUBLIC_URL) and a name in the file of --config; "+
		"a flag wins over the environment, and that over the file."),
		kong.Resolvers(found), kong.Writers(out, log), kong.Exit(func(status int) { panic(left(status)) }))
	if err != nil {
		return complain(log, err, exitFailed)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return complain(log, fmt.Errorf("%w. See scimbridge --help", err), exitUsage)
	}
	if err := chosen.Run(&program{Context: ctx, settings: found, json: line.JSON, out: out, log: log}); err != nil {
		return complain(log, err, exitFailed)
	}
	return exitDone
}

// complain says what is wrong, in plain words.
func complain(log io.Writer, err error, code int) int {
	_, _ = fmt.Fprintln(log, "scimbridge: "+plain(err))
	return code
}

// plain is an error for the operator, who may see its cause too.
func plain(err error) string {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var texts []string
		for _, one := range several.Unwrap() {
			texts = append(texts, plain(one))
		}
		return strings.Join(texts, "\n")
	}
	own, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return err.Error()
	}
	text := own.Message
	if len(own.Fields) > 0 {
		problems := make([]string, len(own.Fields))
		for i, field := range own.Fields {
			problems[i] = field.Attribute + ": " + field.Message
		}
		text = strings.Join(problems, " ")
	}
	if cause := errors.Unwrap(own); cause != nil {
		text += " (" + cause.Error() + ")"
	}
	return text
}
