package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseStory(t *testing.T) {
	t.Parallel()
	told, err := parseStory("a.txt", `# From nowhere.
! tenant sso=on

> scim POST /Users?count=1
> If-Match: W/"1"
{
  "a": [
repeat 1-2 {"value": "{{staff.#}}"}
  ]
}
< 201
< Retry-After:
{"id": "{{id=uuid}}"}
# a word in between
= mail
Invitation ana@example.org
`)
	require.NoError(t, err)
	require.Len(t, told.steps, 4)
	request, answer := told.steps[1], told.steps[2]
	assert.Equal(t, &step{line: 2, kind: '!', words: "tenant sso=on"}, told.steps[0])
	assert.Equal(t, 4, request.line)
	assert.Equal(t, "scim POST /Users?count=1", request.words)
	assert.Equal(t, [][2]string{{"If-Match", `W/"1"`}}, request.headers)
	text, err := request.text()
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":[{"value":"{{staff.1}}"},{"value":"{{staff.2}}"}]}`, text)
	assert.Equal(t, [][2]string{{"Retry-After", ""}}, answer.headers)
	assert.Equal(t, []string{`{"id": "{{id=uuid}}"}`}, answer.body)
	assert.Equal(t, &step{line: 15, kind: '=', words: "mail", body: []string{"Invitation ana@example.org"}}, told.steps[3])
}

func TestParseStoryComplains(t *testing.T) {
	t.Parallel()
	for text, problem := range map[string]string{
		"> scim GET /Users\n< 200":                   "a.txt:1: the first line is to say where the story comes from: # From …",
		"# x\n> scim GET /Users\n! clock +1s":        "a.txt:2: this request has no answer",
		"# x\n> scim GET /Users":                     "a.txt:2: this request has no answer",
		"# x\n< 200":                                 "a.txt:2: this answer has no request",
		"# x\n> scim GET /Users\n< 200\n= mail\n< 1": "a.txt:5: this answer has no request",
		"# x\n{}": `a.txt:2: this line belongs to no request, answer or rows: "{}"`,
	} {
		_, err := parseStory("a.txt", text)
		assert.EqualError(t, err, problem, text)
	}
}

func TestMatchJSON(t *testing.T) {
	t.Parallel()
	const id, other = "0198c5f0-0000-7000-8000-00000000000a", "0198c5f0-0000-7000-8000-00000000000b"
	for _, test := range []struct{ pattern, got, problem string }{
		{`{"a":1,"b":[true,null]}`, `{"b":[true,null],"a":1}`, ""},
		{`{"a":1}`, `{"a":1.0}`, `/a: expected 1, got 1.0`},
		{`{"a":1}`, `{"a":"1"}`, `/a: expected 1, got "1"`},
		{`{"a":"1"}`, `{"a":1}`, `/a: expected "1", got 1`},
		{`{"a":"x"}`, `{}`, `/a: expected "x", got nothing`},
		{`{}`, `{"a":"x"}`, `/a: expected nothing, got "x"`},
		{`{"...":"..."}`, `{"a":"x"}`, ``},
		{`{"b":1,"...":"..."}`, `{"a":"x"}`, `/b: expected 1, got nothing`},
		{`[1,"..."]`, `[1,2,3]`, ``},
		{`[1,"..."]`, `[]`, `: expected 1 elements, got 0: []`},
		{`[1]`, `[1,2]`, `: expected 1 elements, got 2: [1,2]`},
		{`[{"a":[1]}]`, `[{"a":[2]}]`, `/0/a/0: expected 1, got 2`},
		{`{"a":"{{*}}"}`, `{"a":{"b":[]}}`, ``},
		{`{"a":"{{-}}","...":"..."}`, `{"b":1}`, ``},
		{`{"a":"{{-}}","...":"..."}`, `{"a":null}`, `/a: expected "{{-}}", got null`},
		{`{"a":"{{*}}"}`, `{}`, `/a: expected "{{*}}", got nothing`},
		{`{"a":"{{*text}}"}`, `{"a":""}`, `/a: expected {{*text}}, got `},
		{`{"a":"{{*time}}"}`, `{"a":"2026-03-02T09:00:00.000012Z"}`, ``},
		{`{"a":"{{*time}}"}`, `{"a":"2026-03-02"}`, `/a: expected {{*time}}, got 2026-03-02`},
		{`{"a":"{{*number}}"}`, `{"a":17}`, ``},
		{`{"a":"{{*number}}"}`, `{"a":"17"}`, `/a: expected "{{*number}}", got "17"`},
		{`{"a":"{{*uuid}}"}`, `{"a":17}`, `/a: expected "{{*uuid}}", got 17`},
		{`{"a":"x/{{one=uuid}}","b":"{{one}}"}`, `{"a":"x/` + id + `","b":"` + id + `"}`, ``},
		{`{"a":"{{one=uuid}}","b":"y{{one}}"}`, `{"a":"` + id + `","b":"y` + other + `"}`, `/b: expected y{{one}}(` + id + `), got y` + other},
		{`{"a":"{{never}}"}`, `{"a":"x"}`, `/a: nothing was captured as {{never}}`},
		{`{"a":"{{*nonsense}}"}`, `{"a":"x"}`, `/a: no such placeholder: {{*nonsense}}`},
		{`{"a":"v{{*number}}"}`, `{"a":"v17"}`, ``},
		{`{"a":"v{{*number}}"}`, `{"a":"x"}`, `/a: expected v{{*number}}, got x`},
		{`{"a":1}`, `<html>`, `the body is no JSON: <html>`},
		{`{"a":1}`, `{"a":1}{}`, `the body is no JSON: {"a":1}{}`},
	} {
		err := memory{}.matchJSON(test.pattern, test.got)
		if test.problem == "" {
			assert.NoError(t, err, test.pattern)
		} else {
			assert.EqualError(t, err, test.problem, test.pattern)
		}
	}
}

func TestMatchJSONTellsEveryDifference(t *testing.T) {
	t.Parallel()
	err := memory{}.matchJSON(`{"a":1,"b":{"c":2}}`, `{"b":{"c":3},"d":4}`)
	assert.EqualError(t, err, "/a: expected 1, got nothing\n/b/c: expected 2, got 3\n/d: expected nothing, got 4")
}

func TestMemory(t *testing.T) {
	t.Parallel()
	seen := memory{"base": "http://b.example"}
	const id = "0198c5f0-0000-7000-8000-00000000000a"
	require.NoError(t, seen.matchText(`{{base}}/Users/{{id=uuid}}?{{*}}`, "http://b.example/Users/"+id+"?x\ny"))
	assert.Equal(t, id, seen["id"])
	filled, err := seen.fill("/Users/{{id}}")
	require.NoError(t, err)
	assert.Equal(t, "/Users/"+id, filled)
	_, err = seen.fill("/Users/{{who}}")
	assert.EqualError(t, err, "nothing was captured as {{who}}")
	assert.Error(t, seen.matchText("a.c", "abc"), "a dot is a dot")
}

func TestPatched(t *testing.T) {
	t.Parallel()
	text, err := patched(`{"a":{"b":1,"c":[2]},"d":3}`, `{"a":{"b":null,"c":[4]},"e":{"f":5}}`)
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":{"c":[4]},"d":3,"e":{"f":5}}`, text)
	_, err = patched(``, `{}`)
	assert.ErrorContains(t, err, "the last answer is no JSON")
}
