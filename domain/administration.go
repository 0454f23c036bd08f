package domain

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Administration sets up tenants, connections and credentials. Its callers stand at the machine: no permission is
// asked for, and every act is audited as the operator's.
type Administration struct{ *engine }

var slugPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CreateTenant makes a tenant that belongs to no business account.
func (o *Administration) CreateTenant(ctx context.Context, slug, name string, sso bool, policies map[string]string) (*Tenant, error) {
	return o.CreateTenantOf(ctx, "", slug, name, sso, policies)
}

// TenantChange names what is to be different; nil leaves a field alone.
type TenantChange struct {
	Name     *string
	Sso      *bool
	Policies map[string]string
	Account  string // business account to join; empty leaves it alone
	// MigrationUntil opens the tenant for migrations until then, or closes it with a time that is over.
	MigrationUntil *time.Time
}

// UpdateTenant changes a tenant's name, SSO switch, policies and window for migrations.
func (o *Administration) UpdateTenant(ctx context.Context, slug string, change TenantChange) (*Tenant, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return nil, err
	}
	before := *tenant
	if change.Name != nil {
		tenant.Name = *change.Name
	}
	if change.Sso != nil {
		tenant.SsoEnabled = *change.Sso
	}
	if change.MigrationUntil != nil {
		tenant.MigrationUntil = change.MigrationUntil.UTC().Truncate(time.Microsecond)
	}
	if tenant.Policies, err = before.Policies.With(false, change.Policies); err != nil {
		return nil, err
	}
	if err := o.joins(tenant, change.Account); err != nil {
		return nil, err
	}
	tenant.UpdatedAt = o.now()
	changes := append(policyChanges(before.Policies, tenant.Policies),
		Change{"Name", before.Name, tenant.Name}, Change{"Account", before.Account.Name, tenant.Account.Name},
		Change{"SsoEnabled", BoolValue(before.SsoEnabled).String(), BoolValue(tenant.SsoEnabled).String()},
		Change{"MigrationWindowUntil", shownTime(before.MigrationUntil), shownTime(tenant.MigrationUntil)})
	changes = slices.DeleteFunc(changes, func(c Change) bool { return c.Before == c.After })
	if len(changes) == 0 {
		return tenant, nil
	}
	return tenant, o.registry.UpdateTenant(ctx, tenant, o.entry(EventTenantUpdated, changes...))
}

func shownTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339Nano)
}

func policyChanges(before, after Policies) []Change {
	var changes []Change
	for _, rule := range policyTable {
		if was, is := before.Get(rule.policy), after.Get(rule.policy); was != is {
			changes = append(changes, Change{string(rule.policy), was, is})
		}
	}
	return changes
}

// Tenants lists all tenants.
func (o *Administration) Tenants(ctx context.Context) ([]*Tenant, error) {
	return o.registry.ListTenants(ctx)
}

// Tenant finds a tenant by its slug.
func (o *Administration) Tenant(ctx context.Context, slug string) (*Tenant, error) {
	return o.registry.FindTenant(ctx, slug)
}

// CreateConnection makes a SCIM connection of a tenant.
func (o *Administration) CreateConnection(ctx context.Context, slug, name string, policies map[string]string) (*Connection, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return nil, err
	}
	return o.createConnection(ctx, tenant, name, policies)
}

func (o *Administration) createConnection(ctx context.Context, tenant *Tenant, name string, policies map[string]string) (*Connection, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	chosen, err := Policies(nil).With(true, policies)
	if err != nil {
		return nil, err
	}
	connection := &Connection{ID: o.newID(), Name: name, Policies: chosen, CreatedAt: o.now()}
	return connection, o.registry.SaveConnection(ctx, tenant.ID, connection, o.entry(EventConnectionCreated, Change{"Name", "", name}))
}

// ConnectionChange names what is to be different; nil leaves a field alone.
type ConnectionChange struct {
	Policies map[string]string
	Dialect  *string // a name of [DialectCatalogue], or [DialectAuto], which also forgets what was seen
}

