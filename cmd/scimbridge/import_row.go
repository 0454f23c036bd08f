package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/scimbridge/scimbridge/client"
)

// column is a row of the table of columns: how a cell of an imported file becomes part of a person, and where export
// finds it. set tells what is wrong with the cell.
type column struct {
	name string
	set  func(p *client.NewPerson, cell string) error
	get  func(p *client.Person) string
}

// text is a column of a text of the person.
func text(name string, of func(p *client.Person) *string) column {
	return column{name, func(p *client.NewPerson, cell string) error {
		*of(&p.Person) = cell
		return nil
	}, func(p *client.Person) string { return *of(p) }}
}

// employed is a column of a text of the employment.
func employed(name string, of func(e *client.Employee) *string) column {
	return column{name, func(p *client.NewPerson, cell string) error {
		if p.Employee == nil {
			p.Employee = new(client.Employee)
		}
		*of(p.Employee) = cell
		return nil
	}, func(p *client.Person) string {
		if p.Employee == nil {
			return ""
		}
		return *of(p.Employee)
	}}
}

// granted is a column of the access; without one the cell has nothing to say.
func granted(name string, set func(a *client.NewAccess, cell string) error) column {
	return column{name: name, set: func(p *client.NewPerson, cell string) error {
		if p.UserAccess == nil {
			return nil
		}
		return set(p.UserAccess, cell)
	}}
}

func flag(name string, of func(a *client.NewAccess) **bool) column {
	return granted(name, func(a *client.NewAccess, cell string) error {
		value, err := strconv.ParseBool(strings.ToLower(cell))
		if err != nil {
			return errors.New("must be true or false")
		}
		*of(a) = &value
		return nil
	})
}

func ids(name string, of func(a *client.NewAccess) *[]string) column {
	return granted(name, func(a *client.NewAccess, cell string) error {
		*of(a) = strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == ' ' })
		return nil
	})
}

// columns are all columns that an imported file may have, in the order in which an exported one has them.
var columns = []column{
	text("FirstName", func(p *client.Person) *string { return &p.FirstName }),
	text("LastName", func(p *client.Person) *string { return &p.LastName }),
	{"EmailAddress", setEmail, primaryEmail},
	text("Username", func(p *client.Person) *string { return &p.Username }),
	text("MiddleName", func(p *client.Person) *string { return &p.MiddleName }),
	text("PreferredName", func(p *client.Person) *string { return &p.PreferredName }),
	text("DisplayName", func(p *client.Person) *string { return &p.DisplayName }),
	text("Prefix", func(p *client.Person) *string { return &p.Prefix }),
	text("Suffix", func(p *client.Person) *string { return &p.Suffix }),
	{"PhoneNumber", setPhone, primaryPhone},
	text("Locale", func(p *client.Person) *string { return &p.Locale }),
	text("PreferredLanguage", func(p *client.Person) *string { return &p.PreferredLanguage }),
	text("TimeZone", func(p *client.Person) *string { return &p.TimeZone }),
	text("ExternalLoginUsername", func(p *client.Person) *string { return &p.ExternalLoginUsername }),
	text("ExternalReference", func(p *client.Person) *string { return &p.ExternalReference }),
	employed("EmployeeNumber", func(e *client.Employee) *string { return &e.EmployeeNumber }),
	employed("Title", func(e *client.Employee) *string { return &e.Title }),
	employed("Department", func(e *client.Employee) *string { return &e.Department }),
	employed("Division", func(e *client.Employee) *string { return &e.Division }),
	employed("CostCenter", func(e *client.Employee) *string { return &e.CostCenter }),
	employed("OrganizationName", func(e *client.Employee) *string { return &e.OrganizationName }),
	employed("EmploymentType", func(e *client.Employee) *string { return &e.EmploymentType }),
	employed("HireDate", func(e *client.Employee) *string { return &e.HireDate }),
	employed("TerminationDate", func(e *client.Employee) *string { return &e.TerminationDate }),
	employed("ManagerPersonId", func(e *client.Employee) *string { return &e.ManagerPersonId }),
	flag("IsActive", func(a *client.NewAccess) **bool { return &a.IsActive }),
	flag("SendInvitation", func(a *client.NewAccess) **bool { return &a.SendInvitation }),
	flag("MfaRequired", func(a *client.NewAccess) **bool { return &a.MfaRequired }),
	ids("RoleIds", func(a *client.NewAccess) *[]string { return &a.RoleIds }),
	ids("PermissionGroupIds", func(a *client.NewAccess) *[]string { return &a.PermissionGroupIds }),
	ids("OrganizationIds", func(a *client.NewAccess) *[]string { return &a.OrganizationIds }),
}

