package domain

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// AccessTokenLife is how long an access token can be used, at most.
const AccessTokenLife = time.Hour

// The bounds of an assertion: how far ahead it may expire, and how far clocks may be apart.
const (
	assertionLife = 10 * time.Minute
	clockSkew     = time.Minute
	maxAssertion  = 255 // bytes of its id
)

// PublicKey is a key with which a credential's assertions are verified: a JWK (RFC 7517) with its public members only.
// A key has one text.
type PublicKey string

// Assertion is what a client says about itself in a JWT (RFC 7523, section 3).
type Assertion struct {
	Issuer, Subject, ID            string
	Audience                       []string
	ExpiresAt, NotBefore, IssuedAt time.Time // zero where it does not say
}

// Assertions reads assertions; the engine decides whether it believes them.
type Assertions interface {
	// Subject is who the assertion claims to come from. Nothing of it is proved.
	Subject(assertion string) (string, error)
	// Verify gives what an assertion says that is signed with one of the keys, and with which. The keys alone decide,
	// nothing that the assertion brings along.
	Verify(assertion string, keys []PublicKey) (*Assertion, PublicKey, error)
}

// ClientProof is what a client shows for an access token: the token of its credential, or an assertion.
type ClientProof struct {
	ID        string // CredentialId; may be empty with an assertion, which says it too
	Secret    string
	Assertion string
	Audiences []string // whom the assertion may be meant for: the names of this server
}

// AccessToken stands for a credential for a while.
type AccessToken struct {
	Text   string
	Life   time.Duration
	Caller Caller // for whom it speaks
}

// IssueToken gives a client an access token for its credential (RFC 6749, section 4.4). Nothing is stored: the token is
// sealed and names the credential and the secret or key that was used for it. So whatever ends the credential, that
// secret or that key ends the token as well, and it has exactly the rights that the credential has when it is used.
//
// Errors: unauthenticated for every reason alike, found out with the same look-up.
func (g *Gatekeeper) IssueToken(ctx context.Context, proof ClientProof, from netip.Addr) (*AccessToken, error) {
	client, claimed := g.Claimed(proof)
	credential, err := g.registry.FindCredential(ctx, client)
	if err != nil && !Is(err, CodeNotFound) {
		return nil, err
	}
	if err != nil || !claimed || !credential.Live(g.now()) || !credential.Allows(from) {
		return nil, unknownClient()
	}
	fingerprint, err := g.prove(ctx, credential, proof)
	if err != nil {
		return nil, err
	}
	life := AccessTokenLife
	if !credential.ExpiresAt.IsZero() {
		life = min(life, credential.ExpiresAt.Sub(g.now()))
	}
	text, err := g.sealAccess(access{credential.ID, g.now().Add(life), fingerprint})
	return &AccessToken{Text: text, Life: life, Caller: credential.Caller()}, err
}

// Claimed is the CredentialId that the client says is its own; ok tells whether that could be. Nothing is proved.
func (g *Gatekeeper) Claimed(proof ClientProof) (id uuid.UUID, ok bool) {
	name := proof.ID
	if proof.Assertion != "" {
		subject, err := g.assertions.Subject(proof.Assertion)
		if err != nil || name != "" && !strings.EqualFold(name, subject) {
			return uuid.Nil, false
		}
		name = subject
	}
	id, err := uuid.Parse(name)
	return id, err == nil && strings.EqualFold(id.String(), name)
}

// prove demands the proof and gives the fingerprint of what it was made with.
func (g *Gatekeeper) prove(ctx context.Context, credential *Credential, proof ClientProof) ([]byte, error) {
	if proof.Assertion != "" {
		return g.proveByKey(ctx, credential, proof)
	}
	id, hash, err := g.secrets.ParseCredential(proof.Secret)
	if err != nil || id != credential.ID || !g.opens(credential, hash) {
		return nil, unknownClient()
	}
	return fingerprint("secret", hash), nil
}

