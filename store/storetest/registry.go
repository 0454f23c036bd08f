package storetest

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

var registryPromises = []promise{
	{"a tenant comes back as it was stored", tenantRoundTrip},
	{"tenants are listed by slug", tenantsListed},
	{"nothing is set up where there is a tenant", setupRefused},
	{"a connection is saved and changed", connectionSaved},
	{"the use of a connection is noted", connectionSeen},
	{"what a connection tells of its client is kept", connectionHeard},
	{"a credential is saved and changed", credentialSaved},
	{"an assertion is used once", assertionUsed},
	{"credentials of a disabled tenant are not found", credentialOfDisabled},
	{"operator changes leave an audit row and an event", operatorAudited},
	{"a transaction knows its tenant and connection", settingsLoaded},
	{"settings are those of now, whatever callers did to what they were given", settingsFresh},
	{"a disabled tenant has no settings", settingsOfDisabled},
	{"notes are kept once, and twenty of them", notesKept},
	{"organizations are told apart from strangers", settingsEntities},
	{"the database answers a ping", pinged},
	{"a schema of a newer program is refused", newerSchema},
}

func tenantRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	tenant := &domain.Tenant{ID: newID(), Slug: "Beta", Name: "Beta & Söhne", SsoEnabled: true, Policies: domain.Policies{domain.PolicySessionTTL: "1h"},
		CreatedAt: noon, UpdatedAt: noon.Add(time.Second)}
	require.NoError(t, w.InsertTenant(ctx(), tenant, entry(domain.EventTenantCreated)))
	check := func() {
		t.Helper()
		found, err := w.FindTenant(ctx(), "bETA")
		require.NoError(t, err)
		assert.Empty(t, cmp.Diff(tenant, found))
	}
	check()
	tenant.Name, tenant.SsoEnabled, tenant.Disabled, tenant.Policies, tenant.UpdatedAt = "B", false, true, nil, noon.Add(time.Hour)
	require.NoError(t, w.UpdateTenant(ctx(), tenant, entry(domain.EventTenantUpdated)))
	check()
	_, err := w.FindTenant(ctx(), "gamma")
	refused(t, err, domain.CodeTenantNotFound, "")
	tenant.ID = newID()
	refused(t, w.UpdateTenant(ctx(), tenant, entry(domain.EventTenantUpdated)), domain.CodeTenantNotFound, "")
}

func setupRefused(t *testing.T, open Open) {
	w := newWorld(t, open)
	before := w.Snapshot(t)
	offered, err := w.OfferSetup(ctx(), []byte("hash"), noon.Add(time.Hour))
	require.NoError(t, err)
	assert.False(t, offered)
	w.SQL(t, "INSERT INTO setup_token (place, token_hash, expires_at) VALUES (1, ?, ?)", []byte("hash"), noon.Add(time.Hour).UnixMicro())
	tenant := &domain.Tenant{ID: newID(), Slug: "beta", CreatedAt: noon, UpdatedAt: noon}
	err = w.Write(ctx(), domain.Scope{Tenant: tenant.ID}, func(tx domain.Tx) error { return tx.SetUp([]byte("hash"), noon, tenant) })
	refused(t, err, domain.CodeTokenInvalid, "")
	w.SQL(t, "DELETE FROM setup_token")
	assert.Equal(t, before, w.Snapshot(t))
}

func tenantsListed(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.NewTenant(t, "zeta")
	w.NewTenant(t, "Beta")
	list, err := w.ListTenants(ctx())
	require.NoError(t, err)
	var slugs []string
	for _, tenant := range list {
		slugs = append(slugs, tenant.Slug)
	}
	assert.Equal(t, []string{"acme", "Beta", "zeta"}, slugs)
}

func connectionSaved(t *testing.T, open Open) {
	w := newWorld(t, open)
	c := &domain.Connection{ID: newID(), Name: "Entra", Policies: domain.Policies{domain.PolicyMatch: domain.Reject}, Notes: []string{"n"},
		LastSeenAt: noon, CreatedAt: noon.Add(time.Second)}
	require.NoError(t, w.SaveConnection(ctx(), w.Scope.Tenant, c, entry(domain.EventConnectionCreated)))
	changed := *c
	changed.Name, changed.Policies, changed.Notes, changed.LastSeenAt = "Entra ID", nil, nil, time.Time{}
	require.NoError(t, w.SaveConnection(ctx(), w.Scope.Tenant, &changed, entry(domain.EventConnectionUpdated)))
	list, err := w.ListConnections(ctx(), w.Scope.Tenant)
	require.NoError(t, err)
	require.Len(t, list, 2)
	changed.Notes, changed.LastSeenAt = c.Notes, c.LastSeenAt
	assert.Empty(t, cmp.Diff(&changed, list[1]), "what the engine notes is not an operator's to change")
}

func connectionSeen(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, at := range []time.Time{noon, noon.Add(-time.Hour)} {
		require.NoError(t, w.SeenConnection(ctx(), w.Scope.Tenant, w.Scope.Connection, domain.Observation{At: at}))
		list, err := w.ListConnections(ctx(), w.Scope.Tenant)
		require.NoError(t, err)
		assert.Equal(t, noon, list[0].LastSeenAt, "it never goes back")
	}
}

