// Package idp is a SAML 2.0 identity provider as a load generator plays it: a key, its certificate, and signed responses
// that nobody asked for. It knows no server and sends nothing; who brings the responses, and what they cost, belongs to
// bench/workload. Another thing that providers say is a line of the templates in idp.go.
package idp
