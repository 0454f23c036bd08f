// Package target is a SCIM server as a load generator sees it: an address, a
// token, and what an identity provider would send. It works with any server of
// RFC 7644 and asks nothing of it that a connector does not ask; what a server does
// not announce, such as Bulk or cursor paging, is left out.
//
// Loopback only: New refuses any other address, and so does every connection, so
// that nobody aims the generator at a service by mistake. Bodies belong to
// person.go and group.go; which requests make a workload, to bench/workload.
package target
