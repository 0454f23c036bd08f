package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/scim"
)

// guides are the pages about identity providers.
var guides = []string{"okta.md", "entra.md", "connectors.md"}

// integratorGuides are pages with a worked example each.
var integratorGuides = []string{"integrators/bulk.md", "integrators/anonymise.md", "integrators/import.md", "integrators/migration.md", "integrators/reports.md"}

var (
	guideCommands = regexp.MustCompile("(?s)```sh\n(.*?)```")
	guideErrors   = regexp.MustCompile("(?m)^\\| `([^`]+)` \\((\\d{3})\\) \\|")
)

// TestGuidesCanBePasted runs the commands of the guides as they stand there, in a shell beside a server; each must succeed.
func TestGuidesCanBePasted(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the guides' commands need %s, which is not installed", tool)
		}
	}
	for _, name := range slices.Concat(guides, integratorGuides) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := newShell(t).serve()
			folder := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(folder, "bin"), 0o700))
			program := fmt.Sprintf("#!/bin/sh\n%s=1 SCIMBRIDGE_DATABASE='%s' exec '%s' \"$@\"\n", childVariable, at.database, os.Args[0])
			require.NoError(t, os.WriteFile(filepath.Join(folder, "bin", "scimbridge"), []byte(program), 0o700))
			var script strings.Builder
			for _, block := range guideCommands.FindAllStringSubmatch(guide(t, name), -1) {
				script.WriteString(strings.ReplaceAll(block[1], "127.0.0.1:8080", at.listen))
			}
			command := exec.CommandContext(t.Context(), "bash", "-euxo", "pipefail", "-c", script.String())
			command.Dir, command.Env = folder, append(os.Environ(), "NO_PROXY=*")
			output, err := command.CombinedOutput()
			assert.NoError(t, err, string(output))
		})
	}
}

// TestGuidesKnowOurErrors keeps the texts that the guides explain in step with those that the server answers.
func TestGuidesKnowOurErrors(t *testing.T) {
	t.Parallel()
	var sources strings.Builder
	for _, room := range []string{"domain", "scim", "web", "store"} {
		files, err := filepath.Glob(filepath.Join("..", "..", room, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			sources.Write(text)
		}
	}
	for _, name := range guides {
		explained := guideErrors.FindAllStringSubmatch(guide(t, name), -1)
		assert.NotEmpty(t, explained, name)
		for _, found := range explained {
			assert.True(t, strings.Contains(sources.String(), found[1]), "%s explains what nobody says: %s", name, found[1])
		}
	}
}

// TestConnectorsAreAllExplained holds that the page names every dialect and every rule.
func TestConnectorsAreAllExplained(t *testing.T) {
	t.Parallel()
	page := guide(t, "connectors.md")
	for _, dialect := range domain.DialectCatalogue() {
		assert.Contains(t, page, "`"+string(dialect.Name)+"`")
	}
	for _, rule := range scim.Rules() {
		assert.Contains(t, page, "`"+rule.Name+"`")
	}
}

func guide(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	require.NoError(t, err)
	return string(text)
}
