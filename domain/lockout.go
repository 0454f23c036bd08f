package domain

import "time"

// The lock after too many wrong passwords (policy Lockout): so many failures in a row lock the account for a while, and
// each lock without a sign-in between is twice as long as the one before, up to a day. A failure is forgotten after
// lockMemory, one at a time, so that whoever mistypes now and then is not locked. That leaves a guesser fewer than a
// hundred tries a day, whatever addresses they come from and however they space them.
const (
	lockMemory  = 30 * time.Minute
	lockShort   = 15 * time.Minute
	lockLongest = 24 * time.Hour
)

// failed counts a wrong password, and locks the account when there were too many.
func (e *edit) failed(identity *IdentityAccount) error {
	identity.fade(e.now)
	identity.FailedCount++
	if identity.FailedCount >= e.tenant.Policies.Int(PolicyLockout) {
		e.p.Access.LockedUntil = e.now.Add(growing(lockShort, identity.Locks, lockLongest))
		identity.Locks++
		identity.FailedCount, identity.FailedSince = 0, zeroTime
		e.happened(EventUserLocked)
		if err := e.mail(&OutboxMessage{DedupKey: e.dedupKey("locked"), Mail: Mail{Kind: MailAccountLocked, To: e.p.PrimaryEmail(), ExpiresAt: e.p.Access.LockedUntil}}); err != nil {
			return err
		}
	}
	return e.tx.UpdateIdentity(e.p.ID, identity)
}

// fade forgets one failure for each lockMemory that has passed.
func (i *IdentityAccount) fade(now time.Time) {
	forgotten := now.Sub(i.FailedSince) / lockMemory
	if int(forgotten) >= i.FailedCount {
		i.FailedCount, i.FailedSince = 0, now
		return
	}
	i.FailedCount -= int(forgotten)
	i.FailedSince = i.FailedSince.Add(forgotten * lockMemory)
}

// growing doubles a pause with every time that it was needed already.
func growing(first time.Duration, times int, longest time.Duration) time.Duration {
	for range times {
		if first *= 2; first >= longest {
			return longest
		}
	}
	return first
}

// forgiven forgets the failures.
func (i *IdentityAccount) forgiven() { i.FailedCount, i.FailedSince, i.Locks = 0, zeroTime, 0 }
