package main

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/rest"
	"github.com/scimbridge/scimbridge/scim"
	"github.com/scimbridge/scimbridge/web"
)

func (w *world) serve(t *testing.T) {
	t.Helper()
	w.engine = domain.New(domain.Config{Store: w.DB, Registry: w.DB, Secrets: replaySecrets{w.sealer}, Clock: w.now})
	server := httptest.NewServer(web.NewHall(web.Config{Log: slog.New(slog.DiscardHandler), Doors: []web.Door{
		{Name: "scim", Prefix: "/scim", Handler: scim.New(w.engine, replayBase), Refuse: scim.Refuse},
		{Name: "rest", Prefix: "/api", Handler: rest.New(w.engine, replayBase), Refuse: rest.Refuse},
	}}))
	t.Cleanup(server.Close)
	w.url, w.client = server.URL, server.Client()
}

type replaySecrets struct{ sealer *credential.Sealer }

var replayPurposes = map[domain.TokenPurpose]credential.Purpose{
	domain.TokenInvitation: credential.Invitation, domain.TokenReset: credential.Reset, domain.TokenSession: credential.Session,
}

func (s replaySecrets) NewToken(purpose domain.TokenPurpose) (string, []byte) {
	token := credential.NewToken(replayPurposes[purpose])
	return token.Text, token.Hash
}

func (s replaySecrets) HashToken(purpose domain.TokenPurpose, token string) ([]byte, error) {
	secret, err := credential.ParseToken(replayPurposes[purpose], token)
	return credential.Hash(secret), err
}

func (s replaySecrets) NewCredential(id uuid.UUID) (string, []byte) {
	token := credential.NewCredentialToken(id)
	return token.Text, token.Hash
}

func (s replaySecrets) ParseCredential(token string) (uuid.UUID, []byte, error) {
	id, secret, err := credential.ParseCredentialToken(token)
	return id, credential.Hash(secret), err
}

func (s replaySecrets) EqualHash(a, b []byte) bool { return credential.EqualHash(a, b) }

func (s replaySecrets) Seal(secret, purpose string) ([]byte, error) {
	return s.sealer.Seal([]byte(secret), purpose), nil
}
