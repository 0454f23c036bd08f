package rest

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
)

const (
	allSubscriptions = "/Administration/Subscriptions"
	oneSubscription  = allSubscriptions + "/{SubscriptionId}"
)

var feedRoutes = []route{
	{method: "GET", pattern: "/UserManagement/Events", needs: needs(domain.EventsRead), parameters: feedFilters, page: eventPage, serve: (*call).listEvents},
	{method: "GET", pattern: allSubscriptions, needs: needs(domain.PoliciesManage), serve: (*call).listSubscriptions},
	{method: "POST", pattern: allSubscriptions, needs: needs(domain.PoliciesManage), body: jsonBody, serve: (*call).createSubscription},
	{method: "GET", pattern: oneSubscription, needs: needs(domain.PoliciesManage), serve: (*call).getSubscription},
	{method: "PATCH", pattern: oneSubscription, needs: needs(domain.PoliciesManage), body: patchBody, serve: (*call).patchSubscription},
	{method: "DELETE", pattern: oneSubscription, needs: needs(domain.PoliciesManage), serve: (*call).deleteSubscription},
	{method: "POST", pattern: oneSubscription + "/Rotate", needs: needs(domain.PoliciesManage), body: optionalBody, serve: (*call).rotateSubscription},
	{method: "POST", pattern: oneSubscription + "/Test", needs: needs(domain.PoliciesManage), body: optionalBody, serve: (*call).testSubscription},
	{method: "POST", pattern: oneSubscription + "/Replay", needs: needs(domain.PoliciesManage), body: optionalBody, serve: (*call).replaySubscription},
	{method: "GET", pattern: oneSubscription + "/Deliveries", needs: needs(domain.PoliciesManage), parameters: paging, page: fullPage, serve: (*call).listDeliveries},
	{method: "POST", pattern: oneSubscription + "/Deliveries/{DeliveryId}/Replay", needs: needs(domain.PoliciesManage), body: optionalBody, serve: (*call).replayDelivery},
}

// subscriptionBody is what a subscription is created from and changed by.
type subscriptionBody struct {
	name, kind, url, token, audience sent[string]
	connection                       sent[uuid.UUID]
	types                            sent[[]string]
	enabled                          sent[*bool]
}

// changeable are the fields that PATCH knows.
var changeable = []field[subscriptionBody]{
	{"Name", setText(func(b *subscriptionBody) *sent[string] { return &b.name })},
	{"Url", setText(func(b *subscriptionBody) *sent[string] { return &b.url })},
	{"BearerToken", setText(func(b *subscriptionBody) *sent[string] { return &b.token })},
	{"Audience", setText(func(b *subscriptionBody) *sent[string] { return &b.audience })},
	{"Types", func(r *reader, into *subscriptionBody) {
		into.types = sent[[]string]{true, readList(r, (*reader).text)}
	}},
}

var subscriptionFields = append([]field[subscriptionBody]{
	{"Kind", setText(func(b *subscriptionBody) *sent[string] { return &b.kind })},
	{"ScimConnectionId", setID(func(b *subscriptionBody) *sent[uuid.UUID] { return &b.connection })},
}, changeable...)

var subscriptionChangeFields = append([]field[subscriptionBody]{
	{"Enabled", notNull(setFlag(func(b *subscriptionBody) *sent[*bool] { return &b.enabled }))},
}, changeable...)

func (b *subscriptionBody) eventTypes() []domain.EventType {
	var types []domain.EventType
	for _, name := range b.types.value {
		types = append(types, domain.EventType(name))
	}
	return types
}

// showSubscription answers with a subscription, and with its secret where it is new.
func (c *call) showSubscription(status int, s *domain.Subscription, secret string, err error) (domain.Answer, error) {
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(status, c.viewSubscription(s, secret))
}

func (c *call) subscription() uuid.UUID { return c.id("SubscriptionId") }

// listSubscriptions is GET Administration/Subscriptions.
func (c *call) listSubscriptions() (domain.Answer, error) {
	list, err := c.feed.List(c.context(), c.caller)
	if err != nil {
		return domain.Answer{}, err
	}
	views := make([]subscriptionView, len(list))
	for i, s := range list {
		views[i] = c.viewSubscription(s, "")
	}
	return answerOf(http.StatusOK, itemsView{views})
}

// createSubscription is POST Administration/Subscriptions.
func (c *call) createSubscription() (domain.Answer, error) {
	body, err := decode(c.body, subscriptionFields)
	if err != nil {
		return domain.Answer{}, err
	}
	s, secret, err := c.feed.Create(c.context(), c.caller, feed.NewSubscription{
		Name: body.name.value, Kind: domain.SubscriptionKind(body.kind.value), URL: body.url.value, Token: body.token.value,
		Types: body.eventTypes(), Connection: body.connection.value, Audience: body.audience.value,
	})
	answer, err := c.showSubscription(http.StatusCreated, s, secret, err)
	if err == nil {
		answer.Header["Location"] = c.location("Administration", "Subscriptions", s.ID.String())
	}
	return answer, err
}

