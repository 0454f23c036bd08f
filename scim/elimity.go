package scim

import "github.com/elimity-com/scim/schema"

// facts is what a schema says about an attribute (RFC 7643 section 7). An empty mutability means readWrite, an empty
// returned means default, an empty uniqueness means none.
type facts struct {
	name        string
	typ         dataType
	multi       bool
	required    bool
	exact       bool
	mutability  mutability
	returned    returned
	uniqueness  uniqueness
	description string
	canonical   []string
	references  []string
}

type (
	dataType   string
	mutability string
	returned   string
	uniqueness string
)

// The keywords that the tables and the code name; RFC 7643 section 7 knows a few more.
const (
	typeString   dataType = "string"
	typeBoolean  dataType = "boolean"
	typeDateTime dataType = "dateTime"
	typeComplex  dataType = "complex"

	readWrite mutability = "readWrite"
	readOnly  mutability = "readOnly"
	immutable mutability = "immutable"
	writeOnly mutability = "writeOnly"

	returnedDefault returned = "default"
	returnedAlways  returned = "always"
	returnedNever   returned = "never"

	uniqueNone   uniqueness = "none"
	uniqueServer uniqueness = "server"
)

// The schemas of RFC 7643, as the library words them. Our tables refer to them by name, so that they repeat neither
// the facts nor the descriptions, and say only where we differ.
var (
	rfcUser       = standardFacts(schema.CoreUserSchema())
	rfcGroup      = standardFacts(schema.CoreGroupSchema())
	rfcEnterprise = standardFacts(schema.ExtensionEnterpriseUser())
)

// standard maps the path of an attribute, such as name.givenName, to its facts.
type standard map[string]facts

func standardFacts(s schema.Schema) standard {
	all := standard{}
	for _, attribute := range s.Attributes {
		all[attribute.Name()] = factsOf(attribute)
		for _, sub := range attribute.SubAttributes() {
			all[attribute.Name()+"."+sub.Name()] = factsOf(sub)
		}
	}
	return all
}

func factsOf(a schema.CoreAttribute) facts {
	f := facts{
		name: a.Name(), typ: dataType(a.AttributeType()), multi: a.MultiValued(), required: a.Required(),
		exact: a.CaseExact(), mutability: mutability(a.Mutability()), returned: returned(a.Returned()),
		uniqueness: uniqueness(a.Uniqueness()), description: a.Description(), canonical: a.CanonicalValues(),
	}
	for _, reference := range a.ReferenceTypes() {
		f.references = append(f.references, string(reference))
	}
	return f
}

// of gives the facts of a standard attribute. A path that the standard lacks is a mistake in a table, which shows as
// soon as the program starts.
func (s standard) of(path string) facts {
	f, known := s[path]
	if !known {
		panic("scim: no standard attribute " + path)
	}
	return f
}

func (f facts) readOnly() facts {
	f.mutability = readOnly
	return f
}

func (f facts) caseExact() facts {
	f.exact = true
	return f
}

func (f facts) unique() facts {
	f.uniqueness = uniqueServer
	return f
}
