package scim

import (
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// decodeUser reads the body of a POST. What is accepted to no effect is named in NewPerson.Ignored.
func decodeUser(body Value, v view) (domain.NewPerson, error) {
	c := change{rt: userType, v: v}
	if err := c.body(body); err != nil {
		return domain.NewPerson{}, err
	}
	p := &domain.Person{Access: &domain.UserAccess{IsActive: true}, Link: &domain.Link{}}
	if err := c.take(p); err != nil {
		return domain.NewPerson{}, err
	}
	access := &domain.NewAccess{
		Username: p.Access.Username, IsActive: p.Access.IsActive, SendInvitation: c.sendInvitation,
		ProviderID: p.Access.IdentityProviderID, OrganizationIDs: p.Access.OrganizationIDs, Roles: c.roles,
	}
	if c.touches&domain.AspectMfa != 0 {
		access.MfaRequired = &p.Access.MfaRequired
	}
	return domain.NewPerson{
		Profile: p.Profile, ExternalLogin: p.ExternalLogin, Access: access,
		Link: &domain.NewLink{ExternalKey: p.Link.ExternalKey, Echo: p.Link.Echo}, Ignored: c.ignored,
	}, nil
}

// replaceUser reads the body of a PUT: what it leaves out is cleared, but for active, externalId, and the extensions
// that it does not speak of.
func replaceUser(body Value, v view) (domain.PersonChange, error) {
	c := change{rt: userType, v: v, whole: true}
	if err := c.body(body); err != nil {
		return domain.PersonChange{}, err
	}
	if v.rules.has(rulePutKeeps) {
		v.needs(rulePutKeeps)
		return c.personChange(), nil
	}
	c.willBlank(userType.schemas[0])
	for _, s := range userType.schemas[1:] {
		if speaksOf(body, s) {
			c.willBlank(s)
		}
	}
	change := c.personChange()
	change.Whole = true
	return change, nil
}

// body reads a resource as a client sends it.
func (c *change) body(body Value) error {
	if body.Kind != KindObject {
		return refuseSyntax("The body must be a JSON object.")
	}
	c.v.hearSchemas(body)
	c.steps = make([]step, 0, len(body.Items)+8)
	if err := c.assignMembers(verbReplace, nil, body); err != nil {
		return err
	}
	for _, s := range c.rt.schemas {
		for _, row := range s.rows {
			if row.required && !row.common && !c.named.has(row) {
				return refuseValue("%s is required.", row.path)
			}
		}
	}
	return nil
}

// speaksOf tells whether a body names the extension in schemas or holds it.
func speaksOf(body Value, s *schemaTable) bool {
	if _, held := body.Member(s.urn); held {
		return true
	}
	schemas, _ := body.Member("schemas")
	for _, urn := range schemas.Items {
		if strings.EqualFold(urn.Text, s.urn) {
			return true
		}
	}
	return false
}
