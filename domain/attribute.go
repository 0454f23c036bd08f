package domain

import (
	"time"

	"github.com/google/uuid"
)

// Attribute is one row of the attribute table: a named property of a person, a group or an element of one of
// their collections. From the table come the comparison of before and after, the audit of a change, and the
// evaluation of conditions; the store's column table and the doors' binding tables refer to it.
type Attribute struct {
	Name   string
	Kind   Kind
	Exact  bool   // text that is compared with its case
	Aspect Aspect // what a change of it touches; 0: it is never changed directly
	text   func(record any) *string
	get    func(record any, now time.Time) Value
}

// Kind is the type of an attribute's value.
type Kind int

// The kinds of values.
const (
	Text Kind = iota
	Bool
	Time
	ID
)

// Value is a value of any kind; only the field of its kind counts.
type Value struct {
	Kind Kind
	Text string
	Bool bool
	Time time.Time
	ID   uuid.UUID
}

// TextValue makes a Value of text.
func TextValue(text string) Value { return Value{Kind: Text, Text: text} }

// BoolValue makes a Value of a boolean.
func BoolValue(b bool) Value { return Value{Kind: Bool, Bool: b} }

// TimeValue makes a Value of a time.
func TimeValue(t time.Time) Value { return Value{Kind: Time, Time: t} }

// IDValue makes a Value of an id.
func IDValue(id uuid.UUID) Value { return Value{Kind: ID, ID: id} }

// String is the value as the audit shows it: "" for none.
func (v Value) String() string {
	switch v.Kind {
	case Bool:
		if v.Bool {
			return "true"
		}
		return "false"
	case Time:
		if v.Time.IsZero() {
			return ""
		}
		return v.Time.UTC().Format(time.RFC3339Nano)
	case ID:
		if v.ID == uuid.Nil {
			return ""
		}
		return v.ID.String()
	default:
		return v.Text
	}
}

// IsZero reports whether there is no value; false is a value.
func (v Value) IsZero() bool {
	switch v.Kind {
	case Bool:
		return false
	case Time:
		return v.Time.IsZero()
	case ID:
		return v.ID == uuid.Nil
	default:
		return v.Text == ""
	}
}

// Get reads the attribute of a record (*Person, *Group, or an element of a collection).
func (a *Attribute) Get(record any, now time.Time) Value {
	if a.text != nil {
		if text := a.text(record); text != nil {
			return TextValue(*text)
		}
		return Value{Kind: Text}
	}
	return a.get(record, now)
}

// Ref points at the text of a writable text attribute inside the record; nil when the record has no place for
// it (an access attribute of a person without access) or the attribute is no writable text.
func (a *Attribute) Ref(record any) *string {
	if a.text == nil {
		return nil
	}
	return a.text(record)
}

// Aspect is a part of a person that a change touches. Each has its permission and its consequences.
type Aspect uint

// The aspects.
const (
	AspectProfile Aspect = 1 << iota
	AspectExternalLogin
	AspectUsername
	AspectActive
	AspectMfa
	AspectProvider
	AspectOrganizations
	AspectLink
	AspectRoles  // held directly; moved, not edited (see Appointments)
	AspectGroups // membership of groups; moved, too
)

func text[R any](name string, aspect Aspect, ref func(*R) *string) *Attribute {
	return &Attribute{Name: name, Kind: Text, Aspect: aspect, text: func(record any) *string { return ref(record.(*R)) }}
}

func exact(a *Attribute) *Attribute {
	a.Exact = true
	return a
}

func computed[R any](name string, kind Kind, aspect Aspect, get func(*R, time.Time) Value) *Attribute {
	return &Attribute{Name: name, Kind: kind, Aspect: aspect, get: func(record any, now time.Time) Value { return get(record.(*R), now) }}
}

func accessText(name string, aspect Aspect, ref func(*UserAccess) *string) *Attribute {
	return text(name, aspect, func(p *Person) *string {
		if p.Access == nil {
			return nil
		}
		return ref(p.Access)
	})
}

func ofAccess(name string, kind Kind, aspect Aspect, get func(*UserAccess) Value) *Attribute {
	return computed(name, kind, aspect, func(p *Person, _ time.Time) Value {
		if p.Access == nil {
			return Value{Kind: kind}
		}
		return get(p.Access)
	})
}

