package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// changeCredential changes the credential of a caller; see the act credential.
func (p *player) changeCredential(words []string) error {
	id, err := uuid.Parse(p.seen[words[0]+".id"])
	if err != nil {
		return err
	}
	admin, on := operator(p.t, p.engine, homeTenant), p.engine.Administration
	for _, setting := range words[1:] {
		key, value, _ := strings.Cut(setting, "=")
		switch key {
		case "revoked":
			_, err = on.RevokeCredential(p.t.Context(), admin, id)
		case "rotated":
			overlap, _ := time.ParseDuration(value)
			_, p.seen[words[0]+".token"], err = on.RotateCredential(p.t.Context(), admin, id, overlap)
		case "key":
			err = p.register(id, value)
		case "rate":
			rate, _ := strconv.Atoi(value)
			_, err = on.ChangeCredential(p.t.Context(), admin, id, domain.CredentialChange{RateLimit: &domain.RateLimit{PerSecond: float64(rate), Burst: rate}})
		default:
			return fmt.Errorf("no such setting: %s", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// register makes a new key the only one of the credential.
func (p *player) register(id uuid.UUID, name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	p.keys[name] = key
	public, err := jose.JSONWebKey{Key: key.Public()}.MarshalJSON()
	if err != nil {
		return err
	}
	keys, err := credential.ParsePublicKeys(public)
	if err != nil {
		return err
	}
	_, err = p.engine.Administration.ChangeCredential(p.t.Context(), operator(p.t, p.engine, homeTenant), id, domain.CredentialChange{PublicKeys: &keys})
	return err
}

// sign makes an assertion of a caller with a key, good but for the claims that are given otherwise; see the act assertion.
func (p *player) sign(words []string) error {
	key := p.keys[words[1]]
	if key == nil {
		return fmt.Errorf("no such key: %s", words[1])
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		return err
	}
	id := p.seen["scim.id"]
	claims := map[string]any{"iss": id, "sub": id, "aud": replayBase + "/oauth/token", "jti": uuid.NewString(), "exp": p.unix("5m")}
	for _, claim := range words[2:] {
		name, value, _ := strings.Cut(claim, "=")
		claims[name] = value
		if name == "exp" || name == "nbf" || name == "iat" {
			claims[name] = p.unix(value)
		}
		if value == "" {
			delete(claims, name)
		}
	}
	p.seen[words[0]], err = jwt.Signed(signer).Claims(claims).Serialize()
	return err
}

// unix is a time from now, in seconds.
func (p *player) unix(from string) int64 {
	d, _ := time.ParseDuration(from)
	return p.now().Add(d).Unix()
}
