package scim

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// entry begins the entry of a request in the provisioning log; nil where nothing is logged, as for people.
func (t task) entry(client string) *domain.ProvisioningEntry {
	if t.door == nil || t.journal == nil || t.caller.Connection == uuid.Nil {
		return nil
	}
	return &domain.ProvisioningEntry{At: t.view.now, Connection: t.caller.Connection, Credential: t.caller.Actor.ID,
		RequestID: t.caller.RequestID, Client: cut(strings.ToValidUTF8(client, ""), maxClient), Dialect: t.caller.Dialect, Operation: domain.ProvisioningUnknown}
}

// maxClient is how many bytes of its name for itself are kept of a client.
const maxClient = 80

// aims notes which request it is. Of what no endpoint is meant by, nothing but the method is kept: anything can stand there.
func (t task) aims(row route, id uuid.UUID, path string) {
	e := t.caller.Entry
	if e == nil {
		return
	}
	e.Path, e.Operation, e.Status = path, asks(row), t.succeeds(row, false)
	if id == uuid.Nil {
		e.Path = Prefix + row.pattern
	}
}

// succeeds is the status of the answer if nothing comes in between; attributes tells whether some were named to be returned.
func (t task) succeeds(row route, attributes bool) int {
	switch {
	case row.method == http.MethodPost && row.needs == domain.ScimWrite:
		return http.StatusCreated
	case row.method == http.MethodDelete:
		return http.StatusNoContent
	case row.method == http.MethodPatch && attributes:
		return http.StatusOK
	case row.method == http.MethodPatch && strings.HasPrefix(row.pattern, userType.endpoint):
		return t.userPatchStatus()
	case row.method == http.MethodPatch:
		return http.StatusNoContent
	default:
		return http.StatusOK
	}
}

// asks is what a request asks for.
func asks(row route) domain.ProvisioningOperation {
	ofPeople := strings.HasPrefix(row.pattern, userType.endpoint) || strings.HasPrefix(row.pattern, groupType.endpoint)
	switch {
	case strings.HasSuffix(row.pattern, "{id}") && row.method == http.MethodGet, row.pattern == "/Events":
		return domain.ProvisioningRead
	case strings.HasSuffix(row.pattern, "/.search"), row.method == http.MethodGet && (ofPeople || row.pattern == "" || row.pattern == "/"):
		return domain.ProvisioningSearch
	case row.method == http.MethodGet:
		return domain.ProvisioningDiscover
	case row.method == http.MethodPost && ofPeople:
		return domain.ProvisioningCreate
	case row.method == http.MethodDelete:
		return domain.ProvisioningDelete
	default:
		return domain.ProvisioningUpdate
	}
}

// log ends the entry: err is why nothing came of the request.
func (t task) log(status int, err error) {
	e := t.caller.Entry
	if e == nil || e.Kept() {
		return
	}
	t.forgave()
	took := t.engine.Clock().Sub(e.At)
	if err == nil {
		e.Succeed(status, took)
	} else {
		shown := refusalOf(err)
		code, attribute := shown.scimType, ""
		if own, ok := errors.AsType[*domain.Error](err); ok {
			code, attribute = string(own.Code), own.Attribute
		}
		e.Refuse(shown.status, code, attribute, shown.detail, took)
	}
	t.journal.Note(t.caller)
}

// forgave notes the rules that the request needed. Those of a Bulk belong to no operation in particular.
func (t task) forgave() {
	if e := t.caller.Entry; e != nil && t.view.deviations != nil && !t.inBulk {
		if needed := ruleSet(t.view.deviations.set.Load()); needed != 0 {
			e.Forgive(needed.names())
		}
	}
}

// maxFound is how many of those whom a search finds its entry names: more are no answer to the question who somebody is.
const maxFound = 3

// found notes what a search for people found.
func (x *exchange) found(people []*domain.Person, total int) {
	e := x.caller.Entry
	if e == nil {
		return
	}
	e.Found = max(total, len(people))
	if x.parameters[paramFilter] == "" || len(people) > maxFound {
		return
	}
	for _, p := range people {
		e.Find(p.ID)
	}
	if len(people) == 1 {
		e.Person = people[0].ID
	}
}

// searched notes what a search asked for. It is done when the answer has left.
func (x *exchange) searched() {
	if e := x.caller.Entry; e != nil && e.Operation == domain.ProvisioningSearch && x.parameters[paramFilter] != "" {
		rt := userType
		if strings.HasPrefix(e.Path, Prefix+groupType.endpoint) {
			rt = groupType
		}
		e.Search = concealFilter(rt, x.filter, x.parameters[paramFilter])
	}
}

// concealFilter is a filter with its values concealed; of one that can't be read nothing is left. It is parsed unless it
// was before.
func concealFilter(rt *resourceType, filter Filter, text string) string {
	if filter == nil {
		var err error
		if filter, err = ParseFilter(text); err != nil {
			return "(unreadable)"
		}
	}
	concealed := concealer{rt: rt}.filter(filter).String()
	return cut(concealed, 512)
}

// concealer conceals the values in filters on resources of a type, or within the brackets of a row.
type concealer struct {
	rt  *resourceType
	row *binding
}

func (c concealer) filter(filter Filter) Filter {
	switch f := filter.(type) {
	case *Comparison:
		shown := *f
		if shown.Value.Kind == KindString {
			shown.Value.Text = c.value(f.Attr, f.Value.Text)
		}
		return &shown
	case *Logical:
		shown := &Logical{Op: f.Op}
		for _, term := range f.Terms {
			shown.Terms = append(shown.Terms, c.filter(term))
		}
		return shown
	case *Not:
		return &Not{Term: c.filter(f.Term)}
	case *ValuePath:
		t, _ := c.rt.resolve(f.Attr)
		return &ValuePath{Attr: f.Attr, Filter: concealer{c.rt, t.row}.filter(f.Filter)}
	default:
		return filter
	}
}

// value conceals a value that is compared with an attribute. What no table knows is concealed wholly.
func (c concealer) value(attr AttrPath, text string) string {
	row, sub := c.row, attr.Name
	if row == nil {
		t, known := c.rt.resolve(attr)
		if !known || t.row == nil {
			return domain.Conceal("", text)
		}
		row, sub = t.row, attr.Sub
	}
	switch {
	case strings.EqualFold(sub, "type") || strings.EqualFold(sub, "primary"):
		return cut(text, 16)
	case row.collection != nil && domain.Conceal(row.collection.Name, text) == text:
		return text // a collection of ids
	case row.collection != nil:
		return domain.Conceal(domain.AttrUsername.Name, text)
	}
	leaf := row
	if found := row.sub(sub); found != nil {
		leaf = found
	}
	if leaf.attribute == nil {
		return domain.Conceal("", text)
	}
	return domain.Conceal(leaf.attribute.Name, text)
}
