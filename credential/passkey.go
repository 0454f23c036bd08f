package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/scimbridge/scimbridge/domain"
)

// Passkeys speaks WebAuthn (https://www.w3.org/TR/webauthn-3/) for one relying party. It implements [domain.Passkeys].
type Passkeys struct {
	party *webauthn.WebAuthn
}

// The handle is as long as the standard allows (section 5.4.3), so that it says nothing of the person.
const handleBytes = 64

// NewPasskeys makes Passkeys for the server that browsers reach there. The host is the relying party, and no other origin
// is taken.
//
// Errors: an address that is an IP or no absolute address; browsers make no passkeys for those.
func NewPasskeys(publicURL string) (*Passkeys, error) {
	public, err := url.Parse(publicURL)
	if err != nil || public.Hostname() == "" {
		return nil, errors.New("credential: passkeys need an absolute address")
	}
	timeout := webauthn.TimeoutConfig{Timeout: 5 * time.Minute, TimeoutUVD: 5 * time.Minute} // the engine enforces its own
	party, err := webauthn.New(&webauthn.Config{RPID: public.Hostname(), RPDisplayName: public.Hostname(),
		RPOrigins: []string{public.Scheme + "://" + public.Host}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{RequireResidentKey: protocol.ResidentKeyRequired(),
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout}})
	if err != nil {
		return nil, fmt.Errorf("credential: passkeys for %s: %w", public.Hostname(), err)
	}
	return &Passkeys{party}, nil
}

// maxRecord is how long the record of a passkey may be: keys and ids of credentials (of 1,023 bytes at most) are far shorter.
const maxRecord = 8 << 10

// holder is the person of a ceremony, as the library asks for it.
type holder struct {
	domain.PasskeyHolder
	known []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.Handle }
func (h holder) WebAuthnName() string                       { return h.Username }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.known }

// NewHandle implements [domain.Passkeys].
func (*Passkeys) NewHandle() []byte {
	handle := make([]byte, handleBytes)
	_, _ = rand.Read(handle) // never fails: crypto/rand ends the process instead
	return handle
}

// read opens the records of passkeys.
func read(list []*domain.Passkey) ([]webauthn.Credential, error) {
	known := make([]webauthn.Credential, len(list))
	for i, p := range list {
		if err := json.Unmarshal(p.Record, &known[i]); err != nil {
			return nil, fmt.Errorf("credential: the record of passkey %s: %w", p.ID, err)
		}
	}
	return known, nil
}

// Create implements [domain.Passkeys].
func (k *Passkeys) Create(who domain.PasskeyHolder, list []*domain.Passkey) (options, state []byte, err error) {
	known, err := read(list)
	if err != nil {
		return nil, nil, err
	}
	creation, session, err := k.party.BeginRegistration(holder{who, known}, webauthn.WithExclusions(webauthn.Credentials(known).CredentialDescriptors()))
	if err != nil {
		return nil, nil, err
	}
	return both(creation.Response, session)
}

func both(options, session any) (sent, state []byte, err error) {
	if sent, err = json.Marshal(options); err != nil {
		return nil, nil, err
	}
	state, err = json.Marshal(session)
	return sent, state, err
}

// Created implements [domain.Passkeys].
func (k *Passkeys) Created(state, answer []byte) (*domain.Passkey, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, err
	}
	made, err := k.party.CreateCredential(holder{PasskeyHolder: domain.PasskeyHolder{Handle: session.UserID}}, session, parsed)
	if err != nil {
		return nil, err
	}
	made.Attestation = webauthn.CredentialAttestation{} // nobody asked for it, and it could tell one device from another
	record, err := json.Marshal(made)
	if err == nil && len(record) > maxRecord {
		err = errors.New("credential: a passkey with more to it than any has")
	}
	if err != nil {
		return nil, err
	}
	return &domain.Passkey{CredentialHash: credentialHash(made.ID), Handle: session.UserID, Record: record}, nil
}

// Ask implements [domain.Passkeys]. The person has to be verified in any case: a passkey that was found is no second factor.
func (k *Passkeys) Ask(list []*domain.Passkey) (options, state []byte, err error) {
	known, err := read(list)
	if err != nil {
		return nil, nil, err
	}
	begin := k.party.BeginDiscoverableLogin
	if len(list) > 0 {
		begin = func(options ...webauthn.LoginOption) (*protocol.CredentialAssertion, *webauthn.SessionData, error) {
			return k.party.BeginLogin(holder{domain.PasskeyHolder{Handle: list[0].Handle}, known}, options...)
		}
	}
	assertion, session, err := begin()
	if err != nil {
		return nil, nil, err
	}
	return both(assertion.Response, session)
}

// CredentialHash implements [domain.Passkeys].
func (*Passkeys) CredentialHash(answer []byte) ([]byte, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, err
	}
	return credentialHash(parsed.RawID), nil
}

func credentialHash(id []byte) []byte {
	sum := sha256.Sum256(id)
	return sum[:]
}

// Shown implements [domain.Passkeys]. The passkey alone is judged: which of them the browser was asked for matters no more,
// as it was found by its id and is its person's.
func (k *Passkeys) Shown(p *domain.Passkey, state, answer []byte) (copied bool, err error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return false, err
	}
	known, err := read([]*domain.Passkey{p})
	if err != nil {
		return false, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return false, err
	}
	discoverable := len(session.UserID) == 0
	if discoverable && len(parsed.Response.UserHandle) == 0 {
		return false, errors.New("credential: an answer without a handle to a question for any passkey")
	}
	session.UserID, session.AllowedCredentialIDs = p.Handle, nil
	shown, err := k.party.ValidateLogin(holder{domain.PasskeyHolder{Handle: p.Handle}, known}, session, parsed)
	if err != nil {
		return false, err
	}
	if shown.Authenticator.CloneWarning {
		return true, nil
	}
	p.Record, err = json.Marshal(shown)
	return false, err
}
