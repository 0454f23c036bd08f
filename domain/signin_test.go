package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// local is somebody of a generated directory, with few different values, so that they meet.
type local struct {
	id             uuid.UUID
	keys           [4]string // external login, e-mail, username, employee number
	access, active bool
	provider       uuid.UUID
}

// judge is the rule for sign-in as DOMAIN.md words it, by looking at everybody: the first rung with a match decides.
func judge(people []local, provider uuid.UUID, order []int, name string) (code domain.Code, person uuid.UUID, rung int) {
	if domain.Fold(name) == "" {
		return domain.CodeNoMatchingUser, uuid.Nil, -1
	}
	for _, rung := range order {
		var found []local
		for _, p := range people {
			if p.access && p.keys[rung] != "" && domain.Fold(p.keys[rung]) == domain.Fold(name) {
				found = append(found, p)
			}
		}
		switch {
		case len(found) == 0:
			continue
		case len(found) > 1:
			return domain.CodeAmbiguousNameID, uuid.Nil, rung
		case !found[0].active:
			return domain.CodeAccountInactive, found[0].id, rung
		case found[0].provider != uuid.Nil && found[0].provider != provider:
			return domain.CodeNoMatchingUser, found[0].id, rung
		}
		return "", found[0].id, rung
	}
	return domain.CodeNoMatchingUser, uuid.Nil, -1
}

// directory fills a company with people whose keys meet across the rungs, as the native API lets an administrator make
// them.
func directory(t *testing.T, rt *rapid.T, s *stage, c *company, other uuid.UUID) (people []local) {
	t.Helper()
	value := rapid.SampledFrom([]string{"", "ann@x.org", "Ann", "bob@x.org", "BOB@x.org", "bob", "7", "007", "ß", "SS"})
	mail := rapid.SampledFrom([]string{"", "ann@x.org", "bob@x.org", "BOB@x.org", "cy@x.org"})
	for i := range rapid.IntRange(1, 7).Draw(rt, "people") {
		p := local{keys: [4]string{value.Draw(rt, "login"), mail.Draw(rt, "mail"), value.Draw(rt, "username"), value.Draw(rt, "number")},
			access: rapid.IntRange(0, 4).Draw(rt, "access") > 0, active: rapid.IntRange(0, 3).Draw(rt, "active") > 0}
		if rapid.IntRange(0, 3).Draw(rt, "bound") == 0 {
			p.provider = rapid.SampledFrom([]uuid.UUID{c.provider, other}).Draw(rt, "provider")
		}
		if p.keys[2] == "" {
			p.keys[2] = fmt.Sprint("user", i)
		}
		in := domain.NewPerson{Profile: domain.Profile{FirstName: "A", LastName: "B", Employee: domain.Employee{Number: p.keys[3]}}, ExternalLogin: p.keys[0]}
		if p.keys[1] != "" {
			in.Emails = []domain.EmailAddress{{Address: p.keys[1], IsPrimary: true}}
		}
		if never := false; p.access {
			in.Access = &domain.NewAccess{Username: p.keys[2], IsActive: p.active, SendInvitation: &never, ProviderID: p.provider}
		}
		made, err := s.engine.Provisioner.CreatePerson(t.Context(), c.rest, in)
		if err == nil {
			p.id = made.ID
			people = append(people, p)
		}
	}
	return people
}

