package scim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// promised is an attribute of a resource that has every attribute, with what a client reads there.
type promised struct {
	*connector
	rt       *resourceType
	row, sub *binding
	location string // of the resource, below the prefix
	value    any    // nil when nothing is shown
}

func (p promised) flags() *binding {
	if p.sub != nil {
		return p.sub
	}
	return p.row
}

// under finds the value of the attribute in a resource.
func (p promised) under(resource map[string]any) any {
	var at any = resource
	if p.row.schema != p.rt.schemas[0] {
		at = resource[p.row.schema.urn]
	}
	at = memberOf(at, p.row.name)
	if p.sub != nil {
		at = memberOf(at, p.sub.name)
	}
	return at
}

func memberOf(value any, name string) any {
	switch value := value.(type) {
	case map[string]any:
		return value[name]
	case []any:
		for _, element := range value {
			if found := memberOf(element, name); found != nil {
				return found
			}
		}
	}
	return nil
}

// TestAttributesKeepTheirPromises takes each row of the binding tables, common ones included, at its word: what its
// flags say of it (RFC 7643, section 7) is what requests meet.
func TestAttributesKeepTheirPromises(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	c := b.tenant(t, "sso", true, nil)
	boss := c.user(t, "boss")
	everything := strings.Replace(full, `"manager": {"value": "RANDOM"}`, `"manager": {"value": "`+boss+`"}`, 1)
	user := c.do(t, "POST", "/Users", strings.Replace(everything, "{", `{"`+accessURN+`":{"mfaRequired":true,"externalLoginUsername":"login"},`, 1)).want(t, 201).id()
	group := c.do(t, "POST", "/Groups", `{"displayName":"Ops","externalId":"g","members":[{"value":"`+user+`"}]}`).want(t, 201).id()
	shown := 0
	for _, rt := range resourceTypes {
		location := map[string]string{"/Users": "/Users/" + user, "/Groups": "/Groups/" + group}[rt.endpoint]
		resource := c.do(t, "GET", location, "").want(t, 200).body
		for _, s := range rt.schemas {
			for _, row := range s.rows {
				for _, sub := range append([]*binding{nil}, row.subs...) {
					p := promised{c, rt, row, sub, location, nil}
					if p.value = p.under(resource); p.value != nil {
						shown++
					}
					p.keeps(t)
				}
			}
		}
		for _, common := range []string{"schemas", "id", "externalId", "meta"} {
			assert.NotNil(t, rt.schemas[0].byName[common], "%s of %s", common, rt.name)
		}
	}
	assert.Greater(t, shown, 80, "what is never shown proves nothing")
}

var attributeName = regexp.MustCompile(`^[A-Za-z$][-\w$]*$`) // $ref is RFC 7643's own

func (p promised) keeps(t *testing.T) {
	t.Helper()
	flags := p.flags()
	assert.Regexp(t, attributeName, flags.name)
	assert.False(t, p.sub != nil && p.sub.typ == typeComplex, "%s: no complex attribute has complex ones (RFC 7643, section 2.3.8)", flags.path)
	assert.False(t, p.row.common && p.listed(t), "%s is of all resources and no schema lists it", flags.path)
	p.keepsReturned(t)
	p.keepsMutability(t)
	p.keepsCase(t)
	if p.sub == nil && flags.required && flags.name != "schemas" {
		p.keepsRequired(t)
	}
	if p.sub == nil && flags.uniqueness == uniqueServer && flags.mutability != readOnly {
		p.keepsUniqueness(t)
	}
}

func (p promised) listed(t *testing.T) bool {
	t.Helper()
	list, _ := p.do(t, "GET", "/Schemas/"+p.row.schema.urn, "").want(t, 200).at("attributes").([]any)
	for _, attribute := range list {
		if attribute.(map[string]any)["name"] == p.row.name {
			return true
		}
	}
	return false
}

func (p promised) keepsReturned(t *testing.T) {
	t.Helper()
	flags := p.flags()
	asked := func(parameter, path string) any {
		return p.under(p.do(t, "GET", p.location+"?"+parameter+"="+url.QueryEscape(path), "").want(t, 200).body)
	}
	other := map[bool]string{true: "userName", false: "displayName"}[p.rt == userType]
	switch flags.returned {
	case returnedNever:
		assert.Nil(t, p.value, flags.path)
		assert.Nil(t, asked("attributes", flags.path), flags.path)
	case returnedAlways:
		assert.NotNil(t, p.value, flags.path)
		assert.NotNil(t, asked("attributes", other), flags.path)
		assert.NotNil(t, asked("excludedAttributes", flags.path), flags.path)
	default:
		if p.value != nil {
			assert.NotNil(t, asked("attributes", flags.path), "%s is asked for", flags.path)
			assert.Nil(t, asked("excludedAttributes", flags.path), "%s is left out", flags.path)
			if flags.path != other {
				assert.Nil(t, asked("attributes", other), "%s isn't asked for", flags.path)
			}
		}
	}
}

// keepsMutability writes to what is not readWrite.
func (p promised) keepsMutability(t *testing.T) {
	t.Helper()
	flags := p.flags()
	filter := p.rt.endpoint + "?count=0&filter=" + url.QueryEscape(flags.path+" pr")
	switch {
	case flags.mutability == writeOnly || flags.returned == returnedNever:
		assert.Equal(t, "invalidFilter", p.do(t, "GET", filter, "").want(t, 400).at("scimType"), flags.path)
	case flags.mutability == immutable:
		one, err := json.Marshal(p.value)
		require.NoError(t, err)
		body := fmt.Sprintf(`{"Operations":[{"op":"replace","path":"%s[value pr].%s","value":%s}]}`, p.row.path, flags.name, "\"other\"")
		answer := p.do(t, "PATCH", p.location, body)
		assert.GreaterOrEqual(t, answer.Code, 400, "%s is %s", flags.path, one)
	case flags.mutability == readOnly && p.row.mutability == readOnly:
		before := p.do(t, "GET", p.location, "").body
		answer := p.do(t, "PATCH", p.location, `{"Operations":[{"op":"replace","path":"`+flags.path+`","value":"injected"}]}`)
		if answer.Code >= 300 {
			assert.Equal(t, "mutability", answer.want(t, 400).at("scimType"), flags.path)
		}
		assert.Equal(t, before, p.do(t, "GET", p.location, "").body, "%s is the server's", flags.path)
	}
}

