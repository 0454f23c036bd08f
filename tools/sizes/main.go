// Command sizes reports how long the module's files and functions are, per room,
// and names what lies beyond the aims. It is a report and never fails a build:
// a table is long for a good reason, and a reader decides.
//
//	sizes <root of the module>
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// The aims: no file, function or interface beyond these.
const (
	fileAim      = 500
	functionAim  = 60
	interfaceAim = 8
)

// room gathers the lines of one top-level folder.
type room struct {
	files, functions []int
	source, tests    int
}

type report struct {
	root   string
	rooms  map[string]*room
	beyond []string
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sizes <root of the module>")
		os.Exit(2)
	}
	r := report{root: os.Args[1], rooms: map[string]*room{"all": {}}}
	if err := filepath.WalkDir(r.root, r.visit); err != nil {
		fmt.Fprintln(os.Stderr, "sizes:", err)
		os.Exit(1)
	}
	r.print()
}

func (r *report) visit(path string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case entry.IsDir() && path != r.root && skipped(path):
		return filepath.SkipDir
	case entry.IsDir() || filepath.Ext(path) != ".go":
		return nil
	}
	return r.measure(path)
}

// skipped leaves out hidden folders, test data and other modules.
func skipped(folder string) bool {
	name := filepath.Base(folder)
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return strings.HasPrefix(name, ".") || name == "testdata" || err == nil
}

func (r *report) measure(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(r.root, path)
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(filepath.ToSlash(name), "/")
	if r.rooms[first] == nil {
		r.rooms[first] = &room{}
	}
	lines := bytes.Count(text, []byte("\n"))
	if strings.HasSuffix(name, "_test.go") {
		r.rooms[first].tests += lines
		r.rooms["all"].tests += lines
		return nil
	}
	r.note(lines, fileAim, "file", name)
	functions, err := r.inspect(name, text)
	for _, in := range []*room{r.rooms[first], r.rooms["all"]} {
		in.source += lines
		in.files = append(in.files, lines)
		in.functions = append(in.functions, functions...)
	}
	return err
}

// inspect returns the lengths of the functions in a file.
func (r *report) inspect(name string, text []byte) (functions []int, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, 0)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl:
			lines := set.Position(node.End()).Line - set.Position(node.Pos()).Line + 1
			functions = append(functions, lines)
			r.note(lines, functionAim, "function", fmt.Sprintf("%s %s", set.Position(node.Pos()), node.Name))
		case *ast.InterfaceType:
			r.note(node.Methods.NumFields(), interfaceAim, "interface", set.Position(node.Pos()).String())
		}
		return true
	})
	return functions, nil
}

func (r *report) note(size, aim int, kind, where string) {
	if size > aim {
		r.beyond = append(r.beyond, fmt.Sprintf("%s of %d (aim %d): %s", kind, size, aim, where))
	}
}

func (r *report) print() {
	out := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "room\tfiles\tlines\tmedian\tp90\tmax\tfunctions\tmedian\tp90\tmax\ttests/source\t")
	for _, name := range slices.Sorted(maps.Keys(r.rooms)) {
		in := r.rooms[name]
		fmt.Fprintf(out, "%s\t%d\t%d\t%s\t%d\t%s\t%.2f\t\n", name, len(in.files), in.source,
			spread(in.files), len(in.functions), spread(in.functions), float64(in.tests)/float64(max(in.source, 1)))
	}
	_ = out.Flush()
	for _, finding := range r.beyond {
		fmt.Println(finding)
	}
}

// spread returns the median, 90th percentile and maximum as three cells.
func spread(sizes []int) string {
	if len(sizes) == 0 {
		return "-\t-\t-"
	}
	slices.Sort(sizes)
	last := len(sizes) - 1
	return fmt.Sprintf("%d\t%d\t%d", sizes[last/2], sizes[last*9/10], sizes[last])
}
