package main_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/scimbridge/scimbridge"

// room says what the packages of a folder and below it may import, besides the
// standard library and other packages of the same room.
type room struct {
	ours  string // folders of this module, by their first element
	other string // modules or packages of others, with all below them
}

// rooms is the import rule: everything may look down to domain, nothing looks up
// or sideways, doors never import each other or the store, and only cmd knows a
// concrete store. The row of the deepest folder counts. google/uuid is part of
// domain's vocabulary, so whoever imports domain may import it too.
var rooms = map[string]room{
	"domain": {other: "github.com/google/uuid golang.org/x/text golang.org/x/net/idna"},

	"store":                    {ours: "domain", other: "github.com/google/uuid github.com/pressly/goose/v3 github.com/go-json-experiment/json"},
	"store/sqlite":             {ours: "domain", other: "github.com/google/uuid github.com/pressly/goose/v3 modernc.org/libc modernc.org/sqlite"},
	"store/postgres":           {ours: "domain", other: "github.com/google/uuid github.com/pressly/goose/v3 github.com/jackc/pgx/v5"},
	"store/storetest":          {ours: "domain", other: "github.com/google/uuid github.com/stretchr/testify github.com/google/go-cmp pgregory.net/rapid golang.org/x/text"},
	"store/storetest/pgserver": {other: "github.com/jackc/pgx/v5"},

	"credential":             {ours: "domain", other: "github.com/google/uuid golang.org/x/crypto github.com/go-crypt/crypt github.com/ccojocar/zxcvbn-go github.com/go-jose/go-jose/v4 github.com/go-webauthn/webauthn"},
	"credential/passkeytest": {},
	"delivery":               {ours: "domain", other: "github.com/google/uuid github.com/wneessen/go-mail golang.org/x/time"},
	"web":                    {ours: "domain", other: "github.com/google/uuid github.com/prometheus/client_golang golang.org/x/time"},

	"scim": {ours: "domain web", other: "github.com/google/uuid github.com/gorilla/mux github.com/elimity-com/scim " +
		"github.com/scim2/filter-parser/v2 github.com/go-json-experiment/json"},
	"rest":                     {ours: "domain web", other: "github.com/google/uuid github.com/gorilla/mux github.com/go-json-experiment/json golang.org/x/text"},
	"rest/openapi":             {other: "gopkg.in/yaml.v3"},
	"rest/openapi/openapitest": {other: "github.com/getkin/kin-openapi github.com/santhosh-tekuri/jsonschema/v6"},
	"oauth":                    {ours: "domain web", other: "github.com/go-json-experiment/json"},
	"sso": {ours: "domain web", other: "github.com/google/uuid github.com/crewjam/saml github.com/russellhaering/goxmldsig github.com/beevik/etree github.com/mattermost/xml-roundtrip-validator " +
		"github.com/coreos/go-oidc/v3 golang.org/x/oauth2 github.com/go-jose/go-jose/v4"},
	"console": {ours: "domain web", other: "github.com/google/uuid rsc.io/qr"},

	"client": {},
	"bench":  {ours: "client"},
	// The raw limits of SQLite and of hashing are measured beside ours, with the same driver and the same code.
	"bench/limit": {ours: "client", other: "modernc.org/sqlite golang.org/x/crypto"},
	"cmd": {ours: "domain store credential delivery web scim rest oauth sso console client",
		other: "github.com/google/uuid github.com/alecthomas/kong gopkg.in/yaml.v3"},
}

// kept are packages of the standard library that would carry a concern into a
// room where it does not belong, with the rooms they are kept out of.
var kept = map[string]string{
	"database/sql": "domain credential delivery web scim rest oauth sso console client",
	"net/http":     "domain store credential",
}

// testOnly are packages made for tests, which no other code imports.
var testOnly = []string{"store/storetest", "credential/passkeytest", "rest/openapi/openapitest"}

// forTests tells whether a folder is one of them or within one.
func forTests(folder string) bool {
	return slices.ContainsFunc(testOnly, func(one string) bool { return within(folder, one) })
}

func TestImportRule(t *testing.T) {
	t.Parallel()
	seen := 0
	for file, imports := range sourceImports(t, filepath.Join("..", "..")) {
		seen += len(imports)
		for _, imported := range imports {
			assert.NoError(t, checkImport(path.Dir(file), imported), file)
		}
	}
	assert.Positive(t, seen, "the walk found no import at all")
}

