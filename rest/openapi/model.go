package openapi

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// The types of this file are the document as the page needs it; see the OpenAPI Specification 3.1 for what they mean.

// named is an object whose names keep their order.
type named[V any] []entry[V]

type entry[V any] struct {
	Name  string
	Value V
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (n *named[V]) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i < len(node.Content); i += 2 {
		one := entry[V]{Name: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&one.Value); err != nil {
			return err
		}
		*n = append(*n, one)
	}
	return nil
}

func (n named[V]) get(name string) (value V) {
	for _, one := range n {
		if one.Name == name {
			return one.Value
		}
	}
	return value
}

type description struct {
	Info struct {
		Title, Version, Summary, Description string
	}
	Tags []struct {
		Name, Description string
	}
	Paths      named[pathItem]
	Components struct {
		Parameters      named[parameter]
		Headers         named[header]
		Responses       named[response]
		Schemas         named[schema]
		SecuritySchemes named[struct{ Description string }] `yaml:"securitySchemes"`
	}
}

type pathItem struct {
	Parameters []parameter
	Get        *operation
	Post       *operation
	Put        *operation
	Patch      *operation
	Delete     *operation
}

// operations are the operations of the path by their methods, in the usual order.
func (i *pathItem) operations() (list []entry[*operation]) {
	for _, one := range []entry[*operation]{{"GET", i.Get}, {"POST", i.Post}, {"PUT", i.Put}, {"PATCH", i.Patch}, {"DELETE", i.Delete}} {
		if one.Value != nil {
			list = append(list, one)
		}
	}
	return list
}

type operation struct {
	Tags            []string
	OperationID     string `yaml:"operationId"`
	Summary         string
	Description     string
	Security        *[]any        // an empty list: public
	Permissions     []string      `yaml:"x-permissions"`
	MorePermissions named[string] `yaml:"x-more-permissions"`
	OrSelf          bool          `yaml:"x-or-self"`
	SessionOnly     bool          `yaml:"x-session-only"`
	Parameters      []parameter
	RequestBody     *struct {
		Required bool
		Content  named[media]
	} `yaml:"requestBody"`
	Responses named[response]
}

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name, In    string
	Description string
	Required    bool
	Schema      schema
	Example     string
}

type header struct {
	Ref         string `yaml:"$ref"`
	Description string
}

type response struct {
	Ref         string `yaml:"$ref"`
	Description string
	Headers     named[header]
	Content     named[media]
}

type media struct {
	Schema  schema
	Example yaml.Node
}

type schema struct {
	Ref         string `yaml:"$ref"`
	Description string
	Type        words
	Format      string
	Enum        []string
	Const       string
	Items       *schema
	Properties  named[schema]
	Required    []string
	AllOf       []schema `yaml:"allOf"`
	AnyOf       []schema `yaml:"anyOf"`
	Minimum     *int
	Maximum     *int
	MaxLength   *int `yaml:"maxLength"`
	MaxItems    *int `yaml:"maxItems"`
}

// words are a text or a list of them.
type words []string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (w *words) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		return node.Decode((*[]string)(w))
	}
	*w = words{node.Value}
	return nil
}

// target is the last name of a reference.
func target(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
