package main

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// authenticator gives the browser one that it asks for passkeys, as of a laptop with a reader of fingerprints.
func (b *browser) authenticator() webauthn.AuthenticatorID {
	b.t.Helper()
	return asked(b, func(ctx context.Context, target *chromedp.Target) (webauthn.AuthenticatorID, error) {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return "", err
		}
		made, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		if err != nil {
			return "", err
		}
		return made.AuthenticatorID, nil
	})
}

// asked asks the browser itself for something.
func asked[T any](b *browser, ask func(ctx context.Context, target *chromedp.Target) (T, error)) (answer T) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) (err error) {
		answer, err = ask(ctx, target)
		return err
	}))
	return answer
}

// verifies tells whether the authenticator finds its person from now on.
func (b *browser) verifies(id webauthn.AuthenticatorID, does bool) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: id, IsUserVerified: does})
		return err
	}))
}

// TestPasskeysByKeyboard: somebody adds a passkey, signs in with it alone and after the password, renames it and removes it,
// in a real browser with an authenticator of its own.
func TestPasskeysByKeyboard(t *testing.T) {
	t.Parallel()
	s := &scene{player: newPlayer(t, databases[0].open)}
	s.given("caller rest rest permissions=all")
	s.member("ana", "")
	b := s.byName(t, "")
	device := b.authenticator()

	signIn := func() {
		t.Helper()
		b.fills("Username", "ana\r")
		b.sees("Enter your password")
		b.fills("Password", goodPassword+"\r")
	}
	b.opens(home)
	b.sees("Sign in")
	signIn()
	b.sees("Your account")
	b.activates("Show passkeys")
	b.sees("Passkeys")
	assert.Equal(t, "Chrome on Linux", asks[string](b, `document.getElementById('Name').value`))
	b.reaches("Name")
	b.presses(kb.End + " <b>mine</b>")
	b.presses("\r")
	b.sees("Passkeys", ".notice", ".sessions li")
	assert.Contains(t, asks[string](b, `document.querySelector('.sessions').innerText`), "<b>mine</b>")
	b.activates("Sign out")

	b.sees("Sign in")
	b.activates("Sign in with a passkey")
	b.sees("Your account")
	b.activates("Show sessions")
	b.sees("Where you are signed in")
	assert.Contains(t, asks[string](b, `document.querySelector('.sessions').innerText`), "Passkey")
	b.activates("Sign out")

	b.sees("Sign in")
	signIn()
	b.sees("Show your second factor")
	b.activates("Use a passkey")
	b.sees("Your account")
	b.activates("Sign out")

	b.sees("Sign in")
	b.verifies(device, false)
	b.activates("Sign in with a passkey")
	b.sees("Use your passkey")
	b.activates("Ask again")
	b.waits(`!document.getElementById('passkey-failed').hidden`)
	assert.Equal(t, "passkey-failed", asks[string](b, `document.activeElement.id`), "what went wrong is read first")
	b.verifies(device, true)
	b.activates("Ask again")
	b.sees("Your account")

	b.activates("Passkeys")
	b.sees("Passkeys", ".sessions li")
	b.activates("Change the passkey")
	b.sees("Change a passkey")
	b.reaches("Name")
	b.presses(kb.End + " too\r")
	b.sees("Passkeys", ".notice")
	b.activates("Change the passkey")
	b.sees("Change a passkey")
	b.activates("Remove the passkey")
	b.sees("Passkeys", ".notice")
	assert.Zero(t, s.count("passkey"))
	b.activates("Sign out")

	b.sees("Sign in")
	b.activates("Sign in with a passkey")
	b.sees("Use your passkey", "#problem")
	assert.Contains(t, asks[string](b, `document.getElementById('problem').innerText`), "was not taken")
	b.activates("Sign in another way")
	b.sees("Sign in")
	signIn()
	b.sees("Your account")
	s.keptSecrets()
}

// TestAPasskeyAsTheRequiredFactor: where a second factor is required a passkey is one, added on the way in; without a script
// the other ways work.
func TestAPasskeyAsTheRequiredFactor(t *testing.T) {
	t.Parallel()
	s := &scene{player: newPlayer(t, databases[0].open)}
	s.given("caller rest rest permissions=all")
	s.member("ana", `,"MfaRequired":true`)
	b := s.byName(t, "")
	b.authenticator()
	b.opens(home)
	b.sees("Sign in")
	b.fills("Username", "ana\r")
	b.sees("Enter your password")
	b.fills("Password", goodPassword+"\r")
	b.sees("Second factor")
	b.activates("Use a passkey instead")
	b.sees("Passkeys", "#Name")
	b.activates("Add a passkey")
	b.sees("Passkeys", ".notice")
	require.Equal(t, 1, s.count("passkey"))
	b.activates("Sign out")

	b.sees("Sign in")
	b.withoutScripts()
	b.opens(home + "/sign-in")
	b.sees("Sign in")
	b.activates("Sign in with a passkey")
	b.sees("Use your passkey")
	assert.Contains(t, asks[string](b, `document.body.innerText`), "need JavaScript")
	b.activates("Sign in another way")
	b.sees("Sign in")
}
