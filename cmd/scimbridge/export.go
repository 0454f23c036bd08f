package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/scimbridge/scimbridge/client"
)

// exportCommand is scimbridge export.
type exportCommand struct {
	remoteFlags
	File   string `arg:"" optional:"" help:"Where to; the standard output where it is missing."`
	Format string `enum:"csv,json" default:"csv" help:"csv: a line a person, as scimbridge import reads it. json: a whole person a line."`
}

// pageOf is how many people are asked for at once, the most that the server gives.
const pageOf = 200

// Run writes everybody who is known to the tenant, page by page.
func (c *exportCommand) Run(p *program) (err error) {
	server, err := c.client(p)
	if err != nil {
		return err
	}
	to, told := p.out, p.log
	if c.File != "" {
		file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // it is full of personal data, and no other file is lost
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		to = file
	}
	buffered := bufio.NewWriter(to)
	count, err := c.write(p, server, buffered, told)
	if err = errors.Join(err, buffered.Flush()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(told, "%d people were exported.\n", count)
	return err
}

func (c *exportCommand) write(p *program, server *client.Client, to io.Writer, told io.Writer) (count int, err error) {
	first, err := server.People(p, client.PersonFilter{}, client.Window{Count: 1, Extended: true})
	if err != nil {
		return 0, err
	}
	total := 0
	if first.TotalCount != nil {
		total = *first.TotalCount
	}
	bar, put := newProgress(told, total), c.writer(to)
	for person, err := range client.All(p, client.Window{Count: pageOf}, func(ctx context.Context, w client.Window) (client.Page[client.Person], error) {
		return server.People(ctx, client.PersonFilter{}, w)
	}) {
		if err == nil && person.State == "" { // of somebody anonymised nothing is left to export
			err = put(&person)
			count++
		}
		if err != nil {
			return count, err
		}
		bar.at(count)
	}
	return count, put(nil)
}

// writer writes one person after the other; nil ends it.
func (c *exportCommand) writer(to io.Writer) func(person *client.Person) error {
	if c.Format == "json" {
		encoder := json.NewEncoder(to)
		encoder.SetEscapeHTML(false)
		return func(person *client.Person) error {
			if person == nil {
				return nil
			}
			return encoder.Encode(person)
		}
	}
	lines := csv.NewWriter(to)
	var written []column
	var names []string
	for _, c := range columns {
		if c.get != nil {
			written, names = append(written, c), append(names, c.name)
		}
	}
	_ = lines.Write(names) // an error stays until Flush
	return func(person *client.Person) error {
		if person == nil {
			lines.Flush()
			return lines.Error()
		}
		cells := make([]string, len(written))
		for i, c := range written {
			cells[i] = hidden(c.get(person))
		}
		return lines.Write(cells)
	}
}
