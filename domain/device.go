package domain

import (
	"crypto/sha256"
	"time"
)

// device is the hash of what the browser is known by: of a secret in its cookie, or where the door knows no cookies, of the
// program's own words about itself.
func (e *edit) device(how opening) []byte {
	if len(e.caller.Device) > 0 {
		return e.caller.Device
	}
	sum := sha256.Sum256([]byte("client " + cut(how.client, maxClient)))
	return sum[:]
}

// tellOfDevice owes the person a mail about a sign-in from a browser in which they have not signed in as long as sessions
// are remembered, once a day at most (OWASP ASVS 5.0, 6.3.5). The first sign-in of all is expected, and not told of; one that
// waits for a second factor is told of when that is shown, and makes no browser known.
func (e *edit) tellOfDevice(how opening) error {
	if e.p.Access.LastLoginAt.IsZero() || e.tenant.Policies.Get(PolicySignInMail) != On {
		return nil
	}
	known, err := e.tx.KnowsDevice(e.p.ID, e.device(how))
	if err != nil || known {
		return err
	}
	return e.mail(&OutboxMessage{DedupKey: string(MailStrangeSignIn) + ":" + e.p.ID.String() + ":" + e.now.Format(time.DateOnly),
		Mail: Mail{Kind: MailStrangeSignIn, To: e.p.PrimaryEmail()}})
}
