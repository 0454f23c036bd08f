package domain

import (
	"strings"
	"time"
)

// Dialect names the way in which a family of clients speaks; "" is unknown, and spoken to by the standard.
type Dialect string

// The dialects.
const (
	DialectOktaWizard      Dialect = "OktaWizard"
	DialectOktaCatalogue   Dialect = "OktaCatalogue"
	DialectEntra           Dialect = "Entra"
	DialectEntraCompliant  Dialect = "EntraCompliant"
	DialectOneLogin        Dialect = "OneLogin"
	DialectJumpCloud       Dialect = "JumpCloud"
	DialectGoogleWorkspace Dialect = "GoogleWorkspace"
	DialectPing            Dialect = "Ping"
	DialectRippling        Dialect = "Rippling"
	DialectAwsSync         Dialect = "AwsSync"
	DialectGeneric         Dialect = "Generic"
)

// DialectInfo describes a dialect for help texts and documents.
type DialectInfo struct {
	Name    Dialect
	Meaning string
}

var dialectTable = []DialectInfo{
	{DialectOktaWizard, "Okta, an app made with the App Integration Wizard"},
	{DialectOktaCatalogue, "Okta, an app of its catalogue (OIN)"},
	{DialectEntra, "Microsoft Entra ID without its compliance flag"},
	{DialectEntraCompliant, "Microsoft Entra ID with aadOptscim062020 in its tenant URL"},
	{DialectOneLogin, "OneLogin"},
	{DialectJumpCloud, "JumpCloud"},
	{DialectGoogleWorkspace, "Google Workspace"},
	{DialectPing, "PingFederate and PingOne"},
	{DialectRippling, "Rippling"},
	{DialectAwsSync, "programs that were made to fill AWS, like idp-scim-sync and ssosync"},
	{DialectGeneric, "any other client: the standard, and what is forgiven to everybody"},
}

// DialectCatalogue lists every dialect.
func DialectCatalogue() []DialectInfo { return append([]DialectInfo(nil), dialectTable...) }

// DialectAuto is how an operator says that the dialect is to be found out.
const DialectAuto = "auto"

// ParseDialect reads the name of a dialect, without regard to case; [DialectAuto] is the unknown one.
func ParseDialect(name string) (Dialect, error) {
	if strings.EqualFold(name, DialectAuto) {
		return "", nil
	}
	names := []string{DialectAuto}
	for _, row := range dialectTable {
		if strings.EqualFold(string(row.Name), name) {
			return row.Name, nil
		}
		names = append(names, string(row.Name))
	}
	var found problems
	found.add("Dialect", "There is no dialect %q; known are %s.", name, strings.Join(names, ", "))
	return "", found.err()
}

// Sighting is what the client of a connection was taken for.
type Sighting struct {
	Dialect Dialect
	// Sure tells that the clue leaves no doubt; a guess changes no answer, and gives way to a sure sighting.
	Sure bool
	Clue string // the fact of a request that told
	At   time.Time
}

// Beats reports whether the sighting takes the place of one that is there.
func (s Sighting) Beats(dialect Dialect, sure bool) bool {
	return s.Dialect != "" && (dialect == "" || s.Sure && !sure)
}

// Deviation is something that a client does against the standard and that a rule forgives.
type Deviation struct {
	Rule  string // name of the rule
	Count int    // requests in which it was seen; those of the last second before a server ends may be missing
	First time.Time
	Last  time.Time
}

// Observation is what the use of a connection told of it.
type Observation struct {
	At         time.Time
	Sighting   Sighting    // kept if it beats the one that is there; without a Dialect it is none
	Deviations []Deviation // whose counts are added to those that are there
}
