package audit

import (
	"bytes"
	"fmt"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// Kind is what was done to the audit.
type Kind string

// The kinds.
const (
	Changed   Kind = "Changed"
	Deleted   Kind = "Deleted"
	Inserted  Kind = "Inserted"
	Reordered Kind = "Reordered"
	Cut       Kind = "Cut"       // its newest lines are missing
	Rewritten Kind = "Rewritten" // it is a chain, but not the one that an earlier head belongs to
)

// Fault is the first line at which the audit is not what was written.
type Fault struct {
	Index   int64
	Kind    Kind
	Message string
}

// Report is what a check found.
type Report struct {
	Lines     int64 // that were read
	Unchained int64 // of them, lines that are older than the chain, about which nothing can be said
	Scrubbed  int64 // lines of which what they said of people was removed
	Heads     int   // earlier heads that the audit goes on from
	Head      domain.AuditHead
	Fault     *Fault // nil: all is well
}

// verifier takes the lines of an audit one by one, in the order of their indexes, and remembers none of them.
type verifier struct {
	tenant    uuid.UUID
	unchained int64
	heads     map[int64]domain.AuditHead // from earlier
	report    Report

	last int64  // index
	hash []byte // of the last line that was well
	odd  suspect
}

// suspect is the first line that does not follow from the one before it, and what the lines after it tell of it.
type suspect struct {
	id            uuid.UUID
	digest, chain []byte
	payload       bool // what it says of people is not what its digest says
	displaces     bool // a later line belongs in its place
	later         bool // its own place is behind a later line
	again         bool // it is there a second time
}

// newVerifier begins with the head as it is now, and with those from earlier.
func newVerifier(head domain.AuditHead, heads []domain.AuditHead) *verifier {
	v := &verifier{tenant: head.Tenant, unchained: head.Unchained, heads: map[int64]domain.AuditHead{}}
	for _, earlier := range heads {
		if earlier.Tenant != head.Tenant {
			continue
		}
		v.heads[earlier.Index] = earlier
		if earlier.Unchained != head.Unchained {
			v.blame(min(earlier.Unchained, head.Unchained)+1, Rewritten, "%d lines are said to be older than the chain, and an earlier head knows of %d",
				head.Unchained, earlier.Unchained)
		}
	}
	return v
}

func (v *verifier) blame(index int64, kind Kind, format string, args ...any) {
	if v.report.Fault == nil {
		v.report.Fault = &Fault{index, kind, fmt.Sprintf(format, args...)}
	}
}

// take looks at the next line.
func (v *verifier) take(e *domain.AuditEntry) {
	v.report.Lines++
	switch {
	case v.report.Fault != nil:
		v.investigate(e)
		return
	case e.Index <= v.last:
		v.blame(e.Index, Inserted, "line %d is there twice", e.Index)
	case e.Index > v.last+1:
		v.blame(v.last+1, Deleted, "lines %d to %d are missing", v.last+1, e.Index-1)
	case e.Index <= v.unchained && len(e.Seal.Chain) == 0:
		v.report.Unchained++
	default:
		v.link(e)
	}
	v.last = e.Index
}

// link holds a line to the one before it.
func (v *verifier) link(e *domain.AuditEntry) {
	digest := e.Digest(v.tenant, e.Seal.Payload)
	hash := domain.ChainHash(v.hash, digest[:])
	payload := payloadHolds(e)
	if !payload || !bytes.Equal(hash[:], e.Seal.Chain) {
		v.odd = suspect{id: e.ID, digest: digest[:], chain: e.Seal.Chain, payload: !payload}
		v.blame(e.Index, Changed, "line %d was changed", e.Index)
		return
	}
	v.hash = e.Seal.Chain
	if e.Scrubbed() {
		v.report.Scrubbed++
	}
	if head, known := v.heads[e.Index]; known {
		if !bytes.Equal(head.Hash, v.hash) {
			v.blame(e.Index, Rewritten, "line %d or one before it was written anew: the head that was signed then is another", e.Index)
			return
		}
		v.report.Heads++
	}
}

// payloadHolds tells whether what a line says of people is what was written, or nothing any more.
func payloadHolds(e *domain.AuditEntry) bool {
	if e.Scrubbed() {
		return e.Actor.Name == "" && e.IP == "" && e.Note == "" && len(e.Changes) == 0
	}
	digest := e.PayloadDigest(e.Seal.Salt)
	return bytes.Equal(digest[:], e.Seal.Payload)
}

// investigate holds a line behind the first odd one to it.
func (v *verifier) investigate(e *domain.AuditEntry) {
	v.last = max(v.last, e.Index)
	if v.odd.digest == nil {
		return
	}
	digest := e.Digest(v.tenant, e.Seal.Payload)
	here, behind := domain.ChainHash(v.hash, digest[:]), domain.ChainHash(e.Seal.Chain, v.odd.digest)
	v.odd.displaces = v.odd.displaces || bytes.Equal(here[:], e.Seal.Chain)
	v.odd.later = v.odd.later || bytes.Equal(behind[:], v.odd.chain)
	v.odd.again = v.odd.again || e.ID == v.odd.id
}

// end holds the lines to the head, and says what is wrong with the first odd one.
func (v *verifier) end(head domain.AuditHead) Report {
	v.report.Head = head
	furthest := head.Index
	for index := range v.heads {
		furthest = max(furthest, index)
	}
	if v.report.Fault != nil {
		v.classify(furthest)
		return v.report
	}
	switch {
	case v.last < furthest:
		v.blame(v.last+1, Cut, "the audit was cut: lines %d to %d are missing", v.last+1, furthest)
	case v.last > head.Index:
		v.blame(head.Index+1, Inserted, "line %d was added behind the head", head.Index+1)
	case !bytes.Equal(v.hash, head.Hash):
		v.blame(head.Index, Changed, "the head was changed: it is not that of line %d", head.Index)
	}
	return v.report
}

// classify says what became of the line that does not follow from the one before it.
func (v *verifier) classify(furthest int64) {
	at := v.report.Fault.Index
	fault := func(kind Kind, text string) {
		v.report.Fault = &Fault{at, kind, fmt.Sprintf(text, at)}
	}
	switch {
	case v.odd.digest == nil: // what is wrong was clear at once
	case v.odd.displaces && v.odd.later && !v.odd.again:
		fault(Reordered, "line %d was moved: it belongs behind a later one")
	case v.odd.displaces:
		fault(Inserted, "line %d was inserted: a later line belongs in its place")
	case v.odd.payload:
		fault(Changed, "line %d was changed: its actor, changes, note or address are not those that were written")
	case v.last < furthest:
		fault(Deleted, "the line that was number %d is missing, and those behind it moved up")
	default:
		fault(Changed, "line %d was changed, or the head too and a line before it is missing")
	}
}
