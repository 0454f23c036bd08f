package domain

import (
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// sensitivity is how much of a value may be shown to those who look after a connection without being shown people.
type sensitivity int

const (
	secret    sensitivity = iota // nothing, not even whether it has a value; whatever the table does not know
	personal                     // enough to recognise the value for who knows it already
	contacts                     // as much of each part of each element
	reference                    // all of an id, and of whatever else stands for one as of a personal value
	public                       // all of it
)

// hidden is what is shown of a secret.
const hidden = "***"

// sensitivities has a row for every attribute and collection that the audit names, which a test proves.
var sensitivities = func() map[string]sensitivity {
	table := map[string]sensitivity{}
	for _, a := range []*Attribute{AttrID, AttrIsActive, AttrLocale, AttrPreferredLanguage, AttrTimeZone, AttrTitle, AttrDepartment, AttrDivision,
		AttrCostCenter, AttrOrganizationName, AttrEmploymentType, AttrMfaRequired, AttrMfaEnrolled, AttrProvider, AttrState, AttrLoginState,
		AttrInvitedAt, AttrActivatedAt, AttrLastLoginAt, AttrProvisionedAt, AttrCreatedAt, AttrUpdatedAt,
		AttrGroupID, AttrGroupName, AttrGroupDescription} {
		table[a.Name] = public
	}
	for _, a := range []*Attribute{AttrUsername, AttrSuggestedUsername, AttrExternalLogin, AttrFirstName, AttrLastName, AttrMiddleName, AttrPreferredName,
		AttrDisplayName, AttrShownName, AttrFullName, AttrPrefix, AttrSuffix, AttrExternalReference, AttrEmployeeNumber, AttrHireDate, AttrTerminationDate,
		AttrExternalKey, AttrFormattedName, AttrProfileURL} {
		table[a.Name] = personal
	}
	for _, c := range []*Collection{Organizations, Memberships, RolesHeld, OwnRoles, Members} {
		table[c.Name] = public
	}
	for _, c := range []*Collection{Emails, Phones, Addresses, Photos, IMs, Entitlements} {
		table[c.Name] = contacts
	}
	table[AttrManager.Name] = reference
	table[Certificates.Name] = secret
	return table
}()

// Conceal gives what may be shown of the value of an attribute or collection: all of it, as of a title or a state; a trace,
// as in a***@e***.org; or nothing, as of everything that has no row in the table.
func Conceal(attribute, value string) string {
	switch sensitivities[attribute] {
	case public:
		return value
	case personal:
		return trace(value)
	case reference:
		if uuid.Validate(value) == nil {
			return value
		}
		return trace(value)
	case contacts:
		return concealElements(value)
	default:
		if value == "" {
			return ""
		}
		return hidden
	}
}

// concealElements conceals the elements of a collection as the audit writes them: Address=a@b.org Type=Work; ….
func concealElements(value string) string {
	elements := strings.Split(value, "; ")
	for i, element := range elements {
		elements[i] = concealElement(element)
	}
	return strings.Join(elements, "; ")
}

// shownParts are the parts of elements that name nobody.
var shownParts = []string{AttrEmailType.Name, AttrEmailPrimary.Name}

// concealElement conceals the parts of one element. Values may have blanks and equal signs of their own, so that a part is
// taken to begin only where a known name does; everything else belongs to the value before it.
func concealElement(element string) string {
	var parts []string
	name, value := "", ""
	flush := func() {
		if name == "" && value == "" {
			return
		}
		shown := trace(value)
		for _, known := range shownParts {
			if name == known && len(value) <= 16 {
				shown = value
			}
		}
		if name != "" {
			shown = name + "=" + shown
		}
		parts = append(parts, shown)
	}
	for word := range strings.SplitSeq(element, " ") {
		if before, after, found := strings.Cut(word, "="); found && partNames[before] {
			flush()
			name, value = before, after
			continue
		}
		value += " " + word
	}
	flush()
	return strings.Join(parts, " ")
}

// partNames are the names that the parts of elements have.
var partNames = func() map[string]bool {
	names := map[string]bool{}
	for _, c := range personCollections {
		for _, a := range c.Attributes {
			names[a.Name] = true
		}
	}
	return names
}()

// trace leaves of a text its first character, and of an address also the first of its host and the host's last label.
func trace(value string) string {
	value = strings.TrimSpace(value)
	local, host, isAddress := strings.Cut(value, "@")
	if !isAddress {
		return firstOf(value)
	}
	label := ""
	if dot := strings.LastIndexByte(host, '.'); dot > 0 && isTopLevel(host[dot+1:]) {
		label = host[dot:]
	}
	return firstOf(local) + "@" + firstOf(host) + label
}

// isTopLevel tells whether the last label of a host may be that of a country or of a large domain, which many share.
func isTopLevel(label string) bool {
	return len(label) <= 6 && strings.Trim(label, "abcdefghijklmnopqrstuvwxyz") == ""
}

func firstOf(text string) string {
	if text == "" {
		return ""
	}
	_, size := utf8.DecodeRuneInString(text)
	if size == len(text) {
		return hidden // all of it would be shown
	}
	return text[:size] + hidden
}

// ConcealText conceals what is quoted, and what looks like an address, in a text that was made for people. It is cut after
// 512 bytes.
func ConcealText(text string) string {
	const limit = 512
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	if !strings.ContainsAny(text, "@\"") {
		return text
	}
	parts := strings.Split(text, `"`)
	for i, part := range parts {
		if i%2 == 1 {
			parts[i] = trace(part)
			continue
		}
		words := strings.Split(part, " ")
		for k, word := range words {
			if strings.Contains(word, "@") {
				words[k] = trace(strings.Trim(word, `'()[]<>,;:.`))
			}
		}
		parts[i] = strings.Join(words, " ")
	}
	return strings.Join(parts, `"`)
}

// concealed is the list of changes as it may be shown.
func concealed(changes []Change) []Change {
	if len(changes) == 0 {
		return nil
	}
	shown := make([]Change, 0, len(changes))
	for _, change := range changes {
		if change.Attribute != receiptChange { // that is the audit's, not the request's
			shown = append(shown, Change{change.Attribute, Conceal(change.Attribute, change.Before), Conceal(change.Attribute, change.After)})
		}
	}
	return shown
}
