package scim

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// commonRows are the attributes that every resource has and no schema lists (RFC 7643 section 3.1).
func commonRows(id, externalKey *domain.Attribute, meta []*binding) []*binding {
	return []*binding{
		{facts: facts{name: "schemas", typ: typeString, multi: true, required: true, exact: true, returned: returnedAlways}, common: true, ignored: true},
		{facts: facts{name: "id", typ: typeString, exact: true, mutability: readOnly, returned: returnedAlways, uniqueness: uniqueServer}, common: true, attribute: id},
		{facts: facts{name: "externalId", typ: typeString, exact: true}, common: true, key: true, kept: true, attribute: externalKey},
		{facts: facts{name: "meta", typ: typeComplex, mutability: readOnly}, common: true, subs: meta},
	}
}

// metaRows are the sub-attributes of meta.
func metaRows(name string, created, updated *domain.Attribute, location, version *binding) []*binding {
	location.facts = facts{name: "location", typ: "reference", exact: true, mutability: readOnly}
	version.facts = facts{name: "version", typ: typeString, exact: true, mutability: readOnly}
	return []*binding{
		{facts: facts{name: "resourceType", typ: typeString, exact: true, mutability: readOnly}, fixed: name},
		{facts: facts{name: "created", typ: typeDateTime, mutability: readOnly}, attribute: created},
		{facts: facts{name: "lastModified", typ: typeDateTime, mutability: readOnly}, attribute: updated},
		version,
		location,
	}
}

// appendLocation appends the URL of a resource as a JSON string.
func appendLocation(dst []byte, base, endpoint string, id uuid.UUID) []byte {
	dst = append(append(append(append(dst, '"'), base...), endpoint...), '/')
	return append(appendID(dst, id), '"')
}

// appendID appends the canonical text of the id.
func appendID(dst []byte, id uuid.UUID) []byte {
	for i, octet := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[octet>>4], hexDigits[octet&15])
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// appendVersion appends a weak entity tag as a JSON string.
func appendVersion(dst []byte, version int64) []byte {
	return append(strconv.AppendInt(append(dst, `"W/\"`...), version, 10), `\""`...)
}

// entityTag is the version of a resource as meta.version and the header ETag give it.
func entityTag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }

func userVersion(p *domain.Person) string { return entityTag(p.Version) }

func groupVersion(g *domain.Group) string { return entityTag(g.Version) }

// appendTime appends the time as a JSON string, to the microsecond that is stored: a filter with it must find it.
func appendTime(dst []byte, at time.Time) []byte {
	return append(at.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
}

// matchLocation finds a resource by its URL.
func matchLocation(endpoint string, id *domain.Attribute) func(op Operator, text string, v view) (domain.Condition, bool) {
	return func(op Operator, text string, v view) (domain.Condition, bool) {
		switch op {
		case OpPr:
			return always, true
		case OpEq:
			prefix := v.base + endpoint + "/"
			if len(text) <= len(prefix) || text[:len(prefix)] != prefix {
				return never, true
			}
			return domain.Compare{Attribute: id, Value: domain.TextValue(text[len(prefix):])}, true
		default:
			return nil, false
		}
	}
}
