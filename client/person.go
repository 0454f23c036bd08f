package client

import (
	"context"
	"time"
)

// Person is somebody known to the tenant, with or without access.
type Person struct {
	PersonId              string `json:",omitempty"`
	FirstName             string
	LastName              string
	MiddleName            string          `json:",omitempty"`
	PreferredName         string          `json:",omitempty"`
	DisplayName           string          `json:",omitempty"`
	Prefix                string          `json:",omitempty"`
	Suffix                string          `json:",omitempty"`
	Username              string          `json:",omitempty"` // of the access, or a suggestion for it
	EmailAddresses        []EmailAddress  `json:",omitempty"`
	PhoneNumbers          []PhoneNumber   `json:",omitempty"`
	StreetAddresses       []StreetAddress `json:",omitempty"`
	Locale                string          `json:",omitempty"` // BCP 47
	PreferredLanguage     string          `json:",omitempty"` // BCP 47
	TimeZone              string          `json:",omitempty"` // IANA
	ExternalLoginUsername string          `json:",omitempty"` // only while the tenant has SSO on
	ExternalReference     string          `json:",omitempty"`
	LegacyId              string          `json:",omitempty"`
	Employee              *Employee       `json:",omitempty"`
	Version               int64           `json:",omitempty"`
	CreatedAt             *time.Time      `json:",omitempty"`
	UpdatedAt             *time.Time      `json:",omitempty"`
	State                 string          `json:",omitempty"` // Anonymized, of somebody of whom nothing else is left
}

// EmailAddress is one of a person's addresses; the primary one gets the mails.
type EmailAddress struct {
	EmailAddressId string `json:",omitempty"`
	Address        string
	Type           string     `json:",omitempty"`
	IsPrimary      bool       `json:",omitempty"`
	VerifiedAt     *time.Time `json:",omitempty"`
}

// PhoneNumber is one of a person's numbers.
type PhoneNumber struct {
	PhoneNumberId string `json:",omitempty"`
	Number        string
	Type          string `json:",omitempty"`
	IsPrimary     bool   `json:",omitempty"`
}

// StreetAddress is one of a person's postal addresses.
type StreetAddress struct {
	StreetAddressId string `json:",omitempty"`
	Type            string `json:",omitempty"`
	Street          string `json:",omitempty"`
	City            string `json:",omitempty"`
	Region          string `json:",omitempty"`
	PostalCode      string `json:",omitempty"`
	Country         string `json:",omitempty"`
	IsPrimary       bool   `json:",omitempty"`
}

// Employee is what the employer knows of a person.
type Employee struct {
	EmployeeNumber   string `json:",omitempty"`
	Title            string `json:",omitempty"`
	Department       string `json:",omitempty"`
	Division         string `json:",omitempty"`
	CostCenter       string `json:",omitempty"`
	OrganizationName string `json:",omitempty"`
	EmploymentType   string `json:",omitempty"`
	HireDate         string `json:",omitempty"` // YYYY-MM-DD
	TerminationDate  string `json:",omitempty"`
	ManagerPersonId  string `json:",omitempty"`
}

// NewPerson is a person to be created, with access if UserAccess is there: both or neither.
type NewPerson struct {
	Person
	UserAccess *NewAccess `json:",omitempty"`
}

// CreatedPerson is a person with the access that was created with it, if any.
type CreatedPerson struct {
	Person
	UserAccess *User
}

// PersonFilter narrows a list of people; empty fields ask for nothing.
type PersonFilter struct {
	EmailAddress, FirstName, LastName, DisplayName string // partial, without regard to case
	EmployeeNumber, ExternalReference              string // exact
	UpdatedSince                                   time.Time
}

// Changes are fields of a JSON merge patch (RFC 7396): a name that is absent is left alone, nil clears it.
type Changes map[string]any

// People lists people, with and without access.
func (c *Client) People(ctx context.Context, filter PersonFilter, window Window) (Page[Person], error) {
	query := filters("EmailAddress", filter.EmailAddress, "FirstName", filter.FirstName, "LastName", filter.LastName, "DisplayName", filter.DisplayName,
		"EmployeeNumber", filter.EmployeeNumber, "ExternalReference", filter.ExternalReference, "UpdatedSince", moment(filter.UpdatedSince))
	return ask[Page[Person]](ctx, c, "GET /Common/Persons", call{query: window.query(query)})
}

func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// CreatePerson creates a person and, if asked for, access with it. It is safe to be sent again.
func (c *Client) CreatePerson(ctx context.Context, in NewPerson) (*CreatedPerson, error) {
	return c.CreatePersonOnce(ctx, "", in)
}

// CreatePersonOnce is CreatePerson under a key of the caller's: however often it is called with the same key and person
// within a day, also by another process, one person is created.
func (c *Client) CreatePersonOnce(ctx context.Context, key string, in NewPerson) (*CreatedPerson, error) {
	return find[CreatedPerson](ctx, c, "POST /Common/Persons", call{body: in, keyed: true, key: key})
}

// Person finds a person.
func (c *Client) Person(ctx context.Context, id string) (*Person, error) {
	return find[Person](ctx, c, "GET /Common/Persons/{PersonId}", call{path: []any{id}})
}

// ReplacePerson gives all simple fields new values; those that are empty are cleared. It fails with version_mismatch where
// in.Version is set and the person has moved on.
func (c *Client) ReplacePerson(ctx context.Context, id string, in Person) (*Person, error) {
	version := in.Version
	in.PersonId, in.Version, in.CreatedAt, in.UpdatedAt = "", 0, nil, nil
	return find[Person](ctx, c, "PUT /Common/Persons/{PersonId}", call{path: []any{id}, body: in, version: version})
}

// ChangePerson changes some fields of a person.
func (c *Client) ChangePerson(ctx context.Context, id string, changes Changes) (*Person, error) {
	return find[Person](ctx, c, "PATCH /Common/Persons/{PersonId}", call{path: []any{id}, body: changes})
}

// DeletePerson deletes a person who has no usable access.
func (c *Client) DeletePerson(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE /Common/Persons/{PersonId}", call{path: []any{id}})
}

// Employee reads the employment of a person.
func (c *Client) Employee(ctx context.Context, person string) (*Employee, error) {
	return find[Employee](ctx, c, "GET /Common/Persons/{PersonId}/Employee", call{path: []any{person}})
}

// ReplaceEmployee replaces the employment of a person.
func (c *Client) ReplaceEmployee(ctx context.Context, person string, in Employee) (*Employee, error) {
	return find[Employee](ctx, c, "PUT /Common/Persons/{PersonId}/Employee", call{path: []any{person}, body: in})
}

// ChangeEmployee changes some fields of the employment of a person.
func (c *Client) ChangeEmployee(ctx context.Context, person string, changes Changes) (*Employee, error) {
	return find[Employee](ctx, c, "PATCH /Common/Persons/{PersonId}/Employee", call{path: []any{person}, body: changes})
}
