package domain

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ProvisioningEntry is what became of one request of a connector, for whoever asks later why: who was recognised and by
// what, which rule decided, what changed and what followed, or why it was refused. It holds values in concealed form only
// (see [Conceal]), so that it can be shown to the provider's administrator. The entry of a change is written in the
// transaction of the change; every other one soon after the answer.
type ProvisioningEntry struct {
	ID         uuid.UUID // begins with At, so that ids are in the order of time
	At         time.Time // when the request came in
	Connection uuid.UUID
	Credential uuid.UUID
	RequestID  string // as the client reads it in X-Request-Id; operations of a Bulk share that of the Bulk
	Client     string // what the connector calls itself (User-Agent)
	Dialect    Dialect
	Method     string
	Path       string // with ids, and without anything that names people
	Operation  ProvisioningOperation
	Outcome    ProvisioningOutcome
	Status     int           // that of HTTP
	Took       time.Duration // until the outcome was known
	Person     uuid.UUID     // whom the request is about; uuid.Nil: nobody, or nobody that there is
	Group      uuid.UUID
	Subject    string // the username or the group's name, concealed
	Search     string // the filter, its values concealed
	Found      int    // by a search
	Candidates []ProvisioningCandidate
	Rule       string // that decided, such as MatchPolicy=Link
	Changes    []Change
	Effects    []EventType
	Code       string // of the refusal: a Code, or what the protocol calls it
	Attribute  string // that the refusal is about
	Message    string // why it was refused
	Notes      []string

	intended []Change // what the request would have changed, as it is
	people   []uuid.UUID
	forgiven []string
	kept     bool // written with the change
}

// ProvisioningCandidate is somebody whom a request may have meant.
type ProvisioningCandidate struct {
	Person  uuid.UUID
	By      MatchKey // what pointed at the person
	Verdict string   // what came of it, one of the Verdict constants
}

// What can come of a candidate.
const (
	VerdictLinked      = "Linked"      // is the person, and got access
	VerdictRevived     = "Revived"     // is the person, and got the access back
	VerdictTaken       = "Taken"       // is the person, whose access stands in the way
	VerdictConflicting = "Conflicting" // is one of several people whom the keys point at
	VerdictGone        = "Gone"        // was deleted meanwhile
	VerdictFound       = "Found"       // is what a search found
)

// The rules that decide without a policy. A policy that decides is written Name=value.
const (
	RuleNobodyMatched  = "NobodyMatched"         // the keys of a create point at nobody
	RuleSeveralMatched = "SeveralMatched"        // they point at several people
	RuleHiddenLink     = "DeletedByConnection"   // the connection deleted the person before
	RuleHasAccess      = "AccessExists"          // the person has access that a create can't revive
	RuleNotByKey       = "MatchedByContactsOnly" // inactive, but named by neither username nor external key
)

// ProvisioningOperation is what a request asks for, or what came of it.
type ProvisioningOperation string

// The operations.
const (
	ProvisioningCreate     ProvisioningOperation = "Create"
	ProvisioningLink       ProvisioningOperation = "Link"
	ProvisioningReactivate ProvisioningOperation = "Reactivate"
	ProvisioningUpdate     ProvisioningOperation = "Update"
	ProvisioningActivate   ProvisioningOperation = "Activate"
	ProvisioningDeactivate ProvisioningOperation = "Deactivate"
	ProvisioningDelete     ProvisioningOperation = "Delete"
	ProvisioningRead       ProvisioningOperation = "Read"
	ProvisioningSearch     ProvisioningOperation = "Search"
	ProvisioningDiscover   ProvisioningOperation = "Discover" // what the server can do
	ProvisioningUnknown    ProvisioningOperation = "Unknown"  // no endpoint
	ProvisioningOmitted    ProvisioningOperation = "Omitted"  // stands for entries that there was no room for
)

// ProvisioningOperations lists the operations, for filters.
func ProvisioningOperations() []ProvisioningOperation {
	return []ProvisioningOperation{ProvisioningCreate, ProvisioningLink, ProvisioningReactivate, ProvisioningUpdate, ProvisioningActivate,
		ProvisioningDeactivate, ProvisioningDelete, ProvisioningRead, ProvisioningSearch, ProvisioningDiscover, ProvisioningUnknown, ProvisioningOmitted}
}

