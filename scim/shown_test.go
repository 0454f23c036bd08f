package scim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// notFilterable are what a filter is refused on, though it is shown: a filter that finds nobody by it would be a lie.
// meta.location can be compared as a whole only.
var notFilterable = []string{"meta.version", "groups.$ref", "members.$ref", "members.display", enterpriseURN + ":manager.$ref", enterpriseURN + ":manager.displayName"}

// TestWhatIsShownIsFound shows every attribute to a connector, and takes each value that it sees for a filter: by every
// operator that it makes true the resource is found, in memory and by both databases, or the filter is refused.
func TestWhatIsShownIsFound(t *testing.T) { onEach(t, testWhatIsShownIsFound) }

func testWhatIsShownIsFound(t *testing.T, b *bridge) {
	bjensen := b.everyone(t)[0].ID.String()
	boss := b.acme.user(t, "boss")
	b.acme.do(t, "PATCH", "/Users/"+bjensen, `{"Operations":[{"op":"replace","path":"manager","value":"`+boss+`"}]}`).want(t, 200)
	everybody := b.people(t)
	seen, refused := map[string]bool{}, map[string]bool{}
	for _, at := range []string{"/Users", "/Groups"} {
		for _, resource := range b.acme.do(t, "GET", at, "").want(t, 200).at("Resources").([]any) {
			resource := resource.(map[string]any)
			if name, nick := resource["userName"], resource["nickName"]; nick != nil && name != "bjensen@example.com" {
				continue // an injection
			}
			eachShown("", resource, func(path string, value any) {
				seen[path] = true
				for _, text := range truths(path, value) {
					find := at + "?count=0&filter=" + url.QueryEscape("("+text+`) and id eq "`+resource["id"].(string)+`"`)
					answer := b.acme.do(t, "GET", find, "")
					if answer.Code == 400 {
						assert.Equal(t, "invalidFilter", answer.at("scimType"), text)
						refused[path] = true
						continue
					}
					assert.EqualValues(t, 1, answer.want(t, 200).at("totalResults"), text)
					if at == "/Users" {
						b.agrees(t, everybody, text)
					}
				}
			})
		}
	}
	assert.Equal(t, slices.Sorted(slices.Values(append(notFilterable, "meta.location"))), slices.Sorted(maps.Keys(refused)))
	for _, text := range []string{"name.formatted", "addresses.formatted", "displayName", "meta.created", "groups.type", enterpriseURN + ":manager.value", "ims.value", "x509Certificates.value", "members.value"} {
		assert.True(t, seen[text], text)
	}
}

// eachShown visits the values of a resource with the paths that filters call them.
func eachShown(path string, value any, visit func(path string, value any)) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			switch {
			case path == "":
				eachShown(name, member, visit)
			case strings.HasPrefix(path, "urn:") && !strings.HasPrefix(path[strings.LastIndex(path, "2.0:User"):], "2.0:User:"):
				eachShown(path+":"+name, member, visit)
			default:
				eachShown(path+"."+name, member, visit)
			}
		}
	case []any:
		for _, item := range value {
			eachShown(path, item, visit)
		}
	default:
		visit(path, value)
	}
}

// truths are filters that hold for a value, one for each operator that takes it.
func truths(path string, value any) []string {
	text, isText := value.(string)
	if !isText {
		return []string{path + " pr", fmt.Sprint(path, " eq ", value)}
	}
	operators := []string{"eq", "ge", "le"}
	if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
		operators = append(operators, "co", "sw", "ew")
	}
	list := []string{path + " pr", path + ` ne "none"`}
	if len(operators) == 3 {
		list[1] = path + ` ne "2001-01-01T00:00:00Z"`
	}
	for _, operator := range operators {
		runes := []rune(text)
		part := text
		switch operator {
		case "co", "sw":
			part = string(runes[:(len(runes)+1)/2])
		case "ew":
			part = string(runes[len(runes)/2:])
		}
		quoted, err := json.Marshal(part)
		if err != nil {
			panic(err)
		}
		list = append(list, path+" "+operator+" "+string(quoted))
	}
	return list
}

// TestEveryAnnouncedAttributeTakesAnHonestFilter compiles every attribute that the schemas announce by every operator: to a
// condition, or to a refusal that says so.
func TestEveryAnnouncedAttributeTakesAnHonestFilter(t *testing.T) {
	t.Parallel()
	for _, rt := range resourceTypes {
		for _, s := range rt.schemas {
			for _, row := range s.rows {
				if row.returned == returnedNever {
					continue
				}
				for _, b := range append([]*binding{row}, row.subs...) {
					prefix := b.path
					if b != row && row.typ != typeComplex {
						continue
					}
					for _, operator := range operators {
						text := prefix + " pr"
						if operator != OpPr {
							text = prefix + " " + string(operator) + ` "2026-01-01T00:00:00Z"`
						}
						condition, err := compileFilter(rt, text, ssoView)
						if err != nil {
							assert.Equal(t, "invalidFilter", failure(err), text)
							continue
						}
						require.True(t, condition != nil, text) // NotNil takes the condition that never holds for nil
					}
				}
			}
		}
	}
}
