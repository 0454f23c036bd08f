package main

import (
	"crypto/ecdsa"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// player plays one story on one world.
type player struct {
	*world
	t       *testing.T
	seen    memory
	callers map[string]*caller
	last    *http.Response
	body    string           // of the last answer
	marks   map[string]int64 // how far each ledger was looked at
	keys    map[string]*ecdsa.PrivateKey
}

// caller is somebody who sends requests.
type caller struct {
	prefix, media string // of the door
	agent         string // what it calls itself
	authorization string
}

func newPlayer(t *testing.T, open opener) *player {
	t.Helper()
	p := &player{world: newWorld(t, open), t: t, seen: memory{"base": replayBase}, marks: map[string]int64{}, keys: map[string]*ecdsa.PrivateKey{},
		callers: map[string]*caller{"nobody": {media: "application/json"}}}
	require.NoError(t, p.addCaller("scim", "scim"))
	require.NoError(t, p.addCaller("rest", "rest"))
	return p
}

// play plays the story to its end or to the first step that fails, and gives what it left behind.
func (p *player) play(told *story) map[string][]string {
	p.t.Helper()
	for _, step := range told.steps {
		if err := p.take(step); err != nil {
			require.FailNow(p.t, fmt.Sprintf("%s:%d: %c %s", told.file, step.line, step.kind, step.words), "%v", err)
		}
	}
	return p.left()
}

func (p *player) take(s *step) error {
	words, err := p.seen.fill(s.words)
	if err != nil {
		return err
	}
	switch s.kind {
	case '>':
		return p.send(s, words)
	case '<':
		return p.receive(s)
	case '!':
		return p.act(strings.Fields(words))
	default:
		return p.look(s, strings.Fields(words))
	}
}

// send sends a request and keeps the answer.
func (p *player) send(s *step, words string) error {
	who, words, _ := strings.Cut(words, " ")
	method, target, found := strings.Cut(words, " ")
	from := p.callers[who]
	if from == nil || !found {
		return fmt.Errorf("somebody known, a method and a target are needed")
	}
	body, err := p.requestBody(s)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(target, "/api/") && !strings.HasPrefix(target, "/scim/") && !strings.HasPrefix(target, "/oauth/") {
		target = from.prefix + target
	}
	request, err := http.NewRequest(method, p.url+encodeTarget(target), strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", from.authorization)
	if body != "" {
		request.Header.Set("Content-Type", from.media)
	}
	if from.agent != "" {
		request.Header.Set("User-Agent", from.agent)
	}
	for _, header := range s.headers {
		value, err := p.seen.fill(header[1])
		if err != nil {
			return err
		}
		request.Header.Set(header[0], value)
	}
	return p.exchange(request)
}

func (p *player) exchange(request *http.Request) error {
	for name, values := range request.Header {
		if values[0] == "" && name != "User-Agent" { // which net/http fills in unless it is empty
			request.Header.Del(name)
		}
	}
	answer, err := wire.RoundTrip(request) // follows no redirect
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	p.last, p.body = answer, string(content)
	return err
}

var wire = &http.Transport{DisableCompression: true}

// requestBody is the body of a request; after {{last}} it is a change of the last answer's.
func (p *player) requestBody(s *step) (string, error) {
	text, err := s.text()
	if err != nil {
		return "", err
	}
	change, isChange := strings.CutPrefix(text, "{{last}}")
	filled, err := p.seen.fill(change)
	if err != nil || !isChange {
		return filled, err
	}
	return patched(p.body, filled)
}

// encodeTarget encodes what a URL can't hold and people write.
func encodeTarget(target string) string {
	var encoded strings.Builder
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"#<>[\\]^`{|}", c) >= 0 {
			fmt.Fprintf(&encoded, "%%%02X", c)
		} else {
			encoded.WriteByte(c)
		}
	}
	return encoded.String()
}

// receive compares the last answer with the expected one.
func (p *player) receive(s *step) error {
	if got := fmt.Sprint(p.last.StatusCode); got != s.words {
		return fmt.Errorf("expected status %s, got %s: %s", s.words, got, p.body)
	}
	for _, header := range s.headers {
		if err := p.receiveHeader(header[0], header[1]); err != nil {
			return err
		}
	}
	bodiless := p.last.StatusCode == http.StatusNoContent || p.last.StatusCode == http.StatusNotModified
	if bodiless != (p.body == "") {
		return fmt.Errorf("a body belongs to every answer but 204 and 304, got: %q", p.body)
	}
	want, err := s.text()
	if err != nil || want == "" {
		return err
	}
	if err := p.seen.matchJSON(want, p.body); err != nil {
		return fmt.Errorf("%w\nthe whole body: %s", err, p.body)
	}
	return nil
}

func (p *player) receiveHeader(name, want string) error {
	got := p.last.Header.Get(name)
	if got == "" {
		got = "-"
	}
	if err := p.seen.matchText(want, got); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// addCaller makes a credential; see the act caller.
func (p *player) addCaller(name, kind string, settings ...string) error {
	tenant, in := homeTenant, domain.NewCredential{Name: name, Kind: domain.KindRest}
	made := &caller{prefix: "/api/v1", media: "application/json"}
	if kind == "scim" {
		in.Kind = domain.KindScim
		made = &caller{prefix: "/scim/v2", media: "application/scim+json"}
	}
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		switch key {
		case "tenant":
			slugs := strings.Split(value, ",")
			tenant, in.Others = slugs[0], slugs[1:]
		case "mode":
			in.Mode = domain.AccessMode(value)
		case "connection":
			in.Connection = value
		case "permissions":
			if value == "all" {
				in.Permissions = domain.AllPermissions()
				continue
			}
			for _, permission := range strings.Split(value, ",") {
				in.Permissions = append(in.Permissions, domain.Permission(permission))
			}
		default:
			return fmt.Errorf("no such setting: %s", key)
		}
	}
	credential, token, err := p.engine.Administration.CreateCredential(p.t.Context(), operator(p.t, p.engine, tenant), in)
	if err != nil {
		return err
	}
	made.authorization = "Bearer " + token
	p.callers[name] = made
	p.seen[name+".id"] = credential.ID.String()
	p.seen[name+".token"] = token
	p.seen[name+".basic"] = base64.StdEncoding.EncodeToString([]byte(credential.ID.String() + ":" + token))
	return nil
}
