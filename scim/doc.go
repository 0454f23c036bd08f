// Package scim is the SCIM 2.0 door: it turns requests of identity providers into use cases of the engine, and the
// engine's answers into SCIM (RFC 7643, RFC 7644).
//
// It owns everything that is SCIM and nothing else: reading JSON, filters and PATCH paths; the binding tables, where
// one row says which domain attribute a SCIM path means; discovery, PATCH, projection, paging, Bulk; the table from
// domain errors to SCIM errors; and the named rules for what particular identity providers send.
//
// It refuses to own rules (they live in domain, so that every door has them), SQL (store) and authentication (web hands
// it a domain.Caller). SCIM words such as resource, userName, externalId and schema do not leave this package.
//
// # Layers
//
// The syntax layer knows no schema: [ParseJSON] reads a body into a tree of [Value], [ParseFilter] reads a filter,
// [ParsePath] reads a PATCH path or a key of a path-less PATCH. All three are bounded in length, depth and size before
// they do any work that input could make expensive, and refuse with a [SyntaxError]. Names are resolved against the
// binding tables afterwards; see [AttrPath.Within] for how a schema URN is told from an attribute.
//
// The resource layer is the binding tables (binding_user.go, binding_group.go) and what reads them. A body or a PATCH
// becomes a change, a list of steps that only edit a person (change.go, step.go); a POST or PUT is a replace without a
// path. Filters become conditions of the domain (filter_compile.go), people and groups are appended as JSON
// (encode.go), and the discovery documents state what the tables say (discovery.go). What is lenient here is lenient
// for everybody: most quirks of providers are read by scalar and unpacked in value.go.
//
// The HTTP layer is the route table in endpoint.go, walked by tests, with one short handler a row (user.go, group.go,
// discovery_endpoint.go): read the parameters and the body, call one use case, append the answer to a stream that never
// holds more than a part of a large one. [Refuse] is the only place that writes an error. What a writing request does
// apart from HTTP is a method of task, which a Bulk calls as well: its operations are read one by one (bulk_operation.go),
// put into an order (bulk_plan.go, bulk_pace.go) and done, many at a time (bulk_run.go).
//
// # Where to add
//
// An attribute is a row of its resource's binding table; a test asks for it. A quirk of an identity provider is a row
// of the rule table (dialect.go) and a look at it where values are read or names resolved; a fact that gives a client away is a
// clue (dialect_clue.go). An error code is a row of the error table.
// An endpoint is a row of the route table and a handler.
package scim
