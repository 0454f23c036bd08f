package scim

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// task is something that a client asks for, apart from how it asks: in a request of its own or in a Bulk.
type task struct {
	*door
	caller domain.Caller
	view   view
	inBulk bool
}

// insertUser creates the user that a body describes, or finds one who is known already; with is what is loaded besides.
func (t task) insertUser(ctx context.Context, body Value, with domain.With) (*domain.Person, error) {
	in, err := decodeUser(body, t.view)
	if err != nil {
		return nil, err
	}
	t.forgave()
	in.With = with
	return t.engine.Provisioner.CreatePerson(ctx, t.caller, in)
}

// changeUser does what a body asks for, as decode understands it.
func (t task) changeUser(ctx context.Context, id uuid.UUID, body Value, decode func(Value, view) (domain.PersonChange, error), with domain.With) (*domain.Person, error) {
	change, err := decode(body, t.view)
	if err != nil {
		return nil, err
	}
	t.forgave()
	change.Person, change.With = id, with
	return t.engine.Provisioner.ChangePerson(ctx, t.caller, change)
}

// userPatchStatus is the status of a PATCH of a user that names no attributes to return.
func (t task) userPatchStatus() int {
	if t.view.policies.Is(domain.PolicyUserPatchAnswer, domain.NoContent) {
		return http.StatusNoContent
	}
	return http.StatusOK
}

// insertGroup creates the group that a body describes.
func (t task) insertGroup(ctx context.Context, body Value) (*domain.Group, error) {
	name, key, _, members, _, err := decodeGroup(body, t.view)
	if err != nil {
		return nil, err
	}
	t.forgave()
	return t.engine.Groups.Create(ctx, t.caller, domain.NewGroup{Name: name, ExternalKey: key, Members: members})
}

// changeGroup does what a body asks for, as decode understands it.
func (t task) changeGroup(ctx context.Context, id uuid.UUID, body Value, decode func(Value, uuid.UUID, view) (domain.GroupChange, error)) (*domain.Group, error) {
	change, err := decode(body, id, t.view)
	if err != nil {
		return nil, err
	}
	t.forgave()
	return t.engine.Groups.Change(ctx, t.caller, change)
}
