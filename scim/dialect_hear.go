package scim

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// deviations are the rules that a request needed. A Bulk notes them from several goroutines.
type deviations struct{ set atomic.Uint64 }

// needs notes that the request needed a rule.
func (v view) needs(r rule) {
	if v.deviations != nil && v.deviations.set.Load()&(1<<r) == 0 {
		v.deviations.set.Or(1 << r)
	}
}

// tell hands what the request told of its client to the engine, also when the client is gone by now.
func (x *exchange) tell() {
	needed := ruleSet(x.deviations.set.Load())
	if needed == 0 && x.sighting.Dialect == "" {
		return
	}
	ctx := context.WithoutCancel(x.r.Context())
	x.engine.Gatekeeper.Hear(ctx, web.CallerOf(ctx), x.sighting, needed.names())
}

// hearSchemas looks at the member schemas of a body.
func (v view) hearSchemas(body Value) {
	schemas, found := body.Member("schemas")
	if !found || schemas.IsEmpty() {
		v.needs(ruleNoSchemas)
	}
	for _, urn := range schemas.Items {
		switch {
		case hasPrefixFolded(urn.Text, scim1Prefix):
			v.needs(ruleScim1Names)
		case !served(urn.Text):
			v.needs(ruleUnknownSchema)
		}
	}
}

// served tells whether a schema is one of ours, or of a message.
func served(urn string) bool {
	if hasPrefixFolded(urn, "urn:ietf:params:scim:api:messages:2.0:") {
		return true
	}
	for _, rt := range resourceTypes {
		if rt.schema(urn) != nil {
			return true
		}
	}
	return false
}

// hearValue looks at the form in which a plain value was sent.
func (v view) hearValue(b *binding, value Value) {
	switch value.Kind {
	case KindArray:
		v.needs(ruleListOfOne)
	case KindObject:
		v.needs(ruleWrappedValue)
	case KindNumber, KindBool:
		if b.kind() != domain.Bool {
			v.needs(rulePlainAsText)
		}
	case KindString:
		switch {
		case value.Text == "":
			v.needs(ruleEmptyText)
		case b.kind() == domain.Bool:
			v.needs(ruleTextBoolean)
		}
	}
}

// hearElements looks at the form in which the elements of a multi-valued attribute were sent.
func (v view) hearElements(b *binding, value Value) {
	items := value.Items
	if value.Kind != KindArray && !value.IsEmpty() {
		v.needs(ruleBareElement)
		items = []Value{value}
	}
	for _, item := range items {
		if item.Kind != KindObject {
			if !item.IsEmpty() {
				v.needs(ruleBareValue)
			}
			continue
		}
		for _, member := range item.Items {
			if sub := b.sub(member.Name); sub != nil && sub.writable() {
				v.hearValue(sub, member)
			}
		}
	}
}

// unpacked is [unpacked], noted.
func (v view) unpacked(value Value) Value {
	inner := unpacked(value)
	if inner.Kind != value.Kind {
		v.needs(ruleJSONText)
	}
	return inner
}

// The schemas of SCIM 1 that have a successor.
const (
	scim1Prefix     = "urn:scim:schemas:"
	scim1Core       = "urn:scim:schemas:core:1.0"
	scim1Enterprise = "urn:scim:schemas:extension:enterprise:1.0"
)

// modern gives the name of SCIM 2 for one that begins with a schema of SCIM 1; ok is false for other names, and while
// the rule is off.
func (v view) modern(rt *resourceType, name string) (modern string, ok bool) {
	if !v.rules.has(ruleScim1Names) || !hasPrefixFolded(name, scim1Prefix) {
		return "", false
	}
	for _, old := range []struct{ urn, successor string }{{scim1Core, rt.schemas[0].urn}, {scim1Enterprise, enterpriseURN}} {
		if !hasPrefixFolded(name, old.urn) {
			continue
		}
		rest := name[len(old.urn):]
		if rest == "" || strings.IndexByte(":.", rest[0]) >= 0 {
			if rest != "" {
				rest = ":" + rest[1:]
			}
			v.needs(ruleScim1Names)
			return old.successor + rest, true
		}
	}
	return "", false
}
