package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// witness is an engine without a database: it notes the statements and answers each with one row of nothing.
type witness struct {
	Engine
	said []said
}

type said struct {
	text string
	args []any
}

func (w *witness) Single(_ context.Context, fn func(Conn) error) error { return fn(w) }
func (w *witness) Read(_ context.Context, fn func(Conn) error) error   { return fn(w) }
func (w *witness) Write(_ context.Context, fn func(Conn) error) error  { return fn(w) }
func (w *witness) Gather(context.Context) error                        { return nil }

func (w *witness) Exec(_ context.Context, text string, args []any) (int64, error) {
	w.said = append(w.said, said{text, args})
	return 1, nil
}

func (w *witness) Query(_ context.Context, text string, args []any) (Rows, error) {
	w.said = append(w.said, said{text, args})
	return &oneRow{}, nil
}

type oneRow struct{ read bool }

func (r *oneRow) Next() bool        { defer func() { r.read = true }(); return !r.read }
func (r *oneRow) Scan(...any) error { return nil }
func (r *oneRow) Err() error        { return nil }
func (r *oneRow) Close() error      { return nil }

func watched() (*witness, *DB) {
	w := new(witness)
	return w, New(w, &Dialect{
		ID: func(id uuid.UUID) any { return id }, IDs: func(ids []uuid.UUID) any { return ids },
		IDText: func(expr string) string { return expr }, Translate: func(err error) error { return err },
	}, nil)
}

var tenant = uuid.MustParse("7e4a4e00-0000-4000-8000-000000000001")

// mention is a use of a table in a statement.
var mention = regexp.MustCompile(`(?:FROM|JOIN|INTO|UPDATE) (tenant|connection|credential|organization|identity_provider|person|email_key|user_access|` +
	`connection_deviation|scim_link|permission_group|group_link|group_member|role|user_role|group_role|tenant_assignment|credential_tenant|invitation|reset_token|session|mfa_enrollment|passkey|passkey_challenge|audit_event|domain_event|outbox|idempotency_record|` +
	`ledger_head|subscription|subscription_delivery|used_assertion|sso_request|sso_assertion|sso_domain|service_key|old_password|reset_request|sign_in_failure|audit_mention|import_job|import_record|report|report_chunk|anonymization|receipt|provisioning_log|provisioning_concern)\b`)

// bindsTenant demands that the tenant is among the arguments, and that each table that is used is tied to it.
func bindsTenant(s said) error {
	if !slices.Contains(s.args, any(tenant)) {
		return errors.New("the tenant is not bound")
	}
	if used, tied := len(mention.FindAllString(s.text, -1)), strings.Count(s.text, "tenant_id"); used == 0 || tied < used {
		return fmt.Errorf("%d tables are used, tenant_id is named %d times", used, tied)
	}
	return nil
}

// sample makes an argument of a type of the ports.
func sample(of reflect.Type) reflect.Value {
	access, link := &domain.UserAccess{Username: "u"}, &domain.Link{ExternalKey: "k", Connection: uuid.New()}
	samples := []any{
		context.Background(), uuid.New(), []uuid.UUID{uuid.New()}, time.Unix(1, 0), []byte("hash"), "text", 1, true, time.Minute,
		&domain.Person{ID: uuid.New(), Access: access, Link: link, Profile: domain.Profile{Emails: []domain.EmailAddress{{Address: "a"}}}},
		&domain.Group{ID: uuid.New(), Link: link}, domain.AttrUsername, []domain.Event{{}, {}},
		domain.Query{Count: 1, Total: true, With: domain.WithGroups | domain.WithManagedBy | domain.WithManagerName},
		&domain.Tenant{ID: tenant}, &domain.Credential{Tenant: tenant}, &domain.OutboxMessage{Tenant: tenant},
		&domain.Subscription{Tenant: tenant}, []*domain.Parcel{{}, {}}, &domain.Parcel{Tenant: tenant, Subscription: &domain.Subscription{}},
	}
	for _, s := range samples {
		if value := reflect.ValueOf(s); value.Type().AssignableTo(of) {
			return value
		}
	}
	if of.Kind() == reflect.Pointer {
		return reflect.New(of.Elem())
	}
	return reflect.Zero(of)
}

