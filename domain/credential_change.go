package domain

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/google/uuid"
)

// CredentialChange names what is to be different; nil leaves a field alone.
type CredentialChange struct {
	Name       *string
	ExpiresAt  *time.Time // zero: never
	AllowedIPs *[]netip.Prefix
	RateLimit  *RateLimit
	PublicKeys *[]PublicKey // all of them; access tokens that were given for others end
}

// ChangeCredential changes the name of a credential, what it is limited to, and the keys that speak for it. Servers that
// remember the credential notice within a second.
//
// Errors: not_found, validation_failed; privilege_escalation, restricted_permission, as nobody loosens what binds itself
// or somebody with more rights.
func (o *Administration) ChangeCredential(ctx context.Context, caller Caller, id uuid.UUID, change CredentialChange) (*Credential, error) {
	return o.withCredential(ctx, caller, id, func(a *act, credential *Credential) error {
		if a.caller.Actor.ID == id {
			return Refuse(CodePrivilegeEscalation, "", "A credential can't change itself; use another one.")
		}
		if err := a.mayHold(credential); err != nil {
			return err
		}
		before := *credential
		if err := change.apply(credential); err != nil {
			return err
		}
		if !a.differs(EventCredentialUpdated, Change{"Name", before.Name, credential.Name},
			Change{"ExpiresAt", timeText(before.ExpiresAt), timeText(credential.ExpiresAt)},
			Change{"AllowedIps", prefixText(before.AllowedIPs), prefixText(credential.AllowedIPs)},
			Change{"RateLimit", before.RateLimit.String(), credential.RateLimit.String()},
			Change{"PublicKeys", fingerprints(before.PublicKeys), fingerprints(credential.PublicKeys)}) {
			return nil
		}
		return a.tx.SaveCredential(credential)
	})
}

func (c CredentialChange) apply(to *Credential) error {
	if c.Name != nil {
		if err := checkName(*c.Name); err != nil {
			return err
		}
		to.Name = *c.Name
	}
	if c.ExpiresAt != nil {
		to.ExpiresAt = *c.ExpiresAt
	}
	if c.AllowedIPs != nil {
		to.AllowedIPs = *c.AllowedIPs
	}
	if c.RateLimit != nil {
		to.RateLimit = *c.RateLimit
	}
	if c.PublicKeys != nil {
		to.PublicKeys = *c.PublicKeys
	}
	var found problems
	checkLimits(&found, to.RateLimit, to.PublicKeys)
	return found.err()
}

func timeText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func prefixText(list []netip.Prefix) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprint(list)
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
