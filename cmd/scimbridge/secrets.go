package main

import (
	"errors"
	"os"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// secrets is what the engine asks of credential (domain.Secrets), and opens for the dispatcher what the engine sealed
// (delivery.Opener).
type secrets struct {
	sealer *credential.Sealer // nil for the operator's commands, which seal nothing
}

var purposes = map[domain.TokenPurpose]credential.Purpose{
	domain.TokenInvitation: credential.Invitation,
	domain.TokenReset:      credential.Reset,
	domain.TokenSession:    credential.Session,
}

// NewToken implements domain.Secrets.
func (secrets) NewToken(purpose domain.TokenPurpose) (string, []byte) {
	token := credential.NewToken(purposes[purpose])
	return token.Text, token.Hash
}

// HashToken implements domain.Secrets.
func (secrets) HashToken(purpose domain.TokenPurpose, token string) ([]byte, error) {
	secret, err := credential.ParseToken(purposes[purpose], token)
	if err != nil {
		return nil, domain.Fail(domain.CodeTokenInvalid, err, "The link is not valid (any more); ask for a new one.")
	}
	return credential.Hash(secret), nil
}

// NewCredential implements domain.Secrets.
func (secrets) NewCredential(id uuid.UUID) (string, []byte) {
	token := credential.NewCredentialToken(id)
	return token.Text, token.Hash
}

// ParseCredential implements domain.Secrets.
func (secrets) ParseCredential(token string) (uuid.UUID, []byte, error) {
	id, secret, err := credential.ParseCredentialToken(token)
	if err != nil {
		return uuid.Nil, nil, err
	}
	return id, credential.Hash(secret), nil
}

// EqualHash implements domain.Secrets.
func (secrets) EqualHash(a, b []byte) bool { return credential.EqualHash(a, b) }

var errNoKey = errors.New("no key is configured to seal secrets with")

// Seal implements domain.Secrets.
func (s secrets) Seal(secret, purpose string) ([]byte, error) {
	if s.sealer == nil {
		return nil, errNoKey
	}
	return s.sealer.Seal([]byte(secret), purpose), nil
}

// Open implements domain.Secrets and delivery.Opener.
func (s secrets) Open(sealed []byte, purpose string) (string, error) {
	if s.sealer == nil {
		return "", errNoKey
	}
	secret, err := s.sealer.Open(sealed, purpose)
	return string(secret), err
}

// sealFlags say where the key is that seals secrets in the database.
type sealFlags struct {
	KeyFile string `help:"File with the key that seals secrets, made where it is missing (default with SQLite: scimbridge.key beside the database). SCIMBRIDGE_KEY may hold the key itself instead." placeholder:"FILE"`
}

// sealing gives the arguments of openSecrets.
func (f sealFlags) sealing(p *program, database string) (text, file string) {
	if f.KeyFile != "" {
		return "", f.KeyFile // with both, the file counts
	}
	return p.settings[keySetting], beside(database, "scimbridge.key")
}

// openSecrets takes the keys from text, if there is any, else from the file, which is made where it is missing.
func openSecrets(text, file string) (secrets, error) {
	keys, err := credential.ParseKeys(text)
	if text == "" {
		if file == "" {
			return secrets{}, errors.New("a PostgreSQL server needs a key that all replicas share: set --key-file (the file is made where it is missing) or SCIMBRIDGE_KEY")
		}
		keys, err = credential.LoadOrCreateKeyFile(file)
	}
	if err != nil {
		return secrets{}, err
	}
	sealer, err := credential.NewSealer(keys...)
	return secrets{sealer}, err
}

// readSecret reads a secret from a file, without the line end.
func readSecret(file string) (string, error) {
	text, err := os.ReadFile(file)
	return strings.TrimRight(string(text), "\r\n"), err
}
