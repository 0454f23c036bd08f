package main

import (
	"errors"
	"os"
	"strings"

	"github.com/scimbridge/scimbridge/credential"
)

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
func openSecrets(text, file string) (credential.Secrets, error) {
	keys, err := credential.ParseKeys(text)
	if text == "" {
		if file == "" {
			return credential.Secrets{}, errors.New("a PostgreSQL server needs a key that all replicas share: set --key-file (the file is made where it is missing) or SCIMBRIDGE_KEY")
		}
		keys, err = credential.LoadOrCreateKeyFile(file)
	}
	if err != nil {
		return credential.Secrets{}, err
	}
	sealer, err := credential.NewSealer(keys...)
	return credential.NewSecrets(sealer), err
}

// readSecret reads a secret from a file, without the line end.
func readSecret(file string) (string, error) {
	text, err := os.ReadFile(file)
	return strings.TrimRight(string(text), "\r\n"), err
}
