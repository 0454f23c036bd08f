package domain

import (
	"errors"
	"fmt"
	"time"
)

// Code names what went wrong, independent of any protocol. Each door maps every code to its own answer.
type Code string

// The codes that the engine and the doors use.
const (
	// Bad input.
	CodeValidation            Code = "validation_failed"
	CodeUnknownField          Code = "unknown_field"
	CodeProtectedField        Code = "protected_field"
	CodePasswordNotAccepted   Code = "password_not_accepted"
	CodePersonOwnedField      Code = "person_owned_field"
	CodeAccessNotUpdatable    Code = "user_access_not_updatable_here"
	CodePrimaryEmailRequired  Code = "primary_email_required"
	CodeTokenInvalid          Code = "token_invalid"
	CodePasswordPolicy        Code = "password_policy"
	CodeOldPasswordWrong      Code = "old_password_wrong"
	CodeReportRange           Code = "report_range"
	CodeManagerCycle          Code = "manager_cycle"
	CodeMalformedJSON         Code = "malformed_json"
	CodeDuplicateKey          Code = "duplicate_key"
	CodeInvalidParameter      Code = "invalid_parameter"
	CodeUnknownPermission     Code = "unknown_permission"
	CodeSearchTooCostly       Code = "search_too_costly"
	CodeInvalidCursor         Code = "invalid_cursor"
	CodeExpiredCursor         Code = "expired_cursor"
	CodePayloadTooLarge       Code = "payload_too_large"
	CodeUnsupportedMediaType  Code = "unsupported_media_type"
	CodeMethodNotAllowed      Code = "method_not_allowed"
	CodeIdempotencyKeyReuse   Code = "idempotency_key_reuse"
	CodeIdempotencyInProgress Code = "idempotency_in_progress"
	CodeURLTooLong            Code = "url_too_long"
	CodeHeaderTooLarge        Code = "header_too_large"
	CodeMisdirected           Code = "misdirected_request"

	// Who is asking.
	CodeUnauthenticated       Code = "unauthenticated"
	CodePermissionDenied      Code = "permission_denied"
	CodeReadOnlyCredential    Code = "read_only_credential"
	CodeRestricted            Code = "restricted_permission"
	CodePrivilegeEscalation   Code = "privilege_escalation"
	CodeInvalidCredentials    Code = "invalid_credentials"
	CodeMfaCodeRequired       Code = "mfa_code_required"
	CodeMfaEnrollmentRequired Code = "mfa_enrollment_required"
	CodePasswordResetRequired Code = "password_reset_required"
	CodeSignInAgain           Code = "sign_in_again"
	CodeAdminPasswordSet      Code = "admin_password_set_forbidden"
	CodeSignUpDisabled        Code = "sign_up_disabled"
	CodeRoleWeight            Code = "role_weight"

	// What is not there.
	CodePersonNotFound           Code = "person_not_found"
	CodeTenantNotFound           Code = "tenant_not_found"
	CodeRoleNotFound             Code = "role_not_found"
	CodeGroupNotFound            Code = "group_not_found"
	CodeOrganizationNotFound     Code = "organization_not_found"
	CodeIdentityProviderNotFound Code = "identity_provider_not_found"
	CodeNoMatchingUser           Code = "no_matching_user"
	CodeUnsupportedVersion       Code = "unsupported_api_version"
	CodeRouteNotFound            Code = "route_not_found"
	CodeNotFound                 Code = "not_found"

	// What does not fit the present state.
	CodeNotProvisioned        Code = "not_provisioned"
	CodeAlreadyProvisioned    Code = "already_provisioned"
	CodeAlreadyActive         Code = "already_active"
	CodeNotActivated          Code = "not_activated"
	CodeAccountInactive       Code = "account_inactive"
	CodeAnonymized            Code = "anonymized"
	CodeUsernameTaken         Code = "username_taken"
	CodeUsernameOwned         Code = "username_owned_by_user_access"
	CodeEmailInUse            Code = "email_in_use"
	CodeEmailRequired         Code = "email_required_while_invited"
	CodeEmployeeNumberInUse   Code = "employee_number_in_use"
	CodeExternalLoginInUse    Code = "external_login_in_use"
	CodeExternalKeyInUse      Code = "external_key_in_use"
	CodeSsoNotEnabled         Code = "sso_not_enabled"
	CodePasswordLoginDisabled Code = "password_login_disabled"
	CodeManagedByIdp          Code = "managed_by_idp"
	CodeGroupManagedByIdp     Code = "group_managed_by_idp"
	CodeGroupNameTaken        Code = "group_name_taken"
	CodeRoleNameTaken         Code = "role_name_taken"
	CodeRoleInUse             Code = "role_in_use"
	CodeOrganizationInUse     Code = "organization_in_use"
	CodePrefixTaken           Code = "prefix_taken"
	CodeDomainTaken           Code = "domain_taken"
	CodeDomainUnproven        Code = "domain_unproven"
	CodeIdentityProviderInUse Code = "identity_provider_in_use"
	CodeMailNotResendable     Code = "mail_not_resendable"
	CodeVersionConflict       Code = "version_conflict"
	CodeLastAdministrator     Code = "last_administrator"
	CodeHomeTenant            Code = "home_tenant"
	CodeUserAccessExists      Code = "user_access_exists"
	CodeAmbiguousMatch        Code = "ambiguous_match"
	CodeAmbiguousNameID       Code = "ambiguous_name_id"
	CodeConnectionNotManaging Code = "not_managed_by_connection"
	CodeProtectedAccount      Code = "protected_account"
	CodeUnknownMember         Code = "unknown_member"
	CodeTenantSlugTaken       Code = "tenant_slug_taken"
	CodeAmbiguousEmail        Code = "ambiguous_email"
	CodeAnonymizationBlocked  Code = "anonymization_blocked"
	CodeVersionMismatch       Code = "version_mismatch"
	CodeMigrationClosed       Code = "migration_closed"
	CodeReportNotReady        Code = "report_not_ready"
	CodeReportExpired         Code = "report_expired"
	CodeBulkFailed            Code = "bulk_failed"
	CodeResendTooSoon         Code = "resend_too_soon"
	CodeRateLimited           Code = "rate_limited"

	// What we could not do.
	CodeProvisioningFailed Code = "provisioning_failed"
	CodeOverloaded         Code = "overloaded"
	CodeUnavailable        Code = "unavailable"
	CodeStorageFull        Code = "storage_full"
	CodeInternal           Code = "internal"
)

