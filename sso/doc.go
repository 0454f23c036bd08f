// Package sso is the door for browsers that come from an identity provider: a SAML 2.0 service provider, or a relying party
// of OpenID Connect (the files oidc*.go), one for each provider of a tenant.
//
// It owns the messages of SAML: their form, their signatures, and what they must say before anybody is let in. A message
// passes gates ([gate]), one small file for each concern: decode.go, tree.go, shape.go, signature.go and cipher.go come
// before the library, crewjam.go and enveloped.go are the only files that call it, profile.go looks at what was verified. It refuses to own
// who is let in: that a request was ours and an assertion new, and whose name it is, the engine decides in one
// transaction.
//
// Where to add the next thing: another rule about messages belongs to the file of its gate, with a hostile document in
// hostile_test.go; another protocol is another column of the routes in door.go.
package sso
