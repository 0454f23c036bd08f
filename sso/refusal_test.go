package sso

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

func (w *world) lastRefusal(t *testing.T, of *domain.IdentityProvider) domain.Refusal {
	t.Helper()
	page, err := w.engine.Providers.Refusals(t.Context(), w.acme, of.ID, domain.RefusalQuery{Count: 1})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	return page.Items[0]
}

// TestRefusalsNameWhomTheProviderNamed: whose sign-in it was is known once the signature is, and never before: otherwise
// anybody could write into a person's record.
func TestRefusalsNameWhomTheProviderNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	person := w.person(t, w.acme, ana)
	refused := func(by *party, what signs, change edit) domain.Refusal {
		t.Helper()
		b := w.begin(t, loginPath)
		require.Equal(t, http.StatusForbidden, w.bring(acsPath, bytesOf(by.respond(answerTo(b, change), what)), b).StatusCode)
		return w.lastRefusal(t, w.provider)
	}
	for _, what := range signings {
		late := refused(theIdP(), what, set("Conditions", "NotOnOrAfter", stamp(noon.Add(-time.Hour))))
		assert.Equal(t, []any{11, "conditions", "a***@e***.org", "ExternalLoginUsername", person.ID}, []any{late.Gate, late.GateName, late.Name, late.Rung, late.Person})
		forged := refused(attacker(), what, set("Conditions", "NotOnOrAfter", stamp(noon.Add(-time.Hour))))
		assert.Equal(t, []any{8, "", "", "00000000-0000-0000-0000-000000000000"}, []any{forged.Gate, forged.Name, forged.Rung, forged.Person.String()})
	}

	r := newRogue(t)
	w = newRelyingWorld(t, storetest.SQLite, r.client)
	p := w.addOpenID(t, w.acme, "op", r.URL)
	person = w.person(t, w.acme, ana)
	require.Equal(t, http.StatusForbidden, w.enterBy(t, r, nil, "aud", "another").StatusCode)
	meant := w.lastRefusal(t, p)
	assert.Equal(t, []any{10, "a***@e***.org", person.ID}, []any{meant.Gate, meant.Name, meant.Person})
	state, nonce, browser := w.goes(t, opLogin)
	r.token = func(url.Values) string { return unsigned(r.says(nonce, time.Now())) }
	require.Equal(t, http.StatusForbidden, w.do("GET", back(callbackPath, "code", "c", "state", state), "", browser).StatusCode)
	assert.Empty(t, w.lastRefusal(t, p).Name)
}
