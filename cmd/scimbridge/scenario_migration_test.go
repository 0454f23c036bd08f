package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/migration"
	"github.com/scimbridge/scimbridge/store/storetest"
)

const oldPassword = "correct horse"

// saltedDigest is what the other system had stored.
func saltedDigest() string {
	digest := sha256.Sum256([]byte("pepper" + oldPassword))
	return hex.EncodeToString(digest[:])
}

func legacyRecord(n int) string {
	return fmt.Sprintf(`{"LegacyId":"old-%d","Identity":{"Username":"user%d","PasswordHash":"%s","Salt":"pepper"},
		"Profile":{"FirstName":"Ana","LastName":"Silva","EmailAddress":"user%d@example.org","EmailVerified":true}}`, n, n, saltedDigest(), n)
}

func migrationOf(count int) string {
	records := make([]string, count)
	for i := range records {
		records[i] = legacyRecord(i)
	}
	return `{"Algorithm":"SHA256","SaltPosition":"Prefix","Records":[` + strings.Join(records, ",") + `]}`
}

func TestScenario38_AnOldPasswordOpensOnceMoreAndIsStoredAnew(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant migration=1h")
		s.active()
		s.ask("rest", "POST /UserManagement/Migrations", strings.Replace(migrationOf(1), `{"LegacyId"`, `{"LegacyId":"theirs","Identity":{"Username":"ana",
			"PasswordHash":"`+saltedDigest()+`","Salt":"pepper"},"Profile":{"FirstName":"Mallory","LastName":"M","EmailAddress":"ana@example.org","EmailVerified":true}},{"LegacyId"`, 1)).
			gets(202, `{"JobId":"{{job=uuid}}"}`)
		for _, sealed := range s.rowsOfAll()["import_record"] {
			assert.NotContains(s.t, sealed, saltedDigest(), "it lies about")
		}
		s.given("migrate")
		s.ask("rest", "GET /UserManagement/Migrations/{{job}}", "").gets(200, `{"Status":"Completed","Counts":{"Total":2,"Created":1,"Skipped":1,"...":"..."},
			"Records":[{"Outcome":"Skipped","...":"..."},{"Outcome":"Created","PersonId":"{{it=uuid}}","...":"..."}],"...":"..."}`)
		assert.NoError(s.t, s.signsInWith("ana", goodPassword), "her account is what it was")
		assert.Error(s.t, s.signsInWith("ana", oldPassword))
		wrapped := "user_access WHERE username = 'user0' AND password_hash LIKE '$wrapped$SHA256,Prefix$%$argon2id$%'"
		assert.Equal(s.t, 1, s.count(wrapped))
		assert.Error(s.t, s.signsInWith("user0", oldPassword+"!"))
		require.NoError(s.t, s.signsInWith("user0", oldPassword))
		assert.Equal(s.t, 1, s.count("user_access WHERE username = 'user0' AND password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"))
		assert.Zero(s.t, s.count(wrapped))
		assert.NoError(s.t, s.signsInWith("user0", oldPassword), "and again")
		s.ask("scim", "GET /Users/{{it}}", "").gets(200, `{"userName":"user0","active":true,"...":"..."}`)
		assert.Equal(s.t, 1, s.count("audit_event WHERE action = 'MIGRATION_COMPLETED'"))
	})
}

// TestReplicasShareAMigration lets three servers work on one job: each record is done once.
func TestReplicasShareAMigration(t *testing.T) {
	scenario(t, func(s *scene) {
		const people = 24
		s.given("tenant migration=1h")
		s.ask("rest", "POST /UserManagement/Migrations", migrationOf(people)).gets(202, `{"JobId":"{{job=uuid}}"}`)
		var servers sync.WaitGroup
		for _, engine := range []*domain.Engine{s.engine, s.beside(replayKey).Engine(), s.beside(replayKey).Engine()} {
			servers.Go(func() { assert.NoError(s.t, migration.New(engine.Base()).Work(s.t.Context())) })
		}
		servers.Wait()
		s.given("migrate")
		s.ask("rest", "GET /UserManagement/Migrations/{{job}}?Count=1", "").gets(200, `{"Status":"Completed","Counts":{"Total":24,"Waiting":0,"Created":24,"Skipped":0,"Failed":0},"...":"..."}`)
		assert.Equal(s.t, people, s.count("person"))
		assert.Equal(s.t, people, s.count("audit_event WHERE action = 'PERSON_CREATED'"))
		assert.Equal(s.t, 1, s.count("audit_event WHERE action = 'MIGRATION_COMPLETED'"))
	})
}

// TestAMigrationGoesOnAfterACrash fails at every write in turn, as if the server had stopped there; when the leases are
// over the work goes on, and in the end everybody has come once.
func TestAMigrationGoesOnAfterACrash(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant migration=8760h")
		s.ask("rest", "POST /UserManagement/Migrations", migrationOf(2)).gets(202, `{"JobId":"{{job=uuid}}"}`)
		for n := 1; n < 12; n++ {
			engine := domain.New(domain.Config{Store: storetest.Failing(s.DB, n), Registry: s.DB, Secrets: credential.NewSecrets(s.sealer),
				Passwords: credential.NewPasswords(domain.NewProcessors(1)), Clock: s.now})
			_ = migration.New(engine.Base()).Work(context.Background()) // it may fail, that is the point
			s.SQL(s.t, "UPDATE import_record SET attempts = 1")         // or it would be given up one day
			s.wait(3 * time.Minute)
		}
		s.given("migrate")
		s.ask("rest", "GET /UserManagement/Migrations/{{job}}", "").gets(200, `{"Status":"Completed","Counts":{"Total":2,"Created":2,"...":"..."},"...":"..."}`)
		assert.Equal(s.t, 2, s.count("person"))
		assert.Equal(s.t, 2, s.count("audit_event WHERE action = 'PERSON_CREATED'"))
	})
}
