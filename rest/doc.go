// Package rest is the native door: the JSON API for integrators under /api/v1, addressed by PersonId.
//
// It owns what is particular to that wire and nothing else: the table of routes with the permission of each, strict
// reading of JSON bodies and query parameters, the field rules that only this API has (syntax of addresses, languages,
// dates and names), the views, problem documents, entity tags and idempotency keys.
//
// It refuses to own rules about people and their access (they live in domain, so that every door has them), SQL
// (store), and authentication (web hands it a domain.Caller). A handler turns a request into one use case and its
// result into an answer; it never calls two that write.
//
// # One request
//
// The checks come in this order: token (401), tenant (404), route (404, 405), permission (403), shape of parameters,
// headers and body (400, 413, 415), and then the use case: person visible (404), If-Match (412), field rules (400),
// state and uniqueness (409). Field rules run inside the use case, in domain.PersonChange.Apply, for the sake of that
// order; a value that the person has already is never refused, because another door may have stored it.
//
// Public routes (account.go) are for whoever has no token yet: limits of strangers (429), tenant (404), shape, use case.
//
// # Where to add
//
// A route is a row in routes.go with its handler; from the row come the mux, the 405s, the permission check and the
// generated tests. A field of a body is a row in a field table (fields_*.go), one of a view a line in *_view.go. A filter
// is a row in filter.go. An error code is a row in problem.go, to which a test leads.
package rest
