package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// statements are the documents that say what we keep, with how many rows each has at least.
var statements = map[string]int{"conformance.md": 200, "ipsie.md": 40, "threats.md": 40, "drills.md": 28}

// proof is a piece of code in the last column of a row: package.TestName, a story or another file of the project.
var proof = regexp.MustCompile("`([^`]+)`")

var testNamed = regexp.MustCompile(`^([a-z/]+)\.((?:Test|Fuzz)\w+)$`)

// TestEveryStatementHasItsProof looks up each proof that the statements name. A row that claims something names one.
func TestEveryStatementHasItsProof(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	sources := map[string]string{} // of the tests, by package
	for document, least := range statements {
		text, err := os.ReadFile(filepath.Join(root, "docs", document))
		require.NoError(t, err)
		rows := 0
		for number, line := range strings.Split(string(text), "\n") {
			cells := strings.Split(strings.Trim(line, "| "), " | ")
			if !strings.HasPrefix(line, "| ") || cells[0] == "section" || cells[0] == "list" {
				continue
			}
			rows++
			require.GreaterOrEqual(t, len(cells), 3, "%s:%d: a row has four cells", document, number+1)
			proofs := proof.FindAllStringSubmatch(cells[len(cells)-1], -1)
			admits := len(cells) == 3 || strings.HasPrefix(cells[2], "no") || strings.HasPrefix(cells[2], "see")
			assert.True(t, admits || len(proofs) > 0, "%s:%d claims something and names no proof: %s", document, number+1, line)
			for _, found := range proofs {
				assert.True(t, exists(t, root, found[1], sources), "%s:%d names what isn't there: %s", document, number+1, found[1])
			}
		}
		assert.GreaterOrEqual(t, rows, least, document)
	}
}

// exists tells whether there is such a test or file.
func exists(t *testing.T, root, name string, sources map[string]string) bool {
	t.Helper()
	test := testNamed.FindStringSubmatch(name)
	if test == nil {
		_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		return err == nil
	}
	folder := test[1]
	if _, read := sources[folder]; !read {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			sources[folder] += string(text)
		}
	}
	return strings.Contains(sources[folder], "\nfunc "+test[2]+"(")
}
