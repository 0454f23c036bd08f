// Package credential owns what proves identity and keeps a secret: opaque
// tokens (token.go), encryption of secrets at rest (seal.go, with its keys in
// key.go), password hashes (password.go), and the assertions that clients sign
// with their own keys (assertion.go) as well as those that we sign with ours
// (signing.go and jws.go).
//
// It refuses to own any rule about people or tenants: who may hold a token, how
// long it lives and how strong a password must be is decided in domain, which
// also stores what this package returns. It reads no clock and logs nothing, and
// no error of this package carries a secret, a token or key material.
//
// Hashes taken over from another system belong behind VerifyPassword, one file
// per family (legacy_bcrypt.go and so on), so that callers go on asking one
// question. One-time codes (RFC 6238) belong in totp.go: they generate and
// compare codes, while the last accepted step stays in the store, where every
// replica sees it. A new kind of one-time token is one more Purpose in token.go.
package credential
