package openapitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/scimbridge/scimbridge/rest/openapi"
)

// contract is the document, ready to judge by.
type contract struct {
	doc       *openapi3.T
	spellings map[string]string // names and words of the document by their folded form

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by their place in the document
}

var load = sync.OnceValue(func() *contract {
	doc, err := Document()
	if err != nil {
		panic(err)
	}
	var raw any
	raw, err = jsonschema.UnmarshalJSON(bytes.NewReader(openapi.Document()))
	if err != nil {
		panic(err)
	}
	c := &contract{doc: doc, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}, spellings: map[string]string{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(source, raw); err != nil {
		panic(err)
	}
	c.learn(raw)
	return c
})

// source is what the document is called among schemas.
const source = "https://scimbridge.example/openapi.json"

// Document is the document as kin-openapi reads it, which has found it sound.
func Document() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
}

// learn remembers how the document spells the names of fields and the words of enumerations, which the API reads in
// any case.
func (c *contract) learn(node any) {
	switch node := node.(type) {
	case map[string]any:
		if properties, ok := node["properties"].(map[string]any); ok {
			for name := range properties {
				if strings.ToLower(name) != name && strings.ToUpper(name) != name { // those of problem documents and of reports are never sent
					c.spellings[strings.ToLower(name)] = name
				}
			}
		}
		if words, ok := node["enum"].([]any); ok {
			for _, word := range words {
				if text, ok := word.(string); ok && text != "" {
					c.learnWord(text)
				}
			}
		}
		for _, value := range node {
			c.learn(value)
		}
	case []any:
		for _, value := range node {
			c.learn(value)
		}
	}
}

// learnWord prefers a spelling with capitals: codes of problems, some of which are spelled like states, are never sent.
func (c *contract) learnWord(text string) {
	folded := strings.ToLower(text)
	if text != folded || c.spellings[folded] == "" {
		c.spellings[folded] = text
	}
}

// respelled is a value of a request in the spelling of the document.
func (c *contract) respelled(value any) any {
	switch value := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for name, member := range value {
			object[c.spelling(name)] = c.respelled(member)
		}
		return object
	case []any:
		list := slices.Clone(value)
		for i := range list {
			list[i] = c.respelled(list[i])
		}
		return list
	case string:
		return c.spelling(value)
	default:
		return value
	}
}

func (c *contract) spelling(text string) string {
	if known, ok := c.spellings[strings.ToLower(text)]; ok {
		return known
	}
	return text
}

// judge holds a value to the schema at a place of the document.
func (c *contract) judge(value any, place ...string) error {
	schema, err := c.schema(place)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

var pointer = strings.NewReplacer("~", "~0", "/", "~1")

func (c *contract) schema(place []string) (*jsonschema.Schema, error) {
	at := source + "#"
	for _, name := range place {
		at += "/" + pointer.Replace(name)
	}
	at = strings.NewReplacer("{", "%7B", "}", "%7D", "+", "%2B").Replace(at)
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.schemas[at]; known != nil {
		return known, nil
	}
	schema, err := c.compiler.Compile(at)
	if err == nil {
		c.schemas[at] = schema
	}
	return schema, err
}

// judgeBody holds the text of a body to a schema.
func (c *contract) judgeBody(body []byte, sent bool, place ...string) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	if sent {
		value = c.respelled(value)
	}
	return c.judge(value, place...)
}

// found is an operation, and where it stands.
type found struct {
	path, method string
	variables    map[string]string
	item         *openapi3.PathItem
	operation    *openapi3.Operation
}

// find looks for the operation of a request, whose path compares without case; nil: there is none.
func (c *contract) find(r *http.Request) *found {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	got := strings.Split(r.URL.EscapedPath(), "/")
	if len(got) < 4 || !strings.EqualFold(got[2], "v1") && !strings.EqualFold(got[2], "v1.0") {
		return nil
	}
	var best *found
	for path, item := range c.doc.Paths.Map() {
		variables, ok := match(strings.Split(path, "/")[1:], got[3:])
		operation := item.GetOperation(method)
		if ok && operation != nil && (best == nil || len(variables) < len(best.variables)) {
			best = &found{path, strings.ToLower(method), variables, item, operation}
		}
	}
	return best
}

// match compares segments; those of the pattern in braces stand for any text.
func match(pattern, got []string) (map[string]string, bool) {
	if len(pattern) != len(got) {
		return nil, false
	}
	variables := map[string]string{}
	for i, segment := range pattern {
		if name, variable := strings.CutPrefix(segment, "{"); variable {
			variables[strings.TrimSuffix(name, "}")] = got[i]
		} else if !strings.EqualFold(segment, got[i]) {
			return nil, false
		}
	}
	return variables, true
}

// number reads what a parameter of a numeric or boolean schema says; a text stays one.
func number(schema *openapi3.Schema, text string) any {
	if schema.Type != nil && (schema.Type.Includes("integer") || schema.Type.Includes("boolean")) {
		var value any
		if json.Unmarshal([]byte(strings.ToLower(text)), &value) == nil {
			return value
		}
	}
	return text
}
