package rest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
)

var auditRoutes = []route{
	{method: "GET", pattern: "/UserManagement/AuditEvents", needs: needs(domain.AuditRead), parameters: auditFilters,
		page: pageSize{50, audit.MaxCount}, serve: (*call).listAudit},
}

// auditFilters are the filters of the audit, all of which a line must meet.
var auditFilters = []parameter{
	{"Count", readNumber(func(a *asked) *int { return &a.count })},
	{"After", readIndex},
	{"PersonId", logID(func(a *asked) *uuid.UUID { return &a.audit.Person })},
	{"Actor", func(value string, into *asked) string {
		if id, ok := parseID(value); ok && id != uuid.Nil {
			into.audit.Actor = id
			return ""
		}
		into.audit.ActorName = value
		return ""
	}},
	{"Action", func(value string, into *asked) string {
		into.audit.Action = domain.EventType(strings.ToUpper(value)) // whether there is one is not asked: newer servers have more
		return ""
	}},
	{"Door", func(value string, into *asked) string {
		kept, problem := oneOf(names(domain.Doors())...)(value)
		into.audit.Door = domain.Door(kept)
		return problem
	}},
	{"RequestId", func(value string, into *asked) string {
		into.audit.RequestID = value
		return ""
	}},
	{"From", logTime(func(a *asked) *time.Time { return &a.audit.From })},
	{"To", logTime(func(a *asked) *time.Time { return &a.audit.To })},
}

// auditView is a page of the audit, newest first. Next is where the next page begins (After), with older lines.
type auditView struct {
	Items         []auditEventView `json:"Items"`
	Count         int              `json:"Count"`
	ListCompleted bool             `json:"ListCompleted"`
	Next          *int64           `json:"Next"`
}

type auditEventView struct {
	AuditEventId      uuid.UUID          `json:"AuditEventId"`
	Index             int64              `json:"Index"`
	OccurredAt        instant            `json:"OccurredAt"`
	Actor             auditActorView     `json:"Actor"`
	Door              domain.Door        `json:"Door"`
	Action            domain.EventType   `json:"Action"`
	Effects           []domain.EventType `json:"Effects"`
	PersonId          identifier         `json:"PersonId"`
	PermissionGroupId identifier         `json:"PermissionGroupId"`
	Changes           []changeView       `json:"Changes"`
	Note              text               `json:"Note"`
	RequestId         text               `json:"RequestId"`
	Ip                text               `json:"Ip"`
}

// auditActorView has no name once what the line says of people was removed.
type auditActorView struct {
	Kind domain.ActorKind `json:"Kind"`
	Id   identifier       `json:"Id"`
	Name text             `json:"Name"`
}

// listAudit is GET UserManagement/AuditEvents.
func (c *call) listAudit() (domain.Answer, error) {
	query := c.asked.audit
	query.Count, query.Before = max(c.asked.count, 1), c.asked.after
	list, next, err := c.audit.List(c.context(), c.caller, query)
	if err != nil {
		return domain.Answer{}, err
	}
	page := auditView{Items: make([]auditEventView, len(list)), Count: query.Count, ListCompleted: next == 0}
	for i, e := range list {
		page.Items[i] = auditEventView{
			AuditEventId: e.ID, Index: e.Index, OccurredAt: instant(e.At), Actor: auditActorView{e.Actor.Kind, identifier(e.Actor.ID), text(e.Actor.Name)},
			Door: e.Door, Action: e.Action, Effects: slices.Concat([]domain.EventType{}, e.Effects), PersonId: identifier(e.Person), PermissionGroupId: identifier(e.Group),
			Changes: each(e.Changes, func(c *domain.Change) changeView { return changeView{c.Attribute, text(c.Before), text(c.After)} }),
			Note:    text(e.Note), RequestId: text(e.RequestID), Ip: text(e.IP),
		}
	}
	if next > 0 {
		page.Next = &next
	}
	return answerOf(http.StatusOK, page)
}
