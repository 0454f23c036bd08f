package rest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

const hooks = "/Administration/Subscriptions"

func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("")
	w.send("PATCH", persons(id), `{"FirstName":"Eva"}`).is(200)
	page := w.send("GET", "/UserManagement/Events?Types=person_updated,PERSON_UPDATED", "").is(200)
	events := page.at("Events").([]any)
	require.Len(t, events, 1)
	event := events[0].(map[string]any)
	assert.Equal(t, "PERSON_UPDATED", event["Type"])
	assert.Equal(t, id, event["PersonId"])
	assert.NotContains(t, event, "PermissionGroupId")
	assert.Equal(t, "Rest", event["Door"])
	assert.Equal(t, "HR sync", event["Actor"].(map[string]any)["Name"])
	assert.Equal(t, []any{"FirstName"}, event["Data"].(map[string]any)["Attributes"])
	assert.NotContains(t, page.body, "Eva", "names of attributes, never their values")
	assert.Equal(t, true, page.at("ListCompleted"))
	assert.Equal(t, event["Index"], page.at("Next"))

	var seen []float64
	for next, completed := 0.0, false; !completed; {
		page := w.send("GET", fmt.Sprintf("/UserManagement/Events?After=%.0f&Count=2", next), "").is(200)
		for _, e := range page.at("Events").([]any) {
			seen = append(seen, e.(map[string]any)["Index"].(float64))
		}
		next, completed = page.at("Next").(float64), page.at("ListCompleted").(bool)
	}
	for i, index := range seen {
		assert.Equal(t, float64(i+1), index, "there are no gaps")
	}
	assert.Empty(t, w.send("GET", "/UserManagement/Events?Count=0", "").is(200).at("Events"))
	for _, bad := range []string{"After=-1", "After=x", "After=9999", "Count=x", "Types=,", "Types=" + strings.Repeat("A,", 200) + "A,,"} {
		w.send("GET", "/UserManagement/Events?"+bad, "").refused(400, domain.CodeInvalidParameter)
	}
	w.wait(15 * 24 * time.Hour)
	require.NoError(t, w.feed.Forget(t.Context()))
	token := w.credential("acme", domain.ReadOnly, domain.EventsRead)
	assert.Equal(t, true, w.as(token, "GET", "/UserManagement/Events", "").is(200).at("Truncated"))
}

func TestSubscriptionLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", hooks, `{"name":"crm","Kind":"Webhook","Url":"https://crm.example.org/h","Types":["PERSON_CREATED"]}`).is(201)
	secret, id := made.text("Secret"), made.text("SubscriptionId")
	assert.True(t, strings.HasPrefix(secret, "whsec_"), secret)
	assert.Equal(t, publicURL+"/api/v1"+hooks+"/"+id, made.header.Get("Location"))
	one := hooks + "/" + id

	w.person("")
	require.NoError(t, w.feed.Spread(t.Context()))
	deliveries := w.send("GET", one+"/Deliveries", "").is(200).items()
	require.Len(t, deliveries, 1)
	delivery := deliveries[0]
	assert.Equal(t, "Waiting", delivery["Status"])
	w.send("POST", one+"/Deliveries/"+delivery["DeliveryId"].(string)+"/Replay", "").is(202)
	assert.Equal(t, 1.0, w.send("POST", one+"/Replay", `{"After":1}`).is(202).at("Deliveries"))
	tested := w.send("POST", one+"/Test", "").is(202).text("DeliveryId")
	list := w.send("GET", one+"/Deliveries?Count=1", "").is(200)
	assert.Equal(t, false, list.at("ListCompleted"))
	assert.Contains(t, w.Text(t, "SELECT CAST(body AS TEXT) FROM subscription_delivery WHERE delivery_id = ?", uuid.MustParse(tested)), "SUBSCRIPTION_TEST")

	rotated := w.send("POST", one+"/Rotate", `{"OverlapHours":2}`).is(200)
	assert.NotEqual(t, secret, rotated.text("Secret"))
	assert.NotNil(t, rotated.at("OldSecretUntil"))
	w.wait(3 * time.Hour)
	changed := w.send("PATCH", one, `{"Name":"crm 2","Types":null,"Enabled":false}`).is(200)
	assert.Equal(t, "crm 2", changed.text("Name"))
	assert.Empty(t, changed.at("Types"))
	assert.Nil(t, changed.at("OldSecretUntil"))
	assert.Equal(t, "Paused", w.send("GET", one+"/Deliveries?Count=1", "").is(200).items()[0]["Status"])
	w.send("POST", one+"/Test", "").refused(400, domain.CodeValidation)
	w.send("PATCH", one, `{"Enabled":null}`).refused(400, domain.CodeValidation)
	w.send("PATCH", one, `{"Kind":"SetPoll"}`).refused(400, domain.CodeUnknownField)
	w.send("POST", one+"/Rotate", `{"OverlapHours":999}`).refused(400, domain.CodeValidation)
	for _, bad := range []string{`{"After":-1}`, `{"After":"1"}`, `{"After":1.5}`, `{"Until":999999}`} {
		w.send("PATCH", one, `{"Enabled":true}`).is(200)
		w.send("POST", one+"/Replay", bad).refused(400, domain.CodeValidation)
	}

	others := w.send("GET", hooks, "").is(200).body + w.send("GET", one, "").is(200).body + changed.body
	for _, shown := range []string{secret, rotated.text("Secret"), "Secret\"", "whsec"} {
		assert.NotContains(t, others, shown, "a secret is shown once")
	}
	w.send("DELETE", one, "").is(204)
	w.send("GET", one, "").refused(404, domain.CodeNotFound)
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM subscription_delivery"))
}

// TestBearerTokensAreNotShown: what a SetPush sends is sealed, and in no answer.
func TestBearerTokensAreNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connection, err := w.engine.Administration.CreateConnection(t.Context(), operator(t, w.engine, "acme"), "okta", nil)
	require.NoError(t, err)
	body := fmt.Sprintf(`{"Name":"signals","Kind":"SetPush","Url":"https://example.org/set","ScimConnectionId":"%s","BearerToken":"very-hidden","Audience":"https://example.org"}`, connection.ID)
	made := w.send("POST", hooks, body).is(201)
	changed := w.send("PATCH", hooks+"/"+made.text("SubscriptionId"), `{"BearerToken":"more-hidden"}`).is(200)
	assert.NotContains(t, made.body+changed.body, "hidden")
	assert.NotContains(t, fmt.Sprint(w.Snapshot(t)), "hidden")
	w.send("POST", hooks, strings.Replace(body, connection.ID.String(), made.text("SubscriptionId"), 1)).refused(400, domain.CodeValidation)
}
