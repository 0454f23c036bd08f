package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/journal"
)

var provisioningLogRoutes = []route{
	{method: "GET", pattern: "/UserManagement/ProvisioningLog", needs: needs(domain.ProvisioningLogRead), parameters: provisioningLogFilters,
		page: pageSize{50, journal.MaxCount}, serve: (*call).listProvisioningLog},
}

// provisioningLogFilters are the filters of the log, all of which an entry must meet.
var provisioningLogFilters = []parameter{
	{"Count", readNumber(func(a *asked) *int { return &a.count })},
	{"After", logID(func(a *asked) *uuid.UUID { return &a.log.Before })},
	{"PersonId", logID(func(a *asked) *uuid.UUID { return &a.log.Person })},
	{"ConnectionId", logID(func(a *asked) *uuid.UUID { return &a.log.Connection })},
	{"RequestId", func(value string, into *asked) string { into.log.RequestID = value; return "" }},
	{"Operation", func(value string, into *asked) string {
		kept, problem := oneOf(names(domain.ProvisioningOperations())...)(value)
		into.log.Operation = domain.ProvisioningOperation(kept)
		return problem
	}},
	{"Status", logStatus},
	{"Code", func(value string, into *asked) string { into.log.Code = value; return "" }},
	{"From", logTime(func(a *asked) *time.Time { return &a.log.From })},
	{"To", logTime(func(a *asked) *time.Time { return &a.log.To })},
}

func names[N ~string](list []N) []string {
	texts := make([]string, len(list))
	for i, name := range list {
		texts[i] = string(name)
	}
	return texts
}

func logID(at func(*asked) *uuid.UUID) func(string, *asked) string {
	return func(value string, into *asked) string {
		id, ok := parseID(value)
		if !ok || id == uuid.Nil {
			return "The value must be an id (a UUID)."
		}
		*at(into) = id
		return ""
	}
}

func logTime(at func(*asked) *time.Time) func(string, *asked) string {
	return func(value string, into *asked) string {
		parsed, problem := parseInstant(value)
		*at(into) = parsed
		return problem
	}
}

// logStatus takes an outcome, or a status of HTTP.
func logStatus(value string, into *asked) string {
	if status, err := strconv.Atoi(value); err == nil && status >= 100 && status < 600 {
		into.log.Status = status
		return ""
	}
	outcomes := names(domain.ProvisioningOutcomes())
	kept, problem := oneOf(outcomes...)(value)
	into.log.Outcome = domain.ProvisioningOutcome(kept)
	if problem != "" {
		return "The value must be one of " + strings.Join(outcomes, ", ") + ", or a status of HTTP, like 409."
	}
	return ""
}

// provisioningLogView is a page of the log, newest first. Next is where the next page begins (After), with older entries.
type provisioningLogView struct {
	Items         []provisioningEntryView `json:"Items"`
	Count         int                     `json:"Count"`
	ListCompleted bool                    `json:"ListCompleted"`
	Next          identifier              `json:"Next"`
}

type provisioningEntryView struct {
	ProvisioningLogId uuid.UUID                    `json:"ProvisioningLogId"`
	OccurredAt        instant                      `json:"OccurredAt"`
	ConnectionId      identifier                   `json:"ConnectionId"`
	CredentialId      identifier                   `json:"CredentialId"`
	RequestId         text                         `json:"RequestId"`
	Client            text                         `json:"Client"`
	Dialect           text                         `json:"Dialect"`
	Method            text                         `json:"Method"`
	Path              text                         `json:"Path"`
	Operation         domain.ProvisioningOperation `json:"Operation"`
	Outcome           domain.ProvisioningOutcome   `json:"Outcome"`
	Status            int                          `json:"Status"`
	DurationMs        float64                      `json:"DurationMs"`
	PersonId          identifier                   `json:"PersonId"`
	PermissionGroupId identifier                   `json:"PermissionGroupId"`
	Subject           text                         `json:"Subject"`
	Search            *searchView                  `json:"Search,omitzero"`
	Decision          decisionView                 `json:"Decision"`
	Changes           []changeView                 `json:"Changes"`
	Effects           []domain.EventType           `json:"Effects"`
	Refusal           *refusalView                 `json:"Refusal,omitzero"`
	Notes             []string                     `json:"Notes"`
}

type searchView struct {
	Filter text `json:"Filter"`
	Found  int  `json:"Found"`
}

type decisionView struct {
	Rule       text            `json:"Rule"`
	Candidates []candidateView `json:"Candidates"`
}

type candidateView struct {
	PersonId  uuid.UUID `json:"PersonId"`
	MatchedBy text      `json:"MatchedBy"`
	Verdict   string    `json:"Verdict"`
}

type changeView struct {
	Attribute string `json:"Attribute"`
	Before    text   `json:"Before"`
	After     text   `json:"After"`
}

type refusalView struct {
	Code      text `json:"Code"`
	Attribute text `json:"Attribute"`
	Message   text `json:"Message"`
}

// listProvisioningLog is GET UserManagement/ProvisioningLog.
func (c *call) listProvisioningLog() (domain.Answer, error) {
	query := c.asked.log
	query.Count = max(c.asked.count, 1)
	list, more, err := c.journal.List(c.context(), c.caller, query)
	if err != nil {
		return domain.Answer{}, err
	}
	page := provisioningLogView{Items: make([]provisioningEntryView, len(list)), Count: query.Count, ListCompleted: !more}
	for i, entry := range list {
		page.Items[i] = viewProvisioning(entry)
	}
	if more {
		page.Next = identifier(list[len(list)-1].ID)
	}
	return answerOf(http.StatusOK, page)
}

func viewProvisioning(e *domain.ProvisioningEntry) provisioningEntryView {
	view := provisioningEntryView{
		ProvisioningLogId: e.ID, OccurredAt: instant(e.At), ConnectionId: identifier(e.Connection), CredentialId: identifier(e.Credential),
		RequestId: text(e.RequestID), Client: text(e.Client), Dialect: text(e.Dialect), Method: text(e.Method), Path: text(e.Path), Operation: e.Operation, Outcome: e.Outcome,
		Status: e.Status, DurationMs: float64(e.Took.Microseconds()) / 1000, PersonId: identifier(e.Person), PermissionGroupId: identifier(e.Group),
		Subject: text(e.Subject), Effects: append([]domain.EventType{}, e.Effects...), Notes: append([]string{}, e.Notes...),
		Decision: decisionView{Rule: text(e.Rule), Candidates: each(e.Candidates, func(c *domain.ProvisioningCandidate) candidateView {
			return candidateView{c.Person, text(c.By), c.Verdict}
		})},
		Changes: each(e.Changes, func(c *domain.Change) changeView { return changeView{c.Attribute, text(c.Before), text(c.After)} }),
	}
	if e.Operation == domain.ProvisioningSearch {
		view.Search = &searchView{text(e.Search), e.Found}
	}
	if e.Outcome != domain.ProvisioningSucceeded {
		view.Refusal = &refusalView{text(e.Code), text(e.Attribute), text(e.Message)}
	}
	return view
}
