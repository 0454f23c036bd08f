package domain

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Person is somebody a tenant knows. Access, if any, makes the person a user; Link is what the caller's SCIM
// connection keeps about the person.
//
// An empty text means "none" everywhere in the domain, so that absent, null and "" can't differ.
type Person struct {
	ID uuid.UUID
	Profile
	Username      string // a suggestion until access exists, then a mirror of Access.Username
	ExternalLogin string // ExternalLoginUsername; empty while the tenant has SSO off
	LegacyID      string
	Version       int64 // grows by one with every change of the person, the access or the link
	CreatedAt     time.Time
	UpdatedAt     time.Time
	AnonymizedAt  time.Time

	Access *UserAccess // nil: not provisioned
	Link   *Link       // nil: the caller's connection has not claimed the person

	Groups        []Membership         // filled for views only
	Rights        Rights               // filled for views only
	Tenants       []KnownTenant        // other tenants in which the person may act; filled for views only
	Invitation    *Invitation          // the last one; filled for views only
	Organizations map[uuid.UUID]string // names of those of the access by their ids; filled for views only
	Actions       []Action             // what the caller can do; filled for views only
	Receipt       uuid.UUID            // of the act that has just shut the person out, if it did
	ManagedBy     []string             // names of the connections that claimed the person; filled for views only
	ManagerName   string               // shown name of the manager; filled for views only
}

// Profile is what describes a person and may be changed through the Person routes.
type Profile struct {
	FirstName, LastName, MiddleName, PreferredName string
	DisplayName                                    string // empty: computed, see ShownName
	Prefix, Suffix                                 string
	Locale, PreferredLanguage, TimeZone            string
	ExternalReference                              string
	Emails                                         []EmailAddress
	Phones                                         []PhoneNumber
	Addresses                                      []StreetAddress
	Employee                                       Employee
}

// EmailAddress is one of a person's addresses.
type EmailAddress struct {
	ID         uuid.UUID
	Address    string
	Type       string // free text; Work, Home and Other are usual
	Display    string
	IsPrimary  bool
	VerifiedAt time.Time
}

// PhoneNumber is one of a person's numbers, as it was sent.
type PhoneNumber struct {
	ID        uuid.UUID
	Number    string
	Type      string
	Display   string
	IsPrimary bool
}

// StreetAddress is one of a person's postal addresses.
type StreetAddress struct {
	ID                                        uuid.UUID
	Type                                      string
	Formatted                                 string // empty: computed from the parts
	Street, City, Region, PostalCode, Country string
	IsPrimary                                 bool
}

// Employee is the employment of a person. The zero value means that there is no record.
type Employee struct {
	Number           string // unique per tenant, compared without case
	Title            string
	Department       string
	Division         string
	CostCenter       string
	OrganizationName string
	EmploymentType   string
	HireDate         string // YYYY-MM-DD
	TerminationDate  string // YYYY-MM-DD
	// Manager is the PersonId of the manager, or whatever a connector sent for it: an id that nobody has is
	// kept as it came and resolves itself when such a person appears.
	Manager string
}

// Exists reports whether there is an employee record.
func (e Employee) Exists() bool { return e != Employee{} }

// ManagerID is the manager as an id, uuid.Nil when Manager is empty or no id.
func (e Employee) ManagerID() uuid.UUID {
	id, err := uuid.Parse(e.Manager)
	if err != nil {
		return uuid.Nil
	}
	return id
}

// ShownName is the DisplayName, else the name computed from its parts, at last the username.
func (p *Person) ShownName() string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	if name := strings.TrimSpace(p.FirstName + " " + p.LastName); name != "" {
		return name
	}
	if p.Access != nil {
		return p.Access.Username
	}
	return p.Username
}

// PrimaryEmail is the address that mail goes to, "" when the person has none.
func (p *Profile) PrimaryEmail() string {
	for i := range p.Emails {
		if p.Emails[i].IsPrimary {
			return p.Emails[i].Address
		}
	}
	return ""
}

// PrimaryPhone is the primary number, "" when there is none.
func (p *Profile) PrimaryPhone() string {
	for i := range p.Phones {
		if p.Phones[i].IsPrimary {
			return p.Phones[i].Number
		}
	}
	return ""
}

// State derives where the person stands in the life of its access.
func (p *Person) State() State {
	if !p.AnonymizedAt.IsZero() {
		return StateAnonymized
	}
	if p.Access == nil {
		return StateNotProvisioned
	}
	return p.Access.state()
}

// clone copies the person deeply enough that a change of the copy leaves the original alone.
func (p *Person) clone() *Person {
	copied := *p
	copied.Emails = append([]EmailAddress(nil), p.Emails...)
	copied.Phones = append([]PhoneNumber(nil), p.Phones...)
	copied.Addresses = append([]StreetAddress(nil), p.Addresses...)
	if p.Access != nil {
		access := *p.Access
		access.OrganizationIDs = append([]uuid.UUID(nil), p.Access.OrganizationIDs...)
		copied.Access = &access
	}
	if p.Link != nil {
		link := *p.Link
		link.Echo = p.Link.Echo.clone()
		copied.Link = &link
	}
	return &copied
}
