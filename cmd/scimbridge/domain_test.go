package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDomainCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.object("tenant", "create", "--slug", "acme")
	added := s.object("domain", "add", "Example.INVALID", "--tenant", "acme")
	assert.Equal(t, "example.invalid", added["Domain"])
	assert.Equal(t, "_scimbridge.example.invalid", added["Record"])
	assert.Contains(t, added["Text"], "scimbridge-verification=")
	list := s.object("domain", "list", "--tenant", "acme")["Items"].([]any)
	require.Len(t, list, 1)
	assert.Equal(t, added, list[0])
	assert.Equal(t, "example.invalid", s.object("domain", "remove", "example.invalid", "--tenant", "acme")["Domain"])
	assert.Empty(t, s.object("domain", "list", "--tenant", "acme")["Items"])
}