// ProvisioningOutcome tells how a request ended.
type ProvisioningOutcome string

// The outcomes.
const (
	ProvisioningSucceeded ProvisioningOutcome = "Succeeded"
	ProvisioningRefused   ProvisioningOutcome = "Refused" // for a reason that the connector's side can mend
	ProvisioningFailed    ProvisioningOutcome = "Failed"  // for one of ours
)

// ProvisioningOutcomes lists the outcomes, for filters.
func ProvisioningOutcomes() []ProvisioningOutcome {
	return []ProvisioningOutcome{ProvisioningSucceeded, ProvisioningRefused, ProvisioningFailed}
}

// ProvisioningQuery asks for entries that meet all of what it names, newest first.
type ProvisioningQuery struct {
	Person     uuid.UUID // the entry is about the person, or the person was a candidate or a member
	Connection uuid.UUID
	Outcome    ProvisioningOutcome
	Status     int // of HTTP
	Code       string
	Operation  ProvisioningOperation
	RequestID  string
	From, To   time.Time // from included, to excluded
	Before     uuid.UUID // older than the entry of that id; uuid.Nil: from the newest
	Count      int
}

// ProvisioningTx keeps the provisioning log.
type ProvisioningTx interface {
	InsertProvisioning(e *ProvisioningEntry) error
	ListProvisioning(q ProvisioningQuery) ([]*ProvisioningEntry, error)
	// ScrubProvisioning takes everything out of the entries about the person but when, what and with which outcome.
	ScrubProvisioning(person uuid.UUID) error
}

// maxConcerned bounds how many people beside its Person an entry can be found by.
const maxConcerned = 20

// People are those whom the entry concerns beside its Person: at most twenty.
func (e *ProvisioningEntry) People() []uuid.UUID { return e.people }

// IsRead tells whether the request asked for nothing but an answer.
func (e *ProvisioningEntry) IsRead() bool {
	return e.Operation == ProvisioningRead || e.Operation == ProvisioningSearch || e.Operation == ProvisioningDiscover
}

// Kept tells whether the entry was written together with the change.
func (e *ProvisioningEntry) Kept() bool { return e.kept }

// NewProvisioningID makes an id that is as old as the entry, to the microsecond, from a random one (RFC 9562, section 6.2,
// method 3).
func NewProvisioningID(at time.Time, random uuid.UUID) uuid.UUID {
	for i, ms := 5, at.UnixMilli(); i >= 0; i, ms = i-1, ms>>8 {
		random[i] = byte(ms)
	}
	micros := at.UnixMicro() % 1000
	random[6], random[7] = 0x70|byte(micros>>8), byte(micros)
	return random
}

// FirstProvisioningID is the lowest id of an entry of that time.
func FirstProvisioningID(at time.Time) uuid.UUID { return NewProvisioningID(at, uuid.Nil) }

// begin forgets what an earlier try of the same act decided. The methods of an entry take none for a caller whose
// requests are not logged.
func (e *ProvisioningEntry) begin() {
	if e == nil {
		return
	}
	e.ID, e.Candidates, e.Rule, e.Effects, e.Notes, e.intended, e.people = uuid.Nil, nil, "", nil, nil, nil, nil
}

// matched notes whom the keys of a create point at, and what follows from it.
func (e *ProvisioningEntry) matched(matches []Match, verdict, rule string) {
	if e == nil {
		return
	}
	e.Rule, e.Candidates = rule, nil
	for _, match := range matches {
		e.Candidates = append(e.Candidates, ProvisioningCandidate{match.Person, match.By, verdict})
		e.concern(match.Person)
	}
	if len(matches) > 0 && verdict != VerdictConflicting {
		e.Person = matches[0].Person
	}
}

// about notes whom or what of the tenant the request is about. Ids that nobody has stand in the path alone.
func (e *ProvisioningEntry) about(person, group uuid.UUID) {
	if e != nil {
		e.Person, e.Group = person, group
	}
}

