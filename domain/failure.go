package domain

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// FailedSignIns are failures to sign in that the audit does not tell of yet: those of one person, or those of some
// addresses with names that nobody has. The names are not kept: people type passwords there.
type FailedSignIns struct {
	ID     uuid.UUID // of the bucket: the person, or a number for the addresses
	Tenant uuid.UUID
	Person uuid.UUID // uuid.Nil: nobody has the name
	IP     string    // of the last one
	Count  int
	Since  time.Time // the first one
}

// FailureTx keeps failures to sign in until the audit tells of them.
type FailureTx interface {
	// CountFailedSignIn adds the failures to those of the bucket.
	CountFailedSignIn(f *FailedSignIns) error
	// TakeFailedSignIns removes the failures of a bucket; nil when there are none.
	TakeFailedSignIns(bucket uuid.UUID) (*FailedSignIns, error)
}

const (
	// failureSpan is for how long failures are gathered into one line of the audit, so that a flood does not fill it.
	failureSpan = time.Minute
	// strangeBuckets is how many lines a tenant gets at most in that time for names that nobody has, from however many
	// addresses they come.
	strangeBuckets = 64
	// failureBatch is how many buckets are emptied in one go.
	failureBatch = 100
)

// failedSignIn counts a refused sign-in. It does the same for a name that nobody has, so that the time does not tell.
func (a *act) failedSignIn(person uuid.UUID) error {
	bucket := person
	if bucket == uuid.Nil {
		bucket = strangeBucket(a.caller.IP)
	}
	return a.tx.CountFailedSignIn(&FailedSignIns{ID: bucket, Person: person, IP: a.caller.IP, Count: 1, Since: a.now})
}

// strangeBucket is where failures from an address are counted that are about nobody. Neighbours share one: whoever has one
// address has those around it.
func strangeBucket(ip string) uuid.UUID {
	network := ip
	if address, err := netip.ParseAddr(ip); err == nil {
		bits := 24
		if address = address.Unmap(); address.Is6() {
			bits = 64
		}
		if prefix, err := address.Prefix(bits); err == nil {
			network = prefix.String()
		}
	}
	sum := sha256.Sum256([]byte(network))
	return uuid.UUID{15: sum[0]%strangeBuckets + 1}
}

// AuditFailures writes the failed sign-ins into the audit that have been gathered for a while, a line for each bucket.
// Several servers may do so at once: each bucket is emptied by one of them, in the transaction of its line.
func (o *Account) AuditFailures(ctx context.Context) error {
	for {
		waiting, err := o.registry.ListFailedSignIns(ctx, o.now().Add(-failureSpan), failureBatch)
		if err != nil {
			return err
		}
		for _, failed := range waiting {
			if err := o.auditFailure(ctx, failed); err != nil {
				return err
			}
		}
		if len(waiting) < failureBatch {
			return nil
		}
	}
}

func (o *Account) auditFailure(ctx context.Context, failed *FailedSignIns) error {
	caller := Caller{Tenant: failed.Tenant, Door: DoorSelf, Mode: ReadWrite, Actor: Actor{Kind: ActorVisitor}, IP: failed.IP}
	return o.write(ctx, caller, func(a *act) error {
		taken, err := a.tx.TakeFailedSignIns(failed.ID)
		if err != nil || taken == nil {
			return err
		}
		count := strconv.Itoa(taken.Count)
		a.entry.Person, a.caller.IP = taken.Person, taken.IP
		a.entry.Changes = []Change{{"FailedSignIns", "", count}, {"Since", "", taken.Since.Format(time.RFC3339)}}
		a.happened(EventSignInFailed, Fact{"FailedSignIns", count})
		return nil
	})
}