// callAll calls every method of an interface but the ones named, with samples; the first id is the tenant where the
// method takes one.
func callAll(on reflect.Value, interfaces reflect.Type, but ...string) {
	for i := range interfaces.NumMethod() {
		method := interfaces.Method(i)
		if slices.Contains(but, method.Name) {
			continue
		}
		var args []reflect.Value
		for k := range method.Type.NumIn() {
			args = append(args, sample(method.Type.In(k)))
		}
		if len(args) > 1 && on.Type() == reflect.TypeFor[*DB]() && args[1].Type() == reflect.TypeFor[uuid.UUID]() {
			args[1] = reflect.ValueOf(tenant)
		}
		on.MethodByName(method.Name).Call(args)
	}
}

func TestStatementsOfTransactionsBindTheTenant(t *testing.T) {
	t.Parallel()
	w, db := watched()
	for _, run := range []func(context.Context, domain.Scope, func(domain.Tx) error) error{db.Read, db.Write} {
		require.NoError(t, run(t.Context(), domain.Scope{Tenant: tenant, Connection: uuid.New()}, func(tx domain.Tx) error {
			callAll(reflect.ValueOf(tx), reflect.TypeFor[domain.Tx]())
			for attribute := range logins {
				_, _ = tx.FindByLogin(attribute, "x")
			}
			return nil
		}))
	}
	assert.Greater(t, len(w.said), 100)
	for _, s := range w.said {
		assert.NoError(t, bindsTenant(s), s.text)
	}
}

func TestStatementsOfConditionsBindTheTenant(t *testing.T) {
	t.Parallel()
	w, db := watched()
	require.NoError(t, db.Read(t.Context(), domain.Scope{Tenant: tenant}, func(tx domain.Tx) error {
		for _, c := range append(domain.PersonCollections(), domain.Members) {
			for _, a := range c.Attributes {
				some := domain.Some{Collection: c, Where: domain.Compare{Attribute: a, Value: domain.TextValue("x")}}
				_, _ = tx.ListPeople(domain.Query{Where: some, Count: 1})
				_, _ = tx.ListGroups(domain.Query{Where: some, Count: 1}, true)
			}
		}
		for _, a := range append(domain.PersonAttributes(), domain.GroupAttributes()...) {
			is := domain.Compare{Attribute: a, Value: domain.TextValue("x")}
			_, _ = tx.ListPeople(domain.Query{Where: is, Count: 1, Order: a})
			_, _ = tx.ListGroups(domain.Query{Where: is, Count: 1, Order: a}, true)
		}
		return nil
	}))
	assert.Greater(t, len(w.said), 80)
	for _, s := range w.said {
		assert.NoError(t, bindsTenant(s), s.text)
	}
}

// TestStatementsOfTheRegistryBindTheTenant leaves out what looks across tenants on purpose: a token or a cookie says
// whose it is, an operator names a tenant by its slug, a first start has none, the dispatcher serves
// all, and so does who writes down the heads of their audits.
func TestStatementsOfTheRegistryBindTheTenant(t *testing.T) {
	t.Parallel()
	w, db := watched()
	callAll(reflect.ValueOf(db), reflect.TypeFor[domain.Registry](), "Ping", "FindCredential", "FindSession", "FindTenant", "ListTenants", "OfferSetup", "ClaimMessages", "DeleteOld",
		"ClaimParcels", "BehindSubscriptions", "FailingSubscriptions", "FindTokenOwner", "ListResetRequests", "ListFailedSignIns", "AuditHeads", "ClaimImportRecords", "ClaimReport", "FinishedImports")
	for _, kept := range domain.Retentions() {
		_, err := db.DeleteOld(t.Context(), tenant, kept.What, time.Unix(1, 0), 1)
		require.NoError(t, err)
	}
	assert.Greater(t, len(w.said), 10)
	for _, s := range w.said {
		assert.NoError(t, bindsTenant(s), s.text)
	}
}

