package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/scimbridge/scimbridge/client"
)

// importCommand is scimbridge import.
type importCommand struct {
	remoteFlags
	File     string `arg:"" help:"CSV file with a person a line; its first line names the columns, as scimbridge export writes them."`
	Commit   bool   `help:"Do it. Without this flag nothing is changed: each line is checked and its verdict told."`
	Access   string `enum:"invite,silent,none" default:"invite" help:"invite: give access and mail an invitation; silent: give access without a mail; none: no access."`
	Parallel int    `default:"16" help:"Requests under way at once."`
	Problems bool   `help:"Tell only the lines that can't be imported."`
}

// verdict is what is to become, or became, of a line.
type verdict struct {
	Line     int
	Verdict  string
	Who      string
	PersonID string `json:"PersonId,omitempty"`
	Problem  string `json:",omitempty"`
}

// The verdicts.
const (
	wouldCreate = "would create"
	created     = "created"
	existing    = "exists"
	invalid     = "invalid"
	failed      = "failed"
)

// batchOf is how many lines are worked on before their verdicts are told, in their order.
const batchOf = 256

// Run imports the file.
func (c *importCommand) Run(p *program) error {
	server, err := c.client(p)
	if err != nil {
		return err
	}
	total, digest, err := survey(c.File)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	reader, err := newCSVReader(file)
	if err != nil {
		return err
	}
	run := &importing{importCommand: c, p: p, server: server, reader: reader, digest: digest, seen: map[string]int{}, counts: map[string]int{},
		bar: newProgress(p.log, total)}
	if err := run.all(); err != nil {
		return err
	}
	return run.end()
}

// survey counts the lines of a file and tells it from every other one.
func survey(name string) (rows int, digest string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	reader := csv.NewReader(io.TeeReader(file, sum))
	reader.ReuseRecord = true
	for {
		if _, err := reader.Read(); err == io.EOF {
			return max(rows-1, 0), hex.EncodeToString(sum.Sum(nil)), nil
		} else if err != nil {
			return 0, "", fmt.Errorf("%s is no CSV file: %w", name, err)
		}
		rows++
	}
}

// importing is an import under way.
type importing struct {
	*importCommand
	p      *program
	server *client.Client
	reader *csvReader
	digest string
	seen   map[string]int // the line that had a key first
	counts map[string]int
	told   []verdict // for --json
	done   int
	bar    *progress
}

// line is a line of the file on its way.
type line struct {
	person  client.NewPerson
	verdict verdict
}

func (r *importing) all() error {
	for more := true; more; {
		var batch []*line
		for more = true; len(batch) < batchOf; {
			cells, err := r.reader.Read()
			if err == io.EOF {
				more = false
				break
			}
			if err != nil {
				return err
			}
			batch = append(batch, r.line(cells))
		}
		r.work(batch)
		if err := r.tell(batch); err != nil {
			return err
		}
		if err := r.p.Err(); err != nil {
			return errors.New("stopped; the same command goes on where it was, and creates nobody twice")
		}
	}
	return nil
}

// line reads a line and judges what can be judged without the server.
func (r *importing) line(cells []string) *line {
	number, _ := r.reader.FieldPos(0)
	person, err := r.reader.person(cells, r.access())
	l := &line{person, verdict{Line: number, Who: shownName(&person)}}
	if err != nil {
		l.verdict.Verdict, l.verdict.Problem = invalid, strings.ReplaceAll(err.Error(), "\n", "; ")
		return l
	}
	for _, key := range keys(&person) {
		if first := r.seen[key]; first > 0 {
			l.verdict.Verdict, l.verdict.Problem = invalid, fmt.Sprintf("the same %s stands in line %d", key, first)
			return l
		}
	}
	for _, key := range keys(&person) {
		r.seen[key] = number
	}
	return l
}

func (r *importing) access() *client.NewAccess {
	no := false
	switch r.Access {
	case "none":
		return nil
	case "silent":
		return &client.NewAccess{SendInvitation: &no}
	default:
		return &client.NewAccess{}
	}
}

