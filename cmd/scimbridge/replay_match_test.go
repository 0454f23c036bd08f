package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// memory is what a story has captured, by name.
type memory map[string]string

// hole is a placeholder of a pattern: {{name}}, {{name=kind}}, {{*kind}} or {{*}}.
var hole = regexp.MustCompile(`\{\{([\w.-]*)(=?)(\*?)(\w*)\}\}`)

// holeKinds are the expressions behind the kinds of holes.
var holeKinds = map[string]string{
	"":       `(?s:.*)`,
	"text":   `(?s:.+)`,
	"uuid":   `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
	"time":   `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`,
	"etag":   `W/"[^"]+"`,
	"number": `-?\d+`,
}

// fill puts what was captured in the place of each {{name}}.
func (m memory) fill(text string) (string, error) {
	var unknown []error
	filled := hole.ReplaceAllStringFunc(text, func(found string) string {
		name := hole.FindStringSubmatch(found)[1]
		value, known := m[name]
		if !known {
			unknown = append(unknown, fmt.Errorf("nothing was captured as %s", found))
		}
		return value
	})
	return filled, errors.Join(unknown...)
}

// matchText compares a text with a pattern and captures what its holes name.
func (m memory) matchText(pattern, got string) error {
	var expression strings.Builder
	var names []string
	rest := pattern
	for _, at := range hole.FindAllStringSubmatchIndex(pattern, -1) {
		part := func(group int) string { return pattern[at[2*group]:at[2*group+1]] }
		expression.WriteString(regexp.QuoteMeta(pattern[len(pattern)-len(rest) : at[0]]))
		rest = pattern[at[1]:]
		name, capture, anything, kind := part(1), part(2) != "", part(3) != "", part(4)
		within, known := holeKinds[kind]
		switch {
		case !known || name == "" && !anything:
			return fmt.Errorf("no such placeholder: %s", part(0))
		case !capture && !anything:
			if _, known := m[name]; !known {
				return fmt.Errorf("nothing was captured as %s", part(0))
			}
			within, name = regexp.QuoteMeta(m[name]), ""
		}
		expression.WriteString("(" + within + ")")
		names = append(names, name)
	}
	expression.WriteString(regexp.QuoteMeta(rest))
	found := regexp.MustCompile("^" + expression.String() + "$").FindStringSubmatch(got)
	if found == nil {
		return fmt.Errorf("expected %s, got %s", m.shown(pattern), shorten(got))
	}
	for i, name := range names {
		if name != "" {
			m[name] = found[i+1]
		}
	}
	return nil
}

// shown is the pattern as it is to be read: what was captured before stands beside its name.
func (m memory) shown(pattern string) string {
	return shorten(hole.ReplaceAllStringFunc(pattern, func(found string) string {
		if value, known := m[hole.FindStringSubmatch(found)[1]]; known && !strings.ContainsAny(found, "=*") {
			return found + "(" + value + ")"
		}
		return found
	}))
}

func shorten(text string) string {
	const most = 300
	if len(text) <= most {
		return text
	}
	return text[:most] + fmt.Sprintf("… (%d bytes)", len(text))
}

// andMore marks, as a member of an object or the last element of an array, that more may follow.
const andMore = "..."

// absent says that an object must not have the member.
const absent = "{{-}}"

// matchJSON compares a body with a pattern that is JSON itself, and tells every difference with its place.
func (m memory) matchJSON(pattern, got string) error {
	want, err := decodeJSON(pattern)
	if err != nil {
		return fmt.Errorf("the expected body is no JSON: %w", err)
	}
	have, err := decodeJSON(got)
	if err != nil {
		return fmt.Errorf("the body is no JSON: %s", shorten(got))
	}
	return errors.Join(m.compare("", want, have)...)
}

func decodeJSON(text string) (value any, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("something follows the value")
	}
	return value, nil
}

func (m memory) compare(place string, want, have any) []error {
	switch want := want.(type) {
	case map[string]any:
		if have, ok := have.(map[string]any); ok {
			return m.compareObjects(place, want, have)
		}
	case []any:
		if have, ok := have.([]any); ok {
			return m.compareArrays(place, want, have)
		}
	case string:
		if err := m.compareString(want, have); err != nil {
			return []error{fmt.Errorf("%s: %w", place, err)}
		}
		return nil
	default:
		if want == have {
			return nil
		}
	}
	return []error{fmt.Errorf("%s: expected %s, got %s", place, encodeJSON(want), encodeJSON(have))}
}

// compareString compares with a string; one that is nothing but a placeholder also stands for other values.
func (m memory) compareString(want string, have any) error {
	whole := want != "" && hole.FindString(want) == want
	wantsNumber := whole && strings.HasSuffix(want, "number}}")
	text, isText := have.(string)
	_, isNumber := have.(json.Number)
	switch {
	case isText && !wantsNumber:
		return m.matchText(want, text)
	case want == "{{*}}", isNumber && wantsNumber:
		return m.matchText(want, encodeJSON(have))
	default:
		return fmt.Errorf("expected %s, got %s", m.shown(encodeJSON(want)), encodeJSON(have))
	}
}

func (m memory) compareObjects(place string, want, have map[string]any) []error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, found := have[name]
		switch {
		case name == andMore || !found && want[name] == absent:
		case !found:
			problems = append(problems, fmt.Errorf("%s/%s: expected %s, got nothing", place, name, m.shown(encodeJSON(want[name]))))
		default:
			problems = append(problems, m.compare(place+"/"+name, want[name], value)...)
		}
	}
	if _, open := want[andMore]; open {
		return problems
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, expected := want[name]; !expected {
			problems = append(problems, fmt.Errorf("%s/%s: expected nothing, got %s", place, name, encodeJSON(have[name])))
		}
	}
	return problems
}

func (m memory) compareArrays(place string, want, have []any) []error {
	open := len(want) > 0 && want[len(want)-1] == andMore
	if open {
		want = want[:len(want)-1]
	}
	if len(have) < len(want) || len(have) > len(want) && !open {
		return []error{fmt.Errorf("%s: expected %d elements, got %d: %s", place, len(want), len(have), encodeJSON(have))}
	}
	var problems []error
	for i := range want {
		problems = append(problems, m.compare(fmt.Sprintf("%s/%d", place, i), want[i], have[i])...)
	}
	return problems
}

func encodeJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error() // unreachable: everything here was decoded from JSON
	}
	return shorten(string(text))
}

// patched is the JSON text with a merge patch (RFC 7396) applied.
func patched(text, patch string) (string, error) {
	target, err := decodeJSON(text)
	if err != nil {
		return "", fmt.Errorf("the last answer is no JSON: %w", err)
	}
	change, err := decodeJSON(patch)
	if err != nil {
		return "", fmt.Errorf("the change is no JSON: %w", err)
	}
	merged, err := json.Marshal(merge(target, change))
	return string(merged), err
}

func merge(target, change any) any {
	members, ok := change.(map[string]any)
	if !ok {
		return change
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for name, value := range members {
		if value == nil {
			delete(object, name)
		} else {
			object[name] = merge(object[name], value)
		}
	}
	return object
}
