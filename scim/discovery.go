package scim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// The schemas of the discovery documents.
const (
	listResponseURN   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	schemaURN         = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	resourceTypeURN   = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	providerConfigURN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
)

// defaultCount and maxCount are how many resources a list holds when the client does not say, and at most.
const (
	defaultCount = 100
	maxCount     = 200
)

// resourceTypes are all there are, in the order in which documents list them.
var resourceTypes = []*resourceType{userType, groupType}

// document is a JSON document being written. Properties without a value are left out: no document holds a null.
type document struct{ text []byte }

// name begins a member.
func (d *document) name(name string) {
	if last := d.text[len(d.text)-1]; last != '{' {
		d.text = append(d.text, ',')
	}
	d.text = append(appendQuoted(d.text, name), ':')
}

func (d *document) string(name, value string) {
	if value != "" {
		d.name(name)
		d.text = appendQuoted(d.text, value)
	}
}

func (d *document) bool(name string, value bool) {
	d.name(name)
	d.text = strconv.AppendBool(d.text, value)
}

func (d *document) int(name string, value int) {
	d.name(name)
	d.text = strconv.AppendInt(d.text, int64(value), 10)
}

func (d *document) strings(name string, values ...string) {
	if len(values) > 0 {
		d.array(name, len(values), func(i int) { d.text = appendQuoted(d.text, values[i]) })
	}
}

// array writes a member with an array of n elements.
func (d *document) array(name string, n int, element func(i int)) {
	d.name(name)
	d.text = append(d.text, '[')
	for i := range n {
		d.text = appendComma(d.text, i)
		element(i)
	}
	d.text = append(d.text, ']')
}

// object writes an object; as a member unless it stands in an array and the name is empty.
func (d *document) object(name string, members func()) {
	if name != "" {
		d.name(name)
	}
	d.text = append(d.text, '{')
	members()
	d.text = append(d.text, '}')
}

func (d *document) meta(kind, location string) {
	d.object("meta", func() {
		d.string("resourceType", kind)
		d.string("location", location)
	})
}

// list writes a ListResponse of n resources, all on one page.
func (d *document) list(n int, resource func(i int)) {
	d.object("", func() {
		d.strings("schemas", listResponseURN)
		d.int("totalResults", n)
		d.int("startIndex", 1)
		d.int("itemsPerPage", n)
		d.array("Resources", n, resource)
	})
}

// appendSchemas appends the ListResponse of all schemas.
func appendSchemas(dst []byte, v view) []byte {
	d := document{dst}
	var all []*schemaTable
	for _, rt := range resourceTypes {
		all = append(all, rt.schemas...)
	}
	d.list(len(all), func(i int) { d.schema(all[i], v) })
	return d.text
}

// appendSchema appends one schema; ok is false when there is none of that URN.
func appendSchema(dst []byte, urn string, v view) (doc []byte, ok bool) {
	d := document{dst}
	for _, rt := range resourceTypes {
		if s := rt.schema(urn); s != nil {
			d.schema(s, v)
			return d.text, true
		}
	}
	return dst, false
}

// schema writes what the table says of a schema. Attributes that are never returned are no business of a client's.
func (d *document) schema(s *schemaTable, v view) {
	rows := slices.DeleteFunc(slices.Clone(s.rows), func(b *binding) bool {
		return b.common || b.returned == returnedNever || v.missing(b)
	})
	d.object("", func() {
		d.strings("schemas", schemaURN)
		d.string("id", s.urn)
		d.string("name", s.name)
		d.string("description", s.description)
		d.array("attributes", len(rows), func(i int) { d.attribute(rows[i], v) })
		d.meta("Schema", v.base+"/Schemas/"+s.urn)
	})
}