func linkText(name string, ref func(*Link) *string) *Attribute {
	return text(name, AspectLink, func(p *Person) *string {
		if p.Link == nil {
			return nil
		}
		return ref(p.Link)
	})
}

// The attributes of a person.
var (
	AttrID                = computed("PersonId", ID, 0, func(p *Person, _ time.Time) Value { return IDValue(p.ID) })
	AttrFirstName         = text("FirstName", AspectProfile, func(p *Person) *string { return &p.FirstName })
	AttrLastName          = text("LastName", AspectProfile, func(p *Person) *string { return &p.LastName })
	AttrMiddleName        = text("MiddleName", AspectProfile, func(p *Person) *string { return &p.MiddleName })
	AttrPreferredName     = text("PreferredName", AspectProfile, func(p *Person) *string { return &p.PreferredName })
	AttrDisplayName       = text("DisplayName", AspectProfile, func(p *Person) *string { return &p.DisplayName })
	AttrShownName         = computed("ShownName", Text, 0, func(p *Person, _ time.Time) Value { return TextValue(p.ShownName()) })
	AttrFullName          = computed("FullName", Text, 0, func(p *Person, _ time.Time) Value { return TextValue(p.FullName()) })
	AttrPrefix            = text("Prefix", AspectProfile, func(p *Person) *string { return &p.Prefix })
	AttrSuffix            = text("Suffix", AspectProfile, func(p *Person) *string { return &p.Suffix })
	AttrLocale            = text("Locale", AspectProfile, func(p *Person) *string { return &p.Locale })
	AttrPreferredLanguage = text("PreferredLanguage", AspectProfile, func(p *Person) *string { return &p.PreferredLanguage })
	AttrTimeZone          = text("TimeZone", AspectProfile, func(p *Person) *string { return &p.TimeZone })
	AttrExternalReference = exact(text("ExternalReference", AspectProfile, func(p *Person) *string { return &p.ExternalReference }))
	AttrEmployeeNumber    = text("EmployeeNumber", AspectProfile, func(p *Person) *string { return &p.Employee.Number })
	AttrTitle             = text("Title", AspectProfile, func(p *Person) *string { return &p.Employee.Title })
	AttrDepartment        = text("Department", AspectProfile, func(p *Person) *string { return &p.Employee.Department })
	AttrDivision          = text("Division", AspectProfile, func(p *Person) *string { return &p.Employee.Division })
	AttrCostCenter        = text("CostCenter", AspectProfile, func(p *Person) *string { return &p.Employee.CostCenter })
	AttrOrganizationName  = text("OrganizationName", AspectProfile, func(p *Person) *string { return &p.Employee.OrganizationName })
	AttrEmploymentType    = text("EmploymentType", AspectProfile, func(p *Person) *string { return &p.Employee.EmploymentType })
	AttrHireDate          = exact(text("HireDate", AspectProfile, func(p *Person) *string { return &p.Employee.HireDate }))
	AttrTerminationDate   = exact(text("TerminationDate", AspectProfile, func(p *Person) *string { return &p.Employee.TerminationDate }))
	AttrManager           = exact(text("ManagerPersonId", AspectProfile, func(p *Person) *string { return &p.Employee.Manager }))
	AttrExternalLogin     = text("ExternalLoginUsername", AspectExternalLogin, func(p *Person) *string { return &p.ExternalLogin })
	AttrCreatedAt         = computed("CreatedAt", Time, 0, func(p *Person, _ time.Time) Value { return TimeValue(p.CreatedAt) })
	AttrUpdatedAt         = computed("UpdatedAt", Time, 0, func(p *Person, _ time.Time) Value { return TimeValue(p.UpdatedAt) })
	AttrState             = computed("State", Text, 0, func(p *Person, _ time.Time) Value { return TextValue(string(p.State())) })
	AttrLoginState        = computed("LoginState", Text, 0, func(p *Person, now time.Time) Value { return TextValue(string(p.LoginState(now))) })

	// AttrSuggestedUsername is the Person's own Username, AttrUsername the one that signs in.
	AttrSuggestedUsername = text("SuggestedUsername", AspectProfile, func(p *Person) *string { return &p.Username })
	AttrUsername          = accessText("Username", AspectUsername, func(a *UserAccess) *string { return &a.Username })
	AttrIsActive          = ofAccess("IsActive", Bool, AspectActive, func(a *UserAccess) Value { return BoolValue(a.IsActive) })
	AttrMfaRequired       = ofAccess("MfaRequired", Bool, AspectMfa, func(a *UserAccess) Value { return BoolValue(a.MfaRequired) })
	AttrMfaEnrolled       = ofAccess("MfaEnrolled", Bool, 0, func(a *UserAccess) Value { return BoolValue(!a.MfaEnrolledAt.IsZero()) })
	AttrProvider          = ofAccess("IdentityProviderId", ID, AspectProvider, func(a *UserAccess) Value { return IDValue(a.IdentityProviderID) })
	AttrInvitedAt         = ofAccess("InvitedAt", Time, 0, func(a *UserAccess) Value { return TimeValue(a.InvitedAt) })
	AttrActivatedAt       = ofAccess("ActivatedAt", Time, 0, func(a *UserAccess) Value { return TimeValue(a.ActivatedAt) })
	AttrLastLoginAt       = ofAccess("LastLoginAt", Time, 0, func(a *UserAccess) Value { return TimeValue(a.LastLoginAt) })
	AttrProvisionedAt     = ofAccess("ProvisionedAt", Time, 0, func(a *UserAccess) Value { return TimeValue(a.CreatedAt) })

	AttrExternalKey   = exact(linkText("ExternalKey", func(l *Link) *string { return &l.ExternalKey }))
	AttrFormattedName = linkText("FormattedName", func(l *Link) *string { return &l.Echo.FormattedName })
	AttrProfileURL    = linkText("ProfileUrl", func(l *Link) *string { return &l.Echo.ProfileURL })
)

