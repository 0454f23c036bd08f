package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain/report"
)

// TestAFileThatGoesAwayIsCutOff: nobody takes a part of a file for the whole.
func TestAFileThatGoesAwayIsCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.send("POST", "/UserManagement/Reports", acceptableBodies["POST /UserManagement/Reports"]).is(202).text("JobId")
	require.NoError(t, report.New(w.engine.Base()).Work(t.Context()))
	path := "/UserManagement/Reports/" + job + "/Download"
	whole := w.send("GET", path, "").is(200)
	assert.True(t, strings.HasPrefix(whole.body, "CLIENT_ID,USERNAME,"), whole.body)
	assert.Equal(t, "text/csv; charset=utf-8", whole.header.Get("Content-Type"))
	assert.Equal(t, "no-store", whole.header.Get("Cache-Control"))
	fetched := "SELECT COUNT(*) FROM audit_event WHERE action = 'REPORT_DOWNLOADED'"
	require.Equal(t, 1, w.Number(t, fetched))
	head := w.send("HEAD", path, "").is(200)
	assert.Equal(t, 1, w.Number(t, fetched), "nobody has fetched it by that")
	assert.Empty(t, head.body)
	assert.Equal(t, whole.header.Get("Content-Length"), head.header.Get("Content-Length"))
	w.SQL(t, "DELETE FROM report_chunk")
	request := httptest.NewRequest("GET", "/api/v1"+path, nil)
	request.Header.Set("Authorization", "Bearer "+w.token)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { w.door.ServeHTTP(httptest.NewRecorder(), request) })
}