func (d *document) attribute(b *binding, v view) {
	d.object("", func() {
		d.string("name", b.name)
		d.string("type", string(b.typ))
		d.bool("multiValued", b.multi)
		d.string("description", b.description)
		d.bool("required", b.required)
		d.strings("canonicalValues", b.canonical...)
		if b.typ != typeComplex {
			d.bool("caseExact", b.exact)
		}
		d.string("mutability", string(b.mutabilityTo(v)))
		d.string("returned", string(b.returned))
		d.string("uniqueness", string(b.uniqueness))
		d.strings("referenceTypes", b.references...)
		if b.typ == typeComplex {
			d.array("subAttributes", len(b.subs), func(i int) { d.attribute(b.subs[i], v) })
		}
	})
}

// appendResourceTypes appends the ListResponse of all resource types.
func appendResourceTypes(dst []byte, v view) []byte {
	d := document{dst}
	d.list(len(resourceTypes), func(i int) { d.resourceType(resourceTypes[i], v) })
	return d.text
}

// appendResourceType appends the resource type of that name; ok is false when there is none.
func appendResourceType(dst []byte, name string, v view) (doc []byte, ok bool) {
	d := document{dst}
	for _, rt := range resourceTypes {
		if strings.EqualFold(rt.name, name) {
			d.resourceType(rt, v)
			return d.text, true
		}
	}
	return dst, false
}

func (d *document) resourceType(rt *resourceType, v view) {
	extensions := rt.schemas[1:]
	d.object("", func() {
		d.strings("schemas", resourceTypeURN)
		d.string("id", rt.name)
		d.string("name", rt.name)
		d.string("description", rt.description)
		d.string("endpoint", rt.endpoint)
		d.string("schema", rt.schemas[0].urn)
		d.array("schemaExtensions", len(extensions), func(i int) {
			d.object("", func() {
				d.string("schema", extensions[i].urn)
				d.bool("required", false)
			})
		})
		d.meta("ResourceType", v.base+"/ResourceTypes/"+rt.name)
	})
}

// appendServiceProviderConfig appends what the server can do (RFC 7643 section 5, RFC 9865 section 4, RFC 9967 section 4).
func appendServiceProviderConfig(dst []byte, v view) []byte {
	d := document{dst}
	supported := func(name string, yes bool, more func()) {
		d.object(name, func() {
			d.bool("supported", yes)
			if more != nil {
				more()
			}
		})
	}
	d.object("", func() {
		d.strings("schemas", providerConfigURN)
		supported("patch", true, nil)
		supported("bulk", true, func() { d.int("maxOperations", maxOperations); d.int("maxPayloadSize", maxBody) })
		supported("filter", true, func() { d.int("maxResults", maxCount) })
		supported("changePassword", false, nil)
		supported("sort", true, nil)
		supported("etag", true, nil)
		d.object("pagination", func() {
			d.bool("cursor", true)
			d.bool("index", true)
			d.string("defaultPaginationMethod", "index")
			d.int("defaultPageSize", defaultCount)
			d.int("maxPageSize", maxCount)
			d.int("cursorTimeout", int(domain.CursorLife.Seconds()))
		})
		if v.events { // RFC 9967, section 4
			d.object("securityEvents", func() {
				d.string("asyncRequest", "none")
				d.strings("eventUris", eventURIs...)
			})
		}
		d.array("authenticationSchemes", len(authenticationSchemes), func(i int) { d.scheme(i) })
		d.meta("ServiceProviderConfig", v.base+"/ServiceProviderConfig")
	})
	return d.text
}

var authenticationSchemes = []struct{ kind, name, description, spec string }{
	{"oauthbearertoken", "OAuth Bearer Token", "The token of the connection's credential in the header Authorization, or an access token that the token endpoint /oauth/token of this server gives for it (OAuth 2.0, client credentials).", "https://www.rfc-editor.org/info/rfc6750"},
	{"httpbasic", "HTTP Basic", "The credential's id as the user name and its token as the password.", "https://www.rfc-editor.org/info/rfc7617"},
}

// scheme writes an authentication scheme, of which the first is the preferred one.
func (d *document) scheme(i int) {
	s := authenticationSchemes[i]
	d.object("", func() {
		d.string("type", s.kind)
		d.string("name", s.name)
		d.string("description", s.description)
		d.string("specUri", s.spec)
		d.bool("primary", i == 0)
	})
}
