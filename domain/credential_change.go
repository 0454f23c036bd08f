package domain

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"
)

// CredentialChange names what is to be different; nil leaves a field alone.
type CredentialChange struct {
	RateLimit  *RateLimit
	PublicKeys *[]PublicKey // all of them; access tokens that were given for others end
}

// ChangeCredential changes what a credential may do how often, and the keys that speak for it. Servers that remember the
// credential notice within a second.
func (o *Administration) ChangeCredential(ctx context.Context, id uuid.UUID, change CredentialChange) (*Credential, error) {
	credential, err := o.registry.FindCredential(ctx, id)
	if err != nil {
		return nil, err
	}
	before := *credential
	if change.RateLimit != nil {
		credential.RateLimit = *change.RateLimit
	}
	if change.PublicKeys != nil {
		credential.PublicKeys = *change.PublicKeys
	}
	var found problems
	checkLimits(&found, credential.RateLimit, credential.PublicKeys)
	if err := found.err(); err != nil {
		return nil, err
	}
	changes := []Change{
		{"RateLimit", before.RateLimit.String(), credential.RateLimit.String()},
		{"PublicKeys", fingerprints(before.PublicKeys), fingerprints(credential.PublicKeys)},
	}
	changes = slices.DeleteFunc(changes, func(c Change) bool { return c.Before == c.After })
	if len(changes) == 0 {
		return credential, nil
	}
	entry := o.entry(EventCredentialUpdated, append([]Change{{"CredentialId", id.String(), id.String()}}, changes...)...)
	return credential, o.registry.SaveCredential(ctx, credential, entry)
}

// String is the limit as the audit shows it; "" for none.
func (l RateLimit) String() string {
	if l == (RateLimit{}) {
		return ""
	}
	return fmt.Sprintf("%g a second, %d at once", l.PerSecond, l.Burst)
}

// fingerprints name keys in the audit, short.
func fingerprints(keys []PublicKey) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = fmt.Sprintf("%x", fingerprint("key", []byte(key))[:8])
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprint(names)
}

// The most that an operator may ask for. Each key of a credential may have to be tried.
const (
	maxRate       = 1_000_000
	maxPublicKeys = 10
)

func checkLimits(found *problems, limit RateLimit, keys []PublicKey) {
	whole := limit.PerSecond == math.Trunc(limit.PerSecond) && limit.PerSecond >= 1 && limit.PerSecond <= maxRate
	if limit != (RateLimit{}) && (!whole || limit.Burst < 1 || limit.Burst > maxRate) {
		found.add("RateLimit", "A rate limit is a whole number of requests a second, and one of requests at once, from 1 to %d.", maxRate)
	}
	if len(keys) > maxPublicKeys {
		found.add("PublicKeys", "A credential has at most %d public keys.", maxPublicKeys)
	}
}
