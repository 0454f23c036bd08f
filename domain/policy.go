package domain

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Tenant is one company. Everything else belongs to exactly one.
type Tenant struct {
	ID         uuid.UUID
	Slug       string
	Name       string
	SsoEnabled bool
	Disabled   bool // nobody gets in, through any door
	Sandbox    bool // its mails and deliveries never leave
	Policies   Policies
	// MigrationUntil is until when migrations may be started; zero: not at all.
	MigrationUntil time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Account        BusinessAccount // read by the registry only; nothing when it belongs to none
}

// Policies are the choices of a tenant or of a connection by name. What is not chosen has its default.
type Policies map[Policy]string

// Policy names a choice (DOMAIN.md, section 5.1).
type Policy string

// The policies of a tenant.
const (
	PolicyPasswordLogin   Policy = "PasswordLogin"
	PolicyInvitationTTL   Policy = "InvitationTtl"
	PolicyResetTTL        Policy = "ResetTtl"
	PolicyAdminResetTTL   Policy = "AdminResetTtl"
	PolicySessionTTL      Policy = "SessionTtl"
	PolicySessionIdle     Policy = "SessionIdleTtl"
	PolicySelfSignUp      Policy = "SelfSignUp"
	PolicyLockout         Policy = "Lockout"
	PolicyPasswordLength  Policy = "PasswordMinLength"
	PolicyPasswordHistory Policy = "PasswordHistory"
	PolicyMfaDefault      Policy = "MfaDefault"
	PolicyIdpAuthority    Policy = "IdpAuthority"
	PolicyIdpGroupsByRest Policy = "IdpGroupsEditableByRest"
	PolicyDefaultGroup    Policy = "DefaultPermissionGroup"
	PolicyMailName        Policy = "MailName"
	PolicyMailLanguage    Policy = "MailLanguage"
	PolicySignInMail      Policy = "SignInMail"
	// PolicyProvisioningLogTTL is how long the provisioning log is kept.
	PolicyProvisioningLogTTL Policy = "ProvisioningLogTtl"
)

// The policies of a connection.
const (
	PolicyMatch                Policy = "MatchPolicy"
	PolicyClaim                Policy = "ClaimPolicy"
	PolicyReactivateOnCreate   Policy = "ReactivateOnCreate"
	PolicyDelete               Policy = "DeletePolicy"
	PolicyGroupMatch           Policy = "GroupMatch"
	PolicyExternalLoginSource  Policy = "ExternalLoginSource"
	PolicyExternalIDWithoutSso Policy = "ExternalIdWithoutSso"
	PolicyScimPassword         Policy = "ScimPassword"
	PolicyScimSendInvitation   Policy = "ScimSendInvitation"
	PolicyUserPatchAnswer      Policy = "UserPatchAnswer"
	PolicyGroupRoleRules       Policy = "GroupRoleRules"
	PolicyAcceptRoles          Policy = "AcceptRoles"
)

// The values of policies that the engine and the doors ask for.
const (
	DisabledWhenSso  = "DisabledWhenSso"
	Required         = "Required"
	IdpAuthoritative = "IdpAuthoritative"
	On               = "On"
	Off              = "Off"
	Reject           = "Reject"
	ManagedOnly      = "ManagedOnly"
	RemoveAccess     = "RemoveAccess"
	Adopt            = "Adopt"
	FromUserName     = "UserName"
	FromExternalID   = "ExternalId"
	Always           = "Always"
	Never            = "Never"
	NoContent        = "NoContent"
)

// policyRule is one row of the policy table: the values that a policy takes, the default first.
type policyRule struct {
	policy     Policy
	connection bool     // a policy of connections, else of tenants
	values     []string // allowed values; nil: see kind
	kind       policyKind
	fallback   string
	least      int // of a number, as most
	most       int
	meaning    string
}

type policyKind int

const (
	policyChoice policyKind = iota
	policyDuration
	policyGroup
	policyNumber
	policyRoleRules
	policyRoles
	policyName
	policyLanguage
)

// maxPolicyName is how long a name may be that a policy holds, in characters.
const maxPolicyName = 100

// languageTag is a language and what narrows it, such as de or de-AT (RFC 5646, section 2.1, without extensions).
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

