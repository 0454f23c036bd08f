package domain_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// TestNobodyGivesMoreThanTheyHold lets callers of any rights try to give rights in every way there is, and compares what
// the target may do before and after: what is new is among what the caller may grant (threat A17).
func TestNobodyGivesMoreThanTheyHold(t *testing.T) {
	t.Parallel()
	world := newStage(t, storetest.SQLite)
	s, target := world.engine, world.acme.colleague
	operator, err := s.Administration.Operator(t.Context(), "acme")
	require.NoError(t, err)
	pool := []domain.Permission{domain.UsersRead, domain.UsersList, domain.GroupsRead, domain.PersonsDelete, domain.TenantAdmin, domain.SystemAdmin}
	acting := []domain.Permission{domain.UsersRoles, domain.UsersGroups, domain.RolesAdd, domain.RolesUpdate, domain.RolesDelete, domain.GroupsWrite, domain.GroupsMembers}
	some := rapid.SliceOfDistinct(rapid.SampledFrom(pool), rapid.ID[domain.Permission])
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		role, err := s.Roles.Create(ctx, operator, domain.NewRole{Name: uuid.NewString(), Weight: rapid.IntRange(0, 10).Draw(rt, "weight"), Permissions: some.Draw(rt, "role")})
		require.NoError(rt, err)
		group, err := s.Groups.Create(ctx, operator, domain.NewGroup{Name: uuid.NewString(), Permissions: some.Draw(rt, "group")})
		require.NoError(rt, err)
		joined, err := s.Groups.Create(ctx, operator, domain.NewGroup{Name: uuid.NewString()})
		require.NoError(rt, err)
		_, err = s.Appointments.ChangeGroups(ctx, operator, target, domain.Moves{Add: []uuid.UUID{joined.ID}})
		require.NoError(rt, err)
		caller := operator
		caller.Door, caller.Actor = domain.DoorRest, domain.Actor{Kind: domain.ActorCredential, ID: uuid.New()}
		if rapid.Bool().Draw(rt, "session") {
			caller.Door, caller.Actor.Kind, caller.Weight = domain.DoorSelf, domain.ActorPerson, rapid.IntRange(0, 10).Draw(rt, "heaviest")
		}
		held := domain.NewPermissions(some.Draw(rt, "held")...)
		caller.Permissions = domain.NewPermissions(append(append([]domain.Permission{}, held...), acting...)...)
		before, err := s.Appointments.Rights(ctx, operator, target)
		require.NoError(rt, err)
		for range rapid.IntRange(1, 4).Draw(rt, "acts") {
			permission := rapid.SampledFrom(pool).Draw(rt, "permission")
			switch rapid.IntRange(0, 6).Draw(rt, "act") {
			case 0:
				_, _ = s.Appointments.ChangeRoles(ctx, caller, target, domain.Moves{Add: []uuid.UUID{role.ID}})
			case 1:
				_, _ = s.Appointments.ChangeGroups(ctx, caller, target, domain.Moves{Add: []uuid.UUID{group.ID}})
			case 2:
				_, _ = s.Groups.ChangeMembers(ctx, caller, group.ID, domain.Moves{Add: []uuid.UUID{target}})
			case 3:
				_, _ = s.Groups.Change(ctx, caller, domain.GroupChange{Group: joined.ID, Grants: domain.GrantChange{AddRoles: []uuid.UUID{role.ID}}})
			case 4:
				_, _ = s.Groups.Change(ctx, caller, domain.GroupChange{Group: joined.ID, Grants: domain.GrantChange{AddPermissions: []domain.Permission{permission}}})
			case 5:
				_, _ = s.Roles.Change(ctx, caller, domain.RoleChange{Role: role.ID, Version: role.Version, AddPermissions: []domain.Permission{permission}})
			default:
				if made, err := s.Roles.Create(ctx, caller, domain.NewRole{Name: uuid.NewString(), Permissions: []domain.Permission{permission}}); err == nil {
					_, _ = s.Appointments.ChangeRoles(ctx, caller, target, domain.Moves{Add: []uuid.UUID{made.ID}})
				}
			}
		}
		after, err := s.Appointments.Rights(ctx, operator, target)
		require.NoError(rt, err)
		for _, p := range before.Permissions.Lacking(after.Permissions) {
			require.True(rt, caller.Permissions.Has(p) && !domain.NewPermissions(p).Restricted(), "%s was given by somebody who may not", p)
		}
		for _, gained := range after.Roles {
			if caller.Actor.Kind == domain.ActorPerson && gained.Role == role.ID {
				require.LessOrEqual(rt, gained.Weight, caller.Weight)
			}
		}
	})
}
