package domain

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ProviderMetadata is what an identity provider publishes of itself.
type ProviderMetadata struct {
	EntityID, SsoURL, SloURL string
	SloByPost                bool      // it takes no redirects at the SloURL
	Certificates             [][]byte  // with which it signs, DER
	ValidUntil               time.Time // zero: not said
	Signed                   bool      // by one of the certificates that were trusted before
}

// ProviderMessages reads what identity providers write, so that rules need not know how.
type ProviderMessages interface {
	// ReadMetadata reads metadata; validation_failed, of the attribute MetadataXml, for what is none.
	ReadMetadata(text []byte, trusted [][]byte, now time.Time) (*ProviderMetadata, error)
	// AssertedName reads the name from a response or an assertion, in base64 or not. Nothing of it is verified: nobody is
	// let in by it. validation_failed, of the attribute Assertion, for what holds none.
	AssertedName(text string) (string, error)
}

type noMessages struct{}

// ReadMetadata implements [ProviderMessages].
func (noMessages) ReadMetadata([]byte, [][]byte, time.Time) (*ProviderMetadata, error) {
	return nil, Refuse(CodeValidation, "MetadataXml", "Metadata can't be read here.")
}

// AssertedName implements [ProviderMessages].
func (noMessages) AssertedName(string) (string, error) {
	return "", Refuse(CodeValidation, "Assertion", "Assertions can't be read here.")
}

// AssertedName is the name in a response or an assertion that somebody pastes to try it; see [Providers.MatchDryRun].
//
// Errors: validation_failed.
func (s *Providers) AssertedName(caller Caller, text string) (string, error) {
	if err := caller.Require(ProvidersRead); err != nil {
		return "", err
	}
	return s.messages.AssertedName(text)
}

// TakeMetadata has an administrator's metadata count at once: its certificates are trusted, its addresses are used. The
// certificates of before stay until they expire, or somebody takes them out.
//
// Errors: identity_provider_not_found; validation_failed, also for the metadata of another entity.
func (s *Providers) TakeMetadata(ctx context.Context, caller Caller, id uuid.UUID, text []byte) (*IdentityProvider, error) {
	return s.Change(ctx, caller, ProviderChange{Provider: id, Apply: func(p *IdentityProvider) error { return s.ApplyMetadata(p, text) }})
}

// ApplyMetadata is [Providers.TakeMetadata] as a part of a larger change; see [ProviderChange].
func (s *Providers) ApplyMetadata(p *IdentityProvider, text []byte) error {
	if p.Saml == nil {
		return Refuse(CodeValidation, "MetadataXml", "Only a provider of type Saml has metadata.")
	}
	now := s.now()
	read, err := s.messages.ReadMetadata(text, nil, now)
	if err != nil {
		return err
	}
	if p.Saml.EntityID != "" && p.Saml.EntityID != read.EntityID {
		return Refuse(CodeValidation, "MetadataXml", "The metadata is of another entity than the provider's EntityId.")
	}
	p.Saml.take(read, now, true)
	p.Saml.ValidUntil, p.Saml.RefreshError = read.ValidUntil, ""
	return nil
}

// take brings the settings up to metadata. What is not trusted waits for an administrator: new certificates are pending,
// new addresses are left.
func (s *SamlSettings) take(m *ProviderMetadata, now time.Time, trusted bool) {
	if trusted {
		s.EntityID, s.SsoURL, s.SloURL, s.SloByPost = m.EntityID, m.SsoURL, m.SloURL, m.SloByPost
	}
	published := func(c SigningCertificate) bool {
		return slices.ContainsFunc(m.Certificates, func(der []byte) bool { return bytes.Equal(der, c.DER) })
	}
	s.Certificates = slices.DeleteFunc(s.Certificates, func(c SigningCertificate) bool {
		return !published(c) && (c.Pending || c.NotAfter.Before(now))
	})
	for _, der := range m.Certificates {
		at := slices.IndexFunc(s.Certificates, func(c SigningCertificate) bool { return bytes.Equal(c.DER, der) })
		if at >= 0 {
			s.Certificates[at].Pending = s.Certificates[at].Pending && !trusted
			continue
		}
		if fresh, problem := ReadCertificate(der); problem == "" {
			fresh.Seen, fresh.Pending = now, !trusted
			s.Certificates = append(s.Certificates, fresh)
		}
	}
}

