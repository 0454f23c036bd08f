package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// untruths count rows that must never be there, in a town.
var untruths = []struct{ promise, query string }{
	{"an identity account is nobody's but its access's (I1)", "SELECT COUNT(*) - COUNT(DISTINCT identity_user_unique) FROM user_access WHERE tenant_id = %s"},
	{"sessions end with the access (I2)", "SELECT COUNT(*) FROM session s JOIN user_access a ON a.tenant_id = s.tenant_id AND a.person_id = s.person_id WHERE NOT a.is_active AND s.ended_at = 0 AND s.tenant_id = %s"},
	{"invitations end with the access (I2)", "SELECT COUNT(*) FROM invitation i JOIN user_access a ON a.tenant_id = i.tenant_id AND a.person_id = i.person_id WHERE (NOT a.is_active OR a.activated_at <> 0) AND i.status = 'Pending' AND i.tenant_id = %s"},
	{"reset links end with the access (I2)", "SELECT COUNT(*) FROM reset_token r JOIN user_access a ON a.tenant_id = r.tenant_id AND a.person_id = r.person_id WHERE NOT a.is_active AND r.revoked_at = 0 AND r.consumed_at = 0 AND r.tenant_id = %s"},
	{"one invitation is pending at most", "SELECT COUNT(*) - COUNT(DISTINCT person_id) FROM invitation WHERE status = 'Pending' AND tenant_id = %s"},
	{"the access knows of its invitation", "SELECT COUNT(*) FROM user_access a WHERE (a.invitation_expires <> 0) <> EXISTS (SELECT 1 FROM invitation i WHERE i.tenant_id = a.tenant_id AND i.person_id = a.person_id AND i.status = 'Pending') AND a.tenant_id = %s"},
	{"the access knows of its reset link", "SELECT COUNT(*) FROM user_access a WHERE (a.reset_expires <> 0) <> EXISTS (SELECT 1 FROM reset_token r WHERE r.tenant_id = a.tenant_id AND r.person_id = a.person_id AND r.revoked_at = 0 AND r.consumed_at = 0) AND a.tenant_id = %s"},
	{"no mail waits with a token that is void", `SELECT COUNT(*) FROM outbox o WHERE o.status = 'Waiting' AND o.token_id IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM invitation i WHERE i.tenant_id = o.tenant_id AND i.person_id = o.person_id AND i.invitation_id = o.token_id AND i.status = 'Pending')
		AND NOT EXISTS (SELECT 1 FROM reset_token r WHERE r.tenant_id = o.tenant_id AND r.person_id = o.person_id AND r.reset_token_id = o.token_id AND r.revoked_at = 0) AND o.tenant_id = %s`},
	{"usernames are unique (I4)", "SELECT COUNT(*) - COUNT(DISTINCT username_folded) FROM user_access WHERE tenant_id = %s"},
	{"addresses of users are unique", "SELECT COUNT(*) - COUNT(DISTINCT email_folded) FROM user_access WHERE email_folded <> '' AND tenant_id = %s"},
	{"external logins are unique (I4)", "SELECT COUNT(*) - COUNT(DISTINCT external_login_folded) FROM person WHERE external_login_folded <> '' AND tenant_id = %s"},
	{"employee numbers are unique (I4)", "SELECT COUNT(*) - COUNT(DISTINCT employee_number_folded) FROM person WHERE employee_number_folded <> '' AND tenant_id = %s"},
	{"a live external key is one person's", "SELECT COUNT(*) - COUNT(DISTINCT external_key) FROM scim_link WHERE external_key <> '' AND hidden_at = 0 AND tenant_id = %s"},
}

// holdsTrue holds the town to the invariants.
func (w *town) holdsTrue() {
	if w.proven {
		return
	}
	w.proven = true
	query := "SELECT "
	for i, row := range untruths {
		if i > 0 {
			query += ", "
		}
		query += "(" + fmt.Sprintf(row.query, w.literal(w.tenant.Tenant)) + ")"
	}
	counts, targets := make([]int, len(untruths)), make([]any, len(untruths))
	for i := range counts {
		targets[i] = &counts[i]
	}
	require.NoError(w.rt, w.Raw.QueryRow(query).Scan(targets...))
	for i, row := range untruths {
		require.Zero(w.rt, counts[i], row.promise)
	}
	for _, c := range w.people {
		if c.access {
			require.Equal(w.rt, c.primary, c.copied, "the identity account has another address (I5)")
		}
	}
	for id, was := range w.anonymized {
		require.Equal(w.rt, was, w.who(id), "somebody anonymised changed (I10)")
	}
	w.readsMail()
	w.agrees(w.touched)
}

