package store

import (
	"fmt"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// field is where conditions find an attribute: an SQL expression that is never NULL, but ” or 0 when the record has
// no value. Texts are in the form in which they are compared. {now} stands for the time.
type field struct {
	expr string
	// id is the column of an id as it is stored, so that equality can use an index; it may be NULL.
	id string
	// key finds the records that have a value, by an index of another table: the sub-select's table and column.
	key *keyColumn
	// sparse tells that an index on the column leaves the empty text out.
	sparse bool
}

// keyColumn is a unique column of a table that belongs to people, or to groups.
type keyColumn struct {
	table, column, record string
	linked                bool // the table belongs to the connection of the scope
}

var personFields = withTexts(map[*domain.Attribute]field{
	domain.AttrID:            {id: "p.person_id"},
	domain.AttrShownName:     {expr: "p.shown_name_folded"},
	domain.AttrFullName:      {expr: "COALESCE(NULLIF(l.formatted_name_folded, ''), " + nameFromParts + ")"},
	domain.AttrCreatedAt:     {expr: "p.created_at"},
	domain.AttrUpdatedAt:     {expr: "p.updated_at"},
	domain.AttrState:         {expr: stateExpr},
	domain.AttrLoginState:    {expr: loginStateExpr},
	domain.AttrUsername:      {expr: "COALESCE(a.username_folded, '')", key: &keyColumn{table: "user_access", column: "username_folded", record: "person_id"}},
	domain.AttrIsActive:      {expr: "COALESCE(a.is_active, FALSE)"},
	domain.AttrMfaRequired:   {expr: "COALESCE(a.mfa_required, FALSE)"},
	domain.AttrMfaEnrolled:   {expr: "(COALESCE(a.mfa_enrolled_at, 0) <> 0)"},
	domain.AttrProvider:      {id: "a.identity_provider_id"},
	domain.AttrInvitedAt:     {expr: "COALESCE(a.invited_at, 0)"},
	domain.AttrActivatedAt:   {expr: "COALESCE(a.activated_at, 0)"},
	domain.AttrLastLoginAt:   {expr: "COALESCE(a.last_login_at, 0)"},
	domain.AttrProvisionedAt: {expr: "COALESCE(a.created_at, 0)"},
	domain.AttrExternalKey:   {expr: "COALESCE(l.external_key, '')", key: &keyColumn{table: "scim_link", column: "external_key", record: "person_id", linked: true}},
	domain.AttrFormattedName: {expr: "COALESCE(l.formatted_name_folded, '')"},
	domain.AttrProfileURL:    {expr: "COALESCE(l.profile_url_folded, '')"},

	// The elements of collections that are rows.
	domain.AttrMembershipGroup: {id: "m.group_id"},
	domain.AttrRole:            {id: "h.role_id"},
	domain.AttrRoleName:        {expr: "r.name_folded"},
	domain.AttrMembershipName:  {expr: "g.name_folded"},
}, personTexts)

var groupFields = map[*domain.Attribute]field{
	domain.AttrGroupID:          {id: "g.group_id"},
	domain.AttrGroupName:        {expr: "g.name_folded", sparse: true},
	domain.AttrGroupDescription: {expr: "g.description_folded"},
	domain.AttrGroupCreatedAt:   {expr: "g.created_at"},
	domain.AttrGroupUpdatedAt:   {expr: "g.updated_at"},
	domain.AttrGroupExternalKey: {expr: "COALESCE(l.external_key, '')", key: &keyColumn{table: "group_link", column: "external_key", record: "group_id", linked: true}},

	domain.AttrMemberPerson: {id: "m.person_id"},
}

func withTexts(fields map[*domain.Attribute]field, rows []textRow) map[*domain.Attribute]field {
	for _, row := range rows {
		column := "p." + row.column
		if !row.attribute.Exact {
			column += "_folded"
		}
		sparse := row.attribute == domain.AttrEmployeeNumber || row.attribute == domain.AttrExternalLogin
		fields[row.attribute] = field{expr: column, sparse: sparse}
	}
	return fields
}

// The expressions follow domain.Person.State and LoginState line by line; a property test holds them to it. Their
// texts are folded.
var (
	stateExpr = states(
		"p.anonymized_at <> 0", string(domain.StateAnonymized),
		"a.person_id IS NULL", string(domain.StateNotProvisioned),
		"NOT a.is_active", string(domain.StateInactive),
		"a.activated_at = 0", string(domain.StateInvited),
		"", string(domain.StateActive))

	loginStateExpr = states(
		"a.person_id IS NULL OR p.anonymized_at <> 0", string(domain.LoginNone),
		"NOT a.is_active", string(domain.LoginDisabled),
		"a.locked_until > {now}", string(domain.LoginLocked),
		"a.activated_at = 0 AND a.invitation_count = 0", string(domain.LoginInvitationNotSent),
		"a.activated_at = 0 AND a.invitation_expires > {now}", string(domain.LoginInvitationPending),
		"a.activated_at = 0", string(domain.LoginInvitationExpired),
		"a.must_reset_password OR a.reset_expires > {now}", string(domain.LoginPasswordResetPending),
		"a.mfa_required AND a.mfa_enrolled_at = 0 AND a.identity_provider_id IS NULL", string(domain.LoginMfaEnrollmentPending),
		"a.last_login_at = 0", string(domain.LoginNeverLoggedIn),
		"", string(domain.LoginLoggedIn))
)

// nameFromParts follows domain.Profile.NameFromParts, addressFromParts domain.StreetAddress.FromParts: folding leaves the
// places where texts are joined as they are.
var (
	nameFromParts = joined(" ", "p.prefix_folded", "p.first_name_folded", "p.middle_name_folded", "p.last_name_folded", "p.suffix_folded")

	addressFromParts = joined("\n", ofElement(domain.AttrStreetStreet),
		joined(", ", ofElement(domain.AttrStreetCity), joined(" ", ofElement(domain.AttrStreetRegion), ofElement(domain.AttrStreetPostalCode))),
		ofElement(domain.AttrStreetCountry))
)

// ofElement is the text of an attribute of an element in JSON.
func ofElement(attribute *domain.Attribute) string {
	return "COALESCE(e.value ->> '" + attribute.Name + "', '')"
}

// joined joins the texts that are not empty: each has the separator in front, and the first one is cut off.
func joined(separator string, exprs ...string) string {
	parts := make([]string, len(exprs))
	for i, expr := range exprs {
		parts[i] = "CASE WHEN " + expr + " <> '' THEN '" + separator + "' || " + expr + " ELSE '' END"
	}
	return fmt.Sprintf("substr(%s, %d)", strings.Join(parts, " || "), len(separator)+1)
}

// states makes a CASE of pairs of a condition and a state, the last one for what is left.
func states(pairs ...string) string {
	var expr strings.Builder
	expr.WriteString("(CASE")
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] != "" {
			expr.WriteString(" WHEN " + pairs[i] + " THEN")
		} else {
			expr.WriteString(" ELSE")
		}
		expr.WriteString(" '" + domain.Fold(pairs[i+1]) + "'")
	}
	return expr.String() + " END{c})"
}

