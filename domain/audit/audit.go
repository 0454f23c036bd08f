package audit

import (
	"context"

	"github.com/scimbridge/scimbridge/domain"
)

// MaxCount is how many lines a page has at most.
const MaxCount = 200

// scanned is how many lines are read at once where all of them are.
const scanned = 500

// Audit reads the audit.
type Audit struct{ base domain.Base }

// New makes the audit of an engine.
func New(base domain.Base) *Audit { return &Audit{base} }

// List is a page of the audit, newest first. The next page begins at next (Before); 0: there are no older lines. A page may
// have fewer lines than asked for before it is the last.
func (a *Audit) List(ctx context.Context, caller domain.Caller, query domain.AuditQuery) (list []*domain.AuditEntry, next int64, err error) {
	if err := caller.Require(domain.AuditRead); err != nil {
		return nil, 0, err
	}
	query.Count = min(max(query.Count, 1), MaxCount)
	err = a.base.Read(ctx, caller, func(tx domain.Tx) error {
		list, next, err = tx.ListAudit(query)
		return err
	})
	return list, next, err
}

// Export hands out every line after that index, oldest first, and gives the head that it came to. Lines that are written
// meanwhile are handed out too.
func (a *Audit) Export(ctx context.Context, caller domain.Caller, after int64, each func(e *domain.AuditEntry) error) (head domain.AuditHead, err error) {
	if err := caller.Require(domain.AuditRead); err != nil {
		return head, err
	}
	for full := true; full; {
		var list []*domain.AuditEntry
		err := a.base.Read(ctx, caller, func(tx domain.Tx) (err error) {
			if head, err = tx.AuditHead(); err == nil {
				list, err = tx.ScanAudit(after, scanned)
			}
			return err
		})
		if err != nil {
			return head, err
		}
		for _, e := range list {
			after = e.Index
			if err := each(e); err != nil {
				return head, err
			}
		}
		full = len(list) == scanned
	}
	return head, nil
}

// Verify checks all of the audit of the caller's tenant, and that it goes on from each of the heads that were written down
// earlier. After every few lines it tells how many it has seen.
func (a *Audit) Verify(ctx context.Context, caller domain.Caller, heads []domain.AuditHead, progress func(lines int64)) (Report, error) {
	if err := caller.Require(domain.AuditRead); err != nil {
		return Report{}, err
	}
	var v *verifier
	err := a.base.Read(ctx, caller, func(tx domain.Tx) error {
		head, err := tx.AuditHead()
		v = newVerifier(head, heads)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	head, err := a.Export(ctx, caller, 0, func(e *domain.AuditEntry) error {
		v.take(e)
		if v.report.Lines%scanned == 0 {
			progress(v.report.Lines)
		}
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	return v.end(head), nil
}
