package scim

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// memberPage is how many members are in memory at once while a group is sent.
const memberPage = 1000

func (x *exchange) listGroups() error {
	list, err := x.listing(groupType)
	if err != nil {
		return err
	}
	page, err := x.engine.Groups.List(x.r.Context(), x.caller, list.query)
	if err != nil {
		return err
	}
	if e := x.caller.Entry; e != nil {
		e.Found = max(page.Total, len(page.Items))
	}
	return sendList(x, list, page, func(s *stream, g *domain.Group) error {
		return s.appendGroup(g, list.returns, true)
	})
}

func (x *exchange) getGroup() error {
	returns, err := x.projection(groupType)
	if err != nil {
		return err
	}
	g, err := x.engine.Groups.Find(x.r.Context(), x.caller, x.id)
	if err != nil || x.unchanged(groupVersion(g)) {
		return err
	}
	return x.sendGroup(http.StatusOK, g, returns, true)
}

func (x *exchange) createGroup() error {
	returns, body, err := x.received(groupType, maxGroupBody)
	if err != nil {
		return err
	}
	g, err := x.insertGroup(x.r.Context(), body)
	if err != nil {
		return err
	}
	return x.sendGroup(http.StatusCreated, g, returns, true)
}

func (x *exchange) replaceGroup() error {
	returns, body, err := x.received(groupType, maxGroupBody)
	if err != nil {
		return err
	}
	g, err := x.changeGroup(x.r.Context(), x.id, body, replaceGroup)
	if err != nil {
		return err
	}
	return x.sendGroup(http.StatusOK, g, returns, true)
}

// patchGroup answers without a body, or where the client asks for attributes with those of the group, but never with
// its members: adding one must not cost reading them all.
func (x *exchange) patchGroup() error {
	returns, body, err := x.received(groupType, maxBody)
	if err != nil {
		return err
	}
	g, err := x.changeGroup(x.r.Context(), x.id, body, decodeGroupPatch)
	if err != nil {
		return err
	}
	if x.parameters[paramAttributes] == "" {
		return x.sendNothing(groupVersion(g))
	}
	return x.sendGroup(http.StatusOK, g, returns, false)
}

func (x *exchange) deleteGroup() error {
	if err := x.engine.Groups.Delete(x.r.Context(), x.caller, x.id); err != nil {
		return err
	}
	return x.sendNothing("")
}

func (x *exchange) sendGroup(status int, g *domain.Group, returns projection, members bool) error {
	s := x.open(status)
	s.version = groupVersion(g)
	if status == http.StatusCreated {
		s.location = x.base + groupType.endpoint + "/" + g.ID.String()
	}
	if err := s.appendGroup(g, returns, members); err != nil {
		return err
	}
	return s.close()
}

// appendGroup appends a group; its members, if they are returned at all, pass through in pages.
func (s *stream) appendGroup(g *domain.Group, returns projection, members bool) error {
	s.buf = appendGroupHead(s.buf, g, s.x.view, returns)
	if members && returns.wants("members") && s.x.r.Method != http.MethodHead {
		s.buf = append(s.buf, `,"members":[`...)
		if err := s.appendMembers(g.ID, returns); err != nil {
			return err
		}
		s.buf = append(s.buf, ']')
	}
	s.buf = append(s.buf, '}')
	return nil
}

func (s *stream) appendMembers(group uuid.UUID, returns projection) error {
	x, after, sent := s.x, uuid.Nil, 0
	for {
		page, err := x.engine.Groups.Members(x.r.Context(), x.caller, group, after, memberPage)
		if err != nil {
			return err
		}
		for _, member := range page {
			s.buf = appendMember(appendComma(s.buf, sent), member, x.view, returns)
			sent++
			if err := s.pass(); err != nil {
				return err
			}
		}
		if len(page) < memberPage {
			return nil
		}
		after = page[len(page)-1].Person
	}
}
