package store

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// column is one row of the column table: how a column of a person is written and read.
type column struct {
	name  string
	write func(p *domain.Person) any // the argument; nil: not written through the table
	read  func(p *domain.Person) any // the target; nil: never read
	once  bool                       // written by an insert only
	id    bool                       // holds an id, which is packed as text
}

// texts makes the columns of a text attribute: the text and, unless it is compared as it is, its folded twin.
func textColumns(name string, attribute *domain.Attribute) []column {
	columns := []column{{
		name:  name,
		write: func(p *domain.Person) any { return *attribute.Ref(p) },
		read:  func(p *domain.Person) any { return (*textTarget)(attribute.Ref(p)) },
	}}
	if !attribute.Exact {
		columns = append(columns, column{
			name:  name + "_folded",
			write: func(p *domain.Person) any { return domain.Fold(*attribute.Ref(p)) },
		})
	}
	return columns
}

// textRow is a row of the column table for a text attribute of a table's own.
type textRow struct {
	attribute *domain.Attribute
	column    string
}

var personTexts = []textRow{
	{domain.AttrFirstName, "first_name"},
	{domain.AttrLastName, "last_name"},
	{domain.AttrMiddleName, "middle_name"},
	{domain.AttrPreferredName, "preferred_name"},
	{domain.AttrDisplayName, "display_name"},
	{domain.AttrPrefix, "prefix"},
	{domain.AttrSuffix, "suffix"},
	{domain.AttrLocale, "locale"},
	{domain.AttrPreferredLanguage, "preferred_language"},
	{domain.AttrTimeZone, "time_zone"},
	{domain.AttrExternalReference, "external_reference"},
	{domain.AttrEmployeeNumber, "employee_number"},
	{domain.AttrTitle, "title"},
	{domain.AttrDepartment, "department"},
	{domain.AttrDivision, "division"},
	{domain.AttrCostCenter, "cost_center"},
	{domain.AttrOrganizationName, "organization_name"},
	{domain.AttrEmploymentType, "employment_type"},
	{domain.AttrHireDate, "hire_date"},
	{domain.AttrTerminationDate, "termination_date"},
	{domain.AttrManager, "manager"},
	{domain.AttrExternalLogin, "external_login"},
	{domain.AttrSuggestedUsername, "username"},
}

var personColumns = slices.Concat([]column{
	{name: "person_id", write: func(p *domain.Person) any { return p.ID }, read: func(p *domain.Person) any { return (*idTarget)(&p.ID) }, once: true, id: true},
	{name: "version", write: func(p *domain.Person) any { return p.Version }, read: func(p *domain.Person) any { return (*numberTarget)(&p.Version) }},
	{name: "created_at", write: func(p *domain.Person) any { return micros(p.CreatedAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.CreatedAt) }, once: true},
	{name: "updated_at", write: func(p *domain.Person) any { return micros(p.UpdatedAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.UpdatedAt) }},
	{name: "anonymized_at", write: func(p *domain.Person) any { return micros(p.AnonymizedAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.AnonymizedAt) }},
	{name: "legacy_id", write: func(p *domain.Person) any { return p.LegacyID }, read: func(p *domain.Person) any { return (*textTarget)(&p.LegacyID) }},
	{name: "shown_name", write: func(p *domain.Person) any { return p.ShownName() }},
	{name: "shown_name_folded", write: func(p *domain.Person) any { return domain.Fold(p.ShownName()) }},
	{name: "manager_id", write: func(p *domain.Person) any { return p.Employee.ManagerID() }},
	{name: "emails", write: func(p *domain.Person) any { return encodeEmails(p.Emails) }, read: func(p *domain.Person) any { return (*emailsTarget)(&p.Emails) }},
	{name: "emails_folded", write: func(p *domain.Person) any { return folded(domain.Emails, p) }},
	{name: "phones", write: func(p *domain.Person) any { return encodePhones(p.Phones) }, read: func(p *domain.Person) any { return (*phonesTarget)(&p.Phones) }},
	{name: "phones_folded", write: func(p *domain.Person) any { return folded(domain.Phones, p) }},
	{name: "addresses", write: func(p *domain.Person) any { return encodeAddresses(p.Addresses) }, read: func(p *domain.Person) any { return (*addressesTarget)(&p.Addresses) }},
	{name: "addresses_folded", write: func(p *domain.Person) any { return folded(domain.Addresses, p) }},
}, expand(personTexts))

