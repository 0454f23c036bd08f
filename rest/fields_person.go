package rest

import (
	"slices"

	"github.com/scimbridge/scimbridge/domain"
)

// personTexts are the scalars of a Person. ExternalLoginUsername is not among them: it has its own gate.
var personTexts = []textRule{
	{"FirstName", domain.AttrFirstName, true, ordinary},
	{"LastName", domain.AttrLastName, true, ordinary},
	{"MiddleName", domain.AttrMiddleName, false, ordinary},
	{"PreferredName", domain.AttrPreferredName, false, ordinary},
	{"DisplayName", domain.AttrDisplayName, false, ordinary},
	{"Prefix", domain.AttrPrefix, false, ordinary},
	{"Suffix", domain.AttrSuffix, false, ordinary},
	{"Username", domain.AttrSuggestedUsername, false, key},
	{"Locale", domain.AttrLocale, false, languageTag},
	{"PreferredLanguage", domain.AttrPreferredLanguage, false, languageTag},
	{"TimeZone", domain.AttrTimeZone, false, timeZone},
	{"ExternalReference", domain.AttrExternalReference, false, ordinary},
}

// employeeTexts are the fields of an Employee.
var employeeTexts = []textRule{
	{"EmployeeNumber", domain.AttrEmployeeNumber, false, key},
	{"Title", domain.AttrTitle, false, ordinary},
	{"Department", domain.AttrDepartment, false, ordinary},
	{"Division", domain.AttrDivision, false, ordinary},
	{"CostCenter", domain.AttrCostCenter, false, ordinary},
	{"OrganizationName", domain.AttrOrganizationName, false, ordinary},
	{"EmploymentType", domain.AttrEmploymentType, false, ordinary},
	{"HireDate", domain.AttrHireDate, false, date},
	{"TerminationDate", domain.AttrTerminationDate, false, date},
	{"ManagerPersonId", domain.AttrManager, false, personID},
}

// employeeBody is an Employee as it is sent.
type employeeBody struct{ texts texts }

var employeeFields = textFields(employeeTexts, func(b *employeeBody) *texts { return &b.texts })

// personBody is a Person as it is sent.
type personBody struct {
	texts         texts
	externalLogin sent[string]
	emails        sent[[]elementBody]
	phones        sent[[]elementBody]
	addresses     sent[[]elementBody]
	employee      sent[employeeBody]
	access        sent[*accessBody]
}

// commonPersonFields are the fields of a Person in every request. What the server owns may come back in a body that
// was read before, and is ignored.
var commonPersonFields = slices.Concat(
	textFields(personTexts, func(b *personBody) *texts { return &b.texts }),
	[]field[personBody]{
		{"ExternalLoginUsername", setText(func(b *personBody) *sent[string] { return &b.externalLogin })},
		{emails.name, setElements(emails.fields, func(b *personBody) *sent[[]elementBody] { return &b.emails })},
		{phones.name, setElements(phones.fields, func(b *personBody) *sent[[]elementBody] { return &b.phones })},
		{addresses.name, setElements(addresses.fields, func(b *personBody) *sent[[]elementBody] { return &b.addresses })},
		{"Employee", readEmployee},
		{"PersonId", ignored[personBody]},
		{"LegacyId", ignored[personBody]},
		{"State", ignored[personBody]},
		{"Version", ignored[personBody]},
		{"CreatedAt", ignored[personBody]},
		{"UpdatedAt", ignored[personBody]},
	})

var (
	newPersonFields   = append(slices.Clone(commonPersonFields), field[personBody]{"UserAccess", readAccess})
	putPersonFields   = append(slices.Clone(commonPersonFields), field[personBody]{"UserAccess", noAccessButNull})
	patchPersonFields = append(slices.Clone(commonPersonFields), field[personBody]{"UserAccess", noAccess})
)

const accessElsewhere = "UserAccess is changed under UserManagement/Persons, not on the person; leave it out."

var noAccess = refusing[personBody](domain.CodeAccessNotUpdatable, accessElsewhere)

// noAccessButNull lets the nulls of serialisers pass. In a merge patch null would ask for the removal of access.
func noAccessButNull(r *reader, into *personBody) {
	if !r.null() {
		noAccess(r, into)
	}
}

func readEmployee(r *reader, into *personBody) {
	into.employee.present = true
	if !r.null() {
		into.employee.value.texts = texts{} // an Employee of no fields, which is not the same as null
		readFields(r, employeeFields, &into.employee.value)
	}
}

func readAccess(r *reader, into *personBody) {
	if r.null() {
		return
	}
	into.access = sent[*accessBody]{true, &accessBody{}}
	readFields(r, accessFields, into.access.value)
}
