package rest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// personFilters are the filters of Common/Persons, all of which a person must meet.
var personFilters = slices.Concat(paging, extending, contactFilters, []parameter{
	{"EmployeeNumber", comparing(domain.AttrEmployeeNumber, domain.Equal)},
	{"ExternalReference", comparing(domain.AttrExternalReference, domain.Equal)},
	{"UpdatedSince", updatedSince},
})

// userFilters are the filters of UserManagement/Users, all of which a user must meet.
var userFilters = slices.Concat(paging, extending, contactFilters, []parameter{
	{"Username", comparing(domain.AttrUsername, domain.Contains)},
	{"IsActive", comparingBool(domain.AttrIsActive)},
	{"MfaRequired", comparingBool(domain.AttrMfaRequired)},
	{"LoginState", loginState},
	{"State", state},
	{"RoleId", comparingID(func(id uuid.UUID) domain.Condition {
		return domain.Some{Collection: domain.RolesHeld, Where: sameID(domain.AttrRole, id)}
	})},
	{"PermissionGroupId", comparingID(func(id uuid.UUID) domain.Condition {
		return domain.Some{Collection: domain.Memberships, Where: sameID(domain.AttrMembershipGroup, id)}
	})},
	{"OrganizationId", comparingID(func(id uuid.UUID) domain.Condition {
		return domain.Some{Collection: domain.Organizations, Where: sameID(domain.AttrOrganization, id)}
	})},
	{"IdentityProviderId", comparingID(func(id uuid.UUID) domain.Condition { return sameID(domain.AttrProvider, id) })},
	{"EmployeeNumber", comparing(domain.AttrEmployeeNumber, domain.Equal)},
	{"HasLoggedIn", hasLoggedIn},
	{"UpdatedSince", updatedSince},
})

// contactFilters find people by a part of a name or address.
var contactFilters = []parameter{
	{"EmailAddress", func(value string, into *asked) string {
		return into.add(domain.Some{Collection: domain.Emails, Where: domain.Compare{
			Attribute: domain.AttrEmailAddress, Operator: domain.Contains, Value: domain.TextValue(value)}})
	}},
	{"FirstName", comparing(domain.AttrFirstName, domain.Contains)},
	{"LastName", comparing(domain.AttrLastName, domain.Contains)},
	{"DisplayName", comparing(domain.AttrShownName, domain.Contains)},
}

func (a *asked) add(condition domain.Condition) (problem string) {
	a.where = append(a.where, condition)
	return ""
}

func comparing(attribute *domain.Attribute, operator domain.Operator) func(string, *asked) string {
	return func(value string, into *asked) string {
		return into.add(domain.Compare{Attribute: attribute, Operator: operator, Value: domain.TextValue(value)})
	}
}

func comparingBool(attribute *domain.Attribute) func(string, *asked) string {
	return func(value string, into *asked) string {
		wanted, problem := parseBool(value)
		if problem != "" {
			return problem
		}
		return into.add(domain.Compare{Attribute: attribute, Operator: domain.Equal, Value: domain.BoolValue(wanted)})
	}
}

func comparingID(condition func(id uuid.UUID) domain.Condition) func(string, *asked) string {
	return func(value string, into *asked) string {
		id, ok := parseID(value)
		if !ok {
			return "The value must be an id (a UUID)."
		}
		return into.add(condition(id))
	}
}

func sameID(attribute *domain.Attribute, id uuid.UUID) domain.Condition {
	return domain.Compare{Attribute: attribute, Operator: domain.Equal, Value: domain.IDValue(id)}
}

func loginState(value string, into *asked) string {
	var known []string
	for _, each := range domain.LoginStates() {
		known = append(known, string(each))
	}
	kept, problem := oneOf(known...)(value)
	if problem != "" {
		return problem
	}
	return comparing(domain.AttrLoginState, domain.Equal)(kept, into)
}

// state chooses who is looked at; without it that is everybody with access.
func state(value string, into *asked) string {
	kept, problem := oneOf(string(domain.StateNotProvisioned), string(domain.StateInvited), string(domain.StateActive),
		string(domain.StateInactive), string(domain.StateAnonymized))(value)
	switch domain.State(kept) {
	case "":
		return problem
	case domain.StateNotProvisioned:
		into.who = domain.WithoutAccess
	case domain.StateAnonymized:
		into.who = domain.AnonymizedOnly
	default:
		return comparing(domain.AttrState, domain.Equal)(kept, into)
	}
	return ""
}

func hasLoggedIn(value string, into *asked) string {
	wanted, problem := parseBool(value)
	if problem != "" {
		return problem
	}
	if !wanted {
		return into.add(domain.Not{Condition: domain.Present{Attribute: domain.AttrLastLoginAt}})
	}
	return into.add(domain.Present{Attribute: domain.AttrLastLoginAt})
}

func updatedSince(value string, into *asked) string {
	at, problem := parseInstant(value)
	if problem != "" {
		return problem
	}
	return into.add(domain.Compare{Attribute: domain.AttrUpdatedAt, Operator: domain.GreaterOrEqual, Value: domain.TimeValue(at)})
}

// parseInstant takes a time of RFC 3339. A + that was sent unencoded arrives as a blank, and no time has one there.
func parseInstant(value string) (at time.Time, problem string) {
	at, err := time.Parse(time.RFC3339, strings.ReplaceAll(value, " ", "+"))
	if err != nil {
		return time.Time{}, "The value must be a time (RFC 3339), like 2026-03-31T12:00:00Z."
	}
	return at, ""
}