var accessColumns = slices.Concat([]column{
	{name: "person_id", write: func(p *domain.Person) any { return p.ID }, once: true},
	{name: "is_active", write: func(p *domain.Person) any { return p.Access.IsActive }, read: func(p *domain.Person) any { return (*flagTarget)(&p.Access.IsActive) }},
	{name: "activated_at", write: func(p *domain.Person) any { return micros(p.Access.ActivatedAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.ActivatedAt) }},
	{name: "deactivated_at", write: func(p *domain.Person) any { return micros(p.Access.DeactivatedAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.DeactivatedAt) }},
	{name: "deactivated_by", write: func(p *domain.Person) any { return string(p.Access.DeactivatedBy) }, read: func(p *domain.Person) any { return (*textTarget)(&p.Access.DeactivatedBy) }},
	{name: "mfa_required", write: func(p *domain.Person) any { return p.Access.MfaRequired }, read: func(p *domain.Person) any { return (*flagTarget)(&p.Access.MfaRequired) }},
	{name: "mfa_enrolled_at", write: func(p *domain.Person) any { return micros(p.Access.MfaEnrolledAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.MfaEnrolledAt) }},
	{name: "identity_provider_id", write: func(p *domain.Person) any { return p.Access.IdentityProviderID }, read: func(p *domain.Person) any { return (*idTarget)(&p.Access.IdentityProviderID) }, id: true},
	{name: "organizations", write: func(p *domain.Person) any { return folded(domain.Organizations, p) }, read: func(p *domain.Person) any { return (*organizationsTarget)(&p.Access.OrganizationIDs) }},
	{name: "invitation_wanted", write: func(p *domain.Person) any { return p.Access.InvitationWanted }, read: func(p *domain.Person) any { return (*flagTarget)(&p.Access.InvitationWanted) }},
	{name: "invited_at", write: func(p *domain.Person) any { return micros(p.Access.InvitedAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.InvitedAt) }},
	{name: "invitation_expires", write: func(p *domain.Person) any { return micros(p.Access.InvitationExpires) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.InvitationExpires) }},
	{name: "invitation_count", write: func(p *domain.Person) any { return int64(p.Access.InvitationCount) }, read: func(p *domain.Person) any { return (*countTarget)(&p.Access.InvitationCount) }},
	{name: "reset_expires", write: func(p *domain.Person) any { return micros(p.Access.ResetExpires) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.ResetExpires) }},
	{name: "must_reset_password", write: func(p *domain.Person) any { return p.Access.MustResetPassword }, read: func(p *domain.Person) any { return (*flagTarget)(&p.Access.MustResetPassword) }},
	{name: "locked_until", write: func(p *domain.Person) any { return micros(p.Access.LockedUntil) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.LockedUntil) }},
	{name: "last_login_at", write: func(p *domain.Person) any { return micros(p.Access.LastLoginAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.LastLoginAt) }},
	{name: "created_at", write: func(p *domain.Person) any { return micros(p.Access.CreatedAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Access.CreatedAt) }, once: true},
	{name: "is_protected", write: func(p *domain.Person) any { return p.Access.Protected }, read: func(p *domain.Person) any { return (*flagTarget)(&p.Access.Protected) }, once: true},
	{name: "administers", write: func(p *domain.Person) any { return p.Access.Administers }, read: func(p *domain.Person) any { return (*flagTarget)(&p.Access.Administers) }, once: true},
	{name: "break_glass", write: func(p *domain.Person) any { return p.Access.BreakGlass }, read: func(p *domain.Person) any { return (*flagTarget)(&p.Access.BreakGlass) }},
	// The identity account's copies. They are never read: they are for signing in and for mails.
	{name: "email_copy", write: func(p *domain.Person) any { return p.PrimaryEmail() }},
	{name: "email_folded", write: func(p *domain.Person) any { return domain.Fold(p.PrimaryEmail()) }},
	{name: "username_skeleton", write: func(p *domain.Person) any { return domain.Skeleton(p.Access.Username) }},
	{name: "phone_copy", write: func(p *domain.Person) any { return p.PrimaryPhone() }},
}, textColumns("username", domain.AttrUsername))

