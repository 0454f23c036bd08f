package rest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// problem is a row of the error table: how a code of the domain is answered.
type problem struct {
	status int
	title  string
}

// problems maps every code of the domain; a test proves it total.
var problems = map[domain.Code]problem{
	domain.CodeValidation:            {http.StatusBadRequest, "Validation failed"},
	domain.CodeUnknownField:          {http.StatusBadRequest, "Unknown field"},
	domain.CodeProtectedField:        {http.StatusBadRequest, "Protected field"},
	domain.CodePasswordNotAccepted:   {http.StatusBadRequest, "Passwords are not accepted"},
	domain.CodePersonOwnedField:      {http.StatusBadRequest, "Field belongs to the person"},
	domain.CodeAccessNotUpdatable:    {http.StatusBadRequest, "User access can't be updated here"},
	domain.CodePrimaryEmailRequired:  {http.StatusBadRequest, "Primary e-mail required"},
	domain.CodeTokenInvalid:          {http.StatusBadRequest, "Token not valid"},
	domain.CodePasswordPolicy:        {http.StatusBadRequest, "Password not acceptable"},
	domain.CodeOldPasswordWrong:      {http.StatusBadRequest, "Old password wrong"},
	domain.CodeReportRange:           {http.StatusBadRequest, "Range of the report not possible"},
	domain.CodeManagerCycle:          {http.StatusBadRequest, "Manager cycle"},
	domain.CodeMalformedJSON:         {http.StatusBadRequest, "Malformed JSON"},
	domain.CodeDuplicateKey:          {http.StatusBadRequest, "Duplicate key"},
	domain.CodeInvalidParameter:      {http.StatusBadRequest, "Invalid parameter"},
	domain.CodeUnknownPermission:     {http.StatusBadRequest, "Unknown permission"},
	domain.CodeSearchTooCostly:       {http.StatusBadRequest, "Search too costly"},
	domain.CodeInvalidCursor:         {http.StatusBadRequest, "Invalid cursor"},
	domain.CodeExpiredCursor:         {http.StatusBadRequest, "Expired cursor"},
	domain.CodePayloadTooLarge:       {http.StatusRequestEntityTooLarge, "Payload too large"},
	domain.CodeUnsupportedMediaType:  {http.StatusUnsupportedMediaType, "Unsupported media type"},
	domain.CodeMethodNotAllowed:      {http.StatusMethodNotAllowed, "Method not allowed"},
	domain.CodeIdempotencyKeyReuse:   {http.StatusUnprocessableEntity, "Idempotency key reused"},
	domain.CodeIdempotencyInProgress: {http.StatusConflict, "Request in progress"},
	domain.CodeURLTooLong:            {http.StatusRequestURITooLong, "URL too long"},
	domain.CodeHeaderTooLarge:        {http.StatusRequestHeaderFieldsTooLarge, "Header too large"},
	domain.CodeMisdirected:           {http.StatusMisdirectedRequest, "Misdirected request"},

	domain.CodeUnauthenticated:       {http.StatusUnauthorized, "Not authenticated"},
	domain.CodeInvalidCredentials:    {http.StatusUnauthorized, "Credentials not valid"},
	domain.CodeMfaCodeRequired:       {http.StatusForbidden, "Code required"},
	domain.CodeMfaEnrollmentRequired: {http.StatusForbidden, "Enrolment required"},
	domain.CodePasswordResetRequired: {http.StatusForbidden, "Password reset required"},
	domain.CodeSignInAgain:           {http.StatusForbidden, "Sign in again"},
	domain.CodeAdminPasswordSet:      {http.StatusForbidden, "Passwords are their persons' own"},
	domain.CodeSignUpDisabled:        {http.StatusForbidden, "Sign-up disabled"},
	domain.CodePermissionDenied:      {http.StatusForbidden, "Permission denied"},
	domain.CodeReadOnlyCredential:    {http.StatusForbidden, "Read-only credential"},
	domain.CodeRestricted:            {http.StatusForbidden, "Restricted permission"},
	domain.CodePrivilegeEscalation:   {http.StatusForbidden, "Privilege escalation"},
	domain.CodeRoleWeight:            {http.StatusForbidden, "Role too heavy"},
	domain.CodeConnectionNotManaging: {http.StatusForbidden, "Not managed by this connection"},
	domain.CodeProtectedAccount:      {http.StatusForbidden, "Protected account"},

	domain.CodePersonNotFound:           {http.StatusNotFound, "Person not found"},
	domain.CodeTenantNotFound:           {http.StatusNotFound, "Tenant not found"},
	domain.CodeRoleNotFound:             {http.StatusNotFound, "Role not found"},
	domain.CodeGroupNotFound:            {http.StatusNotFound, "Permission group not found"},
	domain.CodeOrganizationNotFound:     {http.StatusNotFound, "Organization not found"},
	domain.CodeIdentityProviderNotFound: {http.StatusNotFound, "Identity provider not found"},
	domain.CodeNoMatchingUser:           {http.StatusNotFound, "No matching user"},
	domain.CodeUnknownMember:            {http.StatusNotFound, "Unknown member"},
	domain.CodeUnsupportedVersion:       {http.StatusNotFound, "Unsupported API version"},
	domain.CodeRouteNotFound:            {http.StatusNotFound, "Route not found"},
	domain.CodeNotFound:                 {http.StatusNotFound, "Not found"},

	domain.CodeNotProvisioned:        {http.StatusConflict, "Not provisioned"},
	domain.CodeAlreadyProvisioned:    {http.StatusConflict, "Already provisioned"},
	domain.CodeAlreadyActive:         {http.StatusConflict, "Already active"},
	domain.CodeNotActivated:          {http.StatusConflict, "Not activated"},
	domain.CodeAccountInactive:       {http.StatusConflict, "Account inactive"},
	domain.CodeAnonymized:            {http.StatusConflict, "Anonymized"},
	domain.CodeUsernameTaken:         {http.StatusConflict, "Username taken"},
	domain.CodeUsernameOwned:         {http.StatusConflict, "Username owned by user access"},
	domain.CodeEmailInUse:            {http.StatusConflict, "E-mail address in use"},
	domain.CodeEmailRequired:         {http.StatusConflict, "E-mail address required"},
	domain.CodeEmployeeNumberInUse:   {http.StatusConflict, "Employee number in use"},
	domain.CodeExternalLoginInUse:    {http.StatusConflict, "External login in use"},
	domain.CodeExternalKeyInUse:      {http.StatusConflict, "External key in use"},
	domain.CodeSsoNotEnabled:         {http.StatusConflict, "SSO not enabled"},
	domain.CodePasswordLoginDisabled: {http.StatusConflict, "Password login disabled"},
	domain.CodeManagedByIdp:          {http.StatusConflict, "Managed by the identity provider"},
	domain.CodeGroupManagedByIdp:     {http.StatusConflict, "Group managed by the identity provider"},
	domain.CodeGroupNameTaken:        {http.StatusConflict, "Group name taken"},
	domain.CodeRoleNameTaken:         {http.StatusConflict, "Role name taken"},
	domain.CodeRoleInUse:             {http.StatusConflict, "Role in use"},
	domain.CodeOrganizationInUse:     {http.StatusConflict, "Organization in use"},
	domain.CodeDomainTaken:           {http.StatusConflict, "Domain taken"},
	domain.CodeDomainUnproven:        {http.StatusConflict, "Domain not proved"},
	domain.CodePrefixTaken:           {http.StatusConflict, "Prefix taken"},
	domain.CodeIdentityProviderInUse: {http.StatusConflict, "Identity provider in use"},
	domain.CodeMailNotResendable:     {http.StatusConflict, "Mail not resendable"},
	domain.CodeVersionConflict:       {http.StatusConflict, "Version conflict"},
	domain.CodeLastAdministrator:     {http.StatusConflict, "Last administrator"},
	domain.CodeHomeTenant:            {http.StatusConflict, "Home tenant"},
	domain.CodeUserAccessExists:      {http.StatusConflict, "User access exists"},
	domain.CodeAmbiguousMatch:        {http.StatusConflict, "Ambiguous match"},
	domain.CodeAmbiguousNameID:       {http.StatusConflict, "Ambiguous name"},
	domain.CodeAmbiguousEmail:        {http.StatusConflict, "Ambiguous e-mail address"},
	domain.CodeAnonymizationBlocked:  {http.StatusConflict, "Anonymization blocked"},
	domain.CodeTenantSlugTaken:       {http.StatusConflict, "Tenant slug taken"},
	domain.CodeVersionMismatch:       {http.StatusPreconditionFailed, "Version mismatch"},
	domain.CodeMigrationClosed:       {http.StatusConflict, "Migration closed"},
	domain.CodeReportNotReady:        {http.StatusConflict, "Report not ready"},
	domain.CodeReportExpired:         {http.StatusGone, "Report expired"},
	domain.CodeBulkFailed:            {http.StatusConflict, "Bulk failed"},
	domain.CodeResendTooSoon:         {http.StatusTooManyRequests, "Too soon"},
	domain.CodeRateLimited:           {http.StatusTooManyRequests, "Too many requests"},

	domain.CodeProvisioningFailed: {http.StatusBadGateway, "Provisioning failed"},
	domain.CodeOverloaded:         {http.StatusServiceUnavailable, "Overloaded"},
	domain.CodeUnavailable:        {http.StatusServiceUnavailable, "Unavailable"},
	domain.CodeStorageFull:        {http.StatusInsufficientStorage, "Storage full"},
	domain.CodeInternal:           {http.StatusInternalServerError, "Internal error"},
}

