package feed

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// renderWebhook makes a message of every event, in the form of Standard Webhooks. Its id is that of the event, so that a
// receiver that remembers ids sees nothing twice, whatever is sent again.
func renderWebhook(_ context.Context, _ *domain.Subscription, events []domain.Event) ([]Rendered, error) {
	list := make([]Rendered, len(events))
	for i := range events {
		body, err := json.Marshal(map[string]any{
			"type": events[i].Type, "timestamp": events[i].At.Format(time.RFC3339Nano), "data": dataOf(&events[i]),
		})
		if err != nil {
			return nil, err
		}
		list[i] = Rendered{Index: events[i].Index, ID: events[i].ID, Body: body}
	}
	return list, nil
}

// dataOf has the names of the feed of the native API.
func dataOf(e *domain.Event) map[string]any {
	data := map[string]any{"Index": e.Index, "Door": e.Door, "Actor": actorOf(e.Actor), "Data": Details(e)}
	if e.Person != uuid.Nil {
		data["PersonId"] = e.Person
	}
	if e.Group != uuid.Nil {
		data["PermissionGroupId"] = e.Group
	}
	return data
}

func actorOf(a domain.Actor) map[string]any {
	actor := map[string]any{"Kind": a.Kind, "Name": a.Name}
	if a.ID != uuid.Nil {
		actor["Id"] = a.ID
	}
	return actor
}

// Details is what subscribers and readers of the feed see as Data: the act to which the event belongs, the names of the
// attributes that it changed, and the event's own facts.
func Details(e *domain.Event) map[string]any {
	details := map[string]any{}
	if e.Act != uuid.Nil {
		details["ActId"] = e.Act
	}
	if len(e.Attributes) > 0 {
		details["Attributes"] = e.Attributes
	}
	for name, value := range e.Data {
		details[name] = value
	}
	return details
}