func connectionHeard(t *testing.T, open Open) {
	w := newWorld(t, open)
	hear := func(seen domain.Observation) *domain.Connection {
		require.NoError(t, w.SeenConnection(ctx(), w.Scope.Tenant, w.Scope.Connection, seen))
		list, err := w.ListConnections(ctx(), w.Scope.Tenant)
		require.NoError(t, err)
		return list[0]
	}
	guess := domain.Sighting{Dialect: domain.DialectEntra, Clue: "a capital", At: noon}
	other := domain.Sighting{Dialect: domain.DialectPing, Clue: "another capital", At: noon}
	sure := domain.Sighting{Dialect: domain.DialectOneLogin, Sure: true, Clue: "its name", At: noon}
	assert.Equal(t, guess, hear(domain.Observation{At: noon, Sighting: guess}).Seen)
	assert.Equal(t, guess, hear(domain.Observation{At: noon, Sighting: other}).Seen, "a guess gives way to no other")
	assert.Equal(t, sure, hear(domain.Observation{At: noon, Sighting: sure}).Seen)
	assert.Equal(t, sure, hear(domain.Observation{At: noon, Sighting: guess}).Seen)

	hear(domain.Observation{At: noon, Deviations: []domain.Deviation{{Rule: "b", Count: 1, First: noon, Last: noon}}})
	later := noon.Add(time.Minute)
	c := hear(domain.Observation{At: later, Deviations: []domain.Deviation{{Rule: "a", Count: 2, First: later, Last: later}, {Rule: "b", Count: 3, First: later, Last: later}}})
	want := []domain.Deviation{{Rule: "a", Count: 2, First: later, Last: later}, {Rule: "b", Count: 4, First: noon, Last: later}}
	assert.Equal(t, want, c.Deviations)
	list, err := w.ListDeviations(ctx(), w.NewTenant(t, "other").Tenant, w.Scope.Connection)
	require.NoError(t, err)
	assert.Empty(t, list, "another tenant's")

	c.Dialect = domain.DialectEntra
	require.NoError(t, w.SaveConnection(ctx(), w.Scope.Tenant, c, entry(domain.EventConnectionUpdated)))
	c.Seen, c.Dialect = domain.Sighting{}, domain.DialectGeneric
	require.NoError(t, w.SaveConnection(ctx(), w.Scope.Tenant, c, entry(domain.EventConnectionUpdated)))
	found := hear(domain.Observation{At: later, Sighting: sure})
	assert.Equal(t, domain.DialectGeneric, found.Dialect)
	assert.Zero(t, found.Seen, "what is fixed keeps sightings out")
}

func credential(w *world) *domain.Credential {
	return &domain.Credential{ID: newID(), Tenant: w.Scope.Tenant, TenantSlug: "acme", Name: "key", Kind: domain.KindScim, Mode: domain.ReadWrite,
		Permissions: domain.NewPermissions(domain.PersonsRead), Connection: w.Scope.Connection, SecretHash: []byte{0, 1, 255}, OldSecretHash: []byte("old"),
		RateLimit: domain.RateLimit{PerSecond: 20, Burst: 40}, PublicKeys: []domain.PublicKey{`{"kty":"RSA"}`, `{"kty":"OKP"}`},
		OldSecretUntil: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour), CreatedAt: noon,
		AllowedIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}}
}

func credentialSaved(t *testing.T, open Open) {
	w := newWorld(t, open)
	c := credential(w)
	check := func() {
		t.Helper()
		found, err := w.FindCredential(ctx(), c.ID)
		require.NoError(t, err)
		same := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
		assert.Empty(t, cmp.Diff(c, found, same, cmpopts.EquateEmpty()))
		list, err := w.ListCredentials(ctx(), w.Scope.Tenant)
		require.NoError(t, err)
		assert.Empty(t, cmp.Diff([]*domain.Credential{c}, list, same, cmpopts.EquateEmpty()))
	}
	require.NoError(t, w.SaveCredential(ctx(), c, entry(domain.EventCredentialCreated)))
	check()
	c.Name, c.Mode, c.Permissions, c.SecretHash, c.OldSecretHash, c.AllowedIPs = "new", domain.ReadOnly, nil, []byte("new"), nil, nil
	c.OldSecretUntil, c.ExpiresAt, c.RevokedAt, c.RateLimit, c.PublicKeys = time.Time{}, time.Time{}, noon, domain.RateLimit{}, nil
	require.NoError(t, w.SaveCredential(ctx(), c, entry(domain.EventCredentialRotated)))
	check()
	_, err := w.FindCredential(ctx(), newID())
	refused(t, err, domain.CodeNotFound, "")
}

