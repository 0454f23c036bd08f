package domain

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// SsoRefusal is why a message of an identity provider lets nobody in, as its door found.
type SsoRefusal struct {
	Provider uuid.UUID
	Reason   string // for administrators; it must hold no secret
	// Name is the one that the provider has asserted; "": the message came from nobody knows whom, or has none.
	Name string
}

// RefuseSso notes in the audit that a message of an identity provider was refused, and why.
func (g *Gatekeeper) RefuseSso(ctx context.Context, caller Caller, r SsoRefusal) error {
	return g.write(ctx, caller, func(a *act) error {
		provider, err := a.tx.FindProvider(r.Provider)
		if err != nil {
			return err
		}
		r.Reason = cut(r.Reason, maxReason)
		return a.ssoRefused(provider, r)
	})
}

const maxReason = 500

// What the line of a refusal says by names, besides its note.
const (
	factProvider = "IdentityProviderId"
	factName     = "NameId"
	factRung     = "MatchedBy"
)

// ssoRefused has the audit tell why nobody was let in, and whom the name means: that is where it is looked for. Of the name
// itself it has a trace: enough for who knows it to find the line, and nothing that would have to be forgotten with somebody.
func (a *act) ssoRefused(provider *IdentityProvider, r SsoRefusal) error {
	climbed, err := climb(a.tx, provider, r.Name)
	if err != nil {
		return err
	}
	a.happened(EventSignInFailed, Fact{factProvider, provider.ID.String()})
	a.entry.Note = r.Reason
	a.entry.Changes = append(a.entry.Changes, Change{factProvider, "", provider.ID.String()})
	if name := traced(r.Name); name != "" {
		a.entry.Changes = append(a.entry.Changes, Change{factName, "", name})
	}
	if climbed.rung != nil {
		a.entry.Changes = append(a.entry.Changes, Change{factRung, "", RungName(climbed.rung)})
	}
	if climbed.person != nil {
		a.entry.Person = climbed.person.ID
	}
	return nil
}

// traced is a name as the audit has it.
func traced(name string) string { return Conceal(AttrUsername.Name, Fold(name)) }

// Refusal is a sign-in at an identity provider that came to nothing.
type Refusal struct {
	Index     int64 // of its line in the audit
	At        time.Time
	Gate      int    // which stopped it, as the guide counts them; 0: none of them did
	GateName  string // "": none
	Reason    string
	Name      string    // a trace of the name that was asserted; "": none was, or nobody knows by whom
	Rung      string    // of the ladder that decided whose name it is; "": none did
	Person    uuid.UUID // whom it is about; uuid.Nil: nobody
	RequestID string    // the number that the person was shown
	IP        string
}

// RefusalQuery asks for refusals that meet all of its conditions, newest first; zero values ask for nothing.
type RefusalQuery struct {
	Person    uuid.UUID
	Name      string // as the provider asserts it: those come that fit what is kept of it, or that are about whom it means
	RequestID string
	Before    int64 // only lines with a lower index
	Count     int
}

// RefusalPage is a part of what was asked for. It can be short, or empty, before Next is 0: so many lines of the audit are
// looked at for each, and no more.
type RefusalPage struct {
	Items []Refusal
	Next  int64 // where the next page begins (Before)
}

// maxRefusals is how many lines of the audit are looked at for a page.
const maxRefusals = 200

// Refusals tells why people could not sign in through a provider.
//
// Errors: identity_provider_not_found.
func (s *Providers) Refusals(ctx context.Context, caller Caller, provider uuid.UUID, q RefusalQuery) (*RefusalPage, error) {
	if err := caller.Require(ProvidersRead); err != nil {
		return nil, err
	}
	var page *RefusalPage
	err := s.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		page = new(RefusalPage)
		p, err := tx.FindProvider(provider)
		if err != nil {
			return err
		}
		means, err := climb(tx, p, q.Name)
		if err != nil {
			return err
		}
		list, next, err := tx.ListAudit(AuditQuery{Person: q.Person, RequestID: q.RequestID, Action: EventSignInFailed, Door: DoorSso, Before: q.Before, Count: maxRefusals})
		if err != nil {
			return err
		}
		page.Next = next
		for _, line := range list {
			if !q.asksFor(line, p.ID, means.found) {
				continue
			}
			page.Items = append(page.Items, refusalOf(line))
			if len(page.Items) == min(max(q.Count, 1), maxRefusals) {
				page.Next = line.Index
				break
			}
		}
		return nil
	})
	return page, err
}

// asksFor tells whether a line is about the provider, and about the name that is asked for, if one is.
func (q *RefusalQuery) asksFor(line *AuditEntry, provider uuid.UUID, means []uuid.UUID) bool {
	if line.fact(factProvider) != provider.String() {
		return false
	}
	if q.Name == "" {
		return true
	}
	return line.fact(factName) == traced(q.Name) || len(means) == 1 && line.Person == means[0]
}

// fact is what the line says by that name.
func (e *AuditEntry) fact(name string) string {
	for _, change := range e.Changes {
		if change.Attribute == name {
			return change.After
		}
	}
	return ""
}

// stoppedAt is how the note of a refusal begins that a gate has written.
var stoppedAt = regexp.MustCompile(`^gate (\d+) \(([a-z]+)\): `)

func refusalOf(line *AuditEntry) Refusal {
	r := Refusal{Index: line.Index, At: line.At, Reason: line.Note, Name: line.fact(factName), Rung: line.fact(factRung),
		Person: line.Person, RequestID: line.RequestID, IP: line.IP}
	if found := stoppedAt.FindStringSubmatch(line.Note); found != nil {
		r.Gate, _ = strconv.Atoi(found[1]) // it is a number
		r.GateName, r.Reason = found[2], line.Note[len(found[0]):]
	}
	return r
}
