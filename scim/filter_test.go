package scim

import (
	"fmt"
	"strings"
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func attr(name string) AttrPath { return AttrPath{Name: name} }

func compare(name string, op Operator, text string) *Comparison {
	return &Comparison{Attr: attr(name), Op: op, Value: Value{Kind: KindString, Text: text}}
}

func present(name string) *Comparison { return &Comparison{Attr: attr(name), Op: OpPr} }

func and(terms ...Filter) *Logical { return &Logical{Op: OpAnd, Terms: terms} }

func or(terms ...Filter) *Logical { return &Logical{Op: OpOr, Terms: terms} }

func TestParseFilter(t *testing.T) {
	t.Parallel()
	a, b, c := present("a"), present("b"), present("c")
	workMail := &ValuePath{Attr: attr("emails"), Filter: and(compare("type", OpEq, "work"), compare("value", OpEq, "x"))}
	tests := []struct {
		text string
		want Filter
	}{
		{`userName eq "x"`, compare("userName", OpEq, "x")},
		{`  userName   EQ  "x"  `, compare("userName", OpEq, "x")},
		{`userName eq"x"`, compare("userName", OpEq, "x")},
		{`name.familyName Co "O'Malley"`, &Comparison{
			Attr: AttrPath{Name: "name", Sub: "familyName"}, Op: OpCo, Value: Value{Kind: KindString, Text: "O'Malley"},
		}},
		{`title pr`, present("title")},
		{`title PR`, present("title")},
		{`$ref pr`, present("$ref")},

		// Precedence: not, then and, then or; chains are flat, parentheses are kept as nesting.
		{`a pr or b pr and c pr`, or(a, and(b, c))},
		{`a pr and b pr or c pr`, or(and(a, b), c)},
		{`a pr and b pr and c pr`, and(a, b, c)},
		{`(a pr or b pr) and c pr`, and(or(a, b), c)},
		{`a pr and (b pr and c pr)`, and(a, and(b, c))},
		{`((a pr))`, a},
		{`(a pr)and(b pr)`, and(a, b)},
		{`a pr AND b pr Or c pr`, or(and(a, b), c)},
		{`not (a pr) and b pr`, and(&Not{Term: a}, b)},
		{`NOT(a pr or b pr)`, &Not{Term: or(a, b)}},
		{`not (not (a pr))`, &Not{Term: &Not{Term: a}}},
		{`not pr`, present("not")},
		{`and pr and or pr`, and(present("and"), present("or"))},

		// Value paths.
		{`emails[type eq "work" and value co "@x"]`, &ValuePath{
			Attr: attr("emails"), Filter: and(compare("type", OpEq, "work"), compare("value", OpCo, "@x")),
		}},
		{`emails[not (a pr or b pr) and (a pr or b pr and c pr)]`, &ValuePath{
			Attr: attr("emails"), Filter: and(&Not{Term: or(a, b)}, or(a, and(b, c))),
		}},
		{` emails [ a pr ] `, &ValuePath{Attr: attr("emails"), Filter: a}},
		{`members[value eq "U1"] or a pr`, or(&ValuePath{Attr: attr("members"), Filter: compare("value", OpEq, "U1")}, a)},

		// A comparison behind the brackets moves inside.
		{`emails[type eq "work"].value eq "x"`, workMail},
		{`a pr and emails[type eq "work"].value eq "x" or b pr`, or(and(a, workMail), b)},
		{`emails[a pr and b pr].value pr`, &ValuePath{Attr: attr("emails"), Filter: and(a, b, present("value"))}},
		{`emails[a pr or b pr].value pr`, &ValuePath{Attr: attr("emails"), Filter: and(or(a, b), present("value"))}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseFilter(test.text)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			again, err := ParseFilter(got.String())
			require.NoError(t, err, got)
			assert.Equal(t, test.want, again)
		})
	}
}

