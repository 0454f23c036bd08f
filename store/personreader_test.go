package store

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

// TestIdleReaderHoldsNobody: what a reader has read is not kept alive until it reads again.
func TestIdleReaderHoldsNobody(t *testing.T) {
	t.Parallel()
	someone := &tx{readers: &personReaders{}, dialect: &Dialect{Packs: true}}
	reader := someone.personReader(domain.WithManagedBy)
	empty := reader.row
	reader.row.has, reader.row.person.FirstName, reader.row.person.ManagedBy = uuid.New(), "Ann", []string{"x"}
	reader.row.access.Username, reader.row.link.Echo.Photos = "ann", []domain.EchoValue{{Value: "v"}}
	reader.giveBack(someone, domain.WithManagedBy)
	assert.Equal(t, empty, reader.row)
	assert.Same(t, &reader.row.access, reader.row.person.Access, "the next row is scanned into it")
}
