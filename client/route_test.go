package client_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/rest"
)

// TestClientKnowsEveryRoute compares the routes that the client speaks to with those of the server, by what is written in
// the source: none is missing but those that are left out on purpose, and none is made up.
func TestClientKnowsEveryRoute(t *testing.T) {
	t.Parallel()
	spoken := routesOfTheClient(t)
	require.Greater(t, len(spoken), 60)
	var served []string
	for _, route := range rest.Routes() {
		served = append(served, route.Method+" "+strings.TrimPrefix(route.Pattern, "/api/v1"))
	}
	for _, route := range served {
		assert.NotEqual(t, leftOut(route) != "", slices.Contains(spoken, route), "%s: give it a method, or say in leftOut why not", route)
	}
	for _, route := range spoken {
		assert.Contains(t, served, route, "the server has no such route")
	}
}

// leftOut tells why the client has no method for a route; "" where it has to have one.
func leftOut(route string) string {
	switch {
	case strings.Contains(route, " /Account"), strings.HasSuffix(route, "/Password"):
		return "a person's own act, which a browser does with the person and not a program with a token"
	case strings.HasSuffix(route, "/openapi.json"), strings.HasSuffix(route, "/docs"):
		return "a document for people and tools"
	default:
		return ""
	}
}

var routeText = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE) /`)

func routesOfTheClient(t *testing.T) (list []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range files {
		if strings.HasSuffix(entry.Name(), "_test.go") || !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && routeText.MatchString(text) {
					list = append(list, text)
				}
			}
			return true
		})
	}
	return list
}
