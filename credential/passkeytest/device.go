// Package passkeytest is an authenticator in software, for tests that show passkeys: it makes them with ES256, attests
// nothing, and does what no honest one would when a test says so.
//
// It owns the authenticator's half of WebAuthn, written from the standard and not from what judges it; it refuses to own
// what browsers do besides, which the tests of the pages have a true one for. A new way to lie is a field of Device.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"slices"
	"testing"
)

// Device has one passkey. A copy of it is a clone, as the standard calls it.
type Device struct {
	Key    *ecdsa.PrivateKey
	ID     []byte // of the credential
	Handle []byte // what it knows its person by, once it has created the passkey
	Count  uint32 // of signatures; it grows before each
	Origin string // that the browser is at
	Party  string // for which it signs
	// Unverified leaves out that the person has proved to be there, by a finger or a number.
	Unverified bool
}

// New makes a device in a browser that is at that origin.
func New(t testing.TB, origin string) *Device {
	t.Helper()
	at, err := url.Parse(origin)
	must(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return &Device{Key: key, ID: id, Origin: origin, Party: at.Hostname()}
}

// Asked is what devices, and tests, read of the options.
type Asked struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"` // of a sign-in
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
	Attestation      string           `json:"attestation"`
	UserVerification string           `json:"userVerification"`
	AllowCredentials []map[string]any `json:"allowCredentials"`
}

// Read reads the options.
func Read(t testing.TB, options []byte) (asked Asked) {
	t.Helper()
	must(t, json.Unmarshal(options, &asked))
	return asked
}

// Creates answers the options of a new passkey (https://www.w3.org/TR/webauthn-3/, section 6.5.4).
func (d *Device) Creates(t testing.TB, options []byte) []byte {
	t.Helper()
	asked := Read(t, options)
	handle, err := base64.RawURLEncoding.DecodeString(asked.User.ID)
	must(t, err)
	d.Handle = handle
	point, err := d.Key.PublicKey.Bytes()
	must(t, err)
	data := append(d.data(0x40), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.ID))), d.ID...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32) // RFC 9053, section 7.1.1: EC2, ES256, P-256
	data = append(data, point[1:33]...)
	data = append(append(data, 0x22, 0x58, 32), point[33:]...)
	object := slices.Concat([]byte{0xa3, 0x63}, []byte("fmt"), []byte{0x64}, []byte("none"), []byte{0x67}, []byte("attStmt"), []byte{0xa0, 0x68},
		[]byte("authData"), []byte{0x58, byte(len(data))}, data)
	return d.answer(t, map[string]any{"clientDataJSON": b64(d.client(t, "webauthn.create", asked.Challenge)), "attestationObject": b64(object)})
}

// Shows answers the options of a sign-in (section 6.3.3).
func (d *Device) Shows(t testing.TB, options []byte) []byte {
	t.Helper()
	d.Count++
	client, data := d.client(t, "webauthn.get", Read(t, options).Challenge), d.data(0)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.Key, digest[:])
	must(t, err)
	return d.answer(t, map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.Handle)})
}

// client is what the browser says of itself (section 5.8.1).
func (d *Device) client(t testing.TB, kind, challenge string) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	must(t, err)
	return data
}

// data is what the device says of itself (section 6.1).
func (d *Device) data(flags byte) []byte {
	party := sha256.Sum256([]byte(d.Party))
	if !d.Unverified {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(party[:], flags|0x01), d.Count)
}

func (d *Device) answer(t testing.TB, response map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"id": b64(d.ID), "rawId": b64(d.ID), "type": "public-key", "response": response})
	must(t, err)
	return text
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
