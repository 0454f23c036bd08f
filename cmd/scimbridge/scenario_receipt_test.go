package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain/receipt"
)

// aReceipt is the only one of somebody, as the native API tells it; its parts are captured.
const aReceipt = `{"Items":[{"ReceiptId":"{{receipt=uuid}}","OccurredAt":"{{occurred=time}}","Cause":"{{cause=text}}","Door":"{{through=text}}",
	"CompletedAt":"{{completed=time}}","Signature":"{{signature=text}}","Ended":`

// gaveReceipt demands one receipt about the person that counts what was ended, was done within five minutes, and is
// signed with the keys of the server over the bytes that the audit has the digest of.
func (s *scene) gaveReceipt(person, ended string) {
	s.t.Helper()
	for _, name := range []string{"receipt", "occurred", "cause", "through", "completed", "signature"} {
		delete(s.seen, name)
	}
	s.ask("rest", "GET /UserManagement/Persons/"+person+"/Receipts", "").gets(200, aReceipt+ended+`}],"Offset":0,"Count":"{{*}}","ListCompleted":true}`)
	var said struct {
		Receipt  string    `json:"jti"`
		Person   string    `json:"sub"`
		Cause    string    `json:"cause"`
		Door     string    `json:"door"`
		Occurred time.Time `json:"occurred_at"`
		Done     time.Time `json:"completed_at"`
		Ended    struct{ Sessions, Invitations, Reset_links, Enrolments, Api_keys int }
	}
	statement := s.signedStatement(s.seen["signature"], receipt.Type)
	require.NoError(s.t, json.Unmarshal(statement, &said))
	assert.Equal(s.t, []string{s.seen["receipt"], person, s.seen["cause"], s.seen["through"]}, []string{said.Receipt, said.Person, said.Cause, said.Door})
	counts, err := json.Marshal(map[string]int{"Sessions": said.Ended.Sessions, "Invitations": said.Ended.Invitations, "ResetLinks": said.Ended.Reset_links,
		"Enrolments": said.Ended.Enrolments, "ApiKeys": said.Ended.Api_keys})
	require.NoError(s.t, err)
	assert.JSONEq(s.t, ended, string(counts))
	assert.True(s.t, said.Done.After(said.Occurred))
	assert.Less(s.t, said.Done.Sub(said.Occurred), 5*time.Minute)

	digest := sha256.Sum256(statement)
	audited := "audit_event WHERE CAST(changes AS TEXT) LIKE '%" + said.Receipt + " " + hex.EncodeToString(digest[:]) + "%'"
	assert.Equal(s.t, 1, s.count(audited))
}

// signedStatement is what a statement of that type says that the server signed, by the keys that it publishes.
func (s *scene) signedStatement(token, typ string) []byte {
	s.t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(s.t, err)
	assert.Equal(s.t, typ, signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType])
	s.ask("nobody", "GET /.well-known/jwks.json", "")
	var keys jose.JSONWebKeySet
	require.NoError(s.t, json.Unmarshal([]byte(s.body), &keys))
	found := keys.Key(signed.Signatures[0].Protected.KeyID)
	require.NotEmpty(s.t, found, "the key is published")
	said, err := signed.Verify(found[0])
	require.NoError(s.t, err)
	return said
}

// TestReceiptsStay asks for the receipts of somebody who was shut out again and again, and is gone.
func TestReceiptsStay(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", anaScim).gets(201, `{"id":"{{it=uuid}}","...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{it}}/Receipts", "").gets(200, `{"Items":[],"...":"..."}`)
		s.ask("rest", "POST /UserManagement/Persons/{{it}}/Deactivate", `{}`).gets(200, `{"ReceiptId":"{{first=uuid}}","...":"..."}`)
		s.ask("rest", "POST /UserManagement/Persons/{{it}}/Deactivate", `{}`).gets(200, `{"ReceiptId":"{{-}}","...":"..."}`)
		s.ask("rest", "POST /UserManagement/Persons/{{it}}/Activate", `{"SendInvitation":false}`).gets(200, `{"ReceiptId":"{{-}}","...":"..."}`)
		s.ask("rest", "PATCH /UserManagement/Persons/{{it}}", `{"IsActive":false}`).gets(200, `{"ReceiptId":"{{second=uuid}}","...":"..."}`)
		s.ask("rest", "POST /UserManagement/Persons/{{it}}/Activate", `{"SendInvitation":false}`)
		s.given("enroll ana")
		s.ask("rest", "DELETE /UserManagement/Persons/{{it}}", "").gets(204, "", "Receipt-Id: {{third=uuid}}")
		s.ask("rest", "DELETE /UserManagement/Persons/{{it}}", "").gets(204, "", "Receipt-Id: -")
		s.holds("receipts", `"Ana Silva" Deactivated Rest 0 1 0 0`, `"Ana Silva" Deactivated Rest 0 0 0 0`, `"Ana Silva" AccessRemoved Rest 0 0 0 1`)
		s.ask("rest", "POST /UserManagement/Persons/{{it}}/Invite", `{"IsActive":false}`).gets(201, `{"...":"..."}`)
		s.ask("rest", "DELETE /Common/Persons/{{it}}", "").gets(204, "")
		s.ask("rest", "GET /UserManagement/Persons/{{it}}/Receipts?Count=2", "").gets(200,
			`{"Items":[{"Cause":"PersonDeleted","...":"..."},{"ReceiptId":"{{third}}","Cause":"AccessRemoved","...":"..."}],"Offset":0,"Count":2,"ListCompleted":false}`)
		s.ask("rest", "GET /UserManagement/Persons/{{it}}/Receipts?Count=2&Offset=2", "").gets(200,
			`{"Items":[{"ReceiptId":"{{second}}","...":"..."},{"ReceiptId":"{{first}}","...":"..."}],"Offset":2,"Count":2,"ListCompleted":true}`)
	})
}