var policyTable = []policyRule{
	{policy: PolicyPasswordLogin, values: []string{"Allowed", DisabledWhenSso}, meaning: "whether people may sign in with a password"},
	{policy: PolicyInvitationTTL, kind: policyDuration, fallback: "168h", meaning: "how long an invitation lives"},
	{policy: PolicyResetTTL, kind: policyDuration, fallback: "1h", meaning: "how long a reset link lives that the person asked for"},
	{policy: PolicyAdminResetTTL, kind: policyDuration, fallback: "24h", meaning: "how long a reset link lives that an administrator sent"},
	{policy: PolicySessionTTL, kind: policyDuration, fallback: "12h", meaning: "how long a session lives"},
	{policy: PolicySessionIdle, kind: policyDuration, fallback: "1h", meaning: "how long a session lives without being used"},
	{policy: PolicySelfSignUp, values: []string{"Off", On}, meaning: "whether people may sign up by themselves"},
	{policy: PolicyLockout, kind: policyNumber, fallback: "10", least: 3, most: 100, meaning: "how many wrong passwords lock an account, for 15 minutes at first; one is forgotten every 30 minutes"},
	{policy: PolicyPasswordLength, kind: policyNumber, fallback: "12", least: 8, most: 64, meaning: "how many characters a password has at least"},
	{policy: PolicyPasswordHistory, kind: policyNumber, fallback: "4", least: 0, most: 24, meaning: "how many old passwords a person can't choose again"},
	{policy: PolicyMfaDefault, values: []string{"NotRequired", Required}, meaning: "whether new access requires MFA"},
	{policy: PolicyIdpAuthority, values: []string{"LastWriterWins", IdpAuthoritative}, meaning: "whether the native API may undo a connector's deactivation"},
	{policy: PolicyIdpGroupsByRest, values: []string{"Off", On}, meaning: "whether the native API may change groups that a connection manages"},
	{policy: PolicyProvisioningLogTTL, kind: policyDuration, fallback: "720h", meaning: "how long the provisioning log is kept"},
	{policy: PolicyDefaultGroup, kind: policyGroup, meaning: "the group that new access joins (id)"},
	{policy: PolicyMailName, kind: policyName, meaning: "what the tenant is called in mails; without it by its name"},
	{policy: PolicySignInMail, values: []string{On, Off}, meaning: "whether people get a mail when they sign in from a browser that is not known"},
	{policy: PolicyMailLanguage, kind: policyLanguage, fallback: "en", meaning: "the language of mails to people who prefer none, or one that mails are not written in (BCP 47: en or de)"},

	{policy: PolicyMatch, connection: true, values: []string{"Link", Reject}, meaning: "what a create does that matches a person without access"},
	{policy: PolicyClaim, connection: true, values: []string{"ClaimOnWrite", ManagedOnly}, meaning: "whether a first write claims a person of another source"},
	{policy: PolicyReactivateOnCreate, connection: true, values: []string{"true", "false"}, meaning: "whether a create revives a deactivated match"},
	{policy: PolicyDelete, connection: true, values: []string{"DeactivateAndHide", RemoveAccess}, meaning: "what a delete does"},
	{policy: PolicyGroupMatch, connection: true, values: []string{Reject, Adopt}, meaning: "what a group create does that meets an unmanaged group of that name"},
	{policy: PolicyExternalLoginSource, connection: true, values: []string{FromUserName, FromExternalID, "ExtensionOnly"}, meaning: "what becomes the external login while SSO is on"},
	{policy: PolicyExternalIDWithoutSso, connection: true, values: []string{"Ignore", Reject}, meaning: "what an externalId does while SSO is off and the external login comes from it"},
	{policy: PolicyScimPassword, connection: true, values: []string{"Ignore", Reject}, meaning: "what happens to a password that a connector sends"},
	{policy: PolicyScimSendInvitation, connection: true, values: []string{"Auto", Always, Never}, meaning: "whether a create mails an invitation (Auto: unless SSO is on)"},
	{policy: PolicyUserPatchAnswer, connection: true, values: []string{"Body", NoContent}, meaning: "what a user PATCH answers"},
	{policy: PolicyGroupRoleRules, connection: true, kind: policyRoleRules, meaning: "the roles that a group gets by the name under which the connector makes it (Name=RoleId,RoleId;Name=RoleId)"},
	{policy: PolicyAcceptRoles, connection: true, kind: policyRoles, fallback: Off, meaning: "the roles that a connector may give to people by the attribute roles (Off, On for every role that is not restricted, or RoleId,RoleId)"},
}

func (r policyRule) defaultValue() string {
	if r.kind == policyChoice {
		return r.values[0]
	}
	return r.fallback
}

// Get is the chosen value of the policy, or its default.
func (p Policies) Get(policy Policy) string {
	if value, chosen := p[policy]; chosen {
		return value
	}
	for _, rule := range policyTable {
		if rule.policy == policy {
			return rule.defaultValue()
		}
	}
	return ""
}

