package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/scimbridge/scimbridge/client"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, `{"PersonId":"0198","FirstName":"Ada","UserAccess":{"Username":"ada@example.org","State":"Invited"}}`)
	}))
	defer server.Close()

	bridge, err := client.New(client.Config{URL: server.URL, Token: "sb_…"})
	if err != nil {
		fmt.Println(err)
		return
	}
	person, err := bridge.CreatePerson(context.Background(), client.NewPerson{
		Person: client.Person{FirstName: "Ada", LastName: "Lovelace",
			EmailAddresses: []client.EmailAddress{{Address: "ada@example.org"}}},
		UserAccess: &client.NewAccess{},
	})
	switch {
	case client.CodeOf(err) == "username_taken":
		fmt.Println("she is there already")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(person.UserAccess.Username, person.UserAccess.State)
	}
	// Output: ada@example.org Invited
}
