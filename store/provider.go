package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The stored form of the settings of an identity provider.
type (
	providerDocument struct {
		MatchOrder []string      `json:"match_order,omitempty"`
		MfaAfter   bool          `json:"mfa_after,omitzero"`
		Saml       *samlDocument `json:"saml,omitzero"`
		Oidc       *oidcDocument `json:"oidc,omitzero"`
	}
	samlDocument struct {
		EntityID       string                `json:"entity_id,omitzero"`
		SsoURL         string                `json:"sso_url,omitzero"`
		SloURL         string                `json:"slo_url,omitzero"`
		SloByPost      bool                  `json:"slo_by_post,omitzero"`
		Certificates   []certificateDocument `json:"certificates,omitempty"`
		MetadataURL    string                `json:"metadata_url,omitzero"`
		RefreshedAt    int64                 `json:"refreshed_at,omitzero"`
		ValidUntil     int64                 `json:"valid_until,omitzero"`
		RefreshError   string                `json:"refresh_error,omitzero"`
		NameIDFormats  []string              `json:"name_id_formats,omitempty"`
		IdpInitiated   bool                  `json:"idp_initiated,omitzero"`
		WantEncrypted  bool                  `json:"want_encrypted,omitzero"`
		AuthnContexts  []string              `json:"authn_contexts,omitempty"`
		SignedRequests bool                  `json:"signed_requests,omitzero"`
	}
	certificateDocument struct {
		DER       []byte `json:"der"`
		NotBefore int64  `json:"not_before"`
		NotAfter  int64  `json:"not_after"`
		Seen      int64  `json:"seen"`
		Pending   bool   `json:"pending,omitzero"`
	}
	oidcDocument struct {
		Issuer       string           `json:"issuer,omitzero"`
		ClientID     string           `json:"client_id,omitzero"`
		ClientSecret []byte           `json:"client_secret,omitempty"`
		Scopes       []string         `json:"scopes,omitempty"`
		NameClaim    string           `json:"name_claim,omitzero"`
		AcrValues    []string         `json:"acr_values,omitempty"`
		AmrValues    []string         `json:"amr_values,omitempty"`
		TokenAuth    domain.TokenAuth `json:"token_auth,omitzero"`
		EntraTenants []string         `json:"entra_tenants,omitempty"`
	}
)

var _ = domain.OidcSettings(oidcDocument{})

func documentOf(p *domain.IdentityProvider) string {
	d := providerDocument{MfaAfter: p.MfaAfter, MatchOrder: converted(p.MatchOrder, domain.RungName)}
	if s := p.Saml; s != nil {
		d.Saml = &samlDocument{s.EntityID, s.SsoURL, s.SloURL, s.SloByPost, converted(s.Certificates, func(c domain.SigningCertificate) certificateDocument {
			return certificateDocument{c.DER, micros(c.NotBefore), micros(c.NotAfter), micros(c.Seen), c.Pending}
		}), s.MetadataURL, micros(s.RefreshedAt), micros(s.ValidUntil), s.RefreshError, s.NameIDFormats, s.IdpInitiated, s.WantEncrypted,
			s.AuthnContexts, s.SignedRequests}
	}
	if p.Oidc != nil {
		oidc := oidcDocument(*p.Oidc)
		d.Oidc = &oidc
	}
	return encode(d)
}

// settingsTarget is the target of the settings of a provider.
type settingsTarget domain.IdentityProvider

// Scan implements [sql.Scanner].
func (t *settingsTarget) Scan(source any) error {
	var d providerDocument
	if err := decode(source, &d); err != nil {
		return err
	}
	t.MfaAfter, t.MatchOrder = d.MfaAfter, converted(d.MatchOrder, domain.Rung)
	if s := d.Saml; s != nil {
		t.Saml = &domain.SamlSettings{EntityID: s.EntityID, SsoURL: s.SsoURL, SloURL: s.SloURL, SloByPost: s.SloByPost,
			Certificates: converted(s.Certificates, func(c certificateDocument) domain.SigningCertificate {
				return domain.SigningCertificate{DER: c.DER, NotBefore: instant(c.NotBefore), NotAfter: instant(c.NotAfter), Seen: instant(c.Seen), Pending: c.Pending}
			}), MetadataURL: s.MetadataURL, RefreshedAt: instant(s.RefreshedAt), ValidUntil: instant(s.ValidUntil), RefreshError: s.RefreshError,
			NameIDFormats: s.NameIDFormats, IdpInitiated: s.IdpInitiated, WantEncrypted: s.WantEncrypted, AuthnContexts: s.AuthnContexts,
			SignedRequests: s.SignedRequests}
	}
	if d.Oidc != nil {
		oidc := domain.OidcSettings(*d.Oidc)
		t.Oidc = &oidc
	}
	return nil
}