// source is where conditions find the elements of a collection: a JSON array of folded elements, or rows of a
// sub-select that finds the records by an index.
type source struct {
	array string
	rows  string // SELECT … WHERE tenant_id = ?, to which the condition is added
	of    string // the column of the record that rows selects
}

var personSources = map[*domain.Collection]source{
	domain.Emails:        {array: "p.emails_folded"},
	domain.Phones:        {array: "p.phones_folded"},
	domain.Addresses:     {array: "p.addresses_folded"},
	domain.Organizations: {array: "a.organizations"},
	domain.Photos:        {array: "l.echo_folded -> 'Photos'"},
	domain.IMs:           {array: "l.echo_folded -> 'Ims'"},
	domain.Entitlements:  {array: "l.echo_folded -> 'Entitlements'"},
	domain.Certificates:  {array: "l.echo_folded -> 'Certificates'"},
	domain.Memberships: {of: "p.person_id", rows: `SELECT m.person_id FROM group_member m
		JOIN permission_group g ON g.tenant_id = m.tenant_id AND g.group_id = m.group_id
		WHERE m.tenant_id = ? AND NOT g.restricted`},
	domain.RolesHeld: {of: "p.person_id", rows: heldRoles},
	domain.OwnRoles: {of: "p.person_id", rows: `SELECT h.person_id FROM user_role h
		JOIN role r ON r.tenant_id = h.tenant_id AND r.role_id = h.role_id WHERE h.tenant_id = ?`},
}

// heldRoles selects who holds which role, directly or through a group.
const heldRoles = `SELECT h.person_id FROM (
		SELECT u.person_id, u.role_id FROM user_role u WHERE u.tenant_id = ?
		UNION ALL SELECT m.person_id, x.role_id FROM group_role x
			JOIN group_member m ON m.tenant_id = x.tenant_id AND m.group_id = x.group_id WHERE x.tenant_id = ?
	) h WHERE TRUE`

var groupSources = map[*domain.Collection]source{
	domain.Members: {of: "g.group_id", rows: "SELECT m.group_id FROM group_member m WHERE m.tenant_id = ?"},
}