// proveByKey accepts an assertion once, whichever server it is sent to.
func (g *Gatekeeper) proveByKey(ctx context.Context, credential *Credential, proof ClientProof) ([]byte, error) {
	said, key, err := g.assertions.Verify(proof.Assertion, credential.PublicKeys)
	if err != nil || !g.believes(credential, said, proof.Audiences) {
		return nil, unknownClient()
	}
	used := fingerprint("assertion", []byte(said.ID))
	fresh, err := g.registry.UseAssertion(ctx, credential.Tenant, credential.ID, used, said.ExpiresAt)
	if err != nil {
		return nil, err
	}
	if !fresh {
		return nil, unknownClient()
	}
	return fingerprint("key", []byte(key)), nil
}

// believes checks what a signed assertion says (RFC 7523, section 3). It must be meant for this server and for nobody
// else, or another one that it was sent to could use it here.
func (g *Gatekeeper) believes(credential *Credential, said *Assertion, audiences []string) bool {
	now := g.now()
	ours := len(said.Audience) > 0
	for _, audience := range said.Audience {
		ours = ours && slices.Contains(audiences, audience)
	}
	return ours && strings.EqualFold(said.Subject, credential.ID.String()) && said.Issuer == said.Subject &&
		said.ID != "" && len(said.ID) <= maxAssertion &&
		said.ExpiresAt.After(now) && !said.ExpiresAt.After(now.Add(assertionLife+clockSkew)) &&
		!said.NotBefore.After(now.Add(clockSkew)) && !said.IssuedAt.After(now.Add(clockSkew))
}

func unknownClient() error {
	return Refuse(CodeUnauthenticated, "", "The client is not known, or what it shows does not prove it: use the CredentialId with its token, or an assertion signed with a key of the credential.")
}

// fingerprint tells secrets, keys and ids apart, each of its kind, without telling what they are.
func fingerprint(kind string, of []byte) []byte {
	sum := sha256.Sum256(append([]byte(kind+" "), of...))
	return sum[:]
}

// access is what an access token says.
type access struct {
	credential  uuid.UUID
	expiresAt   time.Time
	fingerprint []byte // of the secret or key that it was given for
}

const (
	accessPrefix  = "sba_" // lets secret scanners find leaked tokens
	accessPurpose = "access token"
	accessLength  = len(uuid.UUID{}) + 8 + sha256.Size
)

func (g *Gatekeeper) sealAccess(a access) (string, error) {
	plain := binary.BigEndian.AppendUint64(slices.Clone(a.credential[:]), uint64(a.expiresAt.UnixMicro()))
	sealed, err := g.secrets.Seal(string(append(plain, a.fingerprint...)), accessPurpose)
	return accessPrefix + base64.RawURLEncoding.EncodeToString(sealed), err
}

// openAccess reads an access token that has not expired. There is one text for one token.
func (g *Gatekeeper) openAccess(text string) (a access, ok bool) {
	encoded, found := strings.CutPrefix(text, accessPrefix)
	sealed, err := base64.RawURLEncoding.DecodeString(encoded)
	if !found || err != nil || base64.RawURLEncoding.EncodeToString(sealed) != encoded {
		return access{}, false
	}
	opened, err := g.secrets.Open(sealed, accessPurpose)
	if err != nil || len(opened) != accessLength {
		return access{}, false
	}
	id, rest := opened[:len(uuid.UUID{})], []byte(opened[len(uuid.UUID{}):])
	a = access{uuid.UUID([]byte(id)), time.UnixMicro(int64(binary.BigEndian.Uint64(rest))), rest[8:]}
	return a, a.expiresAt.After(g.now())
}

// stands tells whether the credential still has what the access token was given for.
func (g *Gatekeeper) stands(credential *Credential, a access) bool {
	stands := g.secrets.EqualHash(fingerprint("secret", credential.SecretHash), a.fingerprint)
	if credential.OldSecretUntil.After(g.now()) && g.secrets.EqualHash(fingerprint("secret", credential.OldSecretHash), a.fingerprint) {
		stands = true
	}
	for _, key := range credential.PublicKeys {
		if g.secrets.EqualHash(fingerprint("key", []byte(key)), a.fingerprint) {
			stands = true
		}
	}
	return stands
}

// noAssertions accepts none.
type noAssertions struct{}

// Subject implements Assertions.
func (noAssertions) Subject(string) (string, error) { return "", unknownClient() }

// Verify implements Assertions.
func (noAssertions) Verify(string, []PublicKey) (*Assertion, PublicKey, error) {
	return nil, "", unknownClient()
}
