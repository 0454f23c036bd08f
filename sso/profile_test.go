package sso

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestTimes is SECURITY.md, row C12: each time a second to either side of its bound.
func TestTimes(t *testing.T) {
	t.Parallel()
	ahead, behind := noon.Add(Skew), noon.Add(-Skew)
	for name, row := range map[string]struct {
		path, attribute string
		fine, bad       time.Time
	}{
		"NotBefore":                   {"Conditions", "NotBefore", ahead, ahead.Add(time.Second)},
		"NotOnOrAfter":                {"Conditions", "NotOnOrAfter", behind.Add(time.Second), behind},
		"confirmation's NotBefore":    {"SubjectConfirmationData", "NotBefore", ahead, ahead.Add(time.Second)},
		"confirmation's NotOnOrAfter": {"SubjectConfirmationData", "NotOnOrAfter", behind.Add(time.Second), behind},
		"SessionNotOnOrAfter":         {"AuthnStatement", "SessionNotOnOrAfter", behind.Add(time.Second), behind},
		"response of the future":      {".", "IssueInstant", ahead, ahead.Add(time.Second)},
		"response of the past":        {".", "IssueInstant", behind.Add(-MaxAge), behind.Add(-MaxAge - time.Second)},
		"assertion of the future":     {"Assertion", "IssueInstant", ahead, ahead.Add(time.Second)},
		"assertion of the past":       {"Assertion", "IssueInstant", behind.Add(-MaxAge), behind.Add(-MaxAge - time.Second)},
	} {
		for at, fine := range map[time.Time]bool{row.fine: true, row.bad: false} {
			response := plain()
			set(row.path, row.attribute, stamp(at))(response)
			_, err := examine(bytesOf(theIdP().sign(response)), goodTerms(), noon)
			assert.Equal(t, fine, err == nil, "%s %s: %v", name, at, err)
		}
	}
}