func TestParseFilterLiterals(t *testing.T) {
	t.Parallel()
	text := func(s string) Value { return Value{Kind: KindString, Text: s} }
	tests := map[string]Value{
		`"True"`:                    text("True"),
		`""`:                        text(""),
		`"a\"b\\c\/d\b\f\n\r\t"`:    text("a\"b\\c/d\b\f\n\r\t"),
		`"\u00e9\u00C9"`:            text("éÉ"),
		`"\ud83d\ude00"`:            text("😀"),
		"\"\uFFFD\"":                {Kind: KindString, Text: "\uFFFD"},
		`"žluťoučký 😀 ( [ ] ) and"`: text("žluťoučký 😀 ( [ ] ) and"),
		`true`:                      {Kind: KindBool, Text: "true"},
		`FALSE`:                     {Kind: KindBool, Text: "false"},
		`null`:                      {},
		`0`:                         {Kind: KindNumber, Text: "0"},
		`-12.50E+3`:                 {Kind: KindNumber, Text: "-12.50E+3"},
		`12345678901234567890`:      {Kind: KindNumber, Text: "12345678901234567890"},
	}
	for literal, want := range tests {
		filter, err := ParseFilter("a eq " + literal)
		require.NoError(t, err, literal)
		assert.Equal(t, &Comparison{Attr: attr("a"), Op: OpEq, Value: want}, filter)
	}
}

func TestParseFilterRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, message string
		offset        int
	}{
		{``, "expected an attribute, found the end", 0},
		{`   `, "expected an attribute, found the end", 3},
		{`userName`, "expected an operator", 8},
		{`userName eq`, "expected a value", 11},
		{`userName eq x@example.org`, "found x@example.org", 12},
		{`userName eq 'x'`, "found 'x'", 12},
		{`userName eq yes`, "expected a value", 12},
		{`userName eq 01`, "expected a value", 12},
		{`userName eq 1.`, "expected a value", 12},
		{`userName eq +1`, "expected a value", 12},
		{`userName eq {}`, "expected a value", 12},
		{`userName eq NaN`, "expected a value", 12},
		{`userName eq "x`, `no closing "`, 12},
		{`userName eq "x\"`, `no closing "`, 12},
		{`userName eq "\x41"`, "invalid escape", 12},
		{`userName eq "\u12"`, "invalid escape", 12},
		{`userName eq "\ud800"`, "invalid escape", 12},
		{`userName eq "\udc00\ud800"`, "invalid escape", 12},
		{`userName eq "a\u0000"`, "U+0000", 12},
		{"userName eq \"a\x00\"", "control character", 14},
		{"userName eq \"a\nb\"", "control character", 14},
		{"userName eq \"\xff\"", "not valid UTF-8", 13},
		{"user\tName pr", "printable ASCII", 4},
		{`účet eq "x"`, "printable ASCII", 0},
		{`userName ſw "x"`, "printable ASCII", 9},
		{`userName xx "x"`, "found xx", 9},
		{`userName "x"`, `found the string "x"`, 9},
		{`"x" eq userName`, "expected an attribute", 0},
		{`eq "x"`, "expected an operator", 3},
		{`a pr b pr`, "expected and, or, or the end", 5},
		{`a pr and`, "expected an attribute, found the end", 8},
		{`a pr or or`, "expected an operator", 10},
		{`a (b pr)`, "expected an operator", 2},
		{`not a pr`, "expected an operator", 4},
		{`(a pr`, "expected and, or, or )", 5},
		{`a pr)`, "found )", 4},
		{`()`, "expected an attribute", 1},
		{`(a pr]`, "expected and, or, or )", 5},
		{`emails[]`, "expected an attribute", 7},
		{`emails[type eq "work"`, "expected and, or, or ]", 21},
		{`emails[type]`, "expected an operator", 11},
		{`emails[a[b pr]]`, "inside brackets", 8},
		{`emails[type eq "work"].value`, "expected an operator", 28},
		{`emails[type eq "work"]. eq "x"`, "expected a sub-attribute", 22},
		{`emails[type eq "work"].a.b eq "x"`, "expected a sub-attribute", 22},
		{`emails[type eq "work"] eq "x"`, "expected and, or, or the end", 23},
		{`[a pr]`, "expected an attribute", 0},
		{`a..b pr`, "expected an attribute such as", 0},
		{`a.b.c pr`, "expected an attribute such as", 0},
		{`.a pr`, "expected an attribute such as", 0},
		{`a. pr`, "expected an attribute such as", 0},
		{`1a pr`, "expected an attribute such as", 0},
		{`-a pr`, "expected an attribute such as", 0},
		{`$ pr`, "expected an attribute such as", 0},
		{`$$ref pr`, "expected an attribute such as", 0},
		{`a$ pr`, "expected an attribute such as", 0},
		{`a;drop pr`, "expected an attribute such as", 0},
		{`:a pr`, "expected an attribute such as", 0},
		{`urn:a: pr`, "expected an attribute such as", 0},
		{`urn:a:b. pr`, "expected an attribute such as", 0},
		{`urn:a:b' pr`, "expected an attribute such as", 0},
		{`x ` + strings.Repeat("y", 100) + ` 1`, "found " + strings.Repeat("y", maxExcerpt) + "…", 2},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			_, err := ParseFilter(test.text)
			assertRefused(t, err, scimerrors.ScimTypeInvalidFilter, test.message, test.offset)
		})
	}
}

