package openapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/rest/openapi/openapitest"
)

func TestDocumentIsSound(t *testing.T) {
	t.Parallel()
	_, err := openapitest.Document()
	require.NoError(t, err)
}
