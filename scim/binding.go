package scim

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// view is what a request sees: facts for encoding and decoding.
type view struct {
	base     string          // public URL + "/scim/v2", without a slash at the end
	sso      bool            // externalLoginUsername exists only while SSO is on
	policies domain.Policies // of the connection
	now      time.Time
}

// resourceType is a kind of resource with its binding table.
type resourceType struct {
	name     string // as in meta.resourceType
	endpoint string // relative to the base, with a leading slash
}

// The resource types.
var (
	userType  = &resourceType{name: "User", endpoint: "/Users"}
	groupType = &resourceType{name: "Group", endpoint: "/Groups"}
)

// projection tells which attributes of a resource are returned. The zero projection returns none; see newProjection.
type projection struct{ rt *resourceType }

// newProjection reads the parameters attributes and excludedAttributes; an empty one counts as not given.
func newProjection(rt *resourceType, attributes, excluded string, v view) (projection, error) {
	return projection{rt}, nil
}

// wants tells whether anything of the attribute is returned, so that a handler need not load what is not.
func (p projection) wants(path string) bool { return true }

func decodeUser(body Value, v view) (domain.NewPerson, error) { return domain.NewPerson{}, nil }

func replaceUser(body Value, v view) (domain.PersonChange, error) { return domain.PersonChange{}, nil }

func patchUser(body Value, v view) (domain.PersonChange, error) { return domain.PersonChange{}, nil }

func compileFilter(rt *resourceType, text string, v view) (domain.Condition, error) {
	return domain.And{}, nil
}

func sortAttribute(rt *resourceType, path string, v view) (*domain.Attribute, error) {
	return domain.AttrUsername, nil
}

func appendUser(dst []byte, p *domain.Person, v view, proj projection) []byte { return dst }

// appendGroupHead appends the group without its members and without the final brace. It is never empty, so that
// `,"members":[` may follow.
func appendGroupHead(dst []byte, g *domain.Group, v view, proj projection) []byte { return dst }

func appendMember(dst []byte, m domain.Member, v view) []byte { return dst }

func decodeGroup(body Value, v view) (name, externalID string, hasExternalID bool, members []uuid.UUID, membersPresent bool, err error) {
	return
}

// parseMembers reads what stands for members in a body or an operation: an array of objects with value, or less.
func parseMembers(value Value) ([]uuid.UUID, error) { return nil, nil }

func userVersion(p *domain.Person) string { return "" }

func groupVersion(g *domain.Group) string { return "" }

// appendSchemas appends the ListResponse of all schemas, appendSchema one schema; ok is false when there is none of
// that URN.
func appendSchemas(dst []byte, v view) []byte { return dst }

func appendSchema(dst []byte, urn string, v view) (doc []byte, ok bool) { return dst, false }

// appendResourceTypes appends the ListResponse of all resource types, appendResourceType the one of that name.
func appendResourceTypes(dst []byte, v view) []byte { return dst }

func appendResourceType(dst []byte, name string, v view) (doc []byte, ok bool) { return dst, false }

func appendServiceProviderConfig(dst []byte, v view) []byte { return dst }

// operation is one operation of a PATCH body, its parts read but not resolved.
type operation struct {
	op       string // add, remove or replace
	path     Path
	hasPath  bool // an empty path counts as none
	value    Value
	hasValue bool // the member value is there, null perhaps
}

// parseOperations reads a PATCH body: missing schemas are tolerated, op is compared without case, more than 1,000
// operations are refused.
func parseOperations(body Value) ([]operation, error) { return nil, nil }