// keys are what nobody else may have.
func keys(p *client.NewPerson) (list []string) {
	if email := primaryEmail(&p.Person); email != "" && p.UserAccess != nil {
		list = append(list, "EmailAddress "+strings.ToLower(email))
	}
	if p.Username != "" && p.UserAccess != nil {
		list = append(list, "Username "+strings.ToLower(p.Username))
	}
	if p.Employee != nil && p.Employee.EmployeeNumber != "" {
		list = append(list, "EmployeeNumber "+strings.ToLower(p.Employee.EmployeeNumber))
	}
	return list
}

func shownName(p *client.NewPerson) string {
	for _, name := range []string{p.Username, primaryEmail(&p.Person)} {
		if name != "" {
			return name
		}
	}
	return strings.TrimSpace(p.FirstName + " " + p.LastName)
}

// work asks the server about, or for, the people of a batch.
func (r *importing) work(batch []*line) {
	var group sync.WaitGroup
	slots := make(chan struct{}, max(r.Parallel, 1))
	for _, l := range batch {
		if l.verdict.Verdict != "" {
			continue
		}
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if r.Commit {
				r.create(r.p, l)
			} else {
				r.look(r.p, l)
			}
		})
	}
	group.Wait()
}

// taken are the refusals that tell that somebody is there already.
var taken = map[string]bool{"username_taken": true, "email_in_use": true, "employee_number_in_use": true, "external_login_in_use": true}

// create creates the person of a line, once however often the file is imported.
func (r *importing) create(ctx context.Context, l *line) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s:%s:%d", r.digest, r.Access, l.verdict.Line))
	answer, err := r.server.CreatePersonOnce(ctx, "import-"+hex.EncodeToString(sum[:]), l.person)
	switch {
	case err == nil:
		l.verdict.Verdict, l.verdict.PersonID = created, answer.PersonId
	case taken[client.CodeOf(err)]:
		l.verdict.Verdict, l.verdict.Problem = existing, err.Error()
	default:
		l.verdict.Verdict, l.verdict.Problem = failed, err.Error()
	}
}

// tell shows the verdicts of a batch.
func (r *importing) tell(batch []*line) error {
	for _, l := range batch {
		v := l.verdict
		r.counts[v.Verdict]++
		if r.Problems && (v.Verdict == created || v.Verdict == wouldCreate) {
			continue
		}
		if r.p.json {
			r.told = append(r.told, v)
			continue
		}
		r.bar.clear()
		text := fmt.Sprintf("line %d  %s  %s", v.Line, v.Verdict, v.Who)
		for _, more := range []string{v.PersonID, v.Problem} {
			if more != "" {
				text += "  " + more
			}
		}
		if _, err := fmt.Fprintln(r.p.out, text); err != nil {
			return err
		}
	}
	r.done += len(batch)
	r.bar.at(r.done)
	return nil
}

// end sums up.
func (r *importing) end() error {
	view := struct {
		Committed                                              bool
		Created, WouldCreate, Existing, Invalid, Failed, Lines int
		Verdicts                                               []verdict `json:",omitempty"`
	}{r.Commit, r.counts[created], r.counts[wouldCreate], r.counts[existing], r.counts[invalid], r.counts[failed], r.done, r.told}
	summary := fmt.Sprintf("%d lines: %d created, %d exist already, %d invalid, %d failed.", r.done, view.Created, view.Existing, view.Invalid, view.Failed)
	if !r.Commit {
		summary = fmt.Sprintf("%d lines: %d would be created, %d exist already, %d invalid, %d could not be checked. Nothing was changed; give --commit to do it.",
			r.done, view.WouldCreate, view.Existing, view.Invalid, view.Failed)
	}
	if err := r.p.show(view, summary); err != nil {
		return err
	}
	if bad := view.Invalid + view.Failed; bad > 0 {
		return fmt.Errorf("%d of %d lines can't be imported as they are", bad, r.done)
	}
	return nil
}
