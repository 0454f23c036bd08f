package rest

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// asked is what the query parameters ask for.
type asked struct {
	offset   int
	count    int
	extended bool
	force    bool
	tenant   string // a slug
	who      domain.Who
	where    domain.And
	log      domain.ProvisioningQuery
	audit    domain.AuditQuery
	after    int64 // index of an event
	behind   uuid.UUID
	types    []domain.EventType
}

// parameter is a row of a table of query parameters: its name, and what reads its value, which is never empty, or
// tells what is wrong with it.
type parameter struct {
	name string
	read func(value string, into *asked) (problem string)
}

// paging are the parameters of a list.
var paging = []parameter{
	{"Offset", readNumber(func(a *asked) *int { return &a.offset })},
	{"Count", readNumber(func(a *asked) *int { return &a.count })},
}

// extending asks for what is costly to show.
var extending = []parameter{{"Extended", readExtended}}

// readParameters reads the query by the route's table. What the table doesn't know, or what stands there twice, is
// refused: a mistyped filter would otherwise list everybody.
func (c *call) readParameters() error {
	c.asked = asked{count: c.route.page.count, who: c.route.who}
	values, err := url.ParseQuery(c.request.URL.RawQuery)
	if err != nil {
		return domain.Refuse(domain.CodeInvalidParameter, "", "The query can't be read; encode it as name=value&name=value.")
	}
	var found findings
	seen := map[string]bool{}
	for name, list := range values {
		row := c.parameterNamed(name)
		switch {
		case row == nil:
			found.add(shortened(strings.ToValidUTF8(name, "�")), "There is no such parameter here.")
		case seen[row.name] || len(list) > 1:
			found.add(row.name, "The parameter may be given once only.")
		case list[0] == "" || !utf8.ValidString(list[0]) || strings.ContainsRune(list[0], 0):
			found.add(row.name, "Give a value in UTF-8, or leave the parameter out.")
		default:
			seen[row.name] = true
			if problem := row.read(list[0], &c.asked); problem != "" {
				found.add(row.name, problem)
			}
		}
	}
	c.asked.count = min(c.asked.count, c.route.page.limit)
	return failed(domain.CodeInvalidParameter, found)
}

func (c *call) parameterNamed(name string) *parameter {
	for i := range c.route.parameters {
		if sameName(c.route.parameters[i].name, name) {
			return &c.route.parameters[i]
		}
	}
	return nil
}

func readNumber(at func(*asked) *int) func(string, *asked) string {
	return func(value string, into *asked) string {
		number, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return "The value must be a number from 0 to 2147483647."
		}
		*at(into) = int(number)
		return ""
	}
}

func readExtended(value string, into *asked) string {
	extended, problem := parseBool(value)
	into.extended = extended
	return problem
}

// ofTenant asks about another tenant than that of the request.
var ofTenant = []parameter{{"Tenant", func(value string, into *asked) string { into.tenant = value; return "" }}}

func readForce(value string, into *asked) string {
	force, problem := parseBool(value)
	into.force = force
	return problem
}

func parseBool(value string) (parsed bool, problem string) {
	switch {
	case sameName("true", value):
		return true, ""
	case sameName("false", value):
		return false, ""
	default:
		return false, "The value must be true or false."
	}
}