// UpdateConnection changes the policies and the dialect of a connection, found by its name or id.
func (o *Administration) UpdateConnection(ctx context.Context, slug, name string, change ConnectionChange) (*Connection, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return nil, err
	}
	connection, err := o.findConnection(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	before := *connection
	if connection.Policies, err = before.Policies.With(true, change.Policies); err != nil {
		return nil, err
	}
	if change.Dialect != nil {
		if connection.Dialect, err = ParseDialect(*change.Dialect); err != nil {
			return nil, err
		}
		if connection.Dialect == "" {
			connection.Seen = Sighting{}
		}
	}
	changes := slices.DeleteFunc(append(policyChanges(before.Policies, connection.Policies),
		Change{"Dialect", string(before.Dialect), string(connection.Dialect)},
		Change{"SeenDialect", string(before.Seen.Dialect), string(connection.Seen.Dialect)}),
		func(c Change) bool { return c.Before == c.After })
	if len(changes) == 0 {
		return connection, nil
	}
	return connection, o.registry.SaveConnection(ctx, tenant.ID, connection, o.entry(EventConnectionUpdated, changes...))
}

// Connections lists the connections of a tenant.
func (o *Administration) Connections(ctx context.Context, slug string) ([]*Connection, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return nil, err
	}
	return o.registry.ListConnections(ctx, tenant.ID)
}

// Connection finds a connection of a tenant by its name or id.
func (o *Administration) Connection(ctx context.Context, slug, name string) (*Connection, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return nil, err
	}
	return o.findConnection(ctx, tenant, name)
}

func (o *Administration) findConnection(ctx context.Context, tenant *Tenant, name string) (*Connection, error) {
	list, err := o.registry.ListConnections(ctx, tenant.ID)
	if err != nil {
		return nil, err
	}
	for _, connection := range list {
		if connection.Name == name || connection.ID.String() == name {
			return connection, nil
		}
	}
	return nil, Refuse(CodeNotFound, "Connection", "The tenant has no connection %q.", name)
}

// NewCredential is what a credential is created from.
type NewCredential struct {
	Tenant      string   // slug
	Others      []string // slugs of more tenants in which a Rest credential may act
	Name        string
	Kind        CredentialKind
	Mode        AccessMode   // empty: ReadWrite
	Permissions []Permission // of a Rest credential, restricted ones too; empty: all that an API may grant
	Connection  string       // of a Scim credential: name or id; empty: a new connection of the credential's name
	Lifetime    time.Duration
	AllowedIPs  []netip.Prefix
	RateLimit   RateLimit // zero: none
	PublicKeys  []PublicKey
}

// CreateCredential makes a credential and returns its token, which is shown once and stored as a hash only.
func (o *Administration) CreateCredential(ctx context.Context, in NewCredential) (*Credential, string, error) {
	tenant, err := o.registry.FindTenant(ctx, in.Tenant)
	if err != nil {
		return nil, "", err
	}
	if err := in.validate(); err != nil {
		return nil, "", err
	}
	id := o.newID()
	token, hash := o.secrets.NewCredential(id)
	credential := &Credential{ID: id, Tenant: tenant.ID, TenantSlug: tenant.Slug, Name: in.Name, Kind: in.Kind, Mode: in.Mode,
		SecretHash: hash, AllowedIPs: in.AllowedIPs, RateLimit: in.RateLimit, PublicKeys: in.PublicKeys, CreatedAt: o.now()}
	if in.Mode == "" {
		credential.Mode = ReadWrite
	}
	if in.Lifetime > 0 {
		credential.ExpiresAt = o.now().Add(in.Lifetime)
	}
	if in.Kind == KindRest {
		credential.Permissions = ApiPermissions()
		if len(in.Permissions) > 0 {
			credential.Permissions = NewPermissions(in.Permissions...)
		}
	} else if credential.Connection, err = o.connectionFor(ctx, tenant, in); err != nil {
		return nil, "", err
	}
	if credential.Others, err = o.otherTenants(ctx, tenant, in.Others); err != nil {
		return nil, "", err
	}
	entry := o.entry(EventCredentialCreated, Change{"CredentialId", "", id.String()}, Change{"Name", "", in.Name})
	if len(in.Others) > 0 {
		entry.Changes = append(entry.Changes, Change{"Tenants", "", strings.Join(in.Others, "; ")})
	}
	return credential, token, o.registry.SaveCredential(ctx, credential, entry)
}