func instant(micro int64) time.Time {
	var at instantTarget
	at.set(numberTarget(micro))
	return time.Time(at)
}

const selectProvider = `SELECT identity_provider_id, name, prefix, type, enabled, version, created_at, updated_at, settings
	FROM identity_provider WHERE tenant_id = ?`

func noProvider() error {
	return domain.Refuse(domain.CodeIdentityProviderNotFound, "IdentityProviderId", "There is no such identity provider.")
}

func (t *tx) providers(text string, args ...any) (list []*domain.IdentityProvider, err error) {
	err = t.rows(t.short, text, append([]any{t.tenant}, args...), func(rows Rows) error {
		p := new(domain.IdentityProvider)
		list = append(list, p)
		return rows.Scan((*idTarget)(&p.ID), (*textTarget)(&p.Name), (*textTarget)(&p.Prefix), (*textTarget)(&p.Type), (*flagTarget)(&p.Enabled),
			(*numberTarget)(&p.Version), (*instantTarget)(&p.CreatedAt), (*instantTarget)(&p.UpdatedAt), (*settingsTarget)(p))
	})
	return list, err
}

func (t *tx) provider(text string, args ...any) (*domain.IdentityProvider, error) {
	list, err := t.providers(text, args...)
	if err == nil && len(list) == 0 {
		err = noProvider()
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// FindProvider implements [domain.ProviderTx].
func (t *tx) FindProvider(id uuid.UUID) (*domain.IdentityProvider, error) {
	return t.provider(selectProvider+" AND identity_provider_id = ?", id)
}

// FindProviderByPrefix implements [domain.ProviderTx].
func (t *tx) FindProviderByPrefix(prefix string) (*domain.IdentityProvider, error) {
	return t.provider(selectProvider+" AND prefix = ? AND prefix <> ''", prefix)
}

// ListProviders implements [domain.ProviderTx].
func (t *tx) ListProviders() ([]*domain.IdentityProvider, error) {
	return t.providers(selectProvider + " ORDER BY name, identity_provider_id")
}

// InsertProvider implements [domain.ProviderTx].
func (t *tx) InsertProvider(p *domain.IdentityProvider) error {
	return t.run(`INSERT INTO identity_provider (tenant_id, identity_provider_id, name, prefix, type, enabled, version, created_at, updated_at, settings)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.tenant, p.ID, p.Name, p.Prefix, string(p.Type), p.Enabled, p.Version, p.CreatedAt, p.UpdatedAt, documentOf(p))
}

// UpdateProvider implements [domain.ProviderTx].
func (t *tx) UpdateProvider(p *domain.IdentityProvider) error {
	touched, err := t.exec(`UPDATE identity_provider SET name = ?, prefix = ?, enabled = ?, version = ?, updated_at = ?, settings = ?
		WHERE tenant_id = ? AND identity_provider_id = ? AND version = ?`,
		p.Name, p.Prefix, p.Enabled, p.Version, p.UpdatedAt, documentOf(p), t.tenant, p.ID, p.Version-1)
	if err != nil || touched > 0 {
		return err
	}
	if _, err := t.FindProvider(p.ID); err != nil {
		return err
	}
	return domain.Refuse(domain.CodeVersionConflict, "Version", "The provider has changed at the same time; read it again and repeat the change.")
}

// DeleteProvider implements [domain.ProviderTx].
func (t *tx) DeleteProvider(id uuid.UUID) error {
	return t.must(noProvider(), "DELETE FROM identity_provider WHERE tenant_id = ? AND identity_provider_id = ?", t.tenant, id)
}

// ProviderNamed implements [domain.ProviderTx].
func (t *tx) ProviderNamed(id uuid.UUID) (bool, error) {
	return t.row(nil, `SELECT 1 FROM user_access WHERE tenant_id = ? AND identity_provider_id = ?
		UNION ALL SELECT 1 FROM sso_domain WHERE tenant_id = ? AND provider_id = ? LIMIT 1`, t.tenant, id, t.tenant, id)
}
