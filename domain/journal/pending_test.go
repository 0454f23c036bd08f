package journal

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func note(p *pending, tenant uuid.UUID, operation domain.ProvisioningOperation, outcome domain.ProvisioningOutcome, count int) {
	for range count {
		p.add(waiting{tenant, &domain.ProvisioningEntry{At: noon, Operation: operation, Outcome: outcome}})
	}
}

// TestOverload: reads give way to refusals, nothing grows without bound, and whatever is left out is told, once a minute.
func TestOverload(t *testing.T) {
	t.Parallel()
	p, tenant := newPending(), uuid.New()
	note(p, tenant, domain.ProvisioningRead, domain.ProvisioningSucceeded, maxReads+7)
	assert.Empty(t, p.full, "reads wait for their second")
	assert.Len(t, p.entries, maxReads, "so many reads as one write takes")
	note(p, tenant, domain.ProvisioningCreate, domain.ProvisioningRefused, maxPending-maxReads)
	note(p, tenant, domain.ProvisioningSearch, domain.ProvisioningRefused, 3)
	assert.Equal(t, maxReads-3, p.reads, "a refusal takes the place of a read")
	note(p, tenant, domain.ProvisioningCreate, domain.ProvisioningRefused, maxReads-3)
	note(p, tenant, domain.ProvisioningCreate, domain.ProvisioningFailed, 2)
	assert.Len(t, p.entries, maxPending)
	assert.Equal(t, Omitted{Reads: maxReads + 7, Others: 2}, p.total)
	assert.Len(t, p.full, 1, "whoever writes was told")

	batch := p.take(noon)[tenant]
	told := batch[len(batch)-1]
	assert.Len(t, batch, maxPending+1)
	assert.Equal(t, domain.ProvisioningOmitted, told.Operation)
	assert.Equal(t, []string{"507 reads and 2 other requests are not in the log: there were too many at once"}, told.Notes)

	note(p, tenant, domain.ProvisioningRead, domain.ProvisioningSucceeded, maxReads+1)
	assert.Len(t, p.take(noon.Add(omitEvery - 1))[tenant], maxReads, "not told again at once")
	batch = p.take(noon.Add(omitEvery))[tenant]
	assert.Equal(t, []string{"1 reads and 0 other requests are not in the log: there were too many at once"}, batch[0].Notes)
	assert.Empty(t, p.take(noon.Add(2*omitEvery)))
	assert.Empty(t, p.omitted)
}
