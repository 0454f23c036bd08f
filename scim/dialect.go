package scim

import (
	"slices"

	"github.com/scimbridge/scimbridge/domain"
)

// rule is a named leniency: something that clients do against the standard, and what is made of it.
type rule int

// The rules, in the order of the table.
const (
	ruleOperatorCase rule = iota
	ruleNoSchemas
	ruleUnknownSchema
	ruleNoContentType
	ruleTextBoolean
	rulePlainAsText
	ruleEmptyText
	ruleListOfOne
	ruleWrappedValue
	ruleBareValue
	ruleBareElement
	ruleJSONText
	rulePathAsName
	ruleDotURN
	ruleBareExtension
	ruleReadOnlyRepeated
	ruleRemoveWithValue
	ruleCreatesElement
	ruleScim1Names
	ruleUnquotedValue
	ruleEmailAlias
	rulePutKeeps
	ruleJSONAnswers
	ruleCount
)

// ruleRow is what the table says of a rule.
type ruleRow struct {
	name     string // as it stands on a connection
	forgives string // what the client does, and what that means here
	// needs are the dialects that it is for. A rule for everybody names none: it contradicts nobody, and what it takes
	// would otherwise be refused or dropped.
	needs []domain.Dialect
	sure  bool // on only if the dialect is certain, because the rule changes answers or what is stored
	// source is who says that clients do so.
	source string
}

// ruleTable is all that is known of how clients deviate. A new quirk is a row here, a look at it where it is forgiven,
// and a recorded story that fails without.
var ruleTable = [ruleCount]ruleRow{
	ruleOperatorCase:     {name: "operator-case", forgives: "op is written in another case, like Add; it is compared without", source: "Microsoft, Develop a SCIM endpoint"},
	ruleNoSchemas:        {name: "no-schemas", forgives: "a body has no schemas; it is taken for what its address says", source: "scimgateway's client"},
	ruleUnknownSchema:    {name: "unknown-schema", forgives: "schemas names one that is not served, or mistypes it; the name is ignored", source: "Microsoft, Develop a SCIM endpoint"},
	ruleNoContentType:    {name: "no-content-type", forgives: "a body comes without Content-Type; it is taken for JSON", source: "seen on the wire"},
	ruleTextBoolean:      {name: "text-boolean", forgives: `a boolean is sent as a text, like "False"; it is read as one`, source: "Microsoft, Known issues with SCIM compliance"},
	rulePlainAsText:      {name: "plain-as-text", forgives: "a number or a boolean is sent for a text; its digits or letters are kept", source: "OneLogin, templates"},
	ruleEmptyText:        {name: "empty-text", forgives: `"" is sent for no value; it clears`, source: "Okta, SCIM 2.0 reference"},
	ruleListOfOne:        {name: "list-of-one", forgives: "a list of one is sent for a single value; the one counts", source: "Microsoft, Develop a SCIM endpoint (manager)"},
	ruleWrappedValue:     {name: "wrapped-value", forgives: "an object with value is sent for a plain value; that counts", source: "Microsoft, Develop a SCIM endpoint"},
	ruleBareValue:        {name: "bare-value", forgives: "a plain value is sent for an object; it is taken for its value", source: "Microsoft, Develop a SCIM endpoint (manager)"},
	ruleBareElement:      {name: "bare-element", forgives: "one element is sent without a list; it is taken for a list of one", source: "Microsoft, Develop a SCIM endpoint (roles)"},
	ruleJSONText:         {name: "json-text", forgives: "a value is JSON within a text; it is read", source: "SCIM-for-Keycloak, issue 133"},
	rulePathAsName:       {name: "path-as-name", forgives: "a name in a value is a path, like name.givenName; it is followed", source: "Microsoft, Known issues with SCIM compliance"},
	ruleDotURN:           {name: "dot-after-urn", forgives: "a dot stands between the URN of a schema and an attribute; it is read as a colon", source: "Microsoft, Known issues with SCIM compliance (before 2018)"},
	ruleBareExtension:    {name: "bare-extension", forgives: "an attribute of an extension stands outside of it; it is found by its name", source: "Microsoft, Develop a SCIM endpoint (manager)"},
	ruleReadOnlyRepeated: {name: "read-only-repeated", forgives: "an operation without a path repeats what is read-only, like the id; it is ignored", source: "Okta, SCIM 2.0 reference (group rename)"},
	ruleRemoveWithValue:  {name: "remove-with-value", forgives: "remove lists the values in place of a filter; only these are removed", source: "Microsoft, Develop a SCIM endpoint"},
	ruleCreatesElement:   {name: "creates-element", forgives: "a filter in a path finds nothing; an element that passes it is made", source: "Microsoft, Develop a SCIM endpoint"},

	ruleScim1Names: {name: "scim1-names", forgives: "schemas are named as in SCIM 1; they are read as those of SCIM 2", source: "OneLogin, Implement a SCIM API; Microsoft, gallery mappings",
		needs: []domain.Dialect{domain.DialectOneLogin, domain.DialectEntra}},
	ruleUnquotedValue: {name: "unquoted-value", forgives: "a text in a filter has no quotes; the word is the text", source: "Microsoft, Develop a SCIM endpoint (old samples); PingOne, filter expressions",
		needs: []domain.Dialect{domain.DialectEntra, domain.DialectPing}},
	ruleEmailAlias: {name: "email-alias", forgives: "a filter says email for emails.value", source: "PingOne, filter expressions",
		needs: []domain.Dialect{domain.DialectPing}},
	rulePutKeeps: {name: "put-keeps-absent", forgives: "a PUT of a user holds what a template names; what it leaves out stays, and null clears", source: "OneLogin, Implement a SCIM API (templates)",
		needs: []domain.Dialect{domain.DialectOneLogin}, sure: true},
	ruleJSONAnswers: {name: "json-answers", forgives: "answers are to be application/json; they say so", source: "OneLogin, Implement a SCIM API; Google, automatic provisioning",
		needs: []domain.Dialect{domain.DialectOneLogin, domain.DialectGoogleWorkspace}, sure: true},
}

