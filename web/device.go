package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// DeviceCookie is the name of the cookie by which a browser is known again in which somebody has signed in. It opens nothing:
// it keeps mails about strange browsers away.
const DeviceCookie = "__Host-device"

// deviceAge is how long browsers keep a cookie at most (RFC 6265bis, section 5.5).
const deviceAge = 400 * 24 * time.Hour

// Device is the secret by which a browser is known again; "": it is not known.
type Device string

// NewDevice makes a secret for a browser that has none.
func NewDevice() Device {
	var random [sha256.Size]byte
	_, _ = rand.Read(random[:]) // never fails
	return Device(base64.RawURLEncoding.EncodeToString(random[:]))
}

// DeviceOf is the secret of the browser; "" where it has none, or none that could be ours.
func DeviceOf(r *http.Request) Device {
	cookies := r.CookiesNamed(DeviceCookie)
	if len(cookies) != 1 || len(cookies[0].Value) != base64.RawURLEncoding.EncodedLen(sha256.Size) {
		return ""
	}
	return Device(cookies[0].Value)
}

// Hash is what is stored of the secret; nil for none.
func (d Device) Hash() []byte {
	if d == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(d))
	return sum[:]
}

// Keep has the browser keep the secret, if there is one. It is given to those alone who have signed in.
func (d Device) Keep(w http.ResponseWriter) {
	if d == "" {
		return
	}
	http.SetCookie(w, &http.Cookie{Name: DeviceCookie, Value: string(d), Path: "/", MaxAge: int(deviceAge / time.Second), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
