package domain

import (
	"strings"
	"time"
)

// FullName is the formatted name: what the caller's connection sent as such, else the name from its parts.
func (p *Person) FullName() string {
	if p.Link != nil && p.Link.Echo.FormattedName != "" {
		return p.Link.Echo.FormattedName
	}
	return p.NameFromParts()
}

// NameFromParts is the full name from its parts.
func (p *Profile) NameFromParts() string {
	return joined(" ", p.Prefix, p.FirstName, p.MiddleName, p.LastName, p.Suffix)
}

// FromParts is the address from its parts, as for an envelope.
func (a *StreetAddress) FromParts() string {
	return joined("\n", a.Street, joined(", ", a.City, joined(" ", a.Region, a.PostalCode)), a.Country)
}

// shown is the address as it is shown: as somebody formatted it, else from its parts.
func (a *StreetAddress) shown() string {
	if a.Formatted != "" {
		return a.Formatted
	}
	return a.FromParts()
}

// AttrStreetShown is for conditions on addresses alone: it follows from the others, and is no attribute of the collection.
var AttrStreetShown = computed("ShownAddress", Text, 0, func(a *StreetAddress, _ time.Time) Value { return TextValue(a.shown()) })

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	var all strings.Builder
	for _, text := range texts {
		if text == "" {
			continue
		}
		if all.Len() > 0 {
			all.WriteString(separator)
		}
		all.WriteString(text)
	}
	return all.String()
}