func assertRefused(t *testing.T, err error, scimType scimerrors.ScimType, message string, offset int) {
	t.Helper()
	var refused *SyntaxError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, scimType, refused.Type)
	assert.Contains(t, refused.Message, message)
	assert.Equal(t, offset, refused.Offset)
	assert.Contains(t, err.Error(), fmt.Sprintf("at offset %d", offset))
}

func TestParseFilterLimits(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	padded := `a eq "` + repeat("x", maxFilterLength-len(`a eq ""`)) + `"`
	accepted := []string{
		padded,
		repeat("a pr or ", 31) + "a pr",
		repeat("(", 32) + "a pr" + repeat(")", 32),
		repeat("not(", 32) + "a pr" + repeat(")", 32),
		repeat("(", 31) + "e[a pr]" + repeat(")", 31),
		"e[" + repeat("(", 31) + "a pr" + repeat(")", 31) + "]",
		repeat("((a pr)) and ", 31) + "((a pr))",
	}
	for _, text := range accepted {
		_, err := ParseFilter(text)
		assert.NoError(t, err, text)
	}
	refused := []struct {
		text, message string
		offset        int
	}{
		{padded + " ", "longer than 2048 bytes", 2048},
		{repeat("a pr or ", 32) + "a pr", "more than 32 comparisons", 32*8 + 2},
		{"e[" + repeat("a pr or ", 31) + "a pr].b pr", "more than 32 comparisons", 2 + 31*8 + 4 + 4},
		{repeat("(", 33) + "a pr" + repeat(")", 33), "more than 32 deep", 32},
		{repeat("not(", 33) + "a pr" + repeat(")", 33), "more than 32 deep", 32*4 + 3},
		{repeat("(", 32) + "e[a pr]" + repeat(")", 32), "more than 32 deep", 33},
		{repeat("(", 100_000), "longer than 2048 bytes", 2048},
		{repeat("(", 2048), "more than 32 deep", 32},
		{repeat("not ", 512), "expected an operator", 4},
		{repeat("[", 2048), "expected an attribute", 0},
		{repeat("a[", 1024), "inside brackets", 3},
		{repeat("a.", 1024), "expected an attribute such as", 0},
	}
	for _, test := range refused {
		_, err := ParseFilter(test.text)
		assertRefused(t, err, scimerrors.ScimTypeInvalidFilter, test.message, test.offset)
	}
}

func TestFilterString(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`userName  EQ "x\u0041\/"`:                      `userName eq "xA/"`,
		`NOT(a pr)`:                                     `not (a pr)`,
		`((a pr) OR (b pr and (c pr)))`:                 `a pr or b pr and c pr`,
		`(a pr or b pr) and c pr`:                       `(a pr or b pr) and c pr`,
		`a pr and (b pr and c pr)`:                      `a pr and (b pr and c pr)`,
		`emails[ type eq "work" ].value eq "x"`:         `emails[type eq "work" and value eq "x"]`,
		`urn:ietf:params:scim:x:2.0:User:name.a EQ 1E2`: `urn:ietf:params:scim:x:2.0:User:name.a eq 1E2`,
		`a eq Null`:                                     `a eq null`,
	}
	for text, want := range tests {
		filter, err := ParseFilter(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, filter.String())
	}
}

func TestParseFilterAllocations(t *testing.T) {
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := ParseFilter(`userName eq "x"`); err != nil {
			t.Fatal(err)
		}
	})
	assert.LessOrEqual(t, allocs, 25.0)
}

func BenchmarkParseFilter(b *testing.B) {
	for name, text := range map[string]string{
		"userName":  `userName eq "x"`,
		"valuePath": `emails[type eq "work"].value eq "ana@example.org"`,
		"fiveTerms": `(a eq "1" or b co "2") and not (c gt 3) and d sw "4" and e pr`,
		"hostile":   strings.Repeat("(", 32) + strings.Repeat("a pr or ", 31) + "a pr" + strings.Repeat(")", 31),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = ParseFilter(text)
			}
		})
	}
}