// TestNamesClimbTheLadder compares sign-in with its rule on generated directories (C22): whoever is asserted is the one
// whom the rule names, and a refusal leaves a line in the audit and no session.
func TestNamesClimbTheLadder(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		c := s.company(t, fmt.Sprint("town", round))
		other := uuid.New()
		s.AddProvider(t, c.id, other, true)
		people := directory(t, rt, s, c, other)
		order := rapid.Permutation([]int{0, 1, 2, 3}).Draw(rt, "order")[:rapid.IntRange(1, 4).Draw(rt, "rungs")]
		if rapid.Bool().Draw(rt, "usual") {
			order = []int{0, 1, 2, 3}
		}
		require.NoError(t, changeProvider(func(p *domain.IdentityProvider) {
			p.Prefix, p.MatchOrder, p.Saml = "okta", nil, samlProvider(t, "").Saml
			for _, rung := range order {
				p.MatchOrder = append(p.MatchOrder, domain.Rungs()[rung])
			}
		})(s.engine, c, about{id: c.provider}))
		s.foretells(t, c, people, order)
		for _, name := range []string{"", " ", "ann@x.org", "ANN", "bob@x.org", "bob", "7", "007", "ss", "ß", "cy@x.org", "user1"} {
			code, person, rung := judge(people, c.provider, order, name)
			refusals, sessions := s.count(t, c, "audit_event WHERE action = 'SIGN_IN_FAILED'"), s.count(t, c, "session WHERE 1 = 1")
			opened, err := s.engine.Gatekeeper.SignInByName(t.Context(), c.sso, c.provider, name)
			dry, dryErr := s.engine.Providers.MatchDryRun(t.Context(), c.rest, c.provider, name)
			require.NoError(t, dryErr)
			if code == "" {
				require.NoError(t, err, "%q %v", name, people)
				require.Equal(t, []any{person, domain.RungName(domain.Rungs()[rung])}, []any{opened.Person, opened.MatchedBy}, name)
				require.Equal(t, []any{domain.DrySignedIn, person}, []any{dry.Outcome, dry.Person}, name)
				continue
			}
			require.Equal(t, code, domain.CodeOf(err), "%q %v: %v", name, people, err)
			require.Equal(t, []any{string(code), uuid.Nil}, []any{dry.Outcome, dry.Person}, name)
			require.Equal(t, []int{refusals + 1, sessions},
				[]int{s.count(t, c, "audit_event WHERE action = 'SIGN_IN_FAILED'"), s.count(t, c, "session WHERE 1 = 1")})
		}
	})
}

// foretells compares the forecast with what the rule says of each value that somebody has.
func (s *stage) foretells(t *testing.T, c *company, people []local, order []int) {
	t.Helper()
	verdicts := map[uuid.UUID]domain.ForecastReason{}
	for _, p := range people {
		if !p.access || !p.active || p.provider != uuid.Nil && p.provider != c.provider {
			continue
		}
		values, own := 0, 0
		for _, rung := range order {
			if p.keys[rung] == "" {
				continue
			}
			values++
			if _, person, _ := judge(people, c.provider, order, p.keys[rung]); person == p.id {
				own++
			}
		}
		switch {
		case values == 0:
			verdicts[p.id] = domain.ForecastNothingToMatch
		case own == 0:
			verdicts[p.id] = domain.ForecastOvershadowed
		case own < values:
			verdicts[p.id] = domain.ForecastSharedValue
		}
	}
	told, after := map[uuid.UUID]domain.ForecastReason{}, uuid.Nil
	var counts *domain.ForecastCounts
	unable := 0
	for {
		part, err := s.engine.Providers.Forecast(t.Context(), c.rest, c.provider, domain.ForecastQuery{After: after, Count: 2})
		require.NoError(t, err)
		require.Equal(t, after == uuid.Nil, part.Counts != nil, "the first part counts everybody")
		require.Equal(t, !part.Completed, part.Next != uuid.Nil)
		require.True(t, part.Completed || len(part.Items)+len(part.Warnings) == 2, "all parts but the last one are full")
		if part.Counts != nil {
			counts = part.Counts
		}
		unable += len(part.Items)
		for _, found := range slices.Concat(part.Items, part.Warnings) {
			if found.Username != "" && slices.ContainsFunc(people, func(p local) bool { return p.id == found.Person }) {
				told[found.Person] = found.Reason
			}
		}
		if part.Completed {
			break
		}
		after = part.Next
	}
	require.Equal(t, verdicts, told, "%v %v", order, people)
	require.Equal(t, unable, counts.Unable)
	require.Equal(t, s.count(t, c, "user_access WHERE 1 = 1"), counts.Users)
	require.Equal(t, counts.Users, counts.Able+counts.Unable+counts.Elsewhere+counts.Exempt+counts.Inactive)
}

