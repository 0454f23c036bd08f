// Package oauth is the door at which a client gets an access token for its credential: the token endpoint of OAuth 2.0
// for the grant client_credentials (RFC 6749, section 4.4), with a secret or with an assertion that is signed with a
// private key (RFC 7523). With the access token it then goes to the other doors.
//
// It owns the form of requests, answers and errors, and how often it may be tried. It refuses to own what proves a
// client and how long a token lives, which are the engine's (domain/client.go), and it knows no people and no browser: there is
// no authorization endpoint.
//
// Where to add the next thing: a grant is a case in grant in token.go; another way for a client to prove itself is one in
// proofOf in client.go, with its rule in domain; an error of the engine that a client is to tell apart is a row in
// errors.go.
package oauth
