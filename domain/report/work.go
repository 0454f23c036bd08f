package report

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	// lease is how long a server has to tell that it goes on, after which others begin the report anew.
	lease = 2 * time.Minute
	// maxAttempts is how often a report is begun before it is given up.
	maxAttempts = 5
	// pageSize is how many people are read at once: few enough that memory stays flat.
	pageSize = 500
	// chunkSize is how many bytes a part of the file has, about. A write of one is short.
	chunkSize = 256 << 10
	// maxDropped is how many parts of an earlier run are removed in one transaction.
	maxDropped = 16
)

// errLost tells that the run is not the report's any more: the lease ended, or somebody was anonymised meanwhile.
var errLost = errors.New("the report is somebody else's")

// Work makes what waits, one report after the other. Every server does it whenever it likes. A report that fails is left
// to the end of its lease.
func (s *Reports) Work(ctx context.Context) error {
	var failures []error
	for ctx.Err() == nil {
		r, err := s.Registry().ClaimReport(ctx, s.Now(), lease)
		if err != nil || r == nil {
			return errors.Join(append(failures, err)...)
		}
		if err := s.make(ctx, r); err != nil && !errors.Is(err, errLost) && !domain.Is(err, domain.CodeTenantNotFound) {
			failures = append(failures, fmt.Errorf("report %s: %w", r.ID, err))
		}
	}
	return errors.Join(append(failures, ctx.Err())...)
}

// make runs a report that was claimed.
func (s *Reports) make(ctx context.Context, r *domain.Report) error {
	caller := domain.Caller{Tenant: r.Tenant, Door: domain.DoorSystem, Actor: domain.Actor{Kind: domain.ActorSystem, Name: "report"}}
	if err := s.drop(ctx, caller, r, r.Run); err != nil {
		return err
	}
	if r.Attempts > maxAttempts {
		r.Status, r.Rows, r.Seen = domain.ReportFailed, 0, 0
		return s.settle(ctx, caller, r, domain.EventReportFailed)
	}
	if r.Attempts > domain.ReportFreeRuns {
		return s.makeAlone(ctx, caller, r)
	}
	run := &run{Reports: s, ctx: ctx, caller: caller, report: r, encoder: newEncoder(r.Type, r.Format)}
	if err := run.advance(nil); err != nil {
		return err
	}
	if err := s.Read(ctx, caller, run.read); err != nil {
		return err
	}
	complete(r)
	return s.settle(ctx, caller, r, domain.EventReportCompleted)
}

// makeAlone runs a report that was begun again and again in a single transaction, for whose end everybody waits who wants
// to anonymise somebody of the tenant. What is read in it shows everybody whom others had anonymised before it began.
func (s *Reports) makeAlone(ctx context.Context, caller domain.Caller, claimed *domain.Report) error {
	return s.Write(ctx, caller, func(w *domain.Work) error {
		r := *claimed
		run := &run{Reports: s, ctx: ctx, caller: caller, report: &r, encoder: newEncoder(r.Type, r.Format), work: w}
		if err := run.advance(nil); err != nil {
			return err
		}
		if err := run.read(w.Tx()); err != nil {
			return err
		}
		complete(&r)
		return end(w, &r, domain.EventReportCompleted)
	})
}

func complete(r *domain.Report) {
	// The file counts from when it began to be written, since that is when its first part begins to grow old.
	r.Status, r.ExpiresAt = domain.ReportCompleted, r.StartedAt.Add(domain.ReportFileAge)
}

// drop removes what earlier runs have written.
func (s *Reports) drop(ctx context.Context, caller domain.Caller, r *domain.Report, before int) error {
	for dropped := maxDropped; dropped == maxDropped && before > 1; {
		err := s.Write(ctx, caller, func(w *domain.Work) (err error) {
			dropped, err = w.Tx().DropReportChunks(r.ID, before, maxDropped)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settle ends the run.
func (s *Reports) settle(ctx context.Context, caller domain.Caller, r *domain.Report, what domain.EventType) error {
	return s.Write(ctx, caller, func(w *domain.Work) error { return end(w, r, what) })
}

func end(w *domain.Work, r *domain.Report, what domain.EventType) error {
	r.CompletedAt = w.Now()
	settled, err := w.Tx().SettleReport(r)
	if err == nil && !settled {
		err = errLost
	}
	if err == nil {
		w.Happened(what, facts(r, domain.Fact{Name: "Rows", Value: strconv.Itoa(r.Rows)})...)
	}
	return err
}

// run is the making of one report.
type run struct {
	*Reports
	ctx     context.Context
	caller  domain.Caller
	report  *domain.Report
	encoder *encoder
	work    *domain.Work // the transaction in which all of it is done; nil: each part is stored by its own

	first, last uuid.UUID // of the people whose rows wait in the encoder
	renewed     time.Time // when the lease was
}

// read goes through all people of the snapshot. What it makes of them is stored by transactions of their own, beside
// the snapshot, so that no writer has to wait for longer than a part takes.
func (r *run) read(tx domain.Tx) error {
	tenant, err := tx.Tenant()
	if err == nil {
		err = r.encoder.begin()
	}
	for after, more := uuid.Nil, true; more && err == nil; {
		var people []*domain.Person
		if people, err = tx.ScanAccounts(after, pageSize); err != nil {
			return err
		}
		if err = r.write(people, tenant); err != nil {
			return err
		}
		if more = len(people) == pageSize; more {
			after = people[pageSize-1].ID
			err = r.renew()
		}
	}
	if err != nil {
		return err
	}
	r.encoder.end()
	return r.flush()
}

// write writes the rows of those who belong to the report.
func (r *run) write(people []*domain.Person, tenant *domain.Tenant) error {
	for _, p := range people {
		r.report.Seen++
		if !belongs(r.report, row{p, tenant}) {
			continue
		}
		if err := r.encoder.add(row{p, tenant}); err != nil {
			return err
		}
		r.report.Rows++
		if r.first == uuid.Nil {
			r.first = p.ID
		}
		if r.last = p.ID; r.encoder.Len() >= chunkSize {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush stores what waits in the encoder as the next part of the file.
func (r *run) flush() error {
	chunk := &domain.ReportChunk{Index: r.report.Chunks, First: r.first, Last: r.last, Content: r.encoder.String()}
	r.report.Chunks++
	r.report.Size += int64(len(chunk.Content))
	r.encoder.Reset()
	r.first, r.last = uuid.Nil, uuid.Nil
	return r.advance(chunk)
}

// renew tells, where nothing is stored for long, that the run goes on.
func (r *run) renew() error {
	if r.Now().Sub(r.renewed) < lease/8 {
		return r.ctx.Err()
	}
	return r.advance(nil)
}

func (r *run) advance(chunk *domain.ReportChunk) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	r.renewed = r.Now()
	store := func(w *domain.Work) error {
		held, err := w.Tx().AdvanceReport(r.report, chunk, r.renewed.Add(lease))
		if err == nil && !held {
			err = errLost
		}
		return err
	}
	if r.work != nil {
		return store(r.work)
	}
	return r.Write(r.ctx, r.caller, store)
}
