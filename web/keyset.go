package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// KeySetPath is where receivers find the public keys of this server (RFC 7517, RFC 8615).
const KeySetPath = "/.well-known/jwks.json"

// KeySetDoor serves the JSON Web Key Set to anybody: its keys are public. Whoever reads it may keep it for that long.
func KeySetDoor(read func(ctx context.Context) ([]byte, error), keep time.Duration) Door {
	serve := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.EscapedPath() != KeySetPath:
			http.NotFound(w, r)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		set, err := read(r.Context())
		if err != nil {
			LogError(r.Context(), err)
			noDoor.Refuse(w, r, domain.Fail(domain.CodeUnavailable, err, "The keys can't be read now; try again shortly."))
			return
		}
		hash := sha256.Sum256(set)
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(keep.Seconds())))
		w.Header().Set("ETag", `"`+hex.EncodeToString(hash[:16])+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(set))
	}
	return Door{Name: "keys", Prefix: KeySetPath, Handler: http.HandlerFunc(serve), Refuse: noDoor.Refuse, Classes: []string{"jwks.json"}}
}