// PersonAttributes lists every attribute of a person, in the order in which the audit shows them.
func PersonAttributes() []*Attribute { return personAttributes }

var personAttributes = []*Attribute{
	AttrID, AttrUsername, AttrSuggestedUsername, AttrExternalLogin, AttrIsActive,
	AttrFirstName, AttrLastName, AttrMiddleName, AttrPreferredName, AttrDisplayName, AttrShownName, AttrFullName, AttrPrefix, AttrSuffix,
	AttrLocale, AttrPreferredLanguage, AttrTimeZone, AttrExternalReference,
	AttrEmployeeNumber, AttrTitle, AttrDepartment, AttrDivision, AttrCostCenter, AttrOrganizationName, AttrEmploymentType,
	AttrHireDate, AttrTerminationDate, AttrManager,
	AttrMfaRequired, AttrMfaEnrolled, AttrProvider, AttrState, AttrLoginState,
	AttrInvitedAt, AttrActivatedAt, AttrLastLoginAt, AttrProvisionedAt, AttrCreatedAt, AttrUpdatedAt,
	AttrExternalKey, AttrFormattedName, AttrProfileURL,
}

// The attributes of a group.
var (
	AttrGroupID          = computed("PermissionGroupId", ID, 0, func(g *Group, _ time.Time) Value { return IDValue(g.ID) })
	AttrGroupName        = text("Name", AspectProfile, func(g *Group) *string { return &g.Name })
	AttrGroupDescription = text("Description", AspectProfile, func(g *Group) *string { return &g.Description })
	AttrGroupCreatedAt   = computed("CreatedAt", Time, 0, func(g *Group, _ time.Time) Value { return TimeValue(g.CreatedAt) })
	AttrGroupUpdatedAt   = computed("UpdatedAt", Time, 0, func(g *Group, _ time.Time) Value { return TimeValue(g.UpdatedAt) })
	AttrGroupExternalKey = exact(text("ExternalKey", AspectLink, func(g *Group) *string {
		if g.Link == nil {
			return nil
		}
		return &g.Link.ExternalKey
	}))
)

// GroupAttributes lists every attribute of a group.
func GroupAttributes() []*Attribute { return groupAttributes }

var groupAttributes = []*Attribute{
	AttrGroupID, AttrGroupName, AttrGroupDescription, AttrGroupExternalKey, AttrGroupCreatedAt, AttrGroupUpdatedAt,
}
