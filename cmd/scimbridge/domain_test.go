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
	foreign := s.object("domain", "add", "Bücher.invalid", "--tenant", "acme")
	assert.Equal(t, []any{"xn--bcher-kva.invalid", "bücher.invalid"}, []any{foreign["Domain"], foreign["Readable"]})
	_, out, _ := s.run("domain", "list", "--tenant", "acme")
	assert.Contains(t, out, "xn--bcher-kva.invalid (bücher.invalid)")
	s.object("domain", "remove", "bücher.invalid", "--tenant", "acme")
	assert.Equal(t, "example.invalid", s.object("domain", "remove", "example.invalid", "--tenant", "acme")["Domain"])
	assert.Empty(t, s.object("domain", "list", "--tenant", "acme")["Items"])
}
