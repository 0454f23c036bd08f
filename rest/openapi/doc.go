// Package openapi owns the description of the native API: an OpenAPI 3.1 document, and the page that people read it on.
//
// The document is written by hand, in YAML, one file for each area under parts; document.yaml holds what they share and
// problems.yaml the error catalogue. The parts are embedded and put together when the document is first asked for. Tests
// compare it with the table of routes, and hold every request and answer of the other tests to it (see openapitest), so
// that it can't say what isn't so.
//
// It refuses to own what the API does: that is rest's. Nothing of the server reads the document to decide anything.
//
// # Where to add
//
// A route needs its operation in the file of its area; the test that misses it prints one to begin with. A new area is a
// new file; the order of document.go says where it stands on the page.
package openapi
