// Package client is the Go client of the native API: people, their access, groups, roles and all that hangs on them.
//
//	bridge, err := client.New(client.Config{URL: "https://id.example.org", Token: token})
//	person, err := bridge.CreatePerson(ctx, client.NewPerson{Person: client.Person{FirstName: "Ada", LastName: "Lovelace",
//		EmailAddresses: []client.EmailAddress{{Address: "ada@example.org"}}}, UserAccess: &client.NewAccess{}})
//
// It owns the ways of the wire: addresses, JSON, errors, waiting when the server says so, and the keys that make it safe to
// send a request again. It refuses to own rules: what may be done is the server's to say, in its words. It imports
// nothing but the standard library, so that an integrator who takes it takes nothing else.
//
// Where to add the next thing: a route is one method in the file of its subject, and its types beside it; a test compares
// them with the routes of the server, so that none is missing and none is made up.
package client
