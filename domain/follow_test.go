package domain_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestNamelessPeopleAreShownByTheirUsername follows the shown name of somebody without names, which is the username:
// searches and members of groups must not know an old one.
func TestNamelessPeopleAreShownByTheirUsername(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		p, err := s.engine.Provisioner.CreatePerson(t.Context(), s.acme.scim, domain.NewPerson{
			Access: &domain.NewAccess{Username: "first", IsActive: true}, Link: &domain.NewLink{},
		})
		require.NoError(t, err)
		shows := func(name string) {
			t.Helper()
			page, err := s.engine.Directory.People(t.Context(), s.acme.rest, domain.Query{
				Where: domain.Compare{Attribute: domain.AttrShownName, Operator: domain.Equal, Value: domain.TextValue(name)}, Count: 2})
			require.NoError(t, err)
			require.Len(t, page.Items, 1, name)
			assert.Equal(t, p.ID, page.Items[0].ID)
		}
		shows("first")
		rename := change(byScim, domain.AspectUsername, func(p *domain.Person) { p.Access.Username = "second" })
		require.NoError(t, rename(s.engine, s.acme, about{id: p.ID}))
		shows("second")
	})
}

// TestGroupsAgeWithTheirMembers removes members in every way; whoever cached the group has to see that it changed.
func TestGroupsAgeWithTheirMembers(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		for name, leave := range map[string]func(ctx context.Context, id uuid.UUID) error{
			"release": func(ctx context.Context, id uuid.UUID) error {
				return s.engine.Provisioner.Release(ctx, s.acme.scim, id)
			},
			"remove access": func(ctx context.Context, id uuid.UUID) error {
				_, err := s.engine.Provisioner.RemoveAccess(ctx, s.acme.rest, id)
				return err
			},
		} {
			group, member := s.group(t, s.acme, s.acme.scim)
			s.pass(time.Second)
			require.NoError(t, leave(t.Context(), member.ID), name)
			left, err := s.engine.Groups.Find(t.Context(), s.acme.scim, group.ID)
			require.NoError(t, err)
			assert.Equal(t, group.Version+1, left.Version, name)
			assert.True(t, left.UpdatedAt.After(group.UpdatedAt), name)
		}
	})
}

// TestExternalLoginIsHiddenWithoutSso reads somebody with an external login for a caller whose tenant has SSO off.
func TestExternalLoginIsHiddenWithoutSso(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		p := s.linked(t, s.acme, s.acme.scim)
		require.NotEmpty(t, p.ExternalLogin)
		caller := s.acme.rest
		caller.Sso = false
		found, err := s.engine.Directory.Person(t.Context(), caller, p.ID, 0)
		require.NoError(t, err)
		assert.Empty(t, found.ExternalLogin)
		page, err := s.engine.Directory.Users(t.Context(), caller, domain.Query{Who: domain.WithAccess, Count: 10})
		require.NoError(t, err)
		require.NotEmpty(t, page.Items)
		for _, p := range page.Items {
			assert.Empty(t, p.ExternalLogin)
		}
	})
}

// TestRevivedPeopleGetWhatIsSent creates somebody whom the connector deleted, with all that access can be granted with.
func TestRevivedPeopleGetWhatIsSent(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it, organization, provider := aReleased(t, s, s.acme), anOrganization(t, s, s.acme), aProvider(t, s, s.acme)
		in, mfa := byConnector(it.name), true
		in.Employee.Title, in.Access.MfaRequired = "Boss", &mfa
		in.Access.OrganizationIDs, in.Access.ProviderID = []uuid.UUID{organization.id}, provider.id
		p, err := s.engine.Provisioner.CreatePerson(t.Context(), s.acme.scim, in)
		require.NoError(t, err)
		require.Equal(t, it.id, p.ID)
		p, err = s.engine.Directory.User(t.Context(), s.acme.scim, it.id, 0)
		require.NoError(t, err)
		assert.Equal(t, "Boss", p.Employee.Title)
		assert.Equal(t, []any{true, true, []uuid.UUID{organization.id}, provider.id},
			[]any{p.Access.IsActive, p.Access.MfaRequired, p.Access.OrganizationIDs, p.Access.IdentityProviderID})
		in.Access.OrganizationIDs[0] = uuid.New()
		require.NoError(t, s.engine.Provisioner.Release(t.Context(), s.acme.scim, it.id))
		assert.Equal(t, domain.CodeOrganizationNotFound, domain.CodeOf(create(s.engine, s.acme.scim, in)))
	})
}
