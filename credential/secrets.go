package credential

import (
	"errors"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// Secrets is what the engine asks of this package. It implements [domain.Secrets].
type Secrets struct {
	sealer *Sealer
}

// NewSecrets makes Secrets. Without a sealer (nil), as the operator's commands have it, nothing can be sealed or opened.
func NewSecrets(sealer *Sealer) Secrets { return Secrets{sealer} }

// Sealer is what the secrets are sealed with; nil where there is none.
func (s Secrets) Sealer() *Sealer { return s.sealer }

var purposes = map[domain.TokenPurpose]Purpose{
	domain.TokenInvitation: Invitation,
	domain.TokenReset:      Reset,
	domain.TokenSession:    Session,
	domain.TokenVerify:     Verify,
	domain.TokenPasskey:    Passkey,
	domain.TokenSetup:      Setup,
}

// NewToken implements [domain.Secrets].
func (Secrets) NewToken(purpose domain.TokenPurpose) (string, []byte) {
	token := Token{}
	if purpose == domain.TokenRecovery {
		token = NewRecoveryCode()
	} else {
		token = NewToken(purposes[purpose])
	}
	return token.Text, token.Hash
}

// HashToken implements [domain.Secrets].
func (Secrets) HashToken(purpose domain.TokenPurpose, token string) ([]byte, error) {
	parse := func() (string, error) { return ParseToken(purposes[purpose], token) }
	if purpose == domain.TokenRecovery {
		parse = func() (string, error) { return ParseRecoveryCode(token) }
	}
	secret, err := parse()
	if err != nil {
		return nil, domain.Fail(domain.CodeTokenInvalid, err, "The link is not valid (any more); ask for a new one.")
	}
	return Hash(secret), nil
}

// NewCredential implements [domain.Secrets].
func (Secrets) NewCredential(id uuid.UUID) (string, []byte) {
	token := NewCredentialToken(id)
	return token.Text, token.Hash
}

// ParseCredential implements [domain.Secrets].
func (Secrets) ParseCredential(token string) (uuid.UUID, []byte, error) {
	id, secret, err := ParseCredentialToken(token)
	if err != nil {
		return uuid.Nil, nil, err
	}
	return id, Hash(secret), nil
}

// EqualHash implements [domain.Secrets].
func (Secrets) EqualHash(a, b []byte) bool { return EqualHash(a, b) }

var errNoKey = errors.New("no key is configured to seal secrets with")

// Seal implements [domain.Secrets].
func (s Secrets) Seal(secret, purpose string) ([]byte, error) {
	if s.sealer == nil {
		return nil, errNoKey
	}
	return s.sealer.Seal([]byte(secret), purpose), nil
}

// Open implements [domain.Secrets].
func (s Secrets) Open(sealed []byte, purpose string) (string, error) {
	if s.sealer == nil {
		return "", errNoKey
	}
	secret, err := s.sealer.Open(sealed, purpose)
	return string(secret), err
}
