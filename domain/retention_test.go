package domain_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestPurge(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		const many = 2*domain.Batch + 1
		for i := range many {
			owner := []*company{s.acme, s.beta}[i%2]
			s.SQL(t, `INSERT INTO idempotency_record (tenant_id, credential_id, route, key, body_hash, header, expires_at) VALUES (?, ?, 'r', ?, ?, '{}', ?)`,
				owner.id, owner.rest.Actor.ID, fmt.Sprint(i), []byte{1}, s.clock().Add(-59*time.Minute).UnixMicro())
		}
		removed, err := s.engine.Housekeeping.Purge(t.Context())
		require.NoError(t, err)
		assert.Zero(t, removed)
		s.pass(2 * time.Minute)
		removed, err = s.engine.Housekeeping.Purge(t.Context())
		require.NoError(t, err)
		assert.Equal(t, many, removed)
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM idempotency_record"))
	})
}

// TestRetentionIsDocumented holds the table of docs/operation.md to what is done.
func TestRetentionIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operation.md")
	require.NoError(t, err)
	for _, kept := range domain.Retentions() {
		span := fmt.Sprintf("%d days", int(kept.For.Hours()/24))
		if kept.For < 24*time.Hour {
			span = fmt.Sprintf("%d hour", int(kept.For.Hours()))
		}
		row := fmt.Sprintf("| %s | %s after %s |", kept.What, span, kept.From)
		assert.True(t, strings.Contains(string(text), row), "docs/operation.md lacks: %s", row)
	}
}