func setEmail(p *client.NewPerson, cell string) error {
	if parsed, err := mail.ParseAddress(cell); err != nil || parsed.Address != cell {
		return errors.New("is no e-mail address")
	}
	p.EmailAddresses = []client.EmailAddress{{Address: cell, Type: "Work", IsPrimary: true}}
	return nil
}

func primaryEmail(p *client.Person) string {
	for _, email := range p.EmailAddresses {
		if email.IsPrimary {
			return email.Address
		}
	}
	return ""
}

func setPhone(p *client.NewPerson, cell string) error {
	p.PhoneNumbers = []client.PhoneNumber{{Number: cell, Type: "Work", IsPrimary: true}}
	return nil
}

func primaryPhone(p *client.Person) string {
	for _, phone := range p.PhoneNumbers {
		if phone.IsPrimary {
			return phone.Number
		}
	}
	return ""
}

// header finds the columns of a file.
func header(names []string) ([]column, error) {
	var found []column
	for _, name := range names {
		name = strings.TrimPrefix(strings.TrimSpace(name), "\ufeff") // the mark that spreadsheets begin with
		at := slices.IndexFunc(columns, func(c column) bool { return strings.EqualFold(c.name, name) })
		if at < 0 {
			return nil, fmt.Errorf("the file has a column %q, which means nothing here; known are %s", name, strings.Join(columnNames(), ", "))
		}
		if slices.ContainsFunc(found, func(c column) bool { return c.name == columns[at].name }) {
			return nil, fmt.Errorf("the file has two columns %s", columns[at].name)
		}
		found = append(found, columns[at])
	}
	for _, needed := range []string{"FirstName", "LastName"} {
		if !slices.ContainsFunc(found, func(c column) bool { return c.name == needed }) {
			return nil, fmt.Errorf("the file needs a column %s", needed)
		}
	}
	return found, nil
}

func columnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// csvReader reads a file of rows, with the columns of its first line.
type csvReader struct {
	*csv.Reader
	columns []column
}

func newCSVReader(from io.Reader) (*csvReader, error) {
	reader := csv.NewReader(from)
	names, err := reader.Read()
	if err != nil {
		return nil, errors.New("the file has no first line with the names of its columns")
	}
	found, err := header(names)
	return &csvReader{reader, found}, err
}

// person makes a person of the cells of a row, or tells what is wrong with them.
func (r *csvReader) person(cells []string, access *client.NewAccess) (client.NewPerson, error) {
	in := client.NewPerson{}
	if access != nil {
		granted := *access
		in.UserAccess = &granted
	}
	var problems []error
	for i, cell := range cells {
		if cell = strings.TrimSpace(shown(cell)); cell == "" {
			continue
		}
		if err := r.columns[i].set(&in, cell); err != nil {
			problems = append(problems, fmt.Errorf("%s %w", r.columns[i].name, err))
		}
	}
	if in.FirstName == "" || in.LastName == "" {
		problems = append(problems, errors.New("FirstName and LastName are needed"))
	}
	return in, errors.Join(problems...)
}

// formula are what a spreadsheet may take a cell for that begins with it.
const formula = "=+-@\t\r"

// hidden keeps a spreadsheet from taking a cell for a formula, by an apostrophe; shown is what it was.
func hidden(cell string) string {
	if cell != "" && strings.ContainsRune(formula, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func shown(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formula, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}
