package rest

import (
	"slices"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// accessBody is the UserAccess block of a new person, and the body of Invite.
type accessBody struct {
	username          sent[string]
	isActive          sent[*bool]
	sendInvitation    sent[*bool]
	mfaRequired       sent[*bool]
	provider          sent[uuid.UUID]
	roles             []uuid.UUID
	groups            []uuid.UUID
	organizations     []uuid.UUID
	invitationMessage sent[string]
	externalLogin     sent[string] // of Invite
}

var accessFields = []field[accessBody]{
	{"Username", setText(func(b *accessBody) *sent[string] { return &b.username })},
	{"IsActive", setFlag(func(b *accessBody) *sent[*bool] { return &b.isActive })},
	{"SendInvitation", setFlag(func(b *accessBody) *sent[*bool] { return &b.sendInvitation })},
	{"MfaRequired", setFlag(func(b *accessBody) *sent[*bool] { return &b.mfaRequired })},
	{"IdentityProviderId", setID(func(b *accessBody) *sent[uuid.UUID] { return &b.provider })},
	{"RoleIds", setIDs(func(b *accessBody) *[]uuid.UUID { return &b.roles })},
	{"PermissionGroupIds", setIDs(func(b *accessBody) *[]uuid.UUID { return &b.groups })},
	{"OrganizationIds", setIDs(func(b *accessBody) *[]uuid.UUID { return &b.organizations })},
	{"InvitationMessage", setText(func(b *accessBody) *sent[string] { return &b.invitationMessage })},
}

// inviteFields are those of Invite, where the external login can be set along with access.
var inviteFields = slices.Concat(accessFields, []field[accessBody]{
	{"ExternalLoginUsername", setText(func(b *accessBody) *sent[string] { return &b.externalLogin })},
}, personOwned[accessBody]())

// personOwned are the fields that user management never changes.
func personOwned[T any]() []field[T] {
	var fields []field[T]
	for _, name := range []string{"EmailAddress", "EmailAddresses", "PhoneNumber", "PhoneNumbers"} {
		fields = append(fields, field[T]{name, refusing[T](domain.CodePersonOwnedField,
			"This belongs to the person; change it under Common/Persons.")})
	}
	return fields
}

var invitationText = upTo(1000)

// newAccess is what the engine grants access with.
func (b *accessBody) newAccess(path string, found *findings) *domain.NewAccess {
	access := &domain.NewAccess{
		Username: b.username.value, IsActive: b.isActive.value == nil || *b.isActive.value,
		SendInvitation: b.sendInvitation.value, MfaRequired: b.mfaRequired.value, ProviderID: b.provider.value,
		RoleIDs: b.roles, GroupIDs: b.groups, OrganizationIDs: b.organizations,
	}
	message, problem := invitationText(b.invitationMessage.value)
	if problem != "" {
		found.add(join(path, "InvitationMessage"), problem)
	}
	access.InvitationMessage = message
	return access
}

// accessChangeBody is what PATCH changes of an access. Nothing of it can be cleared but the provider.
type accessChangeBody struct {
	username    sent[string]
	isActive    sent[*bool]
	mfaRequired sent[*bool]
	provider    sent[uuid.UUID]
}

var accessChangeFields = append([]field[accessChangeBody]{
	{"Username", notNull(setText(func(b *accessChangeBody) *sent[string] { return &b.username }))},
	{"IsActive", notNull(setFlag(func(b *accessChangeBody) *sent[*bool] { return &b.isActive }))},
	{"MfaRequired", notNull(setFlag(func(b *accessChangeBody) *sent[*bool] { return &b.mfaRequired }))},
	{"IdentityProviderId", setID(func(b *accessChangeBody) *sent[uuid.UUID] { return &b.provider })},
}, personOwned[accessChangeBody]()...)

// notNull refuses a null where there is nothing to clear.
func notNull[T any](read func(*reader, *T)) func(*reader, *T) {
	return func(r *reader, into *T) {
		if r.null() {
			r.wrong("The value can't be cleared; leave it out or give one.")
			return
		}
		read(r, into)
	}
}

// commandBody holds the options of the commands; each takes a few of them.
type commandBody struct {
	message        sent[string]
	sendInvitation sent[*bool]
	reason         sent[string]
	invalidate     sent[*bool]
	resetPassword  sent[*bool]
}

var (
	resendFields     = command(field[commandBody]{"InvitationMessage", setText(func(b *commandBody) *sent[string] { return &b.message })})
	resetFields      = command(field[commandBody]{"InvalidateCurrent", setFlag(func(b *commandBody) *sent[*bool] { return &b.invalidate })})
	activateFields   = command(field[commandBody]{"SendInvitation", setFlag(func(b *commandBody) *sent[*bool] { return &b.sendInvitation })})
	deactivateFields = command(field[commandBody]{"Reason", setText(func(b *commandBody) *sent[string] { return &b.reason })})
	sessionsFields   = command(field[commandBody]{"ResetPassword", setFlag(func(b *commandBody) *sent[*bool] { return &b.resetPassword })})
	bareFields       = command()
)

func command(options ...field[commandBody]) []field[commandBody] {
	return append(options, personOwned[commandBody]()...)
}

// yes is the flag, false when it was not sent.
func yes(flag sent[*bool]) bool { return flag.value != nil && *flag.value }