// ruled notes the policy that decided.
func (e *ProvisioningEntry) ruled(policies Policies, policy Policy) {
	if e != nil {
		e.Rule = string(policy) + "=" + policies.Get(policy)
	}
}

// named notes who or what the request is about, as it is called.
func (e *ProvisioningEntry) named(attribute, name string) {
	if e != nil {
		e.Subject = Conceal(attribute, name)
	}
}

// intends notes what the request would change. The first word counts for what is refused later.
func (e *ProvisioningEntry) intends(changes []Change) {
	if e != nil {
		e.intended = changes
	}
}

func (e *ProvisioningEntry) noted(note string) {
	if e != nil && note != "" && !slices.Contains(e.Notes, note) {
		e.Notes = append(e.Notes, note)
	}
}

// concern makes the entry to be found by people.
func (e *ProvisioningEntry) concern(people ...uuid.UUID) {
	if e == nil {
		return
	}
	for _, person := range people {
		if len(e.people) == maxConcerned {
			return
		}
		e.people = append(e.people, person)
	}
}

// Forgive notes what was odd about the request and understood anyway.
func (e *ProvisioningEntry) Forgive(names []string) { e.forgiven = names }

func (e *ProvisioningEntry) noteForgiven() {
	if len(e.forgiven) > 0 {
		e.noted("forgiven: " + strings.Join(e.forgiven, ", "))
	}
}

// Find notes what a search found.
func (e *ProvisioningEntry) Find(person uuid.UUID) {
	e.Candidates = append(e.Candidates, ProvisioningCandidate{Person: person, Verdict: VerdictFound})
	e.concern(person)
}

// Succeed ends the entry of a request that changed nothing.
func (e *ProvisioningEntry) Succeed(status int, took time.Duration) {
	e.noteForgiven()
	e.Outcome, e.Status, e.Took, e.Changes = ProvisioningSucceeded, status, took, nil
}

// Refuse ends the entry of a request that came to nothing. What it would have changed is told.
func (e *ProvisioningEntry) Refuse(status int, code, attribute, message string, took time.Duration) {
	e.noteForgiven()
	e.Outcome, e.Status, e.Took = ProvisioningRefused, status, took
	if status >= 500 {
		e.Outcome = ProvisioningFailed
	}
	e.Code, e.Attribute, e.Message = code, attribute, ConcealText(message)
	e.Changes, e.Effects = concealed(e.intended), nil
}

// log writes the entry of an act that changed something, in the act's own transaction.
func (a *act) log() error {
	e := a.caller.Entry
	if e == nil {
		return nil
	}
	if a.entry.Person != uuid.Nil || a.entry.Group != uuid.Nil {
		e.Person, e.Group = a.entry.Person, a.entry.Group
	}
	e.noted(a.entry.Note)
	e.noteForgiven()
	if len(a.entry.Effects) == 0 {
		return nil
	}
	e.ID = NewProvisioningID(e.At, a.newID())
	e.Outcome, e.Took = ProvisioningSucceeded, a.engine.now().Sub(e.At)
	e.Effects, e.Changes = a.entry.Effects, concealed(a.entry.Changes)
	e.Operation = e.became()
	return a.tx.InsertProvisioning(e)
}

// became is what a request to create or change something came to.
func (e *ProvisioningEntry) became() ProvisioningOperation {
	for _, row := range provisioningEffects {
		if e.Operation != row.asked {
			continue
		}
		for _, effect := range e.Effects {
			if effect == row.effect && (row.verdict == "" || len(e.Candidates) > 0 && e.Candidates[0].Verdict == row.verdict) {
				return row.became
			}
		}
	}
	return e.Operation
}

// provisioningEffects tells operations by what they led to, the telling ones first.
var provisioningEffects = []struct {
	asked   ProvisioningOperation
	effect  EventType
	verdict string
	became  ProvisioningOperation
}{
	{ProvisioningCreate, EventAccessLinked, VerdictRevived, ProvisioningReactivate},
	{ProvisioningCreate, EventAccessLinked, VerdictLinked, ProvisioningLink},
	{ProvisioningUpdate, EventUserDeactivated, "", ProvisioningDeactivate},
	{ProvisioningUpdate, EventUserActivated, "", ProvisioningActivate},
}
