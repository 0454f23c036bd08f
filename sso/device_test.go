package sso

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

// TestBrowsersAreKnownAgain: with the form of an identity provider no cookie of ours comes but the one of the sign-in, and
// the browser is known all the same.
func TestBrowsersAreKnownAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) { in.Saml.IdpInitiated = true })
	w.person(t, w.acme, ana)
	mails := func() int { return w.Number(t, "SELECT COUNT(*) FROM outbox WHERE kind = 'StrangeSignIn'") }
	enter := func(known ...*http.Cookie) *http.Cookie {
		t.Helper()
		began := w.do("GET", loginPath, "", known...)
		require.Equal(t, http.StatusSeeOther, began.StatusCode)
		assert.Nil(t, cookie(began, web.DeviceCookie), "nobody is remembered before they have signed in")
		to, err := url.Parse(began.Header.Get("Location"))
		require.NoError(t, err)
		packed, err := decode(to.Query().Get("SAMLRequest"))
		require.NoError(t, err)
		request, err := inflate(packed)
		require.NoError(t, err)
		b := begun{element(string(request)).SelectAttrValue("ID", ""), to.Query().Get("RelayState"), cookie(began, browserCookie)}
		answer := w.bring(acsPath, bytesOf(theIdP().respond(answerTo(b, set("Assertion", "ID", newID())), signBoth)), b)
		require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
		device := cookie(answer, web.DeviceCookie)
		require.NotNil(t, device)
		assert.Equal(t, http.SameSiteLaxMode, device.SameSite)
		return device
	}
	laptop := enter()
	assert.Zero(t, mails(), "the first sign-in of all")
	assert.Equal(t, laptop.Value, enter(laptop).Value)
	assert.Zero(t, mails())
	phone := enter()
	assert.NotEqual(t, laptop.Value, phone.Value)
	assert.Equal(t, 1, mails())
	unasked := func() *http.Response {
		response := plain()
		response.RemoveAttr("InResponseTo")
		at(response, "SubjectConfirmationData").RemoveAttr("InResponseTo")
		set("Assertion", "ID", newID())(response)
		return w.bring(acsPath, bytesOf(theIdP().respond(response, signBoth)), begun{})
	}
	answer := unasked()
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
	assert.Nil(t, cookie(answer, web.DeviceCookie), "a cookie that did not come is not replaced")
}
