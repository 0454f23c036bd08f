package scim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	elimity "github.com/elimity-com/scim"
	scimerrors "github.com/elimity-com/scim/errors"
	elimityoptional "github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// The server of elimity-com/scim, on the same engine, is a second opinion on the protocol: what it makes of paths,
// bodies, operations and pages, and how it answers. One corpus of requests goes through both doors, each with a tenant
// of its own, and the answers must agree but for the differences that are listed with their reasons.

// oracle is that server. Its handlers encode and decode as we do, so that all else is compared.
func oracle(t *testing.T, b *bridge) http.Handler {
	t.Helper()
	server, err := elimity.NewServer(&elimity.ServerArgs{
		ServiceProviderConfig: &elimity.ServiceProviderConfig{MaxResults: maxCount, SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []elimity.ResourceType{
			{Name: "User", Endpoint: "/Users", Schema: schema.CoreUserSchema(), Handler: oracleUsers{b},
				SchemaExtensions: []elimity.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}}},
			{Name: "Group", Endpoint: "/Groups", Schema: schema.CoreGroupSchema(), Handler: oracleGroups{b}},
		},
	})
	require.NoError(t, err)
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Less(t, len(r.URL.Query().Get("filter")), 200, "its parser can end the process")
		server.ServeHTTP(w, r)
	})
	return web.Admit(b.engine.Gatekeeper, isConnector, Refuse)(http.StripPrefix("/scim", guarded))
}

// exchangeOf makes of a request what our handlers work on.
func exchangeOf(b *bridge, r *http.Request, id string) *exchange {
	caller := web.CallerOf(r.Context())
	x := &exchange{task: task{door: &door{engine: b.engine, base: testURL + Prefix}, caller: caller}, r: r}
	x.view = view{base: x.base, sso: caller.Sso, policies: caller.Policies}
	x.id, _ = resourceID(id)
	return x
}

// treeOf turns what the oracle decoded back into a body.
func treeOf(attributes any) Value {
	text, err := json.Marshal(attributes)
	if err != nil {
		panic(err)
	}
	body, err := ParseJSON(text)
	if err != nil {
		panic(err)
	}
	return body
}

// patchOf turns the operations that the oracle decoded back into a body.
func patchOf(operations []elimity.PatchOperation) Value {
	list := make([]map[string]any, len(operations))
	for i, o := range operations {
		list[i] = map[string]any{"op": o.Op}
		if o.Path != nil {
			list[i]["path"] = o.Path.String()
		}
		if o.Value != nil {
			list[i]["value"] = o.Value
		}
	}
	return treeOf(map[string]any{"Operations": list})
}

// resourceOf gives a resource to the oracle to answer with.
func resourceOf(id uuid.UUID, version string, text []byte) elimity.Resource {
	var attributes elimity.ResourceAttributes
	if err := json.Unmarshal(text, &attributes); err != nil {
		panic(err)
	}
	resource := elimity.Resource{ID: id.String(), Attributes: attributes, Meta: elimity.Meta{Version: version}}
	if key, ok := attributes["externalId"].(string); ok {
		resource.ExternalID = elimityoptional.NewString(key)
	}
	return resource
}

// refusedOf gives a refusal to the oracle to answer with.
func refusedOf(err error) error {
	if err == nil {
		return nil
	}
	shown := refusalOf(err)
	return scimerrors.ScimError{ScimType: scimerrors.ScimType(shown.scimType), Detail: shown.detail, Status: shown.status}
}

const everything = domain.WithGroups | domain.WithManagerName

type oracleUsers struct{ b *bridge }

func (o oracleUsers) shown(x *exchange, p *domain.Person, err error) (elimity.Resource, error) {
	if err != nil {
		return elimity.Resource{}, refusedOf(err)
	}
	all, _ := newProjection(userType, "", "", x.view)
	return resourceOf(p.ID, userVersion(p), appendUser(nil, p, x.view, all)), nil
}

func (o oracleUsers) Create(r *http.Request, attributes elimity.ResourceAttributes) (elimity.Resource, error) {
	x := exchangeOf(o.b, r, "")
	in, err := decodeUser(treeOf(attributes), x.view)
	if err != nil {
		return elimity.Resource{}, refusedOf(err)
	}
	in.With = everything
	p, err := x.engine.Provisioner.CreatePerson(r.Context(), x.caller, in)
	return o.shown(x, p, err)
}

