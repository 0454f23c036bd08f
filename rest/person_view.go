package rest

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// text, instant and identifier are shown as null when there is none.
type (
	text       string
	instant    time.Time
	identifier uuid.UUID
)

// MarshalJSONTo implements json.MarshalerTo.
func (t text) MarshalJSONTo(into *jsontext.Encoder) error {
	if t == "" {
		return into.WriteToken(jsontext.Null)
	}
	return into.WriteToken(jsontext.String(string(t)))
}

// MarshalJSONTo implements json.MarshalerTo; the time is that of RFC 3339, in UTC.
func (t instant) MarshalJSONTo(into *jsontext.Encoder) error {
	if time.Time(t).IsZero() {
		return into.WriteToken(jsontext.Null)
	}
	return into.WriteToken(jsontext.String(time.Time(t).UTC().Format(time.RFC3339Nano)))
}

// MarshalJSONTo implements json.MarshalerTo.
func (i identifier) MarshalJSONTo(into *jsontext.Encoder) error {
	if uuid.UUID(i) == uuid.Nil {
		return into.WriteToken(jsontext.Null)
	}
	return into.WriteToken(jsontext.String(uuid.UUID(i).String()))
}

// itemsView is the envelope of a list without pages.
type itemsView struct {
	Items any `json:"Items"`
}

// personView is a Person as it is shown. It never holds anything of the identity account.
type personView struct {
	PersonId              uuid.UUID     `json:"PersonId"`
	FirstName             text          `json:"FirstName"`
	LastName              text          `json:"LastName"`
	MiddleName            text          `json:"MiddleName"`
	PreferredName         text          `json:"PreferredName"`
	DisplayName           text          `json:"DisplayName"`
	Prefix                text          `json:"Prefix"`
	Suffix                text          `json:"Suffix"`
	Username              text          `json:"Username"`
	EmailAddresses        []emailView   `json:"EmailAddresses"`
	PhoneNumbers          []phoneView   `json:"PhoneNumbers"`
	StreetAddresses       []addressView `json:"StreetAddresses"`
	Locale                text          `json:"Locale"`
	PreferredLanguage     text          `json:"PreferredLanguage"`
	TimeZone              text          `json:"TimeZone"`
	ExternalLoginUsername *text         `json:"ExternalLoginUsername,omitzero"`
	ExternalReference     text          `json:"ExternalReference"`
	LegacyId              text          `json:"LegacyId"`
	Employee              *employeeView `json:"Employee"`
	UserAccess            any           `json:"UserAccess,omitzero"`
	Version               int64         `json:"Version"`
	CreatedAt             instant       `json:"CreatedAt"`
	UpdatedAt             instant       `json:"UpdatedAt"`
}

type emailView struct {
	EmailAddressId uuid.UUID `json:"EmailAddressId"`
	Address        text      `json:"Address"`
	Type           text      `json:"Type"`
	IsPrimary      bool      `json:"IsPrimary"`
	VerifiedAt     instant   `json:"VerifiedAt"`
}

type phoneView struct {
	PhoneNumberId uuid.UUID `json:"PhoneNumberId"`
	Number        text      `json:"Number"`
	Type          text      `json:"Type"`
	IsPrimary     bool      `json:"IsPrimary"`
}

type addressView struct {
	StreetAddressId uuid.UUID `json:"StreetAddressId"`
	Type            text      `json:"Type"`
	Street          text      `json:"Street"`
	City            text      `json:"City"`
	Region          text      `json:"Region"`
	PostalCode      text      `json:"PostalCode"`
	Country         text      `json:"Country"`
	IsPrimary       bool      `json:"IsPrimary"`
}

type employeeView struct {
	EmployeeNumber   text `json:"EmployeeNumber"`
	Title            text `json:"Title"`
	Department       text `json:"Department"`
	Division         text `json:"Division"`
	CostCenter       text `json:"CostCenter"`
	OrganizationName text `json:"OrganizationName"`
	EmploymentType   text `json:"EmploymentType"`
	HireDate         text `json:"HireDate"`
	TerminationDate  text `json:"TerminationDate"`
	ManagerPersonId  text `json:"ManagerPersonId"`
}

// anonymizedView is all that is left of a person who was anonymised.
type anonymizedView struct {
	PersonId uuid.UUID    `json:"PersonId"`
	State    domain.State `json:"State"`
}

// viewPersonFor shows a person, with the access where the caller may read it.
func (c *call) viewPersonFor(p *domain.Person, with domain.With) any {
	if p.Access == nil || c.caller.RequireOrSelf(p.ID, domain.UsersRead) != nil {
		return c.viewPerson(p, nil)
	}
	return c.viewPerson(p, c.viewAccess(p, with))
}

// viewPerson shows a person with the given access; nil: without.
func (c *call) viewPerson(p *domain.Person, access any) any {
	if p.State() == domain.StateAnonymized {
		return anonymizedView{p.ID, p.State()}
	}
	if p.Access == nil {
		access = nil
	}
	view := personView{
		PersonId: p.ID, FirstName: text(p.FirstName), LastName: text(p.LastName), MiddleName: text(p.MiddleName),
		PreferredName: text(p.PreferredName), DisplayName: text(p.ShownName()), Prefix: text(p.Prefix), Suffix: text(p.Suffix),
		Username: text(p.Username), EmailAddresses: each(p.Emails, viewEmail), PhoneNumbers: each(p.Phones, viewPhone),
		StreetAddresses: each(p.Addresses, viewAddress), Locale: text(p.Locale), PreferredLanguage: text(p.PreferredLanguage),
		TimeZone: text(p.TimeZone), ExternalLoginUsername: c.externalLogin(p), ExternalReference: text(p.ExternalReference),
		LegacyId: text(p.LegacyID), UserAccess: access, Version: p.Version, CreatedAt: instant(p.CreatedAt), UpdatedAt: instant(p.UpdatedAt),
	}
	if p.Access != nil {
		view.Username = text(p.Access.Username)
	}
	if p.Employee.Exists() {
		employee := viewEmployee(p.Employee)
		view.Employee = &employee
	}
	return view
}

// externalLogin is left out of a view while the tenant has SSO off.
func (c *call) externalLogin(p *domain.Person) *text {
	if !c.caller.Sso {
		return nil
	}
	login := text(p.ExternalLogin)
	return &login
}

func each[E, V any](list []E, view func(*E) V) []V {
	views := make([]V, len(list))
	for i := range list {
		views[i] = view(&list[i])
	}
	return views
}

func viewEmail(e *domain.EmailAddress) emailView {
	return emailView{e.ID, text(e.Address), text(e.Type), e.IsPrimary, instant(e.VerifiedAt)}
}

func viewPhone(e *domain.PhoneNumber) phoneView {
	return phoneView{e.ID, text(e.Number), text(e.Type), e.IsPrimary}
}

func viewAddress(e *domain.StreetAddress) addressView {
	return addressView{e.ID, text(e.Type), text(e.Street), text(e.City), text(e.Region), text(e.PostalCode), text(e.Country), e.IsPrimary}
}

func viewEmployee(e domain.Employee) employeeView {
	return employeeView{
		EmployeeNumber: text(e.Number), Title: text(e.Title), Department: text(e.Department), Division: text(e.Division),
		CostCenter: text(e.CostCenter), OrganizationName: text(e.OrganizationName), EmploymentType: text(e.EmploymentType),
		HireDate: text(e.HireDate), TerminationDate: text(e.TerminationDate), ManagerPersonId: text(e.Manager),
	}
}
