package domain_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestRefusals finds why somebody could not sign in by the person, by the name, and by the number that the person was
// shown; those of one provider, and of one's own tenant.
func TestRefusals(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		gate, okta, entra := s.engine.Gatekeeper, s.saml(t, s.acme), s.saml(t, s.acme)
		leaver, other := aLeaver(t, s, s.acme), aLinked(t, s, s.acme)
		in := func(request string) domain.Caller {
			caller := s.acme.sso
			caller.RequestID, caller.IP = request, "192.0.2.1"
			return caller
		}
		fails := func(request string, provider *domain.IdentityProvider, name string) {
			_, err := gate.SignInAsserted(t.Context(), in(request), s.asserted(s.asked(t, s.acme, provider.ID), name))
			require.Error(t, err)
		}
		fails("r-1", okta, leaver.name)
		fails("r-2", okta, "nobody@example.org")
		fails("r-3", entra, leaver.name)
		require.NoError(t, gate.RefuseSso(t.Context(), in("r-4"), domain.SsoRefusal{Provider: okta.ID, Reason: "gate 11 (conditions): too late", Name: other.name}))
		require.NoError(t, gate.RefuseSso(t.Context(), in("r-5"), domain.SsoRefusal{Provider: okta.ID, Reason: "gate 8 (signature): unsigned"}))
		late := s.asserted(s.asked(t, s.acme, okta.ID), other.name)
		late.Request.Browser = []byte("another")
		_, err := gate.SignInAsserted(t.Context(), in("r-6"), late)
		require.Error(t, err)

		ask := func(q domain.RefusalQuery) (list []domain.Refusal) {
			t.Helper()
			q.Count = max(q.Count, 50)
			page, err := s.engine.Providers.Refusals(t.Context(), s.acme.rest, okta.ID, q)
			require.NoError(t, err)
			assert.Zero(t, page.Next)
			for _, r := range page.Items {
				assert.WithinDuration(t, s.clock(), r.At, time.Minute)
				assert.Equal(t, "192.0.2.1", r.IP)
				r.At, r.Index, r.IP = time.Time{}, 0, ""
				list = append(list, r)
			}
			return list
		}
		rung := domain.AttrExternalLogin.Name
		inactive := domain.Refusal{Gate: 14, GateName: "person", Reason: "The access is inactive.", Name: "l***", Rung: rung, Person: leaver.id, RequestID: "r-1"}
		stranger := domain.Refusal{Gate: 14, GateName: "person", Reason: "Nobody matches the name.", Name: "n***@e***.org", RequestID: "r-2"}
		tooLate := domain.Refusal{Gate: 11, GateName: "conditions", Reason: "too late", Name: "l***", Rung: rung, Person: other.id, RequestID: "r-4"}
		unsigned := domain.Refusal{Gate: 8, GateName: "signature", Reason: "unsigned", RequestID: "r-5"}
		strange := domain.Refusal{Gate: 13, GateName: "once", Reason: "The request is unknown, has expired, was answered, or was another browser's.",
			Name: "l***", Rung: rung, Person: other.id, RequestID: "r-6"}
		assert.Equal(t, []domain.Refusal{strange, unsigned, tooLate, stranger, inactive}, ask(domain.RefusalQuery{}))
		assert.Equal(t, []domain.Refusal{inactive}, ask(domain.RefusalQuery{Person: leaver.id}))
		assert.Equal(t, []domain.Refusal{strange, tooLate}, ask(domain.RefusalQuery{Person: other.id}))
		assert.Equal(t, []domain.Refusal{stranger}, ask(domain.RefusalQuery{Name: " NOBODY@example.org"}))
		assert.Equal(t, []domain.Refusal{strange, tooLate}, ask(domain.RefusalQuery{Name: other.name + "@example.org"}), "the name means the person by another rung")
		assert.Equal(t, []domain.Refusal{unsigned}, ask(domain.RefusalQuery{RequestID: "r-5"}))
		assert.Empty(t, ask(domain.RefusalQuery{RequestID: "r-3"}), "that was another provider")
		assert.Empty(t, ask(domain.RefusalQuery{Person: uuid.New()}))

		var paged []string
		for before := int64(0); ; {
			page, err := s.engine.Providers.Refusals(t.Context(), s.acme.rest, okta.ID, domain.RefusalQuery{Count: 2, Before: before})
			require.NoError(t, err)
			for _, r := range page.Items {
				paged = append(paged, r.RequestID)
			}
			if before = page.Next; before == 0 {
				break
			}
		}
		assert.Equal(t, []string{"r-6", "r-5", "r-4", "r-2", "r-1"}, paged)

		reader := s.acme.rest
		reader.Permissions = domain.NewPermissions(domain.AuditRead)
		_, err = s.engine.Providers.Refusals(t.Context(), reader, okta.ID, domain.RefusalQuery{})
		assert.True(t, domain.Is(err, domain.CodePermissionDenied), "%v", err)
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'SIGN_IN_FAILED' AND CAST(changes AS TEXT) LIKE '%nobody%'"))
	})
}
