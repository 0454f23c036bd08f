package store

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

var (
	insertAccess = insertingColumns("user_access", accessColumns, ", identity_user_unique, password_hash, failed_count", always, "", int64(0))
	accessBody   = except(accessColumns, "username", "username_folded", "username_skeleton", "email_copy", "email_folded")

	updateAccess     = changeAccess(accessColumns)
	updateAccessBody = changeAccess(accessBody)
)

func changeAccess(columns []column) string {
	return "UPDATE user_access SET " + assigned(columns) + " WHERE tenant_id = ? AND person_id = ? RETURNING is_protected, administers"
}

func noAccess() error {
	return domain.Refuse(domain.CodePersonNotFound, "PersonId", "There is no such person with access.")
}

// InsertAccess implements [domain.AccessTx].
func (t *tx) InsertAccess(p *domain.Person, identity *domain.IdentityAccount) error {
	args := append(make([]any, 0, len(accessColumns)+4), t.tenant)
	args = values(args, accessColumns, p, true)
	add := func() error {
		return t.insert(insertAccess, append(args, identity.UserUnique, identity.PasswordHash, int64(identity.FailedCount)))
	}
	if err := t.addUser(p.ID, add); err != nil {
		return err
	}
	t.rememberAccess(p)
	if identity.MustResetPassword && !p.Access.MustResetPassword {
		return t.UpdateIdentity(p.ID, identity)
	}
	return nil
}

// UpdateAccess implements [domain.AccessTx].
func (t *tx) UpdateAccess(p *domain.Person) error {
	text, columns := updateAccess, accessColumns
	if t.known[p.ID].access == accessKeysOf(p) {
		text, columns = updateAccessBody, accessBody
	}
	args := values(make([]any, 0, len(columns)+2), columns, p, false)
	found, err := t.row([]any{(*flagTarget)(&p.Access.Protected), (*flagTarget)(&p.Access.Administers)}, text, append(args, t.tenant, p.ID)...)
	if err == nil && !found {
		err = noAccess()
	}
	t.rememberAccess(p)
	return err
}

// DeleteAccess implements [domain.AccessTx]. What hangs on the access goes with it by foreign keys; a mail that
// still waits must not carry a token that is gone.
func (t *tx) DeleteAccess(person uuid.UUID) (administrator bool, err error) {
	err = t.recount(person, func() error {
		found, err := t.row([]any{(*flagTarget)(&administrator)}, `DELETE FROM user_access WHERE tenant_id = ? AND person_id = ?
			RETURNING administers AND is_active AND activated_at <> 0`, t.tenant, person)
		if err == nil && !found {
			err = noAccess()
		}
		return err
	})
	if err != nil {
		return false, err
	}
	return administrator, t.run(cancelMails+"token_id IS NOT NULL", t.tenant, person)
}

// FindIdentity implements [domain.AccessTx].
func (t *tx) FindIdentity(person uuid.UUID) (*domain.IdentityAccount, error) {
	i := new(domain.IdentityAccount)
	found, err := t.row([]any{(*idTarget)(&i.UserUnique), (*textTarget)(&i.EmailCopy), (*textTarget)(&i.PhoneCopy),
		(*textTarget)(&i.PasswordHash), (*flagTarget)(&i.MustResetPassword), (*countTarget)(&i.FailedCount),
		(*instantTarget)(&i.FailedSince), (*countTarget)(&i.Locks)},
		`SELECT identity_user_unique, email_copy, phone_copy, password_hash, must_reset_password, failed_count, failed_since, locks
		FROM user_access WHERE tenant_id = ? AND person_id = ?`, t.tenant, person)
	if err == nil && !found {
		err = noAccess()
	}
	return i, err
}

// UpdateIdentity implements [domain.AccessTx].
func (t *tx) UpdateIdentity(person uuid.UUID, identity *domain.IdentityAccount) error {
	return t.must(noAccess(), `UPDATE user_access SET password_hash = ?, must_reset_password = ?, failed_count = ?, failed_since = ?, locks = ?
		WHERE tenant_id = ? AND person_id = ?`, identity.PasswordHash, identity.MustResetPassword, int64(identity.FailedCount),
		identity.FailedSince, int64(identity.Locks), t.tenant, person)
}

// logins are the statements that find people with access by what they sign in with.
var logins = map[*domain.Attribute]string{
	domain.AttrUsername: `SELECT a.person_id FROM user_access a
		WHERE a.tenant_id = ? AND a.username_folded = ? AND a.username_folded <> '' LIMIT 2`,
	domain.AttrEmailAddress: `SELECT a.person_id FROM user_access a
		WHERE a.tenant_id = ? AND a.email_folded = ? AND a.email_folded <> '' LIMIT 2`,
	domain.AttrExternalLogin: `SELECT a.person_id FROM person p JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
		WHERE p.tenant_id = ? AND p.external_login_folded = ? AND p.external_login_folded <> '' LIMIT 2`,
	domain.AttrEmployeeNumber: `SELECT a.person_id FROM person p JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
		WHERE p.tenant_id = ? AND p.employee_number_folded = ? AND p.employee_number_folded <> '' LIMIT 2`,
}

// FindByLogin implements [domain.AccessTx].
func (t *tx) FindByLogin(attribute *domain.Attribute, value string) ([]uuid.UUID, error) {
	text, found := logins[attribute]
	if !found {
		return nil, fmt.Errorf("store: nobody signs in by %s", attribute.Name)
	}
	return t.ids(text, t.tenant, domain.Fold(value))
}

// FindLookalike implements [domain.AccessTx].
func (t *tx) FindLookalike(person uuid.UUID, skeleton string) (protected uuid.UUID, found bool, err error) {
	found, err = t.row([]any{(*idTarget)(&protected)}, `SELECT a.person_id FROM user_access a WHERE a.tenant_id = ? AND a.username_skeleton = ?
		AND a.is_protected AND a.username_skeleton <> '' AND a.person_id <> ? LIMIT 1`, t.tenant, skeleton, person)
	return protected, found, err
}