// count counts rows of the company.
func (s *stage) count(t *testing.T, c *company, rows string) int {
	t.Helper()
	return s.Number(t, "SELECT COUNT(*) FROM "+rows+" AND tenant_id = ?", c.id)
}

// TestSignInNeedsAProvider: a provider that may not say who somebody is lets nobody in.
func TestSignInNeedsAProvider(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		p := s.linked(t, s.acme, s.acme.scim)
		disabled := uuid.New()
		s.AddProvider(t, s.acme.id, disabled, false)
		passwords, err := s.engine.Providers.Add(t.Context(), byManager(s.acme), domain.NewProvider{Name: "Own", Prefix: "own", Type: domain.ProviderPassword, Enabled: true})
		require.NoError(t, err)
		for _, provider := range []uuid.UUID{uuid.Nil, uuid.New(), disabled, passwords.ID, s.beta.provider} {
			_, err := s.engine.Gatekeeper.SignInByName(t.Context(), s.acme.sso, provider, p.LastName)
			assert.Equal(t, domain.CodeIdentityProviderNotFound, domain.CodeOf(err), "%v", err)
		}
		_, err = s.engine.Gatekeeper.SignInByName(t.Context(), s.beta.sso, s.beta.provider, p.LastName)
		assert.Equal(t, domain.CodeNoMatchingUser, domain.CodeOf(err), "whoever another tenant's provider asserts is nobody of this one")
	})
}

// TestKeysThatMeetAnothers: while SSO is on, a connector can't give somebody a key that another one is asserted by on
// another rung, and what an administrator does of the kind is noted.
func TestKeysThatMeetAnothers(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		victim := s.linked(t, s.acme, s.acme.scim)
		other := s.linked(t, s.acme, s.acme.scim)
		for name, row := range map[string]struct {
			touches domain.Aspect
			apply   func(p *domain.Person)
			code    domain.Code
		}{
			"username is an address":   {domain.AspectUsername, func(p *domain.Person) { p.Access.Username = victim.PrimaryEmail() }, domain.CodeUsernameTaken},
			"username is a number":     {domain.AspectUsername, func(p *domain.Person) { p.Access.Username = victim.Employee.Number }, domain.CodeUsernameTaken},
			"number is a username":     {domain.AspectProfile, func(p *domain.Person) { p.Employee.Number = victim.Access.Username }, domain.CodeEmployeeNumberInUse},
			"login is an address":      {domain.AspectExternalLogin, func(p *domain.Person) { p.ExternalLogin = victim.PrimaryEmail() }, domain.CodeExternalLoginInUse},
			"address is a login":       {domain.AspectProfile, func(p *domain.Person) { p.Emails[0].Address = "LOGIN@example.org" }, domain.CodeEmailInUse},
			"address is no new number": {domain.AspectProfile, func(p *domain.Person) { p.Emails[0].Address = "fresh@example.org" }, ""},
		} {
			if name == "address is a login" {
				require.NoError(t, change(byRest, domain.AspectExternalLogin, func(p *domain.Person) { p.ExternalLogin = "login@example.org" })(s.engine, s.acme, about{id: victim.ID}))
			}
			err := change(byScim, row.touches, row.apply)(s.engine, s.acme, about{id: other.ID})
			assert.Equal(t, row.code, codeOf(err), "%s: %v", name, err)
		}
		err := create(s.engine, s.acme.scim, byConnector(victim.PrimaryEmail()))
		assert.Equal(t, domain.CodeUsernameTaken, codeOf(err), "%v", err)
		require.NoError(t, change(byRest, domain.AspectUsername, func(p *domain.Person) { p.Access.Username = victim.PrimaryEmail() })(s.engine, s.acme, about{id: other.ID}))
		noted := s.Everything(t)["audit_event"]
		assert.True(t, slices.ContainsFunc(noted, func(row string) bool {
			return strings.Contains(row, "Username is the EmailAddress of "+victim.ID.String())
		}))
	})
}

func codeOf(err error) domain.Code {
	if err == nil {
		return ""
	}
	return domain.CodeOf(err)
}
