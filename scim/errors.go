package scim

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// Refuse writes an error as SCIM shows it (RFC 7644, section 3.12). It implements [web.Refuser], for what is refused
// before a request comes to this door.
func Refuse(w http.ResponseWriter, r *http.Request, err error) { refuseAs(w, r, err, mediaType) }

func refuseAs(w http.ResponseWriter, r *http.Request, err error, media []string) {
	shown := shownTo(r.Context(), err)
	header := w.Header()
	header["Content-Type"] = media
	if shown.status == http.StatusUnauthorized {
		header["Www-Authenticate"] = challenges
	}
	if seconds := web.RetryAfter(err); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	body := shown.appendJSON(nil)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(shown.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // nobody is left to tell
	}
}

// shownTo is what the client sees of an error. One that is nobody's but ours is noted for the operator.
func shownTo(ctx context.Context, err error) *refusal {
	shown := refusalOf(err)
	if shown.status == http.StatusInternalServerError || shown.status == http.StatusBadGateway {
		if ctx.Err() == nil { // else the client is gone, and that is all
			web.LogError(ctx, err)
		}
	}
	return shown
}

// challenges name the ways to authenticate, shared and never changed.
var challenges = []string{`Bearer realm="scim"`, `Basic realm="scim", charset="UTF-8"`}

// appendJSON appends the body of an error.
func (r *refusal) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"`...)
	dst = strconv.AppendInt(dst, int64(r.status), 10)
	dst = append(dst, '"')
	if r.scimType != "" {
		dst = appendQuoted(append(dst, `,"scimType":`...), r.scimType)
	}
	return append(appendQuoted(append(dst, `,"detail":`...), r.detail), '}')
}

// refusalOf says in the words of SCIM what an error means.
func refusalOf(err error) *refusal {
	if own, ok := errors.AsType[*refusal](err); ok {
		return own
	}
	if syntax, ok := errors.AsType[*SyntaxError](err); ok {
		return &refusal{http.StatusBadRequest, string(syntax.Type), syntax.Error()}
	}
	row, known := meanings[domain.CodeOf(err)]
	if !known {
		row = meanings[domain.CodeInternal]
	}
	shown := &refusal{row.status, string(row.scimType), row.detail}
	if own, ok := errors.AsType[*domain.Error](err); ok && shown.detail == "" {
		shown.detail = detailOf(own)
	}
	return shown
}

// detailOf is the message of an error with the SCIM path of the attribute that it is about; of several, all are told.
func detailOf(err *domain.Error) string {
	fields := err.Fields
	if len(fields) == 0 {
		fields = []domain.FieldError{{Attribute: err.Attribute, Message: err.Message}}
	}
	var text strings.Builder
	for i, field := range fields {
		if i > 0 {
			text.WriteByte(' ')
		}
		if path := scimPath(field.Attribute); path != "" {
			text.WriteString(path + ": ")
		}
		text.WriteString(field.Message)
	}
	return text.String()
}

// scimPath is where a connector finds an attribute of the domain; "" for one that it does not know.
func scimPath(attribute string) string { return scimPaths[attribute] }

var scimPaths = func() map[string]string {
	paths := map[string]string{}
	note := func(name, path string) {
		if _, known := paths[name]; !known {
			paths[name] = path
		}
	}
	for _, rt := range resourceTypes {
		for _, s := range rt.schemas {
			for _, row := range s.rows {
				if row.collection != nil {
					note(row.collection.Name, row.path)
					continue // the attributes of elements have names that say nothing alone
				}
				for _, b := range append([]*binding{row}, row.subs...) {
					for _, attribute := range []*domain.Attribute{b.attribute, b.search} {
						if attribute != nil {
							note(attribute.Name, b.path)
						}
					}
				}
			}
		}
	}
	return paths
}()

// meaning is what a code of the domain is in SCIM.
type meaning struct {
	status   int
	scimType scimerrors.ScimType
	detail   string // instead of the error's own message, where it must tell less or other things
}

const (
	noUser  = "There is no such user."
	noGroup = "There is no such group."
)