// FetchMetadata gets what is at an address, within bounds.
type FetchMetadata func(ctx context.Context, url string) ([]byte, error)

// refreshEvery is how often metadata is fetched. Each provider has its own moment, so that not all come at once.
const refreshEvery = day

// Refresh fetches the metadata that is due, and warns of what will soon keep people out. Several servers may do so at
// once. Warned is told of each warning, for the log.
func (s *Providers) Refresh(ctx context.Context, fetch FetchMetadata, warned func(tenant, provider, warning string)) error {
	tenants, err := s.registry.ListTenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if tenant.Disabled || !tenant.SsoEnabled {
			continue
		}
		caller := Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Door: DoorSystem, Mode: ReadWrite, Permissions: NewPermissions(PoliciesManage, ProvidersRead),
			Actor: Actor{Kind: ActorSystem, Name: "metadata refresh"}}
		list, err := s.List(ctx, caller)
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.Saml == nil || !p.Enabled && p.Saml.MetadataURL == "" {
				continue
			}
			if p.refreshDue(s.now()) {
				p = s.refresh(ctx, caller, p, fetch)
			}
			if err := s.warn(ctx, caller, p, warned); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *IdentityProvider) refreshDue(now time.Time) bool {
	early := time.Duration(p.ID[15]) * (refreshEvery / 10) / 256
	return p.Saml.MetadataURL != "" && !p.Saml.RefreshedAt.Add(refreshEvery-early).After(now)
}

// refresh fetches the metadata of one provider. A failure is noted with the provider: what it has stays in use.
func (s *Providers) refresh(ctx context.Context, caller Caller, p *IdentityProvider, fetch FetchMetadata) *IdentityProvider {
	var trusted [][]byte
	for _, c := range p.Saml.Certificates {
		if !c.Pending {
			trusted = append(trusted, c.DER)
		}
	}
	var read *ProviderMetadata
	text, err := fetch(ctx, p.Saml.MetadataURL)
	failure := "The metadata could not be fetched."
	if err == nil {
		if read, err = s.messages.ReadMetadata(text, trusted, s.now()); err != nil {
			failure = "The metadata could not be read: " + messageOf(err)
		}
	}
	if err == nil {
		failure = p.differs(read)
	}
	var changed *IdentityProvider
	err = s.write(ctx, caller, func(a *act) (err error) {
		changed, err = a.refreshed(p.ID, read, failure)
		return err
	})
	if err != nil || changed == nil {
		return p // another server was first, or it is gone
	}
	return changed
}

// differs tells what of unsigned metadata is not taken; "": nothing.
func (p *IdentityProvider) differs(m *ProviderMetadata) string {
	known := p.Saml
	switch {
	case known.EntityID != "" && known.EntityID != m.EntityID:
		return "The metadata is of another entity than the provider's EntityId; nothing of it is taken."
	case !m.Signed && known.SsoURL != "" && (known.SsoURL != m.SsoURL || known.SloURL != m.SloURL || known.SloByPost != m.SloByPost):
		return "The addresses in the metadata have changed, and it is not signed with a key that is trusted; give the metadata as a file to accept them."
	default:
		return ""
	}
}

