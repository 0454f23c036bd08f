package scim

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseJSON(t *testing.T) {
	t.Parallel()
	text := func(s string) Value { return Value{Kind: KindString, Text: s} }
	tests := map[string]Value{
		`null`:                 {},
		` true `:               {Kind: KindBool, Text: "true"},
		"\tfalse\r\n":          {Kind: KindBool, Text: "false"},
		`-0.10e+5`:             {Kind: KindNumber, Text: "-0.10e+5"},
		`12345678901234567890`: {Kind: KindNumber, Text: "12345678901234567890"},
		`""`:                   text(""),
		`"a\"\\\/\n\u00e9é"`:   text("a\"\\/\néé"),
		`"\ud83d\uDE00"`:       text("😀"),
		`[]`:                   {Kind: KindArray},
		`{}`:                   {Kind: KindObject},
		`["a", ["b"]]`:         {Kind: KindArray, Items: []Value{text("a"), {Kind: KindArray, Items: []Value{text("b")}}}},
		`{"b":1,"a":{"B":null}}`: {Kind: KindObject, Items: []Value{
			{Name: "b", Kind: KindNumber, Text: "1"},
			{Name: "a", Kind: KindObject, Items: []Value{{Name: "B"}}},
		}},
	}
	for body, want := range tests {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			got, err := ParseJSON([]byte(body))
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestParseJSONRefuses(t *testing.T) {
	t.Parallel()
	many := strings.Builder{}
	for i := range 2 * manyNames {
		fmt.Fprintf(&many, `"k%d":0,`, i)
	}
	tests := []struct {
		name, body, message string
		offset              int
		pointer             string
	}{
		{"nothing", "", "the JSON is empty", 0, ""},
		{"only blanks", "  \n", "the JSON is empty", 0, ""},
		{"byte order mark", "\uFEFF{}", "byte order mark", 0, ""},
		{"cut off", `{"a":[1`, "ends too early", 7, "/a/1"},
		{"second value", `{} {}`, "something follows", 2, ""},
		{"trailing bytes", `{}x`, "something follows", 2, ""},
		{"trailing comma", `{"a":1,}`, "malformed", 6, ""},
		{"single quotes", `{'a':1}`, "malformed", 1, ""},
		{"name is no string", `{1:2}`, "malformed", 1, ""},
		{"unknown escape", `{"a":"\x"}`, "malformed", 6, "/a"},
		{"same name", `{"a":1,"a":2}`, repeatedName, 7, "/a"},
		{"same name, escaped", `{"a":1,"\u0061":2}`, repeatedName, 7, "/a"},
		{"same name but for case", `{"userName":1,"USERname":2}`, repeatedName, 14, "/USERname"},
		{"same name, Kelvin sign", `{"k":1,"` + "\u212A" + `":2}`, repeatedName, 7, "/\u212A"},
		{"same name, sigmas", `{"x":{"σ":1,"ς":2}}`, repeatedName, 13, "/x/ς"},
		{"same name among many", `{` + many.String() + `"x":{},"K7":1}`, repeatedName, many.Len() + 8, "/K7"},
		{"same name past many", `{` + many.String() + `"x":1,"X":1}`, repeatedName, many.Len() + 7, "/X"},
		{"invalid UTF-8 in a text", "{\"a\":\"\xff\"}", "not valid UTF-8", 6, "/a"},
		{"invalid UTF-8 in a name", "{\"\xc3\":1}", "not valid UTF-8", 2, ""},
		{"invalid UTF-8 behind", "{}\xff", "something follows", 2, ""},
		{"lone surrogate", `["\ud800"]`, "malformed", 2, "/0"},
		{"lone low surrogate", `["\udc00x"]`, "malformed", 2, "/0"},
		{"U+0000", `{"a":{"b":"x\u0000"}}`, "U+0000", 10, "/a/b"},
		{"U+0000 in a name", `{"a\u0000":1}`, "U+0000", 1, ""},
		{"raw control character", "[\"a\nb\"]", "malformed", 3, "/0"},
		{"long name", `{"` + strings.Repeat("é", 99) + `":x}`, "malformed", 202, "/" + strings.Repeat("é", 31) + "…"},
		{"65 deep", nested(65), "more than 64 levels", 64, strings.Repeat("/0", 32) + "…"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseJSON([]byte(test.body))
			var refused *SyntaxError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, scimerrors.ScimTypeInvalidSyntax, refused.Type)
			assert.Contains(t, refused.Message, test.message)
			assert.Equal(t, test.offset, refused.Offset)
			assert.Equal(t, test.pointer, refused.Pointer)
			assert.Contains(t, err.Error(), fmt.Sprintf("at offset %d", test.offset))
		})
	}
}

func nested(depth int) string {
	return strings.Repeat("[", depth) + strings.Repeat("]", depth)
}

func TestParseJSONDepth(t *testing.T) {
	t.Parallel()
	_, err := ParseJSON([]byte(nested(64)))
	assert.NoError(t, err)
	_, err = ParseJSON([]byte(strings.Repeat(`{"a":`, 63) + `[]` + strings.Repeat(`}`, 63)))
	assert.NoError(t, err)
	_, err = ParseJSON([]byte(strings.Repeat(`{"a":`, 64) + `[]` + strings.Repeat(`}`, 64)))
	assert.ErrorContains(t, err, "more than 64 levels")
}

func TestParseJSONSize(t *testing.T) {
	t.Parallel()
	zeros := func(n int) []byte { return []byte("[" + strings.Repeat("0,", n-1) + "0]") }
	_, err := ParseJSON(zeros(maxTreeValues - 1))
	assert.NoError(t, err)
	_, err = ParseJSON(zeros(maxTreeValues))
	assert.ErrorContains(t, err, "more than 1048576 values")
}

