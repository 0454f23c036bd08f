package domain_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestTenantMatrix tries every use case with something of the caller's own tenant, of another one, and of none: what
// belongs to another tenant is answered word for word like what nobody has, and nothing changes.
func TestTenantMatrix(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		for _, row := range slices.Concat(creates, personChanges, commands, accountActs, passkeyActs, groupings, federations, readings, lookingUp) {
			if row.missing == "" {
				continue
			}
			t.Run(row.name, func(t *testing.T) {
				foreign, unknown := row.about(t, s, s.beta), about{id: uuid.New(), name: unique("nobody"), session: uuid.New()}
				if row.missing == domain.CodeTokenInvalid {
					unknown.name, _ = s.secrets.NewToken(domain.TokenInvitation)
				}
				before := s.Snapshot(t)
				refused, same := row.do(s.engine, s.acme, foreign), row.do(s.engine, s.acme, unknown)
				after := s.Snapshot(t)
				delete(after, "sign_in_failure") // of strangers, whom the caller's own tenant counts
				delete(before, "sign_in_failure")
				require.Equal(t, before, after)
				assert.Equal(t, row.missing, domain.CodeOf(refused), "%v", refused)
				assert.Equal(t, told(t, same, unknown), told(t, refused, foreign))
				require.NoError(t, row.do(s.engine, s.acme, row.about(t, s, s.acme)))
			})
		}
	})
}

// told is everything that a door could show of a refusal, without what it is about.
func told(t *testing.T, err error, it about) domain.Error {
	t.Helper()
	var own *domain.Error
	require.True(t, errors.As(err, &own), "%v", err)
	shown := domain.Error{Code: own.Code, Attribute: own.Attribute, Message: strings.ReplaceAll(own.Message, it.id.String(), "ID")}
	for _, field := range own.Fields {
		shown.Fields = append(shown.Fields, domain.FieldError{Attribute: field.Attribute, Message: strings.ReplaceAll(field.Message, it.id.String(), "ID")})
	}
	return shown
}

// TestTenantsMatchTheirOwn creates through a connector whom another tenant knows by every key.
func TestTenantsMatchTheirOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		foreign := s.linked(t, s.beta, s.beta.scim)
		p, err := s.engine.Provisioner.CreatePerson(t.Context(), s.acme.scim, byConnector(foreign.LastName))
		require.NoError(t, err)
		assert.NotEqual(t, foreign.ID, p.ID)
		kept, err := s.engine.Directory.User(t.Context(), s.beta.scim, foreign.ID, 0)
		require.NoError(t, err)
		assert.Equal(t, foreign.Version, kept.Version)
	})
}

// TestTenantsListTheirOwn lists both tenants in every way and finds nobody twice.
func TestTenantsListTheirOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		for _, c := range []*company{s.acme, s.beta} {
			s.group(t, c, c.rest)
			s.plain(t, c)
			aReleased(t, s, c)
		}
		query := domain.Query{Count: 100, Total: true}
		for _, who := range []domain.Who{domain.Everybody, domain.WithAccess, domain.Linked, domain.WithoutAccess} {
			query.Who = who
			seen := map[uuid.UUID]bool{}
			for _, c := range []*company{s.acme, s.beta} {
				page, err := s.engine.Directory.People(t.Context(), c.rest, query)
				require.NoError(t, err)
				assert.NotEmpty(t, page.Items)
				assert.Len(t, page.Items, page.Total)
				for _, p := range page.Items {
					assert.False(t, seen[p.ID])
					seen[p.ID] = true
				}
			}
		}
		mine, err := s.engine.Groups.List(t.Context(), s.acme.rest, domain.Query{Count: 100})
		require.NoError(t, err)
		require.Len(t, mine.Items, 2)
		none, err := s.engine.Groups.Members(t.Context(), s.beta.rest, mine.Items[1].ID, uuid.Nil, 10)
		require.NoError(t, err)
		assert.Empty(t, none, "the members of a group are those of the tenant's own")
	})
}