var linkColumns = slices.Concat([]column{
	{name: "person_id", write: func(p *domain.Person) any { return p.ID }, once: true},
	{name: "connection_id", write: func(p *domain.Person) any { return p.Link.Connection }, read: func(p *domain.Person) any { return (*idTarget)(&p.Link.Connection) }, once: true, id: true},
	{name: "hidden_at", write: func(p *domain.Person) any { return micros(p.Link.HiddenAt) }, read: func(p *domain.Person) any { return (*instantTarget)(&p.Link.HiddenAt) }},
	{name: "hidden_slot", write: func(p *domain.Person) any { return hiddenSlot(p.Link, p.ID) }},
	{name: "projected_login", write: func(p *domain.Person) any { return p.Link.ProjectedLogin }, read: func(p *domain.Person) any { return (*textTarget)(&p.Link.ProjectedLogin) }},
	// The texts of the echo have columns of their own; they are read after it, and written without it.
	{name: "echo", write: func(p *domain.Person) any { return encodeEcho(echoLists(p.Link.Echo)) }, read: func(p *domain.Person) any { return (*echoTarget)(&p.Link.Echo) }},
	{name: "echo_folded", write: func(p *domain.Person) any { return foldedEcho(p) }},
}, textColumns("external_key", domain.AttrExternalKey), textColumns("formatted_name", domain.AttrFormattedName),
	textColumns("profile_url", domain.AttrProfileURL))

func expand(rows []textRow) []column {
	var columns []column
	for _, row := range rows {
		columns = append(columns, textColumns(row.column, row.attribute)...)
	}
	return columns
}

func folded(c *domain.Collection, p *domain.Person) string {
	if c.Len(p) == 0 {
		return emptyArray
	}
	return string(foldedElements(make([]byte, 0, 256), c, p))
}

// foldedEcho is what conditions on echoed collections are asked of.
func foldedEcho(p *domain.Person) string {
	if echoLists(p.Link.Echo).IsZero() {
		return emptyObject
	}
	text := []byte{'{'}
	for i, c := range []*domain.Collection{domain.Photos, domain.IMs, domain.Entitlements, domain.Certificates} {
		if i > 0 {
			text = append(text, ',')
		}
		text = foldedElements(append(appendQuoted(text, c.Name), ':'), c, p)
	}
	return string(append(text, '}'))
}

// hiddenSlot frees the external key of a hidden link for another: see the schema.
func hiddenSlot(l *domain.Link, of uuid.UUID) string {
	if l.Hidden() {
		return of.String()
	}
	return ""
}

// except is the columns without those of the names.
func except(columns []column, names ...string) []column {
	return slices.DeleteFunc(slices.Clone(columns), func(c column) bool { return slices.Contains(names, c.name) })
}

// selected lists the columns that are read, with the alias of their table, in a form that can be packed.
func selected(alias string, columns []column) string {
	var names []string
	for _, c := range columns {
		switch {
		case c.read == nil:
		case c.id:
			names = append(names, "{json_id}("+alias+"."+c.name+")")
		default:
			names = append(names, alias+"."+c.name)
		}
	}
	return strings.Join(names, ", ")
}

// targets adds the targets of the columns that are read.
func targets(into []any, columns []column, p *domain.Person) []any {
	for _, c := range columns {
		if c.read != nil {
			into = append(into, c.read(p))
		}
	}
	return into
}

// assigned lists the assignments of an update.
func assigned(columns []column) string {
	var list []string
	for _, c := range columns {
		if !c.once {
			list = append(list, c.name+" = ?")
		}
	}
	return strings.Join(list, ", ")
}

// values adds the arguments of an insert, or of an update without the columns that are written once.
func values(into []any, columns []column, p *domain.Person, inserting bool) []any {
	for _, c := range columns {
		if inserting || !c.once {
			into = append(into, c.write(p))
		}
	}
	return into
}
