package scim

import (
	"net/http"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// clue is a fact of a request by which a client gives its dialect away. None looks at what a tenant's data says.
type clue struct {
	dialect domain.Dialect
	sure    bool
	name    string
}

func (c clue) sighting() domain.Sighting {
	return domain.Sighting{Dialect: c.dialect, Sure: c.sure, Clue: c.name}
}

// flags are what administrators of Entra add to the tenant URL, from where they come with every request.
var flags = []struct {
	name string
	clue
}{
	{"aadOptscim062020", clue{domain.DialectEntraCompliant, true, "the flag aadOptscim062020"}},
	{"AzureAdScimPatch2017", clue{domain.DialectEntra, true, "the flag AzureAdScimPatch2017"}},
}

// agents are parts of User-Agent, in lower case. That of Okta does not tell which kind of app it is.
var agents = []struct {
	part string
	clue
}{
	{"okta scim client", clue{domain.DialectOktaWizard, false, "User-Agent"}},
	{"azure ad scim", clue{domain.DialectEntra, true, "User-Agent"}},
	{"google-auto-provisioning", clue{domain.DialectGoogleWorkspace, true, "User-Agent"}},
	{"idp-scim-sync", clue{domain.DialectAwsSync, true, "User-Agent"}},
	{"ssosync", clue{domain.DialectAwsSync, true, "User-Agent"}},
	{"onelogin", clue{domain.DialectOneLogin, true, "User-Agent"}},
	{"jumpcloud", clue{domain.DialectJumpCloud, true, "User-Agent"}},
	{"pingfederate", clue{domain.DialectPing, true, "User-Agent"}},
	{"pingone", clue{domain.DialectPing, true, "User-Agent"}},
	{"rippling", clue{domain.DialectRippling, true, "User-Agent"}},
}

// What bodies, filters and methods tell.
var (
	clueNoAgent      = clue{domain.DialectOneLogin, false, "no User-Agent"}
	clueScim1        = clue{domain.DialectOneLogin, true, "schemas of SCIM 1"}
	clueCapitalOp    = clue{domain.DialectEntra, false, "op with a capital letter"}
	clueNullRef      = clue{domain.DialectEntra, true, "members with $ref null"}
	clueOldGroup     = clue{domain.DialectEntra, true, "the group schema of 2006"}
	clueCapitalWord  = clue{domain.DialectPing, false, "an operator of a filter with a capital letter"}
	clueOktaPatch    = clue{domain.DialectOktaCatalogue, true, "Okta's User-Agent and a PATCH of a user"}
	clueOktaRename   = clue{domain.DialectOktaCatalogue, true, "Okta's User-Agent and an id in the PATCH of a group"}
	clueOktaPutGroup = clue{domain.DialectOktaWizard, true, "Okta's User-Agent and a PUT of a group"}
	clueOktaPutOff   = clue{domain.DialectOktaWizard, true, "Okta's User-Agent and a PUT with active false"}
)

// oldGroupURN is a schema that old jobs of Entra add to groups.
const oldGroupURN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

// listen looks for clues in what a request is before its body is read. Once the dialect is certain, there is no more
// to find out.
func (x *exchange) listen(pattern string) {
	if x.caller.DialectSure || !isConnector(x.caller) {
		return
	}
	for pair := range strings.SplitSeq(x.r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		for _, flag := range flags {
			if strings.EqualFold(name, flag.name) {
				x.take(flag.clue)
			}
		}
	}
	agent := x.r.Header.Get("User-Agent")
	if agent == "" {
		x.take(clueNoAgent)
	}
	for _, known := range agents {
		if containsFolded(agent, known.part) {
			x.take(known.clue)
		}
	}
	if filter := x.parameters[paramFilter]; hasCapitalOperator(filter) {
		x.take(clueCapitalWord)
	}
	if isOkta(agent) {
		switch {
		case x.r.Method == http.MethodPatch && pattern == "/Users/{id}":
			x.take(clueOktaPatch)
		case x.r.Method == http.MethodPut && pattern == "/Groups/{id}":
			x.take(clueOktaPutGroup)
		}
	}
}

// listenTo looks for clues in a body.
func (x *exchange) listenTo(body Value) {
	if x.caller.DialectSure || !isConnector(x.caller) {
		return
	}
	schemas, _ := body.Member("schemas")
	for _, urn := range schemas.Items {
		switch {
		case hasPrefixFolded(urn.Text, scim1Prefix):
			x.take(clueScim1)
		case urn.Text == oldGroupURN:
			x.take(clueOldGroup)
		}
	}
	okta := isOkta(x.r.Header.Get("User-Agent"))
	if active, given := body.Member("active"); okta && given && x.r.Method == http.MethodPut {
		if on, known := active.Bool(); known && !on {
			x.take(clueOktaPutOff)
		}
	}
	operations, _ := body.Member("Operations")
	for _, operation := range operations.Items {
		x.listenToOperation(operation, okta)
	}
}

func (x *exchange) listenToOperation(operation Value, okta bool) {
	if op, _ := operation.Member("op"); op.Text != "" && op.Text[0] >= 'A' && op.Text[0] <= 'Z' {
		x.take(clueCapitalOp)
	}
	value, _ := operation.Member("value")
	if _, given := value.Member("id"); given && okta {
		x.take(clueOktaRename)
	}
	if len(value.Items) > 0 && value.Kind == KindArray {
		if ref, given := value.Items[0].Member("$ref"); given && ref.Kind == KindNull {
			x.take(clueNullRef)
		}
	}
}

// take believes a clue unless something better is known, and goes by it from here on.
func (x *exchange) take(found clue) {
	if found.sighting().Beats(x.caller.Dialect, x.caller.DialectSure) {
		x.sighting = found.sighting()
		x.caller.Dialect, x.caller.DialectSure = found.dialect, found.sure
		x.view.rules = rulesOf(found.dialect, found.sure)
	}
}

func isOkta(agent string) bool { return containsFolded(agent, agents[0].part) }

// hasCapitalOperator tells whether an operator of a filter begins with a capital and goes on in lower case. What is
// within quotes is the tenant's and does not count.
func hasCapitalOperator(filter string) bool {
	for i, outside := 0, true; i+3 < len(filter); i++ {
		switch filter[i] {
		case '\\':
			i++
		case '"':
			outside = !outside
		case ' ':
			if outside && filter[i+3] == ' ' && isOperator(filter[i+1:i+3]) {
				return true
			}
		}
	}
	return false
}

func isOperator(word string) bool {
	if word[0] < 'A' || word[0] > 'Z' || word[1] < 'a' {
		return false
	}
	for _, op := range operators {
		if strings.EqualFold(word, string(op)) {
			return true
		}
	}
	return false
}

// containsFolded tells whether text holds the part, which is in lower case and ASCII, in any case.
func containsFolded(text, part string) bool {
	for i := 0; i+len(part) <= len(text); i++ {
		if text[i]|0x20 == part[0]|0x20 && strings.EqualFold(text[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

func hasPrefixFolded(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}
