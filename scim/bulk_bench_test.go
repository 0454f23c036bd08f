package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkBulk measures a Bulk of 1,000 creates. Besides the durable databases it should be of, it tells what one of a
// thousand costs.
func BenchmarkBulk(b *testing.B) {
	for _, database := range databases {
		b.Run(database.name, func(b *testing.B) {
			bridge := newBridgeOn(b, database.open(b))
			round := 0
			b.ReportAllocs()
			for b.Loop() {
				round++
				if status := bridge.status("POST", "/Bulk", bulkOfCreates(fmt.Sprintf("round%d-", round), maxOperations)); status != http.StatusOK {
					b.Fatal(status)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(round*maxOperations), "µs/create")
			if total := bridge.acme.do(b, "GET", "/Users?count=0", "").at("totalResults"); total != float64(round*maxOperations) {
				b.Fatal(total, "people")
			}
		})
	}
}

// bulkOfCreates is a Bulk that creates people as a connector does, each with a name that begins with prefix.
func bulkOfCreates(prefix string, count int) string {
	operations := make([]string, count)
	for i := range operations {
		name := fmt.Sprintf("%s%d", prefix, i)
		operations[i] = `{"method":"POST","path":"/Users","bulkId":"` + name + `","data":{"schemas":["` + userURN + `"],"userName":"` + name + `@example.org","externalId":"` + name +
			`","name":{"givenName":"Ana","familyName":"Ito"},"emails":[{"primary":true,"value":"` + name + `@example.org","type":"work"}],"displayName":"Ana Ito","active":true}}`
	}
	return `{"schemas":["` + bulkRequestURN + `"],"Operations":[` + strings.Join(operations, ",") + `]}`
}
