package scim

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

func (x *exchange) listUsers() error {
	list, err := x.listing(userType)
	if err != nil {
		return err
	}
	list.query.Who, list.query.With = domain.Linked, x.extras(list.returns)
	page, err := x.engine.Directory.Users(x.r.Context(), x.caller, list.query)
	if err != nil {
		return err
	}
	x.found(page.Items, page.Total)
	return sendList(x, list, page, func(s *stream, p *domain.Person) error {
		s.buf = appendUser(s.buf, p, x.view, list.returns)
		return nil
	})
}

func (x *exchange) getUser() error {
	returns, err := x.projection(userType)
	if err != nil {
		return err
	}
	p, err := x.engine.Directory.User(x.r.Context(), x.caller, x.id, x.extras(returns))
	if err != nil || x.unchanged(userVersion(p)) {
		return err
	}
	return x.sendUser(http.StatusOK, p, returns)
}

func (x *exchange) createUser() error {
	returns, body, err := x.received(userType, maxBody)
	if err != nil {
		return err
	}
	p, err := x.insertUser(x.r.Context(), body, x.extras(returns))
	if err != nil {
		return err
	}
	return x.sendUser(http.StatusCreated, p, returns)
}

func (x *exchange) replaceUser() error {
	returns, body, err := x.received(userType, maxBody)
	if err != nil {
		return err
	}
	p, err := x.changeUser(x.r.Context(), x.id, body, replaceUser, x.extras(returns))
	if err != nil {
		return err
	}
	return x.sendUser(http.StatusOK, p, returns)
}

func (x *exchange) patchUser() error {
	returns, body, err := x.received(userType, maxBody)
	if err != nil {
		return err
	}
	p, err := x.changeUser(x.r.Context(), x.id, body, patchUser, x.extras(returns))
	if err != nil {
		return err
	}
	if x.userPatchStatus() == http.StatusNoContent && x.parameters[paramAttributes] == "" {
		return x.sendNothing(userVersion(p))
	}
	return x.sendUser(http.StatusOK, p, returns)
}

func (x *exchange) deleteUser() error {
	if err := x.engine.Provisioner.Release(x.r.Context(), x.caller, x.id); err != nil {
		return err
	}
	return x.sendNothing("")
}

// extras is what must be loaded with a person for the attributes that are returned.
func extras(returns projection) domain.With {
	var with domain.With
	if returns.wants("groups") {
		with |= domain.WithGroups
	}
	if returns.wants("manager") {
		with |= domain.WithManagerName
	}
	return with
}

// extras are those of a request: roles are shown where the connection may give any.
func (x *exchange) extras(returns projection) domain.With {
	with := extras(returns)
	if returns.mask.has(rolesRow) && x.caller.Policies.AcceptsRoles() {
		with |= domain.WithRights
	}
	return with
}

func (x *exchange) sendUser(status int, p *domain.Person, returns projection) error {
	s := x.open(status)
	s.version = userVersion(p)
	if status == http.StatusCreated {
		s.location = x.base + userType.endpoint + "/" + p.ID.String()
	}
	s.buf = appendUser(s.buf, p, x.view, returns)
	return s.close()
}
