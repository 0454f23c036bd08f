package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tenantTables reads from the schema which tables have a column for the tenant.
func tenantTables(t *testing.T) []string {
	t.Helper()
	files, err := schema.ReadDir("schema")
	require.NoError(t, err)
	created := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)`)
	dropped := regexp.MustCompile(`DROP TABLE (\w+)`)
	var tables []string
	for _, file := range files {
		text, err := schema.ReadFile("schema/" + file.Name())
		require.NoError(t, err)
		for _, found := range created.FindAllStringSubmatch(string(text), -1) {
			if regexp.MustCompile(`\btenant_id\b`).MatchString(found[2]) {
				tables = append(tables, found[1])
			}
		}
		for _, found := range dropped.FindAllStringSubmatch(string(text), -1) {
			tables = slices.DeleteFunc(tables, func(table string) bool { return table == found[1] })
		}
	}
	require.Greater(t, len(tables), 20)
	return tables
}

// acrossTenants are functions whose statements look at all tenants, each with its reason.
var acrossTenants = map[string]string{
	"FindTenant":  "an operator, a public form or a token names the tenant by its slug",
	"ListTenants": "an operator asks for the tenants themselves",
	"OfferSetup":  "it asks whether there is any",
	"opening.go":  "a database that was restored has one key for all that is sealed in it",
}

// sqlText is an expression of SQL in the source, as far as it is written out.
type sqlText struct{ function, place, text string }

// sqlTexts are all texts of the package that are SQL. A text that is put together counts as one.
func sqlTexts(t *testing.T) (list []sqlText) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			function := name
			if f, ok := declaration.(*ast.FuncDecl); ok {
				function = f.Name.Name
			}
			ast.Inspect(declaration, func(node ast.Node) bool {
				text, isText := writtenOut(node)
				if isText {
					list = append(list, sqlText{function, set.Position(node.Pos()).String(), text})
				}
				return !isText
			})
		}
	}
	return list
}

// writtenOut joins the literals of an expression of texts; what stands between them is left out.
func writtenOut(node ast.Node) (text string, ok bool) {
	switch node := node.(type) {
	case *ast.BasicLit:
		if node.Kind == token.STRING {
			text, err := strconv.Unquote(node.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		left, isText := writtenOut(constant(node.X))
		right, also := writtenOut(constant(node.Y))
		return left + " " + right, node.Op == token.ADD && (isText || also)
	}
	return "", false
}

// constant is what a constant of the same file stands for; every other expression stands for itself.
func constant(node ast.Expr) ast.Expr {
	if name, ok := node.(*ast.Ident); ok && name.Obj != nil && name.Obj.Kind == ast.Con {
		if spec, ok := name.Obj.Decl.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			return spec.Values[0]
		}
	}
	return node
}

// TestEveryStatementNamesTheTenant reads the source: whatever SQL names a table of tenants ties it to a tenant, but for
// the functions that are listed. That the tenant is bound to the right value is what the tests in rule_test.go show.
func TestEveryStatementNamesTheTenant(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE) (` + strings.Join(tenantTables(t), "|") + `)\b`)
	seen, used := 0, map[string]bool{}
	for _, sql := range sqlTexts(t) {
		if !names.MatchString(sql.text) {
			continue
		}
		seen++
		if acrossTenants[sql.function] != "" {
			used[sql.function] = true
			continue
		}
		assert.Contains(t, sql.text, "tenant_id", "%s in %s: bind the tenant, or say in acrossTenants why not", sql.place, sql.function)
	}
	assert.Greater(t, seen, 60)
	for function := range acrossTenants {
		assert.True(t, used[function], "%s is no exception any more", function)
	}
}

// TestEveryTenantTableIsWatched holds the other test's list of tables to the schema.
func TestEveryTenantTableIsWatched(t *testing.T) {
	t.Parallel()
	for _, table := range tenantTables(t) {
		found := mention.FindStringSubmatch("FROM " + table + " x")
		assert.True(t, slices.Contains(found, table), "the list in rule_test.go lacks %s", table)
	}
}