func assertionUsed(t *testing.T, open Open) {
	w := newWorld(t, open)
	c, other := credential(w), credential(w)
	for _, saved := range []*domain.Credential{c, other} {
		require.NoError(t, w.SaveCredential(ctx(), saved, entry(domain.EventCredentialCreated)))
	}
	use := func(id uuid.UUID, assertion string) bool {
		t.Helper()
		fresh, err := w.UseAssertion(ctx(), w.Scope.Tenant, id, []byte(assertion), noon)
		require.NoError(t, err)
		return fresh
	}
	assert.True(t, use(c.ID, "1"))
	assert.False(t, use(c.ID, "1"))
	assert.True(t, use(c.ID, "2"))
	assert.True(t, use(other.ID, "1"), "each credential has its own")

	replica := w.Another(t)
	var wins atomic.Int32
	var racers sync.WaitGroup
	for i := range 10 {
		db := []*store.DB{w.DB, replica}[i%2]
		racers.Go(func() {
			fresh, err := db.UseAssertion(ctx(), w.Scope.Tenant, c.ID, []byte("raced"), noon)
			assert.NoError(t, err)
			if fresh {
				wins.Add(1)
			}
		})
	}
	racers.Wait()
	assert.EqualValues(t, 1, wins.Load())
}

func credentialOfDisabled(t *testing.T, open Open) {
	w := newWorld(t, open)
	c := credential(w)
	require.NoError(t, w.SaveCredential(ctx(), c, entry(domain.EventCredentialCreated)))
	w.disable(t)
	_, err := w.FindCredential(ctx(), c.ID)
	refused(t, err, domain.CodeNotFound, "")
}

func (w *world) disable(t testing.TB) {
	t.Helper()
	tenant, err := w.FindTenant(ctx(), "acme")
	require.NoError(t, err)
	tenant.Disabled = true
	require.NoError(t, w.UpdateTenant(ctx(), tenant, entry(domain.EventTenantUpdated)))
}

func operatorAudited(t *testing.T, open Open) {
	w := newWorld(t, open)
	e := entry(domain.EventCredentialCreated)
	require.NoError(t, w.SaveCredential(ctx(), credential(w), e))
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM audit_event WHERE tenant_id = ? AND audit_id = ? AND action = 'CREDENTIAL_CREATED'", w.Scope.Tenant, e.ID))
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM domain_event WHERE tenant_id = ? AND type = 'CREDENTIAL_CREATED'", w.Scope.Tenant))
	before := w.Snapshot(t)
	err := w.InsertTenant(ctx(), &domain.Tenant{ID: newID(), Slug: "ACME"}, entry(domain.EventTenantCreated))
	refused(t, err, domain.CodeTenantSlugTaken, "Slug")
	assert.Empty(t, cmp.Diff(before, w.Snapshot(t)), "a refused change leaves neither")
}

func settingsLoaded(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.read(t, func(tx domain.Tx) error {
		tenant, err := tx.Tenant()
		require.NoError(t, err)
		assert.Equal(t, "acme", tenant.Slug)
		connection, err := tx.Connection()
		require.NoError(t, err)
		assert.Equal(t, "Okta", connection.Name)
		return nil
	})
	for _, scope := range []domain.Scope{{Tenant: w.Scope.Tenant}, {Tenant: w.Scope.Tenant, Connection: newID()}} {
		require.NoError(t, w.Read(ctx(), scope, func(tx domain.Tx) error {
			connection, err := tx.Connection()
			assert.Nil(t, connection)
			return err
		}))
	}
}

func settingsOfDisabled(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.disable(t)
	for _, scope := range []domain.Scope{w.Scope, {Tenant: newID()}, {}} {
		err := w.Read(ctx(), scope, func(tx domain.Tx) error { _, err := tx.Tenant(); return err })
		refused(t, err, domain.CodeTenantNotFound, "")
		err = w.Read(ctx(), scope, func(tx domain.Tx) error { _, err := tx.Connection(); return err })
		refused(t, err, domain.CodeTenantNotFound, "")
	}
}

func notesKept(t *testing.T, open Open) {
	w := newWorld(t, open)
	for i := range 22 {
		w.write(t, func(tx domain.Tx) error {
			require.NoError(t, tx.Note(fmt.Sprint("line ", i)))
			return tx.Note(fmt.Sprint("line ", i))
		})
	}
	w.read(t, func(tx domain.Tx) error {
		c, err := tx.Connection()
		require.Len(t, c.Notes, 20)
		assert.Equal(t, "line 2", c.Notes[0])
		assert.Equal(t, "line 21", c.Notes[19])
		return err
	})
	w.Scope.Connection = uuid.Nil
	w.write(t, func(tx domain.Tx) error { return tx.Note("nowhere to be kept") })
}

func settingsEntities(t *testing.T, open Open) {
	w := newWorld(t, open)
	organization := newID()
	w.AddOrganization(t, w.Scope.Tenant, organization, "North")
	w.read(t, func(tx domain.Tx) error {
		known, err := tx.Organizations([]uuid.UUID{newID(), organization})
		require.NoError(t, err)
		assert.Equal(t, map[uuid.UUID]string{organization: "North"}, known)
		return nil
	})
}

func newerSchema(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.SQL(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)")
	assert.ErrorContains(t, w.Migrate(ctx()), "use a newer program")
}

func pinged(t *testing.T, open Open) {
	w := newWorld(t, open)
	assert.NoError(t, w.Ping(ctx()))
}
