package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/client"
)

// TestScenario40_AReportIsOfOneTenantAndAWeek also fetches the file as an integrator does, with the client.
func TestScenario40_AReportIsOfOneTenantAndAWeek(t *testing.T) {
	scenario(t, func(s *scene) {
		const week = `{"Name":"June","StartDate":"2025-06-01T01:54:45.000Z","EndDate":"2025-06-%sT02:54:45.000Z","ReportType":"sign-up-summary","ReportFormat":"csv"}`
		s.ask("rest", "POST /UserManagement/Reports", fmt.Sprintf(week, "08")).gets(202, `{"JobId":"{{june=uuid}}","Status":"Scheduled"}`)
		s.ask("rest", "POST /UserManagement/Reports", fmt.Sprintf(week, "09")).refused(400, "report_range")
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ana","LastName":"Silva","EmailAddresses":[{"Address":"ana@example.org"}],"UserAccess":{"Username":"ana"}}`).gets(201, capturesAna)
		s.ask("scim", "POST /Users", `{"userName":"bea"}`).gets(201, `{"id":"{{bea=uuid}}","...":"..."}`)
		s.given("tenant beta", "caller beta-rest rest tenant=beta permissions=all", "caller beta-scim scim tenant=beta")
		s.ask("beta-rest", "POST /Common/Persons", `{"FirstName":"Foreign","LastName":"One","UserAccess":{"Username":"foreign1","SendInvitation":false}}`).gets(201, `{"...":"..."}`)
		s.ask("beta-scim", "POST /Users", `{"userName":"foreign2"}`).gets(201, `{"...":"..."}`)
		today := s.now().Format("2006-01-02")
		s.ask("rest", "POST /UserManagement/Reports", `{"Name":"today","StartDate":"`+today+`T00:00:00Z","EndDate":"`+today+`T23:59:59Z","ReportType":"data-export","ReportFormat":"csv"}`).
			gets(202, `{"JobId":"{{job=uuid}}","Status":"Scheduled"}`)
		s.given("report")

		bridge, err := client.New(client.Config{URL: s.url, Token: s.token("rest")})
		require.NoError(s.t, err)
		var file, june bytes.Buffer
		require.NoError(s.t, bridge.DownloadReport(s.t.Context(), s.seen["job"], &file))
		require.NoError(s.t, bridge.DownloadReport(s.t.Context(), s.seen["june"], &june))
		assert.Equal(s.t, "CREATED_ON,CLIENT_ID,LEGACY_ID,LAST_SUCCESS,MODIFIED_ON\n", june.String())
		rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
		require.NoError(s.t, err)
		require.Len(s.t, rows, 3)
		assert.Equal(s.t, []string{s.seen["ana"], "ana", "ana@example.org", "Ana", "Silva", "1", "1", "false"}, rows[1][:8])
		assert.Equal(s.t, []string{s.seen["bea"], "bea"}, rows[2][:2])
		assert.NotContains(s.t, file.String(), "oreign")

		err = bridge.DownloadReport(s.t.Context(), s.seen["ana"], &file)
		assert.Equal(s.t, "not_found", client.CodeOf(err))
		page, err := bridge.Reports(s.t.Context(), client.Window{})
		require.NoError(s.t, err)
		assert.Len(s.t, page.Items, 2)
		assert.Equal(s.t, 2, s.count("audit_event WHERE action = 'REPORT_SCHEDULED'"))
		assert.Equal(s.t, 2, s.count("audit_event WHERE action = 'REPORT_COMPLETED' AND door = 'System'"))
		assert.Equal(s.t, 2, s.count("audit_event WHERE action = 'REPORT_DOWNLOADED'"))
		assert.Equal(s.t, 2, s.count("domain_event WHERE type = 'REPORT_COMPLETED'"))
	})
}
