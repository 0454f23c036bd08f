package scim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// pace tells what each operation has to wait for, so that doing many at a time comes to the same as doing one after the
// other. Operations that follow each other make up a phase if they are all creates of users, all of groups, all changes
// of different users, or all of different groups. What may rename something is a phase of its own. Within a phase of
// creates those wait for each other that want the same name.
func pace(order []*bulkOperation) {
	phase, pattern, alone, last := 0, "", false, map[string]*bulkOperation{}
	for _, o := range order {
		if o.err != nil {
			continue
		}
		renames, keys := o.mayRename(), o.keys()
		again := o.target != "" && last[keys[0]] != nil
		if renames || alone || again || o.row.pattern != pattern {
			phase = o.place
			clear(last)
		}
		o.phase, pattern, alone = phase, o.row.pattern, renames
		for _, key := range keys {
			if other := last[key]; other != nil {
				o.after = append(o.after, other)
			}
			last[key] = o
		}
	}
}

// renamed are parts of every text by which a PATCH can change what nobody else can have: a user's names and addresses,
// a group's name, or a whole schema.
var renamed = map[string][]string{
	userType.endpoint:  {"username", "externalid", "employeenumber", "externallogin", "email", `:user"`},
	groupType.endpoint: {"displayname", "externalid", `:group"`},
}

// mayRename tells whether a change may take or give up a name. That a delete gives up names is of no use to the other
// changes that are no renames.
func (o *bulkOperation) mayRename() bool {
	switch o.method {
	case http.MethodPut:
		return true
	case http.MethodPatch:
		text := strings.ToLower(string(o.data.AppendJSON(nil)))
		return slices.ContainsFunc(renamed[o.endpoint()], func(part string) bool { return strings.Contains(text, part) })
	default:
		return false
	}
}

// keys are what only one operation can have at a time: the resource that is changed, or the names that a create wants.
func (o *bulkOperation) keys() []string {
	if o.target != "" {
		return []string{o.target}
	}
	var keys []string
	want := func(in Value, name string) {
		if value, _ := in.Member(name); value.Text != "" {
			keys = append(keys, name+" "+domain.Fold(value.Text))
		}
	}
	enterprise, _ := o.data.Member(enterpriseURN)
	access, _ := o.data.Member(accessURN)
	emails, _ := o.data.Member("emails")
	want(o.data, "externalId")
	if o.endpoint() == groupType.endpoint {
		want(o.data, "displayName")
		return keys
	}
	want(o.data, "userName")
	want(enterprise, "employeeNumber")
	want(access, "externalLoginUsername")
	for _, email := range emails.Items {
		want(email, "value")
	}
	return keys
}
