package domain

import (
	"context"
	"time"
)

// Kept names what is kept for a while and then removed for good.
type Kept string

// What is kept for a while.
const (
	KeptAnswers     Kept = "Answers to requests with an Idempotency-Key"
	KeptMails       Kept = "Mails that were sent or cancelled"
	KeptDeadMails   Kept = "Mails that could not be sent"
	KeptInvitations Kept = "Invitations that have ended"
	KeptResetLinks  Kept = "Links to choose a password"
	KeptSessions    Kept = "Sessions that have ended"
	KeptMigrations  Kept = "Migrations from other systems"
	KeptAssertions  Kept = "Ids of assertions that were used"
	KeptPasskeyAsks Kept = "Ceremonies of passkeys that have begun"
	KeptSsoRequests Kept = "Sign-ins at identity providers that have begun"
	KeptSsoIDs      Kept = "Ids of messages of identity providers"
	KeptReportFiles Kept = "Files of reports"
	KeptReports     Kept = "Reports without their files"
)

const day = 24 * time.Hour

// Retention is how long something is kept. To keep something else for a while, add a row to retentions, and one to the
// table in store/retention.go that says where it is; then its line in docs/operation.md, to which a test leads you.
type Retention struct {
	What Kept
	For  time.Duration
	From string // the moment from which that is counted, in words
}

// retentions are short where nobody would look, and long where somebody may have to find out what happened.
var retentions = []Retention{
	{KeptAnswers, time.Hour, "it expired, a day after the request"},
	{KeptMails, 30 * day, "it was sent, or was to be"},
	{KeptDeadMails, 90 * day, "it was given up"},
	{KeptInvitations, 30 * day, "it could be accepted at the latest"},
	{KeptResetLinks, 30 * day, "it could be used at the latest"},
	{KeptSessions, 30 * day, "it could be used at the latest"},
	{KeptMigrations, 90 * day, "its last record had its outcome"},
	{KeptAssertions, time.Hour, "it expired; clocks of servers may differ by less"},
	{KeptPasskeyAsks, time.Hour, "they could be answered at the latest"},
	{KeptSsoRequests, time.Hour, "it could be answered at the latest"},
	{KeptSsoIDs, time.Hour, "nobody would take the message any more"},
	{KeptReportFiles, ReportFileAge, "they were written"},
	{KeptReports, 90 * day, "they were asked for"},
}

// Retentions lists how long what is kept.
func Retentions() []Retention { return retentions }

// Housekeeping removes what need not be kept any longer.
type Housekeeping struct{ *engine }

// ReportFileAge is how long the file of a report is there, from when it began to be written.
const ReportFileAge = 7 * day

// Batch is how many rows are removed in one transaction, so that none is long.
const Batch = 500

// batchOf is Batch, but less of what is large.
func batchOf(what Kept) int {
	if what == KeptReportFiles {
		return 16 // of a quarter of a MiB each
	}
	return Batch
}

// Purge removes what is too old, tenant by tenant in small transactions, and returns how many rows that were. Several
// servers may do it at once.
func (h *Housekeeping) Purge(ctx context.Context) (removed int, err error) {
	tenants, err := h.registry.ListTenants(ctx)
	if err != nil {
		return 0, err
	}
	for _, tenant := range tenants {
		for _, kept := range retentions {
			before := h.now().Add(-kept.For)
			batch := batchOf(kept.What)
			for count := batch; count == batch; removed += count {
				if count, err = h.registry.DeleteOld(ctx, tenant.ID, kept.What, before, batch); err != nil {
					return removed, err
				}
			}
		}
	}
	return removed, nil
}