func (o oracleUsers) Get(r *http.Request, id string) (elimity.Resource, error) {
	x := exchangeOf(o.b, r, id)
	p, err := x.engine.Directory.User(r.Context(), x.caller, x.id, everything)
	return o.shown(x, p, err)
}

func (o oracleUsers) GetAll(r *http.Request, params elimity.ListRequestParams) (elimity.Page, error) {
	x := exchangeOf(o.b, r, "")
	query := domain.Query{Who: domain.Linked, With: everything, Offset: params.StartIndex - 1, Count: params.Count, Total: true}
	if text := r.URL.Query().Get("filter"); text != "" {
		query.Where, _ = compileFilter(userType, text, x.view)
	}
	page, err := x.engine.Directory.Users(r.Context(), x.caller, query)
	if err != nil {
		return elimity.Page{}, refusedOf(err)
	}
	list := elimity.Page{TotalResults: page.Total, Resources: []elimity.Resource{}}
	for _, p := range page.Items {
		resource, _ := o.shown(x, p, nil)
		list.Resources = append(list.Resources, resource)
	}
	return list, nil
}

func (o oracleUsers) change(r *http.Request, id string, body Value, decode func(Value, view) (domain.PersonChange, error)) (elimity.Resource, error) {
	x := exchangeOf(o.b, r, id)
	change, err := decode(body, x.view)
	if err != nil {
		return elimity.Resource{}, refusedOf(err)
	}
	change.Person, change.With = x.id, everything
	p, err := x.engine.Provisioner.ChangePerson(r.Context(), x.caller, change)
	return o.shown(x, p, err)
}

func (o oracleUsers) Replace(r *http.Request, id string, attributes elimity.ResourceAttributes) (elimity.Resource, error) {
	return o.change(r, id, treeOf(attributes), replaceUser)
}

func (o oracleUsers) Patch(r *http.Request, id string, operations []elimity.PatchOperation) (elimity.Resource, error) {
	return o.change(r, id, patchOf(operations), patchUser)
}

func (o oracleUsers) Delete(r *http.Request, id string) error {
	x := exchangeOf(o.b, r, id)
	return refusedOf(x.engine.Provisioner.Release(r.Context(), x.caller, x.id))
}

type oracleGroups struct{ b *bridge }

func (o oracleGroups) shown(x *exchange, g *domain.Group, err error) (elimity.Resource, error) {
	if err != nil {
		return elimity.Resource{}, refusedOf(err)
	}
	all, _ := newProjection(groupType, "", "", x.view)
	s := &stream{x: x}
	if err := s.appendGroup(g, all, true); err != nil {
		return elimity.Resource{}, refusedOf(err)
	}
	return resourceOf(g.ID, groupVersion(g), s.buf), nil
}

func (o oracleGroups) Create(r *http.Request, attributes elimity.ResourceAttributes) (elimity.Resource, error) {
	x := exchangeOf(o.b, r, "")
	name, key, _, members, _, err := decodeGroup(treeOf(attributes), x.view)
	if err != nil {
		return elimity.Resource{}, refusedOf(err)
	}
	g, err := x.engine.Groups.Create(r.Context(), x.caller, domain.NewGroup{Name: name, ExternalKey: key, Members: members})
	return o.shown(x, g, err)
}

func (o oracleGroups) Get(r *http.Request, id string) (elimity.Resource, error) {
	x := exchangeOf(o.b, r, id)
	g, err := x.engine.Groups.Find(r.Context(), x.caller, x.id)
	return o.shown(x, g, err)
}

func (o oracleGroups) GetAll(r *http.Request, params elimity.ListRequestParams) (elimity.Page, error) {
	x := exchangeOf(o.b, r, "")
	query := domain.Query{Offset: params.StartIndex - 1, Count: params.Count, Total: true}
	if text := r.URL.Query().Get("filter"); text != "" {
		query.Where, _ = compileFilter(groupType, text, x.view)
	}
	page, err := x.engine.Groups.List(r.Context(), x.caller, query)
	if err != nil {
		return elimity.Page{}, refusedOf(err)
	}
	list := elimity.Page{TotalResults: page.Total, Resources: []elimity.Resource{}}
	for _, g := range page.Items {
		resource, _ := o.shown(x, g, nil)
		list.Resources = append(list.Resources, resource)
	}
	return list, nil
}