func TestBindsTenantCanFail(t *testing.T) {
	t.Parallel()
	bound := []any{tenant}
	assert.NoError(t, bindsTenant(said{"SELECT 1 FROM person p WHERE p.tenant_id = ?", bound}))
	assert.Error(t, bindsTenant(said{"SELECT 1 FROM person p WHERE p.tenant_id = ?", []any{uuid.New()}}))
	assert.Error(t, bindsTenant(said{"DELETE FROM person", bound}))
	assert.Error(t, bindsTenant(said{"SELECT 1 FROM person p JOIN user_access a ON a.person_id = p.person_id WHERE p.tenant_id = ?", bound}))
}

func TestEveryAttributeHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, attribute := range domain.PersonAttributes() {
		assert.Contains(t, personFields, attribute, attribute.Name)
	}
	for _, attribute := range domain.GroupAttributes() {
		assert.Contains(t, groupFields, attribute, attribute.Name)
	}
	for _, c := range domain.PersonCollections() {
		assert.Contains(t, personSources, c, c.Name)
	}
	assert.Contains(t, groupSources, domain.Members)
}

// TestEveryWritableTextHasAColumn sets every writable text of a person and finds it among the arguments of its row.
func TestEveryWritableTextHasAColumn(t *testing.T) {
	t.Parallel()
	p := &domain.Person{Access: &domain.UserAccess{}, Link: &domain.Link{}}
	for _, attribute := range domain.PersonAttributes() {
		if ref := attribute.Ref(p); ref != nil {
			*ref = "value of " + attribute.Name
		}
	}
	written := append(append(values(nil, personColumns, p, true), values(nil, accessColumns, p, true)...), values(nil, linkColumns, p, true)...)
	for _, attribute := range domain.PersonAttributes() {
		if ref := attribute.Ref(p); ref != nil {
			assert.Contains(t, written, *ref, attribute.Name)
		}
	}
}

func TestEveryUniqueIndexIsKnown(t *testing.T) {
	t.Parallel()
	internal := []string{"invitation_token", "reset_token_token", "audit_event_tenant", "audit_event_place", "domain_event_tenant", "domain_event_place", "outbox_dedup", "passkey_credential"} // random, or handled
	files, err := schema.ReadDir("schema")
	require.NoError(t, err)
	index := regexp.MustCompile(`CREATE UNIQUE INDEX (\w+) ON (\w+) \((.*)\)`)
	for _, file := range files {
		text, err := schema.ReadFile("schema/" + file.Name())
		require.NoError(t, err)
		for _, found := range index.FindAllStringSubmatch(string(text), -1) {
			name, table, columns := found[1], found[2], found[3]
			if table != "tenant" && name != "sso_domain_verified" { // of one tenant among all
				assert.True(t, strings.HasPrefix(columns, "tenant_id, "), "%s has to begin with the tenant", name)
			}
			assert.Equal(t, slices.Contains(internal, name), Taken(name) == nil, name)
		}
	}
	assert.Nil(t, Taken("person_pkey"))
	assert.Nil(t, Taken("user_access.tenant_id"))
}

func TestSQLIsRewrittenOnceAndForgotten(t *testing.T) {
	t.Parallel()
	d := &Dialect{Numbered: true, Words: map[string]string{"lock": "FOR UPDATE"}}
	assert.Equal(t, "SELECT $1, $2 FOR UPDATE", d.SQL("SELECT ?, ? {lock}"))
	for i := range 2 * maxTexts {
		assert.Equal(t, strconv.Itoa(i), d.SQL(strconv.Itoa(i)))
	}
	assert.LessOrEqual(t, len(d.texts.known), maxTexts)
}