// meanings has a row for every code, which a test proves.
var meanings = map[domain.Code]meaning{
	domain.CodeValidation:            {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeUnknownField:          {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeProtectedField:        {400, scimerrors.ScimTypeMutability, ""},
	domain.CodePasswordNotAccepted:   {400, scimerrors.ScimTypeMutability, ""},
	domain.CodePersonOwnedField:      {400, scimerrors.ScimTypeMutability, ""},
	domain.CodeAccessNotUpdatable:    {400, scimerrors.ScimTypeMutability, ""},
	domain.CodePrimaryEmailRequired:  {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeTokenInvalid:          {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodePasswordPolicy:        {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeOldPasswordWrong:      {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeReportRange:           {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeManagerCycle:          {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeMalformedJSON:         {400, scimerrors.ScimTypeInvalidSyntax, ""},
	domain.CodeDuplicateKey:          {400, scimerrors.ScimTypeInvalidSyntax, ""},
	domain.CodeInvalidParameter:      {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeUnknownPermission:     {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeSearchTooCostly:       {400, scimerrors.ScimTypeTooMany, ""},
	domain.CodeInvalidCursor:         {400, "invalidCursor", ""}, // RFC 9865, section 2.1
	domain.CodeExpiredCursor:         {400, "expiredCursor", ""},
	domain.CodePayloadTooLarge:       {413, "", ""},
	domain.CodeUnsupportedMediaType:  {415, "", ""},
	domain.CodeMethodNotAllowed:      {405, "", ""},
	domain.CodeIdempotencyKeyReuse:   {422, "", ""},
	domain.CodeIdempotencyInProgress: {409, "", ""},
	domain.CodeURLTooLong:            {414, "", ""},
	domain.CodeHeaderTooLarge:        {431, "", ""},
	domain.CodeMisdirected:           {421, "", ""},

	domain.CodeUnauthenticated:  {401, "", ""},
	domain.CodePermissionDenied: {403, "", ""},
	// Nobody signs in at this door.
	domain.CodeInvalidCredentials:    {401, "", ""},
	domain.CodeMfaCodeRequired:       {403, "", ""},
	domain.CodeMfaEnrollmentRequired: {403, "", ""},
	domain.CodePasswordResetRequired: {403, "", ""},
	domain.CodeSignInAgain:           {403, "", ""},
	domain.CodeAdminPasswordSet:      {403, "", ""},
	domain.CodeSignUpDisabled:        {403, "", ""},
	domain.CodeReadOnlyCredential:    {403, "", ""},
	domain.CodeRestricted:            {403, "", ""},
	domain.CodePrivilegeEscalation:   {403, "", ""},

	domain.CodeRoleWeight:        {403, "", ""},
	domain.CodeLastAdministrator: {403, "", ""},

	domain.CodePersonNotFound:     {404, "", noUser},
	domain.CodeGroupNotFound:      {404, "", noGroup},
	domain.CodeNoMatchingUser:     {404, "", noUser},
	domain.CodeUnsupportedVersion: {404, "", ""},
	domain.CodeRouteNotFound:      {404, "", ""},
	domain.CodeNotFound:           {404, "", ""},
	// The credential of a tenant that is gone or disabled is as good as none.
	domain.CodeTenantNotFound: {401, "", "A valid token is needed: Authorization: Bearer <token>."},
	// These never stand in a path: a body named what does not exist.
	domain.CodeRoleNotFound:             {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeOrganizationNotFound:     {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeIdentityProviderNotFound: {400, scimerrors.ScimTypeInvalidValue, ""},

	// People without access and anonymised ones are no users.
	domain.CodeNotProvisioned:        {404, "", noUser},
	domain.CodeAnonymized:            {404, "", noUser},
	domain.CodeAlreadyProvisioned:    {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeAlreadyActive:         {409, "", ""},
	domain.CodeNotActivated:          {409, "", ""},
	domain.CodeAccountInactive:       {409, "", ""},
	domain.CodeUsernameTaken:         {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeUsernameOwned:         {409, "", ""},
	domain.CodeEmailInUse:            {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeEmailRequired:         {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeEmployeeNumberInUse:   {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeExternalLoginInUse:    {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeExternalKeyInUse:      {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeSsoNotEnabled:         {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodePasswordLoginDisabled: {409, "", ""},
	domain.CodeManagedByIdp:          {409, "", ""},
	domain.CodeGroupManagedByIdp:     {403, "", ""},
	domain.CodeGroupNameTaken:        {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeRoleNameTaken:         {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeRoleInUse:             {409, "", ""},
	domain.CodeOrganizationInUse:     {409, "", ""},
	domain.CodeDomainTaken:           {409, "", ""},
	domain.CodeDomainUnproven:        {409, "", ""},
	domain.CodePrefixTaken:           {409, "", ""},
	domain.CodeIdentityProviderInUse: {409, "", ""},
	domain.CodeMailNotResendable:     {409, "", ""},
	domain.CodeVersionConflict:       {409, "", ""},
	domain.CodeHomeTenant:            {409, "", ""},
	domain.CodeUserAccessExists:      {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeAmbiguousMatch:        {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeAmbiguousNameID:       {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeConnectionNotManaging: {403, "", ""},
	domain.CodeProtectedAccount:      {403, "", ""},
	domain.CodeUnknownMember:         {400, scimerrors.ScimTypeInvalidValue, ""},
	domain.CodeAmbiguousEmail:        {409, "", ""},
	domain.CodeAnonymizationBlocked:  {409, "", ""},
	domain.CodeTenantSlugTaken:       {409, scimerrors.ScimTypeUniqueness, ""},
	domain.CodeVersionMismatch:       {412, "", ""},
	domain.CodeMigrationClosed:       {409, "", ""},
	domain.CodeReportNotReady:        {409, "", ""},
	domain.CodeReportExpired:         {410, "", ""},
	domain.CodeBulkFailed:            {409, "", ""},
	domain.CodeResendTooSoon:         {429, "", ""},
	domain.CodeRateLimited:           {429, "", ""},

	domain.CodeProvisioningFailed: {502, "", ""},
	domain.CodeOverloaded:         {503, "", ""},
	domain.CodeUnavailable:        {503, "", ""},
	domain.CodeStorageFull:        {507, "", ""},
	domain.CodeInternal:           {500, "", "Something went wrong here and was noted. Tell the operator the X-Request-Id of this answer."},
}
