package scim_test

import (
	"fmt"

	"github.com/scimbridge/scimbridge/scim"
)

func ExampleParseFilter() {
	filter, _ := scim.ParseFilter(`Active EQ True AND emails[type eq "work"].value sw "ana@"`)
	fmt.Println(filter)

	_, err := scim.ParseFilter(`userName eq ana@example.org`)
	fmt.Println(err)
	// Output:
	// Active eq true and emails[type eq "work" and value sw "ana@"]
	// expected a value ("text" in double quotes, a number, true, false, null), found ana@example.org, at offset 12
}

func ExampleParsePath() {
	path, _ := scim.ParsePath(`addresses[type eq "work"].streetAddress`)
	fmt.Printf("%s | %s | %s\n", path.Attr, path.Filter, path.Sub)
	// Output:
	// addresses | type eq "work" | streetAddress
}

func ExampleAttrPath_Within() {
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	for _, text := range []string{enterprise + ":manager.value", enterprise + ".department", enterprise} {
		path, _ := scim.ParsePath(text)
		attribute, sub, ok := path.Attr.Within(enterprise)
		fmt.Printf("%q %q %t\n", attribute, sub, ok)
	}
	// Output:
	// "manager" "value" true
	// "department" "" true
	// "" "" true
}

func ExampleParseJSON() {
	_, err := scim.ParseJSON([]byte(`{"name": {"givenName": "Ana", "GIVENNAME": "Eva"}}`))
	fmt.Println(err)
	// Output:
	// a name occurs twice in one object; names that differ only by case are the same name, at offset 30 in "/name/GIVENNAME"
}
