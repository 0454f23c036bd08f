package scim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateUser(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	answer := b.acme.do(t, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Ana","externalId":"x1",
		"name":{"givenName":"Ana","familyName":"Ito"},"emails":[{"value":"ana@example.org","type":"work","primary":true}],"password":"secret","groups":[]}`).want(t, 201)
	id := answer.id()
	assert.Equal(t, testURL+"/scim/v2/Users/"+id, answer.Header().Get("Location"))
	assert.Equal(t, answer.at("meta", "location"), answer.Header().Get("Location"))
	assert.Equal(t, `W/"1"`, answer.Header().Get("Etag"))
	assert.Equal(t, "Ana", answer.at("userName"))
	assert.Equal(t, "x1", answer.at("externalId"))
	assert.Equal(t, true, answer.at("active"))
	assert.Nil(t, answer.at("password"))
	read := b.acme.do(t, "GET", "/Users/"+id, "").want(t, 200)
	assert.Equal(t, answer.body, read.body)
	again := b.acme.do(t, "POST", "/Users", `{"userName":"ANA"}`).want(t, 409)
	assert.Equal(t, "uniqueness", again.at("scimType"))
	assert.Contains(t, again.at("detail"), "userName")
}

func TestReadUserConditionally(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	path := "/Users/" + b.acme.user(t, "ana")
	for header, status := range map[string]int{`W/"1"`: 304, `"1"`: 304, `*`: 304, `W/"0", W/"1"`: 304, `W/"2"`: 200, `1`: 200, ``: 200} {
		answer := b.acme.do(t, "GET", path, "", "If-None-Match", header).want(t, status)
		assert.Equal(t, `W/"1"`, answer.Header().Get("Etag"), header)
		assert.Equal(t, status == 304, answer.Body.Len() == 0, header)
	}
}

func TestChangeUserConditionally(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	path := "/Users/" + b.acme.user(t, "ana")
	patch := `{"Operations":[{"op":"replace","path":"nickName","value":"%s"}]}`
	stale := b.acme.do(t, "PATCH", path, fmt.Sprintf(patch, "A"), "If-Match", `W/"7"`).want(t, 412)
	assert.Equal(t, "412", stale.at("status"))
	assert.Equal(t, 412, b.acme.do(t, "PUT", path, `{"userName":"ana"}`, "If-Match", `W/"7"`).Code)
	assert.Equal(t, 412, b.acme.do(t, "DELETE", path, "", "If-Match", `"nonsense"`).Code)
	changed := b.acme.do(t, "PATCH", path, fmt.Sprintf(patch, "A"), "If-Match", `W/"1", W/"9"`).want(t, 200)
	assert.Equal(t, `W/"2"`, changed.Header().Get("Etag"))
	same := b.acme.do(t, "PATCH", path, fmt.Sprintf(patch, "A"), "If-Match", `*`).want(t, 200)
	assert.Equal(t, `W/"2"`, same.Header().Get("Etag"), "a change that changes nothing has no new version")
	b.acme.do(t, "DELETE", path, "", "If-Match", `W/"2"`).want(t, 204)
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	id := b.acme.user(t, "ana")
	gone := b.acme.do(t, "DELETE", "/Users/"+id, "").want(t, 204)
	assert.Zero(t, gone.Body.Len())
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		body := `{"userName":"ana"}`
		if method == "PATCH" {
			body = `{"Operations":[{"op":"replace","path":"active","value":true}]}`
		}
		b.acme.do(t, method, "/Users/"+id, body).want(t, 404)
	}
	assert.EqualValues(t, 0, b.acme.do(t, "GET", "/Users", "").want(t, 200).at("totalResults"))
	assert.Equal(t, id, b.acme.user(t, "ana"), "a re-hire is the same person")
}

func TestProjectionOnEveryAnswer(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	const query = "?attributes=userName"
	want := func(answer reply) {
		t.Helper()
		assert.ElementsMatch(t, []string{"schemas", "id", "userName"}, keys(answer.body), answer.Body.String())
	}
	created := b.acme.do(t, "POST", "/Users"+query, `{"userName":"ana","displayName":"Ana"}`).want(t, 201)
	want(created)
	path := "/Users/" + created.id()
	want(b.acme.do(t, "GET", path+query, "").want(t, 200))
	want(b.acme.do(t, "PUT", path+query, `{"userName":"ana","displayName":"Eva"}`).want(t, 200))
	want(b.acme.do(t, "PATCH", path+query, `{"Operations":[{"op":"add","path":"active","value":"False"}]}`).want(t, 200))
	list := b.acme.do(t, "GET", "/Users"+query, "").want(t, 200)
	want(reply{body: list.at("Resources", 0).(map[string]any), ResponseRecorder: list.ResponseRecorder})
	less := b.acme.do(t, "GET", path+"?excludedAttributes=userName,id,meta", "").want(t, 200)
	assert.Nil(t, less.at("userName"))
	assert.NotNil(t, less.at("id"))
	assert.NotNil(t, b.acme.do(t, "GET", path+"?attributes=", "").want(t, 200).at("displayName"), "empty means not given")
}

func keys(object map[string]any) []string {
	var names []string
	for name := range object {
		names = append(names, name)
	}
	return names
}

func TestPatchAnswersNothingByPolicy(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	c := b.tenant(t, "quiet", false, map[string]string{"UserPatchAnswer": "NoContent"})
	path := "/Users/" + c.user(t, "ana")
	patch := `{"Operations":[{"op":"replace","path":"nickName","value":"A"}]}`
	silent := c.do(t, "PATCH", path, patch).want(t, 204)
	assert.Zero(t, silent.Body.Len())
	assert.Equal(t, `W/"2"`, silent.Header().Get("Etag"))
	assert.Equal(t, "A", c.do(t, "PATCH", path+"?attributes=nickName", patch).want(t, 200).at("nickName"))
}

func TestUnknownUsersLookAlike(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	foreign := b.tenant(t, "beta", false, nil).user(t, "ana")
	own := b.acme.user(t, "eva")
	patch := `{"Operations":[{"op":"replace","path":"active","value":false}]}`
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		body := map[string]string{"PUT": `{"userName":"x"}`, "PATCH": patch}[method]
		unknown := b.acme.do(t, method, "/Users/"+uuid.NewString(), body).want(t, 404)
		for name, id := range map[string]string{
			"foreign": foreign, "malformed": "x", "nil": uuid.Nil.String(), "capital": strings.ToUpper(own), "braces": "%7B" + own + "%7D",
			"urn": "urn:uuid:" + own, "bare": strings.ReplaceAll(own, "-", ""), "number": "1", "minus": "-1", "long": strings.Repeat("a", 2000),
		} {
			answer := b.acme.do(t, method, "/Users/"+id, body).want(t, 404)
			assert.Equal(t, unknown.Body.String(), answer.Body.String(), "%s %s", method, name)
			assert.Equal(t, unknown.Header(), answer.Header(), "%s %s", method, name)
		}
	}
}

// TestBodiesNameNobodyElse sends the id and the like of another user inside a body.
func TestBodiesNameNobodyElse(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	victim, other := b.acme.user(t, "victim"), b.acme.user(t, "other")
	before := b.acme.do(t, "GET", "/Users/"+victim, "").want(t, 200).Body.String()
	alien := `"id":"` + victim + `","meta":{"location":"` + testURL + `/scim/v2/Users/` + victim + `","version":"W/\"99\"","resourceType":"Group"},"groups":[{"value":"` + victim + `"}]`
	b.acme.do(t, "PUT", "/Users/"+other, `{"userName":"other",`+alien+`,"nickName":"n"}`)
	b.acme.do(t, "PATCH", "/Users/"+other, `{`+alien+`,"Operations":[{"op":"replace","value":{`+alien+`,"nickName":"n"}}]}`)
	b.acme.do(t, "PATCH", "/Users/"+other, `{"Operations":[{"op":"replace","path":"id","value":"`+victim+`"}]}`)
	made := b.acme.do(t, "POST", "/Users", `{"userName":"third",`+alien+`}`).want(t, 201)
	assert.NotEqual(t, victim, made.id())
	assert.Equal(t, before, b.acme.do(t, "GET", "/Users/"+victim, "").want(t, 200).Body.String())
	assert.Equal(t, other, b.acme.do(t, "GET", "/Users/"+other, "").want(t, 200).id())
}

// TestExternalIDIsNoID creates users whose externalId is somebody's id.
func TestExternalIDIsNoID(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	ids := []string{b.acme.user(t, "ana"), "1", "0", "-1", "null", b.acme.credential.ID.String(), b.acme.credential.Tenant.String()}
	seen := map[string]bool{ids[0]: true}
	before := b.acme.do(t, "GET", "/Users/"+ids[0], "").want(t, 200).Body.String()
	for i, id := range ids {
		made := b.acme.do(t, "POST", "/Users", fmt.Sprintf(`{"userName":"u%d","externalId":"%s"}`, i, id)).want(t, 201)
		assert.False(t, seen[made.id()], id)
		seen[made.id()] = true
	}
	assert.Equal(t, before, b.acme.do(t, "GET", "/Users/"+ids[0], "").want(t, 200).Body.String())
}

func TestBodies(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	path := "/Users/" + b.acme.user(t, "ana")
	before := b.Snapshot(t)
	for name, body := range map[string]string{
		"empty": " ", "array": "[]", "string": `"x"`, "null": "null", "two values": `{}{}`, "trailing": `{"userName":"x"} x`, "BOM": "\uFEFF{}",
		"broken": `{"userName":`, "bad UTF-8": "{\"userName\":\"\xff\"}", "twice": `{"userName":"x","userName":"y"}`, "twice but for case": `{"userName":"x","USERNAME":"y"}`,
		"NUL": `{"userName":"a\u0000b"}`, "deep": strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65),
	} {
		for _, row := range [][2]string{{"POST", "/Users"}, {"PUT", path}, {"PATCH", path}, {"POST", "/Groups"}} {
			answer := b.acme.do(t, row[0], row[1], body).want(t, 400)
			assert.Equal(t, "invalidSyntax", answer.at("scimType"), "%s %s: %s", row[0], row[1], name)
		}
	}
	for _, media := range []string{"text/plain", "application/xml", "application/json; charset=utf-16", "application/x-www-form-urlencoded"} {
		for _, row := range [][2]string{{"POST", "/Users"}, {"PUT", path}, {"PATCH", path}, {"POST", "/Groups"}} {
			answer := b.acme.do(t, row[0], row[1], `{"userName":"x","displayName":"x","Operations":[]}`, "Content-Type", media).want(t, 415)
			assert.Equal(t, "415", answer.at("status"))
		}
	}
	b.acme.do(t, "POST", "/Users", `{"userName":"x"}`, "Content-Encoding", "gzip").want(t, 415)
	b.acme.do(t, "POST", "/Users", `{"userName":"`+strings.Repeat("x", maxBody)+`"}`).want(t, 413)
	b.acme.do(t, "PATCH", path, `{"Operations":[`+strings.Repeat(`{"op":"add","path":"nickName","value":"x"},`, 1000)+`{"op":"add","path":"nickName","value":"x"}]}`).want(t, 413)
	b.unchanged(t, before)
	for _, media := range []string{"application/json", "application/scim+json;charset=utf-8", "application/json; charset=UTF-8"} {
		b.acme.do(t, "PATCH", path, `{"Operations":[]}`, "Content-Type", media)
	}
}

func TestListUsers(t *testing.T) { onEach(t, testListUsers) }

func testListUsers(t *testing.T, b *bridge) {
	var ids []string
	for i := range 5 {
		ids = append(ids, b.acme.user(t, fmt.Sprintf("user%d", i)))
	}
	for query, want := range map[string]struct {
		start, size int
		first       string
	}{
		"":                                      {1, 5, ids[0]},
		"?count=2":                              {1, 2, ids[0]},
		"?startIndex=3&count=2":                 {3, 2, ids[2]},
		"?startIndex=5&count=100":               {5, 1, ids[4]},
		"?startIndex=6":                         {6, 0, ""},
		"?startIndex=0":                         {1, 5, ids[0]},
		"?startIndex=-7&count=1":                {1, 1, ids[0]},
		"?count=0":                              {1, 0, ""},
		"?count=-3":                             {1, 0, ""},
		"?count=100000000000000000000":          {1, 5, ids[0]},
		"?startIndex=9223372036854775808":       {2147483647, 0, ""},
		"?aadOptscim062020&unknown=1&unknown":   {1, 5, ids[0]},
		"?sortBy=userName&sortOrder=descending": {1, 5, ids[4]},
		"?sortBy=userName&sortOrder=Ascending":  {1, 5, ids[0]},
		"?sortOrder=descending":                 {1, 5, ids[0]},
	} {
		answer := b.acme.do(t, "GET", "/Users"+query, "").want(t, 200)
		assert.EqualValues(t, 5, answer.at("totalResults"), query)
		assert.EqualValues(t, want.start, answer.at("startIndex"), query)
		assert.EqualValues(t, want.size, answer.at("itemsPerPage"), query)
		list, present := answer.at("Resources").([]any)
		require.True(t, present, "Resources is there: %s", query)
		require.Len(t, list, want.size, query)
		if want.size > 0 {
			assert.Equal(t, want.first, answer.at("Resources", 0, "id"), query)
		}
	}
	for _, query := range []string{"?count=x", "?startIndex=1.5", "?sortBy=userName&sortOrder=up", "?count=1&count=2", "?filter=active pr&filter=active pr",
		"?startIndex=1&STARTINDEX=2", "?filter=%zz", "?sortBy=nothing"} {
		answer := b.acme.do(t, "GET", "/Users"+query, "").want(t, 400)
		assert.NotEmpty(t, answer.at("scimType"), query)
	}
}

func TestFilterUsers(t *testing.T) { onEach(t, testFilterUsers) }

func testFilterUsers(t *testing.T, b *bridge) {
	id := b.acme.do(t, "POST", "/Users", `{"userName":"Ana@example.org","externalId":"X1","emails":[{"type":"work","value":"ana@example.org","primary":true}],"active":false}`).want(t, 201).id()
	b.acme.user(t, "eva")
	for filter, total := range map[string]int{
		`userName eq "ana@EXAMPLE.org"`: 1, `externalId eq "X1"`: 1, `externalId eq "x1"`: 0, `emails[type eq "work"].value eq "ANA@example.org"`: 1,
		`id eq "` + id + `"`: 1, `active eq false`: 1, `active eq "False"`: 1, `userName eq "nobody"`: 0, `userName pr`: 2, `not (active eq true)`: 1,
	} {
		answer := b.acme.do(t, "GET", "/Users?filter="+filter, "").want(t, 200)
		assert.EqualValues(t, total, answer.at("totalResults"), filter)
		assert.Len(t, answer.at("Resources"), total, filter)
	}
	for _, filter := range []string{`userName`, `nothing eq "x"`, `userName eq ana`, strings.Repeat("(", 3000), strings.Repeat("active pr or ", 40) + "active pr"} {
		assert.Equal(t, "invalidFilter", b.acme.do(t, "GET", "/Users?filter="+filter, "").want(t, 400).at("scimType"), "%.40s", filter)
	}
}

func TestDisabledTenant(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	b.acme.user(t, "ana")
	b.SQL(t, "UPDATE tenant SET disabled = 1 WHERE slug = 'acme'")
	// The credential is remembered for a second; what the engine does is refused all the same.
	assert.Equal(t, 401, b.acme.do(t, "POST", "/Users", `{"userName":"eva"}`).Code)
}