// Error is a refusal that a client may see: Message is written for it and never carries internals.
// The cause, if any, is for the log only.
type Error struct {
	Code      Code
	Attribute string // domain attribute that the refusal is about, "" when it is about none
	Message   string // what was wrong and what to do
	Fields    []FieldError
	// RetryAfter is how long to wait before the same can succeed; 0 where nobody knows.
	RetryAfter time.Duration
	// Blockers are what stands in the way, of anonymization_blocked.
	Blockers []Blocker

	cause error
}

// FieldError is one problem with one attribute; a validation reports all of them at once.
type FieldError struct {
	Attribute string
	Message   string
}

// Error implements error. It is meant for logs; doors show Message.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Message
	if e.Attribute != "" {
		text += " (" + e.Attribute + ")"
	}
	for _, field := range e.Fields {
		text += "; " + field.Attribute + ": " + field.Message
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.cause }

// Refuse makes an Error about an attribute ("" for none).
func Refuse(code Code, attribute, format string, args ...any) *Error {
	return &Error{Code: code, Attribute: attribute, Message: fmt.Sprintf(format, args...)}
}

// Fail makes an Error that keeps its cause for the log.
func Fail(code Code, cause error, message string) *Error {
	return &Error{Code: code, Message: message, cause: cause}
}

// CodeOf tells the code of err: CodeInternal for every error that is not ours, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return own.Code
	}
	return CodeInternal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// problems collects field errors so that a validation can report all of them at once.
type problems []FieldError

func (p *problems) add(attribute, format string, args ...any) {
	*p = append(*p, FieldError{Attribute: attribute, Message: fmt.Sprintf(format, args...)})
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Code: CodeValidation, Attribute: p[0].Attribute, Message: p[0].Message, Fields: p}
}