// ruleSet is a set of rules.
type ruleSet uint64

func (s ruleSet) has(r rule) bool { return s&(1<<r) != 0 }

// names lists the rules of the set as they stand on a connection.
func (s ruleSet) names() []string {
	var list []string
	for r := range ruleCount {
		if s.has(r) {
			list = append(list, ruleTable[r].name)
		}
	}
	return list
}

// dialectRules are the rules of each dialect, first those that are on while it is a guess.
var dialectRules = func() map[domain.Dialect][2]ruleSet {
	all := map[domain.Dialect][2]ruleSet{}
	for r, row := range ruleTable {
		for _, dialect := range row.needs {
			sets := all[dialect]
			sets[1] |= 1 << r
			if !row.sure {
				sets[0] |= 1 << r
			}
			all[dialect] = sets
		}
	}
	return all
}()

// rulesOf are the rules that are switched on for a dialect. Those for everybody are in no set: they are always on.
func rulesOf(dialect domain.Dialect, sure bool) ruleSet {
	if dialect == "" {
		return 0
	}
	sets := dialectRules[dialect]
	if sure {
		return sets[1]
	}
	return sets[0]
}

// Rule tells of a rule for help texts and documents.
type Rule struct {
	Name     string
	Forgives string           // what clients do, and what that means here
	Dialects []domain.Dialect // that it is for; none: everybody
	Source   string           // who says that clients do so
}

// Rules lists the rules that forgive what the standard does not allow.
func Rules() []Rule {
	list := make([]Rule, 0, ruleCount)
	for _, row := range ruleTable {
		list = append(list, Rule{row.name, row.forgives, slices.Clone(row.needs), row.source})
	}
	return list
}
