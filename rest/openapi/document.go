package openapi

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

//go:embed parts
var files embed.FS

// order is that of the files, and of their areas on the page; any other file comes behind them.
var order = []string{"document", "problems", "persons", "contacts", "users", "commands", "bulk", "roles", "groups",
	"organizations", "events", "subscriptions", "provisioning-log", "audit", "anonymizations", "account", "self"}

// built is the document in its three forms.
type built struct {
	root *yaml.Node
	json []byte
	tag  string
}

// document is put together once. The parts are in the program, so that one that can't be read is a mistake of ours, which
// the tests of this package find.
var document = sync.OnceValue(func() built {
	root, err := merged()
	if err != nil {
		panic("openapi: " + err.Error())
	}
	everywhere(root)
	var text bytes.Buffer
	if err := writeJSON(&text, root); err != nil {
		panic("openapi: " + err.Error())
	}
	return built{root, text.Bytes(), tagOf(text.Bytes())}
})

// Document is the description as JSON, in the order in which it was written. It must not be changed.
func Document() []byte { return document().json }

// Tag is the entity tag of the description (RFC 9110, section 8.8.3).
func Tag() string { return document().tag }

func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// parts are the names of all files.
func parts() ([]string, error) {
	names := slices.Clone(order)
	entries, err := files.ReadDir("parts")
	for _, entry := range entries {
		if name := strings.TrimSuffix(entry.Name(), ".yaml"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, err
}

// merged reads the parts and puts them together.
func merged() (*yaml.Node, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	names, err := parts()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := files.ReadFile("parts/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		var part yaml.Node
		if err := yaml.Unmarshal(content, &part); err != nil {
			return nil, fmt.Errorf("%s.yaml: %w", name, err)
		}
		if err := merge(root, part.Content[0]); err != nil {
			return nil, fmt.Errorf("%s.yaml: %w", name, err)
		}
	}
	return root, nil
}

// merge adds what a part says. Objects grow and lists get longer; anything else can be said once only.
func merge(into, from *yaml.Node) error {
	if into.Kind != from.Kind || into.Kind == yaml.ScalarNode {
		return fmt.Errorf("line %d: this is said elsewhere already", from.Line)
	}
	if into.Kind == yaml.SequenceNode {
		into.Content = append(into.Content, from.Content...)
		return nil
	}
	for i := 0; i < len(from.Content); i += 2 {
		known := at(into, from.Content[i].Value)
		if known == nil {
			into.Content = append(into.Content, from.Content[i], from.Content[i+1])
		} else if err := merge(known, from.Content[i+1]); err != nil {
			return fmt.Errorf("%s: %w", from.Content[i].Value, err)
		}
	}
	return nil
}

// at is the value of a name in an object, nil for none.
func at(object *yaml.Node, name string) *yaml.Node {
	if object == nil || object.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(object.Content); i += 2 {
		if object.Content[i].Value == name {
			return object.Content[i+1]
		}
	}
	return nil
}

// put sets the value of a name that the object doesn't have.
func put(object *yaml.Node, name string, value *yaml.Node) {
	if at(object, name) == nil {
		object.Content = append(object.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, value)
	}
}

// of is the value of a name, made if the object doesn't have it.
func of(object *yaml.Node, name string, kind yaml.Kind) *yaml.Node {
	put(object, name, &yaml.Node{Kind: kind})
	return at(object, name)
}

// methods are what an operation can stand under.
var methods = []string{"get", "post", "put", "patch", "delete"}

// everywhere adds to each operation what document.yaml says of every one.
func everywhere(root *yaml.Node) {
	shared := at(root, "x-every-operation")
	paths := at(root, "paths")
	for i := 1; i < len(paths.Content); i += 2 {
		for j := 0; j < len(paths.Content[i].Content); j += 2 {
			if slices.Contains(methods, paths.Content[i].Content[j].Value) {
				complete(paths.Content[i].Content[j+1], shared)
			}
		}
	}
	for i := 0; i < len(root.Content); i += 2 {
		if root.Content[i].Value == "x-every-operation" {
			root.Content = slices.Delete(root.Content, i, i+2)
		}
	}
}

// complete adds the shared parameters, headers and answers to an operation. To what is public there is no token to show.
func complete(operation, shared *yaml.Node) {
	public := at(operation, "security") != nil
	if !public {
		parameters := of(operation, "parameters", yaml.SequenceNode)
		parameters.Content = append(parameters.Content, at(shared, "parameters").Content...)
	}
	responses := of(operation, "responses", yaml.MappingNode)
	headers := at(shared, "headers")
	for i := 1; i < len(responses.Content); i += 2 {
		if at(responses.Content[i], "$ref") == nil {
			for j := 0; j < len(headers.Content); j += 2 {
				put(of(responses.Content[i], "headers", yaml.MappingNode), headers.Content[j].Value, headers.Content[j+1])
			}
		}
	}
	errors := at(shared, "responses")
	for i := 0; i < len(errors.Content); i += 2 {
		if status := errors.Content[i].Value; !public || status != "401" && status != "403" {
			put(responses, status, errors.Content[i+1])
		}
	}
}

// writeJSON writes a node as JSON without changing its order.
func writeJSON(into *bytes.Buffer, node *yaml.Node) error {
	switch node.Kind {
	case yaml.MappingNode:
		return writeAll(into, node, '{', '}', 2)
	case yaml.SequenceNode:
		return writeAll(into, node, '[', ']', 1)
	case yaml.ScalarNode:
		var value any
		if err := node.Decode(&value); err != nil {
			return err
		}
		text, err := json.Marshal(value)
		into.Write(text)
		return err
	default:
		return fmt.Errorf("line %d: anchors and aliases have no place in the document", node.Line)
	}
}

// writeAll writes the elements of a list, or the names and values of an object.
func writeAll(into *bytes.Buffer, node *yaml.Node, open, shut byte, step int) error {
	into.WriteByte(open)
	for i := 0; i < len(node.Content); i += step {
		if i > 0 {
			into.WriteByte(',')
		}
		if step == 2 {
			name, err := json.Marshal(node.Content[i].Value) // a status of HTTP is a name, not a number
			if err != nil {
				return err
			}
			into.Write(name)
			into.WriteByte(':')
		}
		if err := writeJSON(into, node.Content[i+step-1]); err != nil {
			return err
		}
	}
	into.WriteByte(shut)
	return nil
}