// sourceImports maps each Go file of the module, tests left out, to its imports.
// Tests may look anywhere: those of a door run on the true engine and store.
func sourceImports(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(root, name)
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
			found[filepath.ToSlash(relative)] = append(found[filepath.ToSlash(relative)], imported)
		}
		return err
	})
	require.NoError(t, err)
	return found
}

// skip leaves out hidden folders, test data and other modules.
func skip(root, folder string) error {
	if folder == root {
		return nil
	}
	name := filepath.Base(folder)
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	if strings.HasPrefix(name, ".") || name == "testdata" || err == nil {
		return filepath.SkipDir
	}
	return nil
}

// checkImport tells whether a package in folder may import another.
func checkImport(folder, imported string) error {
	row, known := rowOf(folder)
	here, _, _ := strings.Cut(folder, "/")
	target, ours := strings.CutPrefix(imported, module+"/")
	there, _, _ := strings.Cut(target, "/")
	switch {
	case !known:
		return fmt.Errorf("%s has no row in the import rule: add one, with a reason", folder)
	case ours && forTests(target) && !forTests(folder):
		return fmt.Errorf("%s imports %s, which is for tests only", folder, target)
	case ours && here != there && !listed(row.ours, there):
		return fmt.Errorf("%s may not import %s, but only: %s", folder, target, row.ours)
	case ours:
		return nil
	case !strings.Contains(strings.Split(imported, "/")[0], "."): // the standard library
		if listed(kept[imported], here) {
			return fmt.Errorf("%s may not import %s, which belongs to other rooms", folder, imported)
		}
		return nil
	case !listed(row.other, imported):
		return fmt.Errorf("%s may not import %s, but only: %s", folder, imported, row.other)
	}
	return nil
}

// rowOf returns the row of the folder or of the nearest folder above it.
func rowOf(folder string) (room, bool) {
	for ; folder != "."; folder = path.Dir(folder) {
		if row, known := rooms[folder]; known {
			return row, true
		}
	}
	return room{}, false
}

// listed tells whether a list names the path or anything above it.
func listed(list, name string) bool {
	for _, allowed := range strings.Fields(list) {
		if within(name, allowed) {
			return true
		}
	}
	return false
}

func within(name, above string) bool {
	return name == above || strings.HasPrefix(name, above+"/")
}

func TestCheckImport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		folder, imported string
		allowed          bool
	}{
		{"scim", module + "/domain", true},
		{"scim", module + "/web", true},
		{"scim", module + "/rest", false},
		{"scim", module + "/store", false},
		{"rest", module + "/store/sqlite", false},
		{"domain", module + "/store", false},
		{"domain/report", module + "/domain", true},
		{"domain/report", module + "/web", false},
		{"web", module + "/scim", false},
		{"credential", module + "/web", false},
		{"client", module + "/domain", false},
		{"bench", module + "/client", true},
		{"bench", module + "/domain", false},
		{"cmd/scimbridge", module + "/store/postgres", true},
		{"cmd/scimbridge", module + "/store/storetest", false},
		{"cmd/scimbridge", module + "/bench", false},
		{"store/sqlite", module + "/store", true},
		{"store/storetest", module + "/store/storetest/pgserver", true},
		{"store", module + "/store/storetest", false},
		{"utils", module + "/domain", false},
		{"domain", "golang.org/x/text/secure/precis", true},
		{"domain", "golang.org/x/textual", false},
		{"domain", "github.com/stretchr/testify/require", false},
		{"store", "github.com/jackc/pgx/v5", false},
		{"store/postgres", "github.com/jackc/pgx/v5/stdlib", true},
		{"store/sqlite", "github.com/jackc/pgx/v5", false},
		{"scim", "github.com/gorilla/mux", true},
		{"client", "github.com/google/uuid", false},
		{"domain", "time", true},
		{"domain", "net/http", false},
		{"store", "database/sql", true},
		{"rest", "database/sql", false},
		{"web", "net/http", true},
	} {
		err := checkImport(test.folder, test.imported)
		assert.Equal(t, test.allowed, err == nil, "%s imports %s: %v", test.folder, test.imported, err)
	}
}
