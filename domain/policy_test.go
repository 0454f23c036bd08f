package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestPolicyDefaultsNeedNoChoice(t *testing.T) {
	t.Parallel()
	var none domain.Policies
	assert.Equal(t, "Link", none.Get(domain.PolicyMatch))
	assert.Equal(t, 7*24*time.Hour, none.Duration(domain.PolicyInvitationTTL))
	assert.True(t, none.Is(domain.PolicyReactivateOnCreate, "true"))
	for _, info := range domain.PolicyCatalogue() {
		assert.Equal(t, info.Default, none.Get(info.Name), info.Name)
		assert.NotEmpty(t, info.Meaning, info.Name)
	}
}

func TestPoliciesTakeNamesAndValuesInAnyCase(t *testing.T) {
	t.Parallel()
	chosen, err := domain.Policies(nil).With(true, map[string]string{"matchpolicy": "reject", "DeletePolicy": "REMOVEACCESS"})
	require.NoError(t, err)
	assert.Equal(t, domain.Policies{domain.PolicyMatch: domain.Reject, domain.PolicyDelete: domain.RemoveAccess}, chosen)
	back, err := chosen.With(true, map[string]string{"MatchPolicy": ""})
	require.NoError(t, err)
	assert.Equal(t, domain.Policies{domain.PolicyDelete: domain.RemoveAccess}, back, "an empty value returns to the default")
	assert.Equal(t, domain.Reject, chosen.Get(domain.PolicyMatch), "the original is untouched")
}

func TestPoliciesOfMails(t *testing.T) {
	t.Parallel()
	var none domain.Policies
	assert.Equal(t, []string{"", "en"}, []string{none.Get(domain.PolicyMailName), none.Get(domain.PolicyMailLanguage)})
	chosen, err := none.With(false, map[string]string{"mailname": " Åcme & Söhne <GmbH> ", "MailLanguage": "de-AT"})
	require.NoError(t, err)
	assert.Equal(t, domain.Policies{domain.PolicyMailName: "Åcme & Söhne <GmbH>", domain.PolicyMailLanguage: "de-AT"}, chosen)
}

func TestPoliciesRefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]string{
		"an unknown policy":             {"NoSuch": "x"},
		"a policy of the other owner":   {"MatchPolicy": "Link"},
		"an unknown value":              {"MfaDefault": "Maybe"},
		"a duration that is none":       {"InvitationTtl": "soon"},
		"a duration under a minute":     {"InvitationTtl": "1s"},
		"a group that is no id":         {"DefaultPermissionGroup": "staff"},
		"a name of two lines":           {"MailName": "Acme\nBcc: eve@example.org"},
		"a name that is too long":       {"MailName": strings.Repeat("é", 101)},
		"a name that is no text":        {"MailName": "Acme\xff"},
		"a language that is none":       {"MailLanguage": "German"},
		"a list of languages":           {"MailLanguage": "de, en"},
		"a language with more":          {"MailLanguage": "de\r\nBcc: x"},
		"one good and one bad together": {"MfaDefault": "Required", "InvitationTtl": "-1h"},
	} {
		_, err := domain.Policies(nil).With(false, change)
		assert.True(t, domain.Is(err, domain.CodeValidation), name)
	}
}
