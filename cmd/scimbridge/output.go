package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// show prints the object as JSON where that was asked for, else the lines.
func (p *program) show(object any, lines ...string) error {
	if !p.json {
		_, err := fmt.Fprintln(p.out, strings.Join(lines, "\n"))
		return err
	}
	encoder := json.NewEncoder(p.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(object)
}

// items is how lists are shown.
type items[T any] struct{ Items []T }

func listOf[R, T any](records []R, view func(R) T) items[T] {
	list := items[T]{Items: []T{}} // in JSON an empty list, not null
	for _, record := range records {
		list.Items = append(list.Items, view(record))
	}
	return list
}

// stamp is a time as the APIs show it; nil for never.
func stamp(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// versionCommand is scimbridge version.
type versionCommand struct{}

// Run prints the version that the program was built from.
func (versionCommand) Run(p *program) error {
	version, revision := "(unknown)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	return p.show(struct{ Version, Revision string }{version, revision}, strings.TrimSpace("scimbridge "+version+" "+revision))
}