// Not parallel: it counts the bytes that the whole process allocates.
func TestParseJSONRefusesDeepNestingCheaply(t *testing.T) {
	for _, unit := range []string{`[`, `{"a":`, `[{"a":`} {
		body := []byte(strings.Repeat(unit, 1_000_000))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ParseJSON(body)
		runtime.ReadMemStats(&after)
		assert.ErrorContains(t, err, "more than 64 levels")
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), unit)
	}
}

func TestParseJSONLeavesTheBodyAlone(t *testing.T) {
	t.Parallel()
	body := []byte(`{"a":"b","c":[1,"d"]}`)
	tree, err := ParseJSON(body)
	require.NoError(t, err)
	assert.Equal(t, `{"a":"b","c":[1,"d"]}`, string(body))
	clear(body)
	assert.Equal(t, `{"a":"b","c":[1,"d"]}`, string(tree.AppendJSON(nil)), "the tree must not share the body's bytes")
}

// stricter lists what RFC 8259 allows, or leaves open, and we refuse.
var stricter = map[string]string{
	"y_object_duplicated_key.json":           "a name twice",
	"y_object_duplicated_key_and_value.json": "a name twice",
	"y_object_escaped_null_in_key.json":      "U+0000",
	"y_string_null_escape.json":              "U+0000",
}

func TestParseJSONSuite(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../shared/corpora/json/test_parsing/*.json")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("the JSONTestSuite corpus is not beside the repository")
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(file)
			require.NoError(t, err)
			tree, err := ParseJSON(body)
			switch {
			case stricter[name] != "" || strings.HasPrefix(name, "n_"):
				assert.Error(t, err)
			case strings.HasPrefix(name, "y_"):
				assert.NoError(t, err)
			}
			if err == nil {
				assertRoundTrip(t, tree)
			}
		})
	}
}

func assertRoundTrip(t require.TestingT, tree Value) {
	encoded := tree.AppendJSON(nil)
	again, err := ParseJSON(encoded)
	require.NoError(t, err, string(encoded))
	assert.Equal(t, tree, again)
}

func TestValueMember(t *testing.T) {
	t.Parallel()
	tree, err := ParseJSON([]byte(`{"Emails":[],"active":"False","x":null}`))
	require.NoError(t, err)
	emails, ok := tree.Member("emails")
	assert.True(t, ok)
	assert.Equal(t, KindArray, emails.Kind)
	assert.Equal(t, "Emails", emails.Name)
	x, ok := tree.Member("X")
	assert.True(t, ok, "a member that is null is there")
	assert.Equal(t, KindNull, x.Kind)
	_, ok = tree.Member("email")
	assert.False(t, ok)
	_, ok = Value{Kind: KindArray, Items: tree.Items}.Member("active")
	assert.False(t, ok, "only objects have members")
}

func TestValueBool(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ value, ok bool }{
		`true`: {true, true}, `"true"`: {true, true}, `"True"`: {true, true},
		`false`: {false, true}, `"false"`: {false, true}, `"False"`: {false, true},
		`"TRUE"`: {}, `"yes"`: {}, `""`: {}, `1`: {}, `0`: {}, `null`: {}, `[true]`: {},
	}
	for body, want := range tests {
		tree, err := ParseJSON([]byte(body))
		require.NoError(t, err)
		value, ok := tree.Bool()
		assert.Equal(t, want.value, value, body)
		assert.Equal(t, want.ok, ok, body)
	}
}

func TestValueIsEmpty(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{`null`: true, `""`: true, `" "`: false, `[]`: false, `{}`: false, `0`: false, `false`: false}
	for body, want := range tests {
		tree, err := ParseJSON([]byte(body))
		require.NoError(t, err)
		assert.Equal(t, want, tree.IsEmpty(), body)
	}
}

func TestAppendJSONAppends(t *testing.T) {
	t.Parallel()
	tree, err := ParseJSON([]byte(` { "a" : [ 1.50 , true , null , "\u00e9\n\u2028<" ] , "b" : { } } `))
	require.NoError(t, err)
	assert.Equal(t, `x{"a":[1.50,true,null,"é\n`+"\u2028"+`<"],"b":{}}`, string(tree.AppendJSON([]byte("x"))))
}

func TestFoldNameAgreesWithEqualFold(t *testing.T) {
	t.Parallel()
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if next := unicode.SimpleFold(r); next != r {
			require.Equal(t, foldName(string(r)), foldName(string(next)), "%U and %U", r, next)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.SampledFrom([]rune("kK\u212AsSſσςΣßẞiIİı\uFFFD"))
		name := rapid.StringOfN(runes, 0, 3, -1)
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		assert.Equal(t, strings.EqualFold(a, b), foldName(a) == foldName(b))
	})
}

func TestNameSetAgreesWithPairwiseComparison(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[a-f][A-C]?[0-9]?`), 0, 3*manyNames).Draw(t, "names")
		var set nameSet
		var members []Value
		for _, name := range names {
			_, want := Value{Kind: KindObject, Items: members}.Member(name)
			got := set.has(members, name)
			require.Equal(t, want, got, name)
			if got {
				return
			}
			members = append(members, Value{Name: name})
		}
	})
}

const userBody = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"ana.k","userName":"ana@example.org",
"active":true,"displayName":"Ana Kovač","name":{"formatted":"Ana Kovač","familyName":"Kovač","givenName":"Ana"},
"emails":[{"primary":true,"type":"work","value":"ana@example.org"}],"addresses":null,"roles":[],"title":"Engineer",
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"U2"}}}`

func BenchmarkParseJSONUser(b *testing.B) {
	body := []byte(userBody)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseJSON(body); err != nil {
			b.Fatal(err)
		}
	}
}
