// Package audit is the audit as it is read: listed, handed out line by line, and checked for whether it is as it was
// written.
//
// It owns what follows from the chain of hashes: the verifier, and the heads by which a later copy is held to an earlier
// one. It refuses to own what stands in a line, which the act itself notes ([domain.AuditEntry]), and the bytes that are
// hashed ([domain.Seal]). A new filter is one field of [domain.AuditQuery] and one condition in the store.
package audit
