package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// story is one file of testdata: steps in their order. The format is described in testdata/README.md.
type story struct {
	file  string
	steps []*step
}

// step is what one marker begins.
type step struct {
	line    int
	kind    byte        // '>' request, '<' answer, '!' act, '=' rows
	words   string      // what follows the marker
	headers [][2]string // of requests and answers
	body    []string    // lines
}

var (
	stepHeader = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*):(?: +(.*))?$`)
	repeatLine = regexp.MustCompile(`^\s*repeat (\d+)-(\d+) (.+)$`)
)

// parseStory reads a story and tells every problem of its form with its line.
func parseStory(file, text string) (*story, error) {
	p := &storyParser{story: &story{file: file}}
	if !strings.HasPrefix(text, "# ") {
		p.complain(1, "the first line is to say where the story comes from: # From …")
	}
	for i, line := range strings.Split(text, "\n") {
		p.take(i+1, strings.TrimRight(line, " \r"))
	}
	p.answered()
	return p.story, errors.Join(p.problems...)
}

type storyParser struct {
	*story
	open     *step // the step that takes the next lines
	waiting  *step // the request that has no answer yet
	problems []error
}

func (p *storyParser) complain(line int, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("%s:%d: %s", p.file, line, fmt.Sprintf(format, args...)))
}

func (p *storyParser) take(number int, line string) {
	marker, words, marked := strings.Cut(line, " ")
	switch {
	case strings.HasPrefix(line, "#"):
	case marked && len(marker) == 1 && strings.Contains("><!=", marker):
		p.begin(number, marker[0], strings.TrimSpace(words))
	case strings.TrimSpace(line) == "":
	case p.open == nil || p.open.kind == '!':
		p.complain(number, "this line belongs to no request, answer or rows: %q", line)
	default:
		p.open.body = append(p.open.body, line)
	}
}

// begin opens a step, or adds a header to the one that is open.
func (p *storyParser) begin(number int, kind byte, words string) {
	header := stepHeader.FindStringSubmatch(words)
	http := kind == '>' || kind == '<'
	if http && header != nil && p.open != nil && p.open.kind == kind && len(p.open.body) == 0 {
		p.open.headers = append(p.open.headers, [2]string{header[1], header[2]})
		return
	}
	if kind == '<' && p.waiting == nil {
		p.complain(number, "this answer has no request")
	}
	if kind != '<' {
		p.answered()
	}
	p.open = &step{line: number, kind: kind, words: words}
	p.steps = append(p.steps, p.open)
	p.waiting = nil
	if kind == '>' {
		p.waiting = p.open
	}
}

func (p *storyParser) answered() {
	if p.waiting != nil {
		p.complain(p.waiting.line, "this request has no answer")
	}
}

// text is the body with its repeat lines written out.
func (s *step) text() (string, error) {
	lines := make([]string, len(s.body))
	for i, line := range s.body {
		var err error
		if lines[i], err = writeOut(line); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n"), nil
}

// writeOut turns "repeat 1-3 {"value":"{{staff.#}}"}" into three elements with commas between them.
func writeOut(line string) (string, error) {
	found := repeatLine.FindStringSubmatch(line)
	if found == nil {
		return line, nil
	}
	var first, last int
	if _, err := fmt.Sscan(found[1]+" "+found[2], &first, &last); err != nil || first > last {
		return "", fmt.Errorf("no range: %s", line)
	}
	elements := make([]string, 0, last-first+1)
	for i := first; i <= last; i++ {
		elements = append(elements, strings.ReplaceAll(found[3], "#", fmt.Sprint(i)))
	}
	return strings.Join(elements, ",\n"), nil
}