func (o oracleGroups) Replace(r *http.Request, id string, attributes elimity.ResourceAttributes) (elimity.Resource, error) {
	x := exchangeOf(o.b, r, id)
	name, _, _, members, _, err := decodeGroup(treeOf(attributes), x.view)
	if err != nil {
		return elimity.Resource{}, refusedOf(err)
	}
	g, err := x.engine.Groups.Change(r.Context(), x.caller, domain.GroupChange{Group: x.id, Name: &name,
		Steps: []domain.MemberStep{{Do: domain.ReplaceMembers, People: members}}})
	return o.shown(x, g, err)
}

func (o oracleGroups) Patch(r *http.Request, id string, operations []elimity.PatchOperation) (elimity.Resource, error) {
	x := exchangeOf(o.b, r, id)
	change, err := decodeGroupPatch(patchOf(operations), x.id, x.view)
	if err == nil {
		_, err = x.engine.Groups.Change(r.Context(), x.caller, change)
	}
	return elimity.Resource{}, refusedOf(err) // no attributes: 204, as ours
}

func (o oracleGroups) Delete(r *http.Request, id string) error {
	x := exchangeOf(o.b, r, id)
	return refusedOf(x.engine.Groups.Delete(r.Context(), x.caller, x.id))
}

// witness is one of the two doors with the ids of what it made, by their names in the corpus.
type witness struct {
	handler http.Handler
	*connector
	ids map[string]string
}

// ask puts a request of the corpus and gives the answer in comparable form.
func (w *witness) ask(t *testing.T, method, path, body, makes string) (status int, answer string) {
	t.Helper()
	for name, id := range w.ids {
		path, body = strings.ReplaceAll(path, "{"+name+"}", id), strings.ReplaceAll(body, "{"+name+"}", id)
	}
	r := httptest.NewRequest(method, Prefix+blanks.Replace(path), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.token)
	got := httptest.NewRecorder()
	w.handler.ServeHTTP(got, r)
	if got.Body.Len() == 0 {
		return got.Code, ""
	}
	var object map[string]any
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &object), got.Body.String())
	if makes != "" {
		w.ids[makes], _ = object["id"].(string)
	}
	text, err := json.Marshal(tamed(object))
	require.NoError(t, err)
	for name, id := range w.ids {
		text = bytes.ReplaceAll(text, []byte(id), []byte(name))
	}
	return got.Code, stripped(string(text))
}

// tamed leaves out what the two servers say differently in every answer:
//   - schemas: the library lists every extension that it knows, we those with a value (RFC 7643, section 3)
//   - meta: the library overwrites what its handlers say, with relative locations and without some dates
//   - itemsPerPage: it repeats what was asked for, we say how many there are (RFC 7644, section 3.4.2)
//   - detail: it has one text for each scimType, we say what is wrong
func tamed(object map[string]any) map[string]any {
	for _, name := range []string{"schemas", "meta", "itemsPerPage", "detail"} {
		delete(object, name)
	}
	list, _ := object["Resources"].([]any)
	for _, resource := range list {
		tamed(resource.(map[string]any))
	}
	return object
}

func TestOracle(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	ours := &witness{b.handler, b.acme, map[string]string{}}
	theirs := &witness{oracle(t, b), b.tenant(t, "beta", false, nil), map[string]string{}}
	for _, q := range corpus {
		status, answer := ours.ask(t, q.method, q.path, q.body, q.makes)
		theirStatus, theirAnswer := theirs.ask(t, q.method, q.path, q.body, q.makes)
		if q.differs != "" {
			same := status == theirStatus && answer == theirAnswer
			assert.False(t, same, "%s: no longer different, so the row needs no reason: %s", q.name, answer)
			assert.Equal(t, q.ours, status, "%s: %s", q.name, answer)
			continue
		}
		assert.Equal(t, theirStatus, status, "%s: they %s, we %s", q.name, theirAnswer, answer)
		assert.Equal(t, theirAnswer, answer, q.name)
	}
}