// refreshed stores what a refresh brought. The first metadata of a provider that has nothing yet is what its administrator
// asked for with the address.
func (a *act) refreshed(id uuid.UUID, m *ProviderMetadata, failure string) (*IdentityProvider, error) {
	before, err := a.tx.FindProvider(id)
	if err != nil {
		return nil, err
	}
	p := before.clone()
	if m != nil && (p.Saml.EntityID == "" || p.Saml.EntityID == m.EntityID) {
		first := p.Saml.EntityID == "" && p.Saml.SsoURL == "" && len(p.Saml.Certificates) == 0
		p.Saml.take(m, a.now, first || m.Signed)
		p.Saml.RefreshedAt, p.Saml.ValidUntil = a.now, m.ValidUntil
	}
	p.Saml.RefreshError = failure
	var found problems
	if p.validate(&found); len(found) > 0 {
		p = before.clone()
		p.Saml.RefreshError = "The metadata is not taken: " + messageOf(found.err())
	}
	if m == nil && p.Saml.RefreshError == before.Saml.RefreshError {
		return before, nil // it failed like the last time
	}
	p.Version, p.UpdatedAt = p.Version+1, a.now
	if changes := providerChanges(before, p); len(changes) > 1 {
		a.happened(EventProviderUpdated)
		a.entry.Changes, a.entry.Note = append(a.entry.Changes, changes...), "metadata refreshed"
	}
	return p, a.tx.UpdateProvider(p)
}

// warning is something that will soon keep people out, or does already.
type warning struct {
	code, text string
	days       int
	once       string // told once for each of these
}

// warnBefore are the days before the end of a certificate on which somebody is told.
var warnBefore = []int{1, 7, 30}

// warnings lists what is to be told of a provider.
func (p *IdentityProvider) warnings(now time.Time) (list []warning) {
	var latest time.Time
	for _, c := range p.Saml.Certificates {
		if c.Pending {
			list = append(list, warning{code: "certificate_pending", once: c.Fingerprint(),
				text: "New metadata brought a certificate that waits for an administrator's yes."})
		} else if c.NotAfter.After(latest) {
			latest = c.NotAfter
		}
	}
	left := int(latest.Sub(now) / day)
	switch {
	case latest.IsZero():
	case !latest.After(now):
		list = append(list, warning{code: "certificate_expired", once: latest.String(), text: "All certificates have expired: nobody can sign in."})
	default:
		for _, days := range warnBefore {
			if left < days {
				list = append(list, warning{code: "certificate_expires", days: days, once: latest.String() + strconv.Itoa(days),
					text: "The last certificate expires on " + latest.Format(time.DateOnly) + "."})
				break
			}
		}
	}
	if until := p.Saml.ValidUntil; !until.IsZero() && !until.After(now) {
		list = append(list, warning{code: "metadata_expired", once: until.String(), text: "The metadata has expired."})
	}
	if p.Saml.RefreshError != "" {
		list = append(list, warning{code: "refresh_failed", once: p.Saml.RefreshError + now.Format(time.DateOnly), text: p.Saml.RefreshError})
	}
	return list
}

// warn tells what was not told yet: in the audit, as an event, and to the log.
func (s *Providers) warn(ctx context.Context, caller Caller, p *IdentityProvider, warned func(tenant, provider, warning string)) error {
	for _, w := range p.warnings(s.now()) {
		told := false
		err := s.write(ctx, caller, func(a *act) (err error) {
			told, err = a.tx.RememberAssertion("warning of "+p.ID.String(), w.code+" "+w.once, a.now.AddDate(0, 2, 0))
			if err != nil || !told {
				return err
			}
			a.happened(EventProviderWarning, Fact{"IdentityProviderId", p.ID.String()}, Fact{"Code", w.code}, Fact{"Days", strconv.Itoa(w.days)})
			a.entry.Note = w.text
			return nil
		})
		if err != nil {
			return err
		}
		if told {
			warned(caller.TenantSlug, p.Prefix, w.text)
		}
	}
	return nil
}

// Trust is an administrator's yes to a certificate that came with refreshed metadata, by its SHA-256 fingerprint.
//
// Errors: identity_provider_not_found; not_found where no such certificate waits.
func (s *Providers) Trust(ctx context.Context, caller Caller, id uuid.UUID, fingerprint string) (*IdentityProvider, error) {
	return s.Change(ctx, caller, ProviderChange{Provider: id, Apply: func(p *IdentityProvider) error {
		if p.Saml != nil {
			for i := range p.Saml.Certificates {
				if c := &p.Saml.Certificates[i]; c.Pending && strings.EqualFold(c.Fingerprint(), fingerprint) {
					c.Pending = false
					return nil
				}
			}
		}
		return Refuse(CodeNotFound, "", "No certificate of that fingerprint waits for a yes.")
	}})
}
