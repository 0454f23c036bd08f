// Package openapitest holds what goes over the wire in tests to the document of package openapi.
//
// [Watch] wraps a handler. Whatever a test sends through it must be what the document says, or be refused; whatever
// comes back must be what the document says, to the last property. The document is read by kin-openapi, which also makes
// sure that it is a sound one; bodies are judged by JSON Schema 2020-12, which OpenAPI 3.1 takes its schemas from.
//
// It is for tests only.
package openapitest