// keepsCase looks for the value in another case.
func (p promised) keepsCase(t *testing.T) {
	t.Helper()
	flags := p.flags()
	text, isText := p.value.(string)
	searched := flags.searched()
	if !isText || searched == nil || searched.Kind != domain.Text || strings.ToUpper(text) == strings.ToLower(text) {
		return
	}
	quoted, err := json.Marshal(swappedCase(text))
	require.NoError(t, err)
	filter := url.QueryEscape(flags.path + " eq " + string(quoted))
	found := p.do(t, "GET", p.rt.endpoint+"?count=0&filter="+filter, "").want(t, 200).at("totalResults")
	assert.Equal(t, flags.exact, found == float64(0), "%s found as %s: %v", flags.path, quoted, found)
}

func swappedCase(text string) string {
	if upper := strings.ToUpper(text); upper != text {
		return upper
	}
	return strings.ToLower(text)
}

func (p promised) keepsRequired(t *testing.T) {
	t.Helper()
	for _, missing := range []string{`{}`, `{"` + p.row.name + `":null}`, `{"` + p.row.name + `":""}`} {
		p.do(t, "POST", p.rt.endpoint, missing).want(t, 400)
		p.do(t, "PUT", p.location, missing).want(t, 400)
	}
	answer := p.do(t, "PATCH", p.location, `{"Operations":[{"op":"remove","path":"`+p.row.path+`"}]}`).want(t, 400)
	assert.Equal(t, "mutability", answer.at("scimType"), p.row.path)
}

func (p promised) keepsUniqueness(t *testing.T) {
	t.Helper()
	taken, err := json.Marshal(map[bool]any{true: swappedCase(fmt.Sprint(p.value)), false: p.value}[!p.row.exact])
	require.NoError(t, err)
	body := `{"userName":"another","displayName":"another"}`
	if p.row.schema != p.rt.schemas[0] {
		body = fmt.Sprintf(`{"userName":"another","%s":{"%s":%s}}`, p.row.schema.urn, p.row.name, taken)
	} else {
		body = fmt.Sprintf(`{%q:%s}`, p.row.name, taken)
	}
	assert.Equal(t, "uniqueness", p.do(t, "POST", p.rt.endpoint, body).want(t, 409).at("scimType"), p.row.path)
}

// TestReferencesResolve follows every URL in the answers about people and groups.
func TestReferencesResolve(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	boss := b.acme.user(t, "boss")
	user := b.acme.do(t, "POST", "/Users", `{"userName":"ana","`+enterpriseURN+`":{"manager":{"value":"`+boss+`"}}}`).want(t, 201).id()
	group := b.acme.group(t, "Ops", user)
	followed := map[string]string{}
	var follow func(value any)
	follow = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				follow(element)
			}
		case map[string]any:
			for name, member := range value {
				if name == "$ref" || name == "location" {
					path := strings.TrimPrefix(member.(string), testURL+Prefix)
					followed[path] = b.acme.do(t, "GET", path, "").want(t, 200).id()
					if id := value["value"]; id != nil {
						assert.Equal(t, id, followed[path], "value and $ref agree")
					}
				}
				follow(member)
			}
		}
	}
	for _, path := range []string{"/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"} {
		follow(b.acme.do(t, "GET", path, "").want(t, 200).body)
	}
	for path, id := range map[string]string{"/Users/" + user: user, "/Users/" + boss: boss, "/Groups/" + group: group} {
		assert.Equal(t, id, followed[path], path)
	}
}

// TestWrongTypesAreRefused gives every attribute a value of a type that it can't have.
func TestWrongTypesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	user, group := b.acme.user(t, "ana"), b.acme.group(t, "Ops")
	before := b.Snapshot(t)
	for _, rt := range resourceTypes {
		location := map[string]string{"/Users": "/Users/" + user, "/Groups": "/Groups/" + group}[rt.endpoint]
		for _, s := range rt.schemas {
			for _, row := range s.rows {
				if !row.writable() || row.common && row.name != "externalId" || row.needsSso {
					continue
				}
				wrong := []string{`{"x":{"y":1}}`, `["a","b"]`} // one alone would be read for itself
				switch {
				case row.multi:
					sub := row.subs[0].name // value, or the first part of an address
					wrong = []string{`[{"` + sub + `":{"y":1}}]`, `[{"` + sub + `":["a","b"]}]`}
				case row.valueSub != nil: // the manager, for which an id alone will do
					wrong = []string{`{"value":{"y":1}}`, `["a","b"]`}
				case row.typ == typeComplex:
					wrong = []string{`5`, `true`, `[1,2]`}
				case row.typ == typeBoolean:
					wrong = append(wrong, `"maybe"`, `2`)
				}
				for _, value := range wrong {
					body := `{"Operations":[{"op":"replace","path":"` + row.path + `","value":` + value + `}]}`
					answer := b.acme.do(t, "PATCH", location, body)
					assert.Equal(t, 400, answer.Code, "%s = %s: %s", row.path, value, answer.Body)
				}
			}
		}
	}
	b.unchanged(t, before)
}