// getSubscription is GET Administration/Subscriptions/{SubscriptionId}.
func (c *call) getSubscription() (domain.Answer, error) {
	s, err := c.feed.Find(c.context(), c.caller, c.subscription())
	return c.showSubscription(http.StatusOK, s, "", err)
}

// patchSubscription is PATCH Administration/Subscriptions/{SubscriptionId}.
func (c *call) patchSubscription() (domain.Answer, error) {
	body, err := decode(c.body, subscriptionChangeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	change := feed.Change{Enabled: body.enabled.value}
	for _, each := range []struct {
		from sent[string]
		to   **string
	}{{body.name, &change.Name}, {body.url, &change.URL}, {body.token, &change.Token}, {body.audience, &change.Audience}} {
		if each.from.present {
			*each.to = &each.from.value
		}
	}
	if body.types.present {
		types := body.eventTypes()
		change.Types = &types
	}
	s, err := c.feed.Change(c.context(), c.caller, c.subscription(), change)
	return c.showSubscription(http.StatusOK, s, "", err)
}

// deleteSubscription is DELETE Administration/Subscriptions/{SubscriptionId}.
func (c *call) deleteSubscription() (domain.Answer, error) {
	return nothing(), c.feed.Remove(c.context(), c.caller, c.subscription())
}

// rotateBody is the body of Rotate.
type rotateBody struct{ hours sent[int64] }

var rotateFields = []field[rotateBody]{{"OverlapHours", setNumber(func(b *rotateBody) *sent[int64] { return &b.hours })}}

// overlap is how long what was given before goes on to work.
func (b rotateBody) overlap() time.Duration {
	if !b.hours.present {
		return defaultOverlap
	}
	return time.Duration(min(b.hours.value, 1000)) * time.Hour
}

// rotateSubscription is POST Administration/Subscriptions/{SubscriptionId}/Rotate.
func (c *call) rotateSubscription() (domain.Answer, error) {
	body, err := decode(c.body, rotateFields)
	if err != nil {
		return domain.Answer{}, err
	}
	s, secret, err := c.feed.Rotate(c.context(), c.caller, c.subscription(), body.overlap())
	return c.showSubscription(http.StatusOK, s, secret, err)
}

// testSubscription is POST Administration/Subscriptions/{SubscriptionId}/Test.
func (c *call) testSubscription() (domain.Answer, error) {
	if _, err := decode(c.body, bareFields); err != nil {
		return domain.Answer{}, err
	}
	parcel, err := c.feed.Test(c.context(), c.caller, c.subscription())
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusAccepted, struct {
		DeliveryID uuid.UUID `json:"DeliveryId"`
	}{parcel.ID})
}

// replayBody is the body of Replay.
type replayBody struct{ after, until sent[int64] }

var replayFields = []field[replayBody]{
	{"After", setNumber(func(b *replayBody) *sent[int64] { return &b.after })},
	{"Until", setNumber(func(b *replayBody) *sent[int64] { return &b.until })},
}

// replaySubscription is POST Administration/Subscriptions/{SubscriptionId}/Replay.
func (c *call) replaySubscription() (domain.Answer, error) {
	body, err := decode(c.body, replayFields)
	if err != nil {
		return domain.Answer{}, err
	}
	count, err := c.feed.Replay(c.context(), c.caller, c.subscription(), body.after.value, body.until.value)
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusAccepted, struct {
		Deliveries int `json:"Deliveries"`
	}{count})
}

// listDeliveries is GET Administration/Subscriptions/{SubscriptionId}/Deliveries.
func (c *call) listDeliveries() (domain.Answer, error) {
	list, more, err := c.feed.Deliveries(c.context(), c.caller, c.subscription(), c.asked.offset, c.asked.count)
	if err != nil {
		return domain.Answer{}, err
	}
	page := pageView{Items: make([]any, len(list)), Offset: c.asked.offset, Count: c.asked.count, ListCompleted: !more}
	for i, p := range list {
		page.Items[i] = viewDelivery(p)
	}
	return answerOf(http.StatusOK, page)
}

// replayDelivery is POST Administration/Subscriptions/{SubscriptionId}/Deliveries/{DeliveryId}/Replay.
func (c *call) replayDelivery() (domain.Answer, error) {
	if _, err := decode(c.body, bareFields); err != nil {
		return domain.Answer{}, err
	}
	return domain.Answer{Status: http.StatusAccepted}, c.feed.ReplayDelivery(c.context(), c.caller, c.subscription(), c.id("DeliveryId"))
}
