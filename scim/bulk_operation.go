package scim

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// bulkOperation is one operation of a Bulk, and what becomes of it.
type bulkOperation struct {
	method  string // in capitals; "" if there is none
	bulkID  string
	path    string
	data    Value
	version *domain.Precondition

	row    route   // which request it stands for; see aim
	target string  // what stands for {id}, "" in a create
	act    bulkAct // does it
	refers []*bulkOperation
	after  []*bulkOperation // of the same phase that want a name which this one wants, too
	phase  int              // everything before this place must be over; see pace
	place  int              // in the order of doing; -1 while that is being found

	begun, over bool      // belong to bulkRun
	id          uuid.UUID // of the resource, as soon as it is known
	done        bulkDone
	err         error
	entry       *domain.ProvisioningEntry // nil where nothing is logged
}

// bulkDone is the outcome of an operation that succeeded.
type bulkDone struct {
	id      uuid.UUID // of what was created or changed
	version string    // "" of what is gone
	status  int
}

// bulkMethods are those that an operation may have.
var bulkMethods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// readBulkOperation reads one operation by itself, without a look at the others.
func readBulkOperation(item Value) *bulkOperation {
	o := &bulkOperation{}
	if item.Kind != KindObject {
		o.err = refuseSyntax("An operation must be an object.")
		return o
	}
	for _, read := range []func(item Value) error{o.readMethod, o.readBulkID, o.readPath, o.readVersion, o.readData} {
		if err := read(item); err != nil && o.err == nil { // what is known of it is told with its refusal
			o.err = err
		}
	}
	return o
}

func (o *bulkOperation) readMethod(item Value) error {
	method, _ := item.Member("method")
	if method.Kind == KindString {
		o.method = strings.ToUpper(excerpt(method.Text))
		for _, known := range bulkMethods {
			if o.method == known {
				return nil
			}
		}
	}
	return refuseSyntax("method must be POST, PUT, PATCH or DELETE.")
}

func (o *bulkOperation) readBulkID(item Value) error {
	id, _ := item.Member("bulkId")
	if id.Kind != KindString && id.Kind != KindNull {
		return refuseSyntax("bulkId must be a string.")
	}
	if o.bulkID = id.Text; o.bulkID == "" && o.method == http.MethodPost {
		return refuseValue("bulkId is required with POST: it tells which of the answers is this operation's.")
	}
	return nil
}

func (o *bulkOperation) readPath(item Value) error {
	path, _ := item.Member("path")
	if path.Kind != KindString || path.Text == "" {
		return refuseSyntax("path is required, such as /Users or /Users/<id>.")
	}
	o.path = path.Text
	return nil
}

func (o *bulkOperation) readVersion(item Value) error {
	version, _ := item.Member("version")
	switch {
	case version.Kind != KindString && version.Kind != KindNull:
		return refuseSyntax("version must be a string.")
	case version.Text != "":
		o.version = precondition([]string{version.Text})
	}
	return nil
}

// readData reads the body of the operation. For a PATCH that may be the array of its operations, as RFC 7644 shows it
// in section 3.7.3, in place of an object that holds it.
func (o *bulkOperation) readData(item Value) error {
	o.data, _ = item.Member("data")
	if o.method == http.MethodPatch && o.data.Kind == KindArray {
		o.data = Value{Kind: KindObject, Items: []Value{{Name: "Operations", Kind: KindArray, Items: o.data.Items}}}
	}
	if o.method != http.MethodDelete && o.data.Kind != KindObject {
		return refuseSyntax("data is required with %s, and must be the object that would be the body of the request.", excerpt(o.method))
	}
	return nil
}

// aim finds which request of the route table the operation stands for.
func (d *door) aim(o *bulkOperation) error {
	at, target := d.find(o.path)
	if at == nil {
		return errNoEndpoint
	}
	row, has := at.route(o.method)
	if !has {
		return &refusal{status: http.StatusMethodNotAllowed, detail: "There is no " + o.method + " at this path; it has " + at.allow + "."}
	}
	act, able := bulkActs[row.method+" "+row.pattern]
	if !able {
		return &refusal{status: http.StatusForbidden, detail: "This can't be done in a Bulk: operations are about users and groups."}
	}
	o.row, o.target, o.act = row, target, act
	if target == "" || strings.HasPrefix(target, bulkReference) {
		return nil
	}
	id, ok := resourceID(target)
	if !ok {
		return notThere(row.pattern)
	}
	o.id = id
	return nil
}

// endpoint is that of the type of the resource, "" as long as that is unknown.
func (o *bulkOperation) endpoint() string { return strings.TrimSuffix(o.row.pattern, "/{id}") }

// location is the address of the resource that was created, or that was to be changed; "" while there is none.
func (o *bulkOperation) location(base string) string {
	if o.id == uuid.Nil {
		return ""
	}
	return base + o.endpoint() + "/" + o.id.String()
}

// bulkAct does one operation on the resource of that id.
type bulkAct func(ctx context.Context, t task, id uuid.UUID, data Value) (bulkDone, error)

// bulkActs are the rows of the route table that a Bulk may hold, and what each does.
var bulkActs = map[string]bulkAct{
	"POST /Users": func(ctx context.Context, t task, _ uuid.UUID, data Value) (bulkDone, error) {
		return userDone(http.StatusCreated)(t.insertUser(ctx, data, 0))
	},
	"PUT /Users/{id}": func(ctx context.Context, t task, id uuid.UUID, data Value) (bulkDone, error) {
		return userDone(http.StatusOK)(t.changeUser(ctx, id, data, replaceUser, 0))
	},
	"PATCH /Users/{id}": func(ctx context.Context, t task, id uuid.UUID, data Value) (bulkDone, error) {
		return userDone(t.userPatchStatus())(t.changeUser(ctx, id, data, patchUser, 0))
	},
	"DELETE /Users/{id}": func(ctx context.Context, t task, id uuid.UUID, _ Value) (bulkDone, error) {
		return bulkDone{id: id, status: http.StatusNoContent}, t.engine.Provisioner.Release(ctx, t.caller, id)
	},
	"POST /Groups": func(ctx context.Context, t task, _ uuid.UUID, data Value) (bulkDone, error) {
		return groupDone(http.StatusCreated)(t.insertGroup(ctx, data))
	},
	"PUT /Groups/{id}": func(ctx context.Context, t task, id uuid.UUID, data Value) (bulkDone, error) {
		return groupDone(http.StatusOK)(t.changeGroup(ctx, id, data, replaceGroup))
	},
	"PATCH /Groups/{id}": func(ctx context.Context, t task, id uuid.UUID, data Value) (bulkDone, error) {
		return groupDone(http.StatusNoContent)(t.changeGroup(ctx, id, data, decodeGroupPatch))
	},
	"DELETE /Groups/{id}": func(ctx context.Context, t task, id uuid.UUID, _ Value) (bulkDone, error) {
		return bulkDone{id: id, status: http.StatusNoContent}, t.engine.Groups.Delete(ctx, t.caller, id)
	},
}

func userDone(status int) func(*domain.Person, error) (bulkDone, error) {
	return func(p *domain.Person, err error) (bulkDone, error) {
		if err != nil {
			return bulkDone{}, err
		}
		return bulkDone{p.ID, userVersion(p), status}, nil
	}
}

func groupDone(status int) func(*domain.Group, error) (bulkDone, error) {
	return func(g *domain.Group, err error) (bulkDone, error) {
		if err != nil {
			return bulkDone{}, err
		}
		return bulkDone{g.ID, groupVersion(g), status}, nil
	}
}