// problemDocument is the body of an error (RFC 9457). Detail is for people, Code for programs.
type problemDocument struct {
	Type    string              `json:"type"`
	Title   string              `json:"title"`
	Status  int                 `json:"status"`
	Detail  string              `json:"detail"`
	Code    domain.Code         `json:"code"`
	Errors  map[string][]string `json:"errors,omitempty"`
	TraceID string              `json:"traceId"`
	// Results are those of the parts of a request by whose fault all of it was refused.
	Results []bulkResultView `json:"Results,omitempty"`
	// SessionToken and ExpiresAt are those of the session with which to enrol a second factor, or to show a passkey; only in that error.
	SessionToken string  `json:"SessionToken,omitempty"`
	ExpiresAt    instant `json:"ExpiresAt,omitzero"`
	// Blockers are what stands in the way of anonymising.
	Blockers []blockerView `json:"Blockers,omitempty"`
}

func resultsOf(err error) []bulkResultView {
	if batch, ok := errors.AsType[*batchRefused](err); ok {
		return batch.results
	}
	return nil
}

func unknownCause() *domain.Error {
	return domain.Refuse(domain.CodeInternal, "", "Something went wrong on our side. Tell us the traceId if it happens again.")
}

// Refuse writes an error as a problem document. What is no refusal of ours is logged and answered with a mute 500.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	own, ok := errors.AsType[*domain.Error](err)
	if !ok || own.Code == domain.CodeInternal {
		web.LogError(r.Context(), err)
		own = unknownCause()
	}
	row, known := problems[own.Code]
	if !known {
		row = problems[domain.CodeInternal]
	}
	header := w.Header()
	if row.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="scimbridge"`)
	}
	if seconds := web.RetryAfter(err); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	document := problemDocument{
		Type: "urn:scimbridge:problem:" + string(own.Code), Title: row.title, Status: row.status, Detail: own.Message,
		Code: own.Code, Errors: errorsOf(own), TraceID: web.RequestID(r.Context()), Results: resultsOf(err),
		Blockers: each(own.Blockers, viewBlocker),
	}
	if half, is := errors.AsType[*halfSignedIn](err); is {
		document.SessionToken, document.ExpiresAt = half.opened.Token, instant(half.opened.ExpiresAt)
	}
	body, err := json.Marshal(document, json.Deterministic(true))
	if err != nil {
		web.LogError(r.Context(), err)
	}
	header.Set("Content-Type", "application/problem+json")
	w.WriteHeader(row.status)
	_, _ = w.Write(body) // a client that is gone can't be told
}

// errorsOf lists what an error says about fields, under their names in this API.
func errorsOf(err *domain.Error) map[string][]string {
	fields := err.Fields
	if len(fields) == 0 && err.Attribute != "" {
		fields = []domain.FieldError{{Attribute: err.Attribute, Message: err.Message}}
	}
	list := map[string][]string{}
	for _, field := range fields {
		name := apiName(field.Attribute)
		list[name] = append(list[name], field.Message)
	}
	return list
}

// apiName is how this API calls an attribute of the domain.
func apiName(attribute string) string {
	if attribute == domain.AttrSuggestedUsername.Name {
		return "Username"
	}
	return attribute
}
