package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

// How hard a test presses: eight clients, and a call to stop after some fifty answers.
const (
	loadClients = 8
	stopAfter   = 50
	loadBound   = 2000 // requests of one client at most
)

// loadOnUsers creates users until nobody listens any more.
type loadOnUsers struct {
	mu      sync.Mutex
	created []string // their ids
}

func (l *loadOnUsers) run(t *testing.T, url, token string, stop func()) {
	var answers atomic.Int64
	var stopping sync.Once
	var wait sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: loadClients}
	defer transport.CloseIdleConnections()
	for worker := range loadClients {
		wait.Go(func() {
			for i := range loadBound {
				id, err := l.create(&http.Client{Transport: transport}, url, token, fmt.Sprintf("user-%d-%d", worker, i))
				if errors.Is(err, syscall.ECONNREFUSED) {
					return // the door is shut; this request never began
				}
				if !assert.NoError(t, err, "a request that had begun was lost") {
					return
				}
				l.mu.Lock()
				l.created = append(l.created, id)
				l.mu.Unlock()
				if answers.Add(1) >= stopAfter {
					stopping.Do(stop)
				}
			}
			t.Error("the server goes on and on")
		})
	}
	wait.Wait()
}

func (l *loadOnUsers) create(from *http.Client, url, token, name string) (id string, err error) {
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + name + `","name":{"familyName":"Load","givenName":"User"}}`
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/scim+json")
	response, err := from.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusCreated {
		return "", errors.Join(err, fmt.Errorf("status %d: %s", response.StatusCode, text))
	}
	var made struct {
		ID string `json:"id"`
	}
	return made.ID, json.Unmarshal(text, &made)
}