// readsMail keeps the tokens of new invitations.
func (w *town) readsMail() {
	rows, err := w.Raw.Query("SELECT message_id, person_id, sealed_token FROM outbox WHERE status = 'Waiting' AND kind = 'Invitation' AND tenant_id = " + w.literal(w.tenant.Tenant))
	require.NoError(w.rt, err)
	defer rows.Close()
	for rows.Next() {
		var message, person uuid.UUID
		var sealed []byte
		require.NoError(w.rt, rows.Scan(&message, &person, &sealed))
		token, err := w.sealer.Open(sealed, domain.SealPurpose(w.tenant.Tenant, message))
		require.NoError(w.rt, err)
		w.tokens[string(token)] = person.String()
	}
}

// restShown and scimShown are what the two doors show of one person.
type restShown struct {
	Username, FirstName, LastName, DisplayName, EmailAddress, EmployeeNumber, State, LoginState, ExternalLoginUsername string
	IsActive, MfaRequired, MfaEnrolled                                                                                 bool
	Version                                                                                                            int
}

type scimShown struct {
	UserName, DisplayName string
	Active                bool
	Name                  struct{ GivenName, FamilyName string }
	Emails                []struct {
		Value   string
		Primary bool
	}
	Meta       struct{ Version string }
	Enterprise struct{ EmployeeNumber string } `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	Access     struct {
		ExternalLoginUsername, AccessState, LoginState string
		MfaRequired, MfaEnrolled                       bool
	} `json:"urn:ietf:params:scim:schemas:extension:useraccess:2.0:User"`
}

// agrees holds the views of a person to one another and to the rows (I7).
func (w *town) agrees(id string) {
	c := w.who(id)
	if c.id == "" {
		return
	}
	restStatus, restBody := w.rest.send("GET", "/UserManagement/Persons/"+id, "")
	scimStatus, scimBody := w.scim.send("GET", "/Users/"+id, "")
	fmt.Fprintln(&w.answered, restBody, scimBody)
	require.Equal(w.rt, !c.deleted, restStatus == "200", restBody)
	require.Equal(w.rt, c.access && !c.hidden && !c.anonymized, scimStatus == "200", "%+v %s", c, scimBody)
	if scimStatus != "200" {
		return
	}
	var native restShown
	var user scimShown
	require.NoError(w.rt, json.Unmarshal([]byte(restBody), &native))
	require.NoError(w.rt, json.Unmarshal([]byte(scimBody), &user))
	require.Equal(w.rt, []any{c.username, c.active, c.primary, w.sso && c.login != "", fmt.Sprintf(`W/"%d"`, native.Version)},
		[]any{native.Username, native.IsActive, native.EmailAddress, native.ExternalLoginUsername != "", fmt.Sprintf(`W/"%s"`, c.version)})
	primary := ""
	for _, email := range user.Emails {
		if email.Primary {
			primary = email.Value
		}
	}
	require.Equal(w.rt, native, restShown{
		Username: user.UserName, FirstName: user.Name.GivenName, LastName: user.Name.FamilyName, DisplayName: user.DisplayName, EmailAddress: primary,
		EmployeeNumber: user.Enterprise.EmployeeNumber, State: user.Access.AccessState, LoginState: user.Access.LoginState,
		ExternalLoginUsername: user.Access.ExternalLoginUsername, IsActive: user.Active, MfaRequired: user.Access.MfaRequired, MfaEnrolled: user.Access.MfaEnrolled,
		Version: native.Version,
	}, "the doors disagree (I7)")
	require.Equal(w.rt, fmt.Sprintf(`W/"%s"`, c.version), user.Meta.Version)
}

// firstID is the id of what an answer shows.
func firstID(answer string) string {
	var shown struct {
		PersonId string
		ID       string `json:"id"`
	}
	if json.Unmarshal([]byte(answer), &shown) != nil {
		return ""
	}
	return shown.PersonId + shown.ID
}

// lines are rows as text, sorted.
func lines(t require.TestingT, rows *sql.Rows) (list []string) {
	defer rows.Close()
	names, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		list = append(list, fmt.Sprint(values...))
	}
	require.NoError(t, rows.Err())
	slices.Sort(list)
	return list
}
