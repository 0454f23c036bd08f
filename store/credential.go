package store

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const credentialColumns = `k.credential_id, k.tenant_id, t.slug, k.name, k.kind, k.mode, k.permissions, k.connection_id, k.secret_hash,
	k.old_secret_hash, k.old_secret_until, k.expires_at, k.allowed_ips, k.revoked_at, k.created_at, t.sso_enabled, t.policies, n.policies,
	k.rate_per_second, k.rate_burst, k.public_keys, n.dialect, n.seen_dialect, n.seen_sure, n.seen_clue, n.seen_dialect_at`

// fromCredential joins what a credential is read with: its tenant, and its connection, if any.
const fromCredential = ` FROM credential k JOIN tenant t ON t.tenant_id = k.tenant_id
	LEFT JOIN connection n ON n.tenant_id = k.tenant_id AND n.connection_id = k.connection_id`

// The targets of JSON columns of a credential.
type (
	permissionsTarget domain.Permissions
	prefixesTarget    []netip.Prefix
	keysTarget        []domain.PublicKey
)

// rateTarget is the target of a rate, which is stored as a whole number.
type rateTarget float64

// Scan implements [sql.Scanner].
func (t *rateTarget) Scan(source any) error {
	var whole int
	err := (*countTarget)(&whole).Scan(source)
	*t = rateTarget(whole)
	return err
}

// Scan implements [sql.Scanner].
func (t *permissionsTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*[]domain.Permission)(t))
}

// Scan implements [sql.Scanner].
func (t *prefixesTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*[]netip.Prefix)(t))
}

// Scan implements [sql.Scanner].
func (t *keysTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*[]domain.PublicKey)(t))
}

func credentialTargets(c *domain.Credential) []any {
	targets := []any{(*idTarget)(&c.ID), (*idTarget)(&c.Tenant), (*textTarget)(&c.TenantSlug), (*textTarget)(&c.Name), (*textTarget)(&c.Kind),
		(*textTarget)(&c.Mode), (*permissionsTarget)(&c.Permissions), (*idTarget)(&c.Connection), (*bytesTarget)(&c.SecretHash),
		(*bytesTarget)(&c.OldSecretHash), (*instantTarget)(&c.OldSecretUntil), (*instantTarget)(&c.ExpiresAt),
		(*prefixesTarget)(&c.AllowedIPs), (*instantTarget)(&c.RevokedAt), (*instantTarget)(&c.CreatedAt),
		(*flagTarget)(&c.TenantSso), (*policiesTarget)(&c.TenantPolicies), (*policiesTarget)(&c.ConnectionPolicies),
		(*rateTarget)(&c.RateLimit.PerSecond), (*countTarget)(&c.RateLimit.Burst), (*keysTarget)(&c.PublicKeys), (*textTarget)(&c.ConnectionDialect)}
	return append(targets, sightingTargets(&c.ConnectionSeen)...)
}

func notFound(what string) error {
	return domain.Refuse(domain.CodeNotFound, "", "There is no such %s.", what)
}

// FindCredential implements [domain.CredentialRegistry].
func (db *DB) FindCredential(ctx context.Context, id uuid.UUID) (*domain.Credential, error) {
	c := new(domain.Credential)
	err := db.lookup(ctx, func(t *tx) error {
		found, err := t.row(credentialTargets(c), "SELECT "+credentialColumns+fromCredential+" WHERE k.credential_id = ? AND NOT t.disabled", id)
		if err == nil && !found {
			return notFound("credential")
		}
		if err != nil {
			return err
		}
		return t.loadOthers(c.Tenant, c)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// UseAssertion implements [domain.CredentialRegistry].
func (db *DB) UseAssertion(ctx context.Context, tenant, credential uuid.UUID, assertion []byte, until time.Time) (fresh bool, err error) {
	err = db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) error {
		noted, err := t.exec(`INSERT INTO used_assertion (tenant_id, credential_id, assertion_hash, expires_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (tenant_id, credential_id, assertion_hash) DO NOTHING`, tenant, credential, assertion, until)
		fresh = noted == 1
		return err
	})
	return fresh, err
}

// SaveCredential implements [domain.AdministrationTx].
func (t *tx) SaveCredential(c *domain.Credential) error {
	err := t.run(`INSERT INTO credential (tenant_id, credential_id, name, kind, mode, permissions, connection_id, secret_hash,
		old_secret_hash, old_secret_until, expires_at, allowed_ips, revoked_at, created_at, rate_per_second, rate_burst, public_keys)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, credential_id) DO UPDATE SET name = excluded.name, mode = excluded.mode,
		permissions = excluded.permissions, secret_hash = excluded.secret_hash, old_secret_hash = excluded.old_secret_hash,
		old_secret_until = excluded.old_secret_until, expires_at = excluded.expires_at,
		allowed_ips = excluded.allowed_ips, revoked_at = excluded.revoked_at, rate_per_second = excluded.rate_per_second,
		rate_burst = excluded.rate_burst, public_keys = excluded.public_keys`,
		t.tenant, c.ID, c.Name, string(c.Kind), string(c.Mode), encodeTexts(c.Permissions),
		c.Connection, c.SecretHash, c.OldSecretHash, c.OldSecretUntil, c.ExpiresAt,
		encodeList(c.AllowedIPs, netip.Prefix.String), c.RevokedAt, c.CreatedAt, int64(c.RateLimit.PerSecond), int64(c.RateLimit.Burst),
		encodeTexts(c.PublicKeys))
	if err != nil {
		return err
	}
	return t.saveOthers(c)
}

// FindCredential implements [domain.AdministrationTx].
func (t *tx) FindCredential(id uuid.UUID) (*domain.Credential, error) {
	if err := t.hold("credential WHERE tenant_id = ? AND credential_id = ?", t.tenant, id); err != nil {
		return nil, err
	}
	list, err := t.credentials(" AND k.credential_id = ?", id)
	if err == nil && len(list) == 0 {
		err = notFound("credential")
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ListCredentials implements [domain.AdministrationTx].
func (t *tx) ListCredentials() ([]*domain.Credential, error) {
	return t.credentials(" ORDER BY k.created_at, k.credential_id")
}

func (t *tx) credentials(text string, args ...any) (list []*domain.Credential, err error) {
	err = t.rows(t.ctx, "SELECT "+credentialColumns+fromCredential+" WHERE k.tenant_id = ?"+text, append([]any{t.tenant}, args...), func(rows Rows) error {
		c := new(domain.Credential)
		list = append(list, c)
		return rows.Scan(credentialTargets(c)...)
	})
	for i := 0; i < len(list) && err == nil; i++ {
		err = t.loadOthers(t.scope.Tenant, list[i])
	}
	return list, err
}
