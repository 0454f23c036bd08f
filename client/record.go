package client

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Actor is who did something.
type Actor struct{ Kind, Id, Name string }

// Event is a fact about a person or a group.
type Event struct {
	Index                       int64
	Type                        string
	OccurredAt                  time.Time
	PersonId, PermissionGroupId string
	Door                        string
	Actor                       Actor
	Data                        map[string]any
}

// Events are the events behind one index.
type Events struct {
	Events        []Event
	Next          int64 // what to ask for next
	ListCompleted bool
	Truncated     bool // some events behind the index are not kept any more
}

// Events reads the feed of events behind an index (0: from the oldest), up to count (0: as many as the server thinks fit).
func (c *Client) Events(ctx context.Context, after int64, count int, types ...string) (*Events, error) {
	return find[Events](ctx, c, "GET /UserManagement/Events",
		call{query: filters("After", number(after), "Count", number(int64(count)), "Types", strings.Join(types, ","))})
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// RecordFilter narrows the audit and the provisioning log; empty fields ask for nothing.
type RecordFilter struct {
	PersonId                string
	From, To                time.Time
	After                   string // Next of the page before
	Count                   int
	Actor, Action, Door     string // of the audit
	ConnectionId            string // of the provisioning log, also the next ones
	Status, Code, Operation string
	RequestId               string
}

func (f RecordFilter) call() call {
	return call{query: filters("PersonId", f.PersonId, "From", moment(f.From), "To", moment(f.To), "After", f.After, "Count", number(int64(f.Count)),
		"Actor", f.Actor, "Action", f.Action, "Door", f.Door, "ConnectionId", f.ConnectionId, "Status", f.Status, "Code", f.Code,
		"Operation", f.Operation, "RequestId", f.RequestId)}
}

// Records is a page of records, newest first.
type Records[T any] struct {
	Items         []T
	Count         int
	ListCompleted bool
	Next          json.RawMessage // what to give as After for the next page
}

// Change is an attribute before and after.
type Change struct{ Attribute, Before, After string }

// ProvisioningRecord is what became of one request of a connector. Personal values are masked.
type ProvisioningRecord struct {
	ProvisioningLogId           string
	OccurredAt                  time.Time
	ConnectionId, CredentialId  string
	RequestId, Client, Dialect  string
	Method, Path, Operation     string
	Outcome                     string
	Status                      int
	DurationMs                  float64
	PersonId, PermissionGroupId string
	Subject                     string
	Search                      *struct {
		Filter string
		Found  int
	}
	Decision struct {
		Rule       string
		Candidates []struct{ PersonId, MatchedBy, Verdict string }
	}
	Changes []Change
	Effects []string
	Refusal *struct{ Code, Attribute, Message string }
	Notes   []string
}

// ProvisioningLog tells what became of the requests of connectors.
func (c *Client) ProvisioningLog(ctx context.Context, filter RecordFilter) (*Records[ProvisioningRecord], error) {
	return find[Records[ProvisioningRecord]](ctx, c, "GET /UserManagement/ProvisioningLog", filter.call())
}

// AuditRecord is who did what.
type AuditRecord struct {
	AuditEventId                string
	Index                       int64
	OccurredAt                  time.Time
	Actor                       Actor
	Door, Action                string
	Effects                     []string
	PersonId, PermissionGroupId string
	Changes                     []Change
	Note, RequestId, Ip         string
}

// Audit tells who did what.
func (c *Client) Audit(ctx context.Context, filter RecordFilter) (*Records[AuditRecord], error) {
	return find[Records[AuditRecord]](ctx, c, "GET /UserManagement/AuditEvents", filter.call())
}
