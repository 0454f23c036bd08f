package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const stubToken = "secret"

// stub is just enough of a SCIM server to be measured: in memory, one lock, and
// true to what it is told.
type stub struct {
	mu     sync.Mutex
	users  []map[string]any
	names  map[any]bool    // the userNames of users
	spent  map[string]bool // SAML responses
	groups []map[string]any
	lossy  bool // lose every other member that is added
	mute   bool // announce nothing
}

func newStub(t *testing.T) (*stub, string) {
	t.Helper()
	s := &stub{names: make(map[any]bool)}
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	return s, server.URL
}

func (s *stub) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ServiceProviderConfig", s.config)
	mux.HandleFunc("GET /Users", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, s.users) })
	mux.HandleFunc("GET /Groups", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, s.groups) })
	mux.HandleFunc("POST /Users", s.createUser)
	mux.HandleFunc("POST /Groups", s.createGroup)
	mux.HandleFunc("POST /Bulk", s.bulk)
	mux.HandleFunc("POST /api/v1/Common/Persons", s.createNative)
	mux.HandleFunc("GET /Users/{id}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, s.users) })
	mux.HandleFunc("GET /Groups/{id}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, s.groups) })
	mux.HandleFunc("PATCH /Users/{id}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, s.users) })
	mux.HandleFunc("PATCH /Groups/{id}", s.addMembers)
	mux.HandleFunc("PUT /Groups/{id}", s.putGroup)
	mux.HandleFunc("POST /sso/load/bench/acs", s.enter)
	mux.HandleFunc("POST /api/v1/Account/Login", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open := strings.HasPrefix(r.URL.Path, "/sso/") || r.URL.Path == "/api/v1/Account/Login"
		if !open && r.Header.Get("Authorization") != "Bearer "+stubToken {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		mux.ServeHTTP(w, r)
	})
}

func (s *stub) config(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"bulk":       map[string]any{"supported": !s.mute, "maxOperations": 50, "maxPayloadSize": 1 << 20},
		"filter":     map[string]any{"maxResults": 200},
		"pagination": map[string]any{"cursor": !s.mute},
	})
}

// list answers pages by index or cursor, which is the index here, and equality.
func (s *stub) list(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	query := r.URL.Query()
	filter := query.Get("filter")
	if i := strings.LastIndex(filter, " eq "); i >= 0 {
		text, _ := strconv.Unquote(filter[i+len(" eq "):])
		var found []map[string]any
		for _, one := range all {
			if equal(one, filter[:i], text) {
				found = append(found, one)
			}
		}
		all = found
	}
	from, _ := strconv.Atoi(query.Get("startIndex") + query.Get("cursor"))
	count, err := strconv.Atoi(query.Get("count"))
	if err != nil {
		count = 100
	}
	from = min(max(from, 1), len(all)+1)
	to := min(from-1+count, len(all))
	page := map[string]any{"totalResults": len(all), "Resources": all[from-1 : to]}
	if query.Has("cursor") && to < len(all) {
		page["nextCursor"] = strconv.Itoa(to + 1)
	}
	answer(w, http.StatusOK, page)
}

func equal(one map[string]any, attribute, value string) bool {
	if attribute != `emails[type eq "work"].value` {
		return one[attribute] == value
	}
	for _, email := range one["emails"].([]any) {
		if email.(map[string]any)["value"] == value {
			return true
		}
	}
	return false
}

func (s *stub) createUser(w http.ResponseWriter, r *http.Request) {
	status, user := s.insertUser(read(r))
	answer(w, status, user)
}

func (s *stub) insertUser(user map[string]any) (int, map[string]any) {
	if s.names[user["userName"]] {
		return http.StatusConflict, map[string]any{"detail": "userName is taken"}
	}
	s.names[user["userName"]] = true
	user["id"] = fmt.Sprintf("u%d", len(s.users))
	s.users = append(s.users, user)
	return http.StatusCreated, user
}

func (s *stub) createNative(w http.ResponseWriter, r *http.Request) {
	access := read(r)["UserAccess"].(map[string]any)
	status, user := s.insertUser(map[string]any{"userName": access["Username"]})
	answer(w, status, user)
}

// enter lets somebody in by a response, once.
func (s *stub) enter(w http.ResponseWriter, r *http.Request) {
	response := r.FormValue("SAMLResponse")
	if response == "" || s.spent[response] {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if s.spent == nil {
		s.spent = make(map[string]bool)
	}
	s.spent[response] = true
	http.SetCookie(w, &http.Cookie{Name: "session", Value: "x"})
	w.WriteHeader(http.StatusSeeOther)
}

func (s *stub) bulk(w http.ResponseWriter, r *http.Request) {
	var results []map[string]any
	for _, operation := range read(r)["Operations"].([]any) {
		status, _ := s.insertUser(operation.(map[string]any)["data"].(map[string]any))
		results = append(results, map[string]any{"status": strconv.Itoa(status)})
	}
	answer(w, http.StatusOK, map[string]any{"Operations": results})
}

func (s *stub) createGroup(w http.ResponseWriter, r *http.Request) {
	group := read(r)
	group["id"] = fmt.Sprintf("g%d", len(s.groups))
	s.groups = append(s.groups, group)
	answer(w, http.StatusCreated, group)
}

func (s *stub) show(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	i, err := strconv.Atoi(r.PathValue("id")[1:])
	if err != nil || i >= len(all) {
		answer(w, http.StatusNotFound, nil)
		return
	}
	answer(w, http.StatusOK, all[i])
}

func (s *stub) addMembers(w http.ResponseWriter, r *http.Request) {
	i, _ := strconv.Atoi(r.PathValue("id")[1:])
	added := read(r)["Operations"].([]any)[0].(map[string]any)["value"].([]any)
	members, _ := s.groups[i]["members"].([]any)
	if !s.lossy || len(members)%2 == 0 {
		s.groups[i]["members"] = append(members, added...)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *stub) putGroup(w http.ResponseWriter, r *http.Request) {
	i, _ := strconv.Atoi(r.PathValue("id")[1:])
	s.groups[i]["members"] = read(r)["members"]
	answer(w, http.StatusOK, s.groups[i])
}

func read(r *http.Request) map[string]any {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		panic(err)
	}
	return body
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// byName returns the URL with localhost for its address.
func byName(t *testing.T, base string) string {
	t.Helper()
	parsed, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return "http://localhost:" + parsed.Port()
}
