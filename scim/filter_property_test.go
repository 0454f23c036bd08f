package scim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever filter can be written down in the types parses back to itself, so String leaves out no parenthesis, quote
// or escape that matters. The fuzz targets start from texts and seldom reach such shapes.
func TestFilterStringParsesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		filter := drawFilter(t, 3, true)
		again, err := ParseFilter(filter.String())
		if err != nil {
			require.ErrorContains(t, err, "more than 32 comparisons", filter)
			return
		}
		assert.Equal(t, filter, again, filter)
	})
}

func drawFilter(t *rapid.T, depth int, valuePaths bool) Filter {
	shapes := []string{"comparison"}
	if depth > 0 {
		shapes = append(shapes, "and", "or", "not")
	}
	if depth > 0 && valuePaths {
		shapes = append(shapes, "value path")
	}
	switch rapid.SampledFrom(shapes).Draw(t, "shape") {
	case "and":
		return and(drawTerms(t, depth-1, valuePaths)...)
	case "or":
		return or(drawTerms(t, depth-1, valuePaths)...)
	case "not":
		return &Not{Term: drawFilter(t, depth-1, valuePaths)}
	case "value path":
		return &ValuePath{Attr: drawAttr(t), Filter: drawFilter(t, depth-1, false)}
	}
	comparison := &Comparison{Attr: drawAttr(t), Op: rapid.SampledFrom(operators).Draw(t, "op")}
	if comparison.Op != OpPr {
		comparison.Value = drawLiteral(t)
	}
	return comparison
}

func drawTerms(t *rapid.T, depth int, valuePaths bool) []Filter {
	terms := make([]Filter, rapid.IntRange(2, 3).Draw(t, "terms"))
	for i := range terms {
		terms[i] = drawFilter(t, depth, valuePaths)
	}
	return terms
}

func drawAttr(t *rapid.T) AttrPath {
	return rapid.SampledFrom([]AttrPath{
		{Name: "userName"},
		{Name: "not"},
		{Name: "and"},
		{Name: "manager", Sub: "$ref"},
		{URN: enterpriseURN, Name: "manager", Sub: "value"},
		{URN: "urn:ietf:params:scim:schemas:extension:enterprise:2.0", Name: "User", Sub: "manager.value"},
	}).Draw(t, "attribute")
}

func drawLiteral(t *rapid.T) Value {
	text := rapid.StringOf(rapid.RuneFrom([]rune("\" \\()[]\u0001\n\u007f'%_é\u2028\uFFFD😀andtrue1"))).Draw(t, "text")
	return rapid.SampledFrom([]Value{
		{},
		{Kind: KindBool, Text: "true"},
		{Kind: KindBool, Text: "false"},
		{Kind: KindNumber, Text: "-1.50E+7"},
		{Kind: KindString, Text: "True"},
		{Kind: KindString, Text: text},
	}).Draw(t, "literal")
}
