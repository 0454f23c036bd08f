package domain

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Gatekeeper tells who is calling, and opens and ends sessions.
type Gatekeeper struct {
	*engine
	cache *callerCache
	ear   *ear
}

// callerMemory is how long a look-up is remembered; a revocation acts within it.
const callerMemory = time.Second

// Authenticate tells who presents the token: a credential's, an access token or a session's. Every reason for a refusal
// gives the same answer, unauthenticated.
func (g *Gatekeeper) Authenticate(ctx context.Context, token string, from netip.Addr) (Caller, error) {
	if access, ok := g.openAccess(token); ok {
		return g.credential(ctx, access.credential, from, func(c *Credential) bool { return g.stands(c, access) })
	}
	id, hash, err := g.secrets.ParseCredential(token)
	if err != nil {
		return g.session(ctx, token)
	}
	return g.credential(ctx, id, from, func(c *Credential) bool { return g.opens(c, hash) })
}

// credential lets in who proves to hold the credential.
func (g *Gatekeeper) credential(ctx context.Context, id uuid.UUID, from netip.Addr, proved func(*Credential) bool) (Caller, error) {
	credential, known := g.cache.get(id, g.clock())
	if !known {
		var err error
		credential, err = g.registry.FindCredential(ctx, id)
		if Is(err, CodeNotFound) {
			return Caller{}, unauthenticated()
		}
		if err != nil {
			return Caller{}, err
		}
		g.cache.put(id, credential, g.clock())
		g.seen(ctx, credential)
	}
	if !proved(credential) || !credential.Live(g.now()) || !credential.Allows(from) {
		return Caller{}, unauthenticated()
	}
	return credential.Caller(), nil
}

// opens compares the presented secret with the present one and, during the overlap of a rotation, the old one.
func (g *Gatekeeper) opens(credential *Credential, hash []byte) bool {
	old := credential.OldSecretUntil.After(g.now()) && g.secrets.EqualHash(credential.OldSecretHash, hash)
	return g.secrets.EqualHash(credential.SecretHash, hash) || old
}

// seen notes, at most once a memory of the credential, that a connection is in use, and how often it was forgiven
// what is known of it. Nothing depends on it, so
// that a failure is no reason to refuse the request.
func (g *Gatekeeper) seen(ctx context.Context, credential *Credential) {
	if credential.Connection != uuid.Nil && credential.Live(g.now()) {
		_ = g.registry.SeenConnection(ctx, credential.Tenant, credential.Connection,
			Observation{At: g.now(), Deviations: g.ear.pending(credential.Connection)})
	}
}

func (g *Gatekeeper) session(ctx context.Context, token string) (Caller, error) {
	hash, err := g.secrets.HashToken(TokenSession, token)
	if err != nil {
		return Caller{}, unauthenticated()
	}
	signedIn, err := g.registry.FindSession(ctx, hash)
	if Is(err, CodeNotFound) || err == nil && !signedIn.Session.Live(g.now()) {
		return Caller{}, unauthenticated()
	}
	if err != nil {
		return Caller{}, err
	}
	g.used(ctx, signedIn)
	rights := &signedIn.Rights
	if signedIn.Session.Pending {
		rights = &Rights{} // until the second factor is there
	}
	return Caller{
		Permissions: rights.Permissions, Roles: rights.Roles, Weight: rights.Weight(),
		Session: signedIn.Session.ID, SignedInAt: signedIn.Session.CreatedAt, Pending: signedIn.Session.Pending,
		Mfa: signedIn.Session.Mfa, SsoOnly: ssoOnly(signedIn.TenantSso, signedIn.TenantPolicies),
		Tenant: signedIn.Tenant, TenantSlug: signedIn.TenantSlug, Sso: signedIn.TenantSso, Mode: ReadWrite,
		Actor: Actor{Kind: ActorPerson, ID: signedIn.Session.Person, Name: signedIn.Username}, Door: DoorSelf,
	}, nil
}

// touchEvery is how exactly a session's last use is known.
const touchEvery = time.Minute

// used notes that a session is in use, so that it does not end for idleness. A failure is no reason to refuse the
// request.
func (g *Gatekeeper) used(ctx context.Context, in *SignedIn) {
	if now := g.now(); now.Sub(in.Session.LastSeenAt) >= touchEvery {
		_ = g.registry.TouchSession(ctx, in.Tenant, in.Session.ID, now)
	}
}

func unauthenticated() error {
	return Refuse(CodeUnauthenticated, "", "A valid token is needed: Authorization: Bearer <token>.")
}

// callerCache remembers credentials for callerMemory. It is bounded: when full it forgets everything.
type callerCache struct {
	mu      sync.RWMutex
	entries map[uuid.UUID]cachedCredential
}

type cachedCredential struct {
	credential *Credential
	until      time.Time
}

const callerCacheSize = 10_000

func newCallerCache() *callerCache {
	return &callerCache{entries: make(map[uuid.UUID]cachedCredential)}
}

func (c *callerCache) get(id uuid.UUID, now time.Time) (*Credential, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	entry, found := c.entries[id]
	return entry.credential, found && now.Before(entry.until)
}

func (c *callerCache) put(id uuid.UUID, credential *Credential, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= callerCacheSize {
		clear(c.entries)
	}
	c.entries[id] = cachedCredential{credential, now.Add(callerMemory)}
}

func (c *callerCache) drop(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, id)
}