func (in *NewCredential) validate() error {
	if err := checkName(in.Name); err != nil {
		return err
	}
	var found problems
	if in.Kind != KindRest && in.Kind != KindScim {
		found.add("Kind", "The kind is rest or scim.")
	}
	if in.Kind == KindScim && len(in.Permissions) > 0 {
		found.add("Permissions", "A scim credential has the permissions of its access mode; choose --access instead.")
	}
	if in.Kind == KindScim && len(in.Others) > 0 {
		found.add("Tenants", "A scim credential has one tenant, that of its connection.")
	}
	known := AllPermissions()
	for _, p := range in.Permissions {
		if !known.Has(p) {
			found.add("Permissions", "There is no permission %q that a rest credential may have.", p)
		}
	}
	checkLimits(&found, in.RateLimit, in.PublicKeys)
	return found.err()
}

func (o *Administration) connectionFor(ctx context.Context, tenant *Tenant, in NewCredential) (uuid.UUID, error) {
	var connection *Connection
	var err error
	if in.Connection != "" {
		connection, err = o.findConnection(ctx, tenant, in.Connection)
	} else {
		connection, err = o.createConnection(ctx, tenant, in.Name, nil)
	}
	if err != nil {
		return uuid.Nil, err
	}
	return connection.ID, nil
}

// RotateCredential gives a credential a new secret and returns the new token; the old one lives on for overlap.
func (o *Administration) RotateCredential(ctx context.Context, id uuid.UUID, overlap time.Duration) (*Credential, string, error) {
	credential, err := o.registry.FindCredential(ctx, id)
	if err != nil {
		return nil, "", err
	}
	if !credential.Live(o.now()) {
		return nil, "", Refuse(CodeNotFound, "CredentialId", "The credential is revoked or expired; create a new one.")
	}
	token, hash := o.secrets.NewCredential(id)
	credential.OldSecretHash, credential.OldSecretUntil = credential.SecretHash, o.now().Add(overlap)
	credential.SecretHash = hash
	entry := o.entry(EventCredentialRotated, Change{"CredentialId", id.String(), id.String()})
	return credential, token, o.registry.SaveCredential(ctx, credential, entry)
}

// RevokeCredential ends a credential at once: servers that remember it forget within a second.
func (o *Administration) RevokeCredential(ctx context.Context, id uuid.UUID) (*Credential, error) {
	credential, err := o.registry.FindCredential(ctx, id)
	if err != nil || !credential.RevokedAt.IsZero() {
		return credential, err
	}
	credential.RevokedAt = o.now()
	entry := o.entry(EventCredentialRevoked, Change{"CredentialId", id.String(), ""})
	return credential, o.registry.SaveCredential(ctx, credential, entry)
}

// Credentials lists the credentials of a tenant, without secrets.
func (o *Administration) Credentials(ctx context.Context, slug string) ([]*Credential, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return nil, err
	}
	return o.registry.ListCredentials(ctx, tenant.ID)
}

func (o *Administration) entry(action EventType, changes ...Change) *AuditEntry {
	return &AuditEntry{ID: o.newID(), At: o.now(), Actor: Actor{Kind: ActorOperator, Name: "operator"}, Door: DoorSystem,
		Action: action, Effects: []EventType{action}, Changes: changes}
}

func checkName(name string) error {
	var found problems
	checkKey(&found, "Name", name)
	if name == "" {
		found.add("Name", "A name is needed.")
	}
	return found.err()
}
