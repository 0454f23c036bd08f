package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// rateView is a rate limit as the commands show it.
type rateView struct{ PerSecond, Burst int }

// limitFlags are what a credential is limited to and may sign with.
type limitFlags struct {
	RateLimit int    `help:"Requests a second that each server takes with the credential; further ones get 429; any number where missing." placeholder:"N"`
	RateBurst int    `help:"Requests that may come at once within that (default: twice --rate-limit)." placeholder:"N"`
	PublicKey string `help:"File with the public keys of the client (JWK, JWK set or PEM), with which it signs assertions for OAuth instead of sending the token." placeholder:"FILE"`
}

func (f limitFlags) limit() domain.RateLimit {
	if f.RateBurst == 0 {
		f.RateBurst = 2 * f.RateLimit
	}
	return domain.RateLimit{PerSecond: float64(f.RateLimit), Burst: f.RateBurst}
}

// maxKeyFile is far more than ten keys take, in bytes.
const maxKeyFile = 64 << 10

// keys reads the file; none where there is none.
func (f limitFlags) keys() ([]domain.PublicKey, error) {
	if f.PublicKey == "" {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Clean(f.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("can't read --public-key: %w", err)
	}
	if len(text) > maxKeyFile {
		return nil, errors.New("the file of --public-key is too large to be one of keys")
	}
	keys, err := credential.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("--public-key %s: %w", f.PublicKey, err)
	}
	return keys, nil
}

type credentialChange struct {
	databaseFlags
	credentialFlag
	limitFlags
	NoRateLimit bool `help:"Take as many requests as come."`
	NoPublicKey bool `help:"Accept no signed assertions any more."`
}

// Run changes the credential.
func (c *credentialChange) Run(p *program) error {
	id, err := c.parse()
	if err != nil {
		return err
	}
	var change domain.CredentialChange
	if limit := c.limit(); c.NoRateLimit || limit != (domain.RateLimit{}) {
		change.RateLimit = &limit
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	if c.NoPublicKey || keys != nil {
		change.PublicKeys = &keys
	}
	if c.NoRateLimit && c.RateLimit != 0 || c.NoPublicKey && keys != nil {
		return errors.New("a limit or a key can't be set and removed at once; leave one of the two out")
	}
	return p.ofCredential(c.Database, id, func(a *domain.Administration, operator domain.Caller) error {
		changed, err := a.ChangeCredential(p, operator, id, change)
		if err != nil {
			return err
		}
		return p.show(viewCredential(changed), "Credential "+changed.Name+" is up to date; servers follow within a second.")
	})
}
