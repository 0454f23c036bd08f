package openapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // of the template and the style
	"encoding/base64"
	"encoding/json"
	"html/template"
	"slices"
	"strings"
	"sync"
)

//go:embed page.html
var pageText string

//go:embed page.css
var styleText string

// page is the page, worked out once.
var page = sync.OnceValue(func() []byte {
	var d description
	if err := document().root.Decode(&d); err != nil {
		panic("openapi: " + err.Error())
	}
	functions := template.FuncMap{"style": func() template.CSS { return template.CSS(styleText) }}
	for name, function := range d.functions() {
		functions[name] = function
	}
	var text bytes.Buffer
	if err := template.Must(template.New("page").Funcs(functions).Parse(pageText)).Execute(&text, d); err != nil {
		panic("openapi: " + err.Error())
	}
	return text.Bytes()
})

// Page is the description as a page of HTML that asks for nothing else. It must not be changed.
func Page() []byte { return page() }

// PageTag is the entity tag of the page.
func PageTag() string { return tagOf(page()) }

// PagePolicy is the Content-Security-Policy that the page can live with: nothing but its own style.
func PagePolicy() string {
	sum := sha256.Sum256([]byte(styleText))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// functions are what the template asks about the description.
func (d *description) functions() template.FuncMap {
	return template.FuncMap{
		"of":         d.of,
		"parameters": d.parameters,
		"answers":    d.answers,
		"codes":      d.codes,
		"kind":       kindOf,
		"fields":     fieldsOf,
		"curl":       d.curl,
		"anchor":     func(text string) string { return strings.ReplaceAll(strings.ToLower(text), " ", "-") },
		"needed":     func(s schema, name string) bool { return slices.Contains(s.Required, name) },
	}
}

// placed is an operation with where it stands.
type placed struct {
	Method, Path string
	*operation
	item *pathItem
}

// Public tells that no token is asked for.
func (p placed) Public() bool { return p.Security != nil && len(*p.Security) == 0 }

// of lists the operations of an area, in the order in which they were written.
func (d *description) of(tag string) (list []placed) {
	for _, path := range d.Paths {
		for _, one := range path.Value.operations() {
			if slices.Contains(one.Value.Tags, tag) {
				list = append(list, placed{one.Name, path.Name, one.Value, &path.Value})
			}
		}
	}
	return list
}

// parameters are those of the path and of the operation.
func (d *description) parameters(of placed) (list []parameter) {
	for _, p := range slices.Concat(of.item.Parameters, of.Parameters) {
		if p.Ref != "" {
			p = d.Components.Parameters.get(target(p.Ref))
		}
		list = append(list, p)
	}
	return list
}

// answer is a status with what comes along.
type answer struct {
	Status string
	response
}

// answers are the answers of an operation that are no errors.
func (d *description) answers(of placed) (list []answer) {
	for _, one := range of.Responses {
		if one.Name < "400" {
			r := one.Value
			if r.Ref != "" {
				r = d.Components.Responses.get(target(r.Ref))
			}
			list = append(list, answer{one.Name, r})
		}
	}
	return list
}

// codes lists the statuses of the errors of an operation.
func (d *description) codes(of placed) (list []string) {
	for _, one := range of.Responses {
		if one.Name >= "400" {
			list = append(list, one.Name)
		}
	}
	slices.Sort(list)
	return list
}

// kind is a type in words, with the schema that it is made of.
type kind struct{ Before, Link, After string }

// kindOf tells what a schema is about, short enough for a column.
func kindOf(s schema) kind {
	orNull := ""
	if slices.Contains(s.Type, "null") || slices.Contains(s.Enum, "null") {
		orNull = " or null"
	}
	types := slices.DeleteFunc(slices.Clone(s.Type), func(name string) bool { return name == "null" })
	switch {
	case s.Ref != "":
		return kind{Link: target(s.Ref)}
	case s.Items != nil:
		of := kindOf(*s.Items)
		return kind{"list of " + of.Before, of.Link, of.After + orNull}
	case s.Const != "":
		return kind{Before: s.Const}
	case len(s.Enum) > 0:
		words := slices.DeleteFunc(slices.Clone(s.Enum), func(word string) bool { return word == "null" || word == "" })
		return kind{Before: strings.Join(words, ", ") + orNull}
	case len(s.AnyOf) > 0:
		of := kindOf(s.AnyOf[0])
		for _, other := range s.AnyOf[1:] {
			if also := kindOf(other); also.Link != "" {
				of.After += " or " + also.Link
			} else {
				of.After += " or " + also.Before
			}
		}
		return of
	case len(s.AllOf) > 0:
		return kindOf(s.AllOf[0])
	case len(types) == 0 && len(s.Type) > 0:
		return kind{Before: "null"}
	case s.Format != "":
		return kind{Before: s.Format + orNull}
	default:
		return kind{Before: strings.Join(types, " or ") + orNull}
	}
}

// fieldsOf are the fields of an object, those of the parts that it is made of first.
func fieldsOf(d description, s schema) (list named[schema]) {
	for _, part := range s.AllOf {
		if part.Ref != "" {
			part = d.Components.Schemas.get(target(part.Ref))
		}
		list = append(list, fieldsOf(d, part)...)
	}
	for _, field := range s.Properties {
		list = slices.DeleteFunc(list, func(known entry[schema]) bool { return known.Name == field.Name })
		list = append(list, field)
	}
	return list
}

// curl is a command that calls the operation.
func (d *description) curl(of placed) string {
	var lines []string
	at := "https://id.example.org/api/v1" + of.Path
	if of.Method == "GET" {
		lines = append(lines, "curl '"+at+"'")
	} else {
		lines = append(lines, "curl -X "+of.Method+" '"+at+"'")
	}
	if !of.Public() {
		lines = append(lines, `-H "Authorization: Bearer $TOKEN"`)
	}
	for _, p := range d.parameters(of) {
		if p.In == "header" && p.Required {
			lines = append(lines, "-H '"+p.Name+": "+p.Example+"'")
		}
	}
	if of.RequestBody != nil && len(of.RequestBody.Content) > 0 {
		if example := of.RequestBody.Content[0].Value.Example; example.Kind != 0 {
			var text, pretty bytes.Buffer
			if writeJSON(&text, &example) == nil && json.Indent(&pretty, text.Bytes(), "  ", "  ") == nil {
				lines = append(lines, "-H 'Content-Type: application/json'", "-d '"+strings.ReplaceAll(pretty.String(), "'", `'\''`)+"'")
			}
		}
	}
	return strings.Join(lines, " \\\n  ")
}