// All are the values of the policies of tenants or of connections, defaults included.
func (p Policies) All(connection bool) map[Policy]string {
	values := map[Policy]string{}
	for _, rule := range policyTable {
		if rule.connection == connection {
			values[rule.policy] = p.Get(rule.policy)
		}
	}
	return values
}

// Is reports whether the policy has that value.
func (p Policies) Is(policy Policy, value string) bool { return p.Get(policy) == value }

// Duration is the chosen duration of the policy.
func (p Policies) Duration(policy Policy) time.Duration {
	d, err := time.ParseDuration(p.Get(policy))
	if err != nil {
		return 0 // unreachable: With refuses what does not parse
	}
	return d
}

// Int is the chosen number of the policy.
func (p Policies) Int(policy Policy) int {
	number, err := strconv.Atoi(p.Get(policy))
	if err != nil {
		return 0 // unreachable: With refuses what is no number
	}
	return number
}

// ID is the chosen id of the policy, uuid.Nil when none is chosen.
func (p Policies) ID(policy Policy) uuid.UUID {
	id, err := uuid.Parse(p.Get(policy))
	if err != nil {
		return uuid.Nil
	}
	return id
}

// With gives the policies with the named ones changed; "" returns one to its default. Names and values are
// compared without case. connection tells whose policies these are.
func (p Policies) With(connection bool, changes map[string]string) (Policies, error) {
	next := maps.Clone(p)
	if next == nil {
		next = Policies{}
	}
	var found problems
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		rule, known := findPolicy(connection, name)
		if !known {
			found.add(name, "There is no such policy here; known are %s.", strings.Join(policyNames(connection), ", "))
			continue
		}
		value, problem := rule.parse(changes[name])
		switch {
		case problem != "":
			found.add(name, "%s", problem)
		case value == "":
			delete(next, rule.policy)
		default:
			next[rule.policy] = value
		}
	}
	return next, found.err()
}

func findPolicy(connection bool, name string) (policyRule, bool) {
	for _, rule := range policyTable {
		if rule.connection == connection && strings.EqualFold(string(rule.policy), name) {
			return rule, true
		}
	}
	return policyRule{}, false
}

func policyNames(connection bool) []string {
	var names []string
	for _, rule := range policyTable {
		if rule.connection == connection {
			names = append(names, string(rule.policy))
		}
	}
	return names
}

// parse gives the value as it is stored, or what is wrong with it.
func (r policyRule) parse(value string) (parsed, problem string) {
	if value == "" {
		return "", ""
	}
	switch r.kind {
	case policyDuration:
		if d, err := time.ParseDuration(value); err != nil || d < time.Minute {
			return "", "A duration of at least one minute is needed, like 24h or 90m."
		}
		return value, ""
	case policyNumber:
		if number, err := strconv.Atoi(value); err != nil || number < r.least || number > r.most {
			return "", fmt.Sprintf("A number from %d to %d is needed.", r.least, r.most)
		}
		return value, ""
	case policyGroup:
		id, err := uuid.Parse(value)
		if err != nil {
			return "", "The id of a group is needed."
		}
		return id.String(), ""
	case policyName:
		return parsePolicyName(value)
	case policyLanguage:
		if !languageTag.MatchString(value) {
			return "", "A language is needed, like en or de-AT."
		}
		return value, ""
	case policyRoleRules:
		return value, checkRoleRules(value)
	case policyRoles:
		return parseAcceptRoles(value)
	}
	for _, allowed := range r.values {
		if strings.EqualFold(allowed, value) {
			return allowed, ""
		}
	}
	return "", "Allowed are " + strings.Join(r.values, ", ") + "."
}

// parsePolicyName takes a name of one line.
func parsePolicyName(value string) (parsed, problem string) {
	value = strings.TrimSpace(value)
	if utf8.RuneCountInString(value) > maxPolicyName || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return "", fmt.Sprintf("A name of one line and at most %d characters is needed.", maxPolicyName)
	}
	return value, ""
}

// PolicyInfo describes a policy for help texts and documents.
type PolicyInfo struct {
	Name       Policy
	Connection bool
	Values     []string
	Default    string
	Meaning    string
}

// PolicyCatalogue lists every policy.
func PolicyCatalogue() []PolicyInfo {
	list := make([]PolicyInfo, len(policyTable))
	for i, rule := range policyTable {
		list[i] = PolicyInfo{rule.policy, rule.connection, rule.values, rule.defaultValue(), rule.meaning}
	}
	return list
}
