package rest

import (
	"slices"

	"github.com/scimbridge/scimbridge/domain"
)

// accountBody is what people send for themselves; each route takes a few of the fields.
type accountBody struct {
	token       sent[string]
	name        sent[string]
	password    sent[string]
	oldPassword sent[string]
	newPassword sent[string]
	code        sent[string]
}

var (
	tokenField       = field[accountBody]{"Token", setText(func(b *accountBody) *sent[string] { return &b.token })}
	newPasswordField = field[accountBody]{"NewPassword", setText(func(b *accountBody) *sent[string] { return &b.newPassword })}
	codeField        = field[accountBody]{"MfaCode", setText(func(b *accountBody) *sent[string] { return &b.code })}

	linkFields     = []field[accountBody]{tokenField}
	choiceFields   = []field[accountBody]{tokenField, newPasswordField}
	codeFields     = []field[accountBody]{codeField}
	forgotFields   = []field[accountBody]{{"UsernameOrEmail", setText(func(b *accountBody) *sent[string] { return &b.name })}}
	passwordFields = []field[accountBody]{{"OldPassword", setText(func(b *accountBody) *sent[string] { return &b.oldPassword })}, newPasswordField}
	loginFields    = []field[accountBody]{
		{"Username", setText(func(b *accountBody) *sent[string] { return &b.name })},
		{"Password", setText(func(b *accountBody) *sent[string] { return &b.password })},
		codeField,
	}
)

// signUpBody is what somebody signs up with.
type signUpBody struct {
	identity accountBody
	profile  signUpProfile
}

// signUpProfile is the profile of somebody who signs up: the fields of a person that are one's own to tell, and one
// address.
type signUpProfile struct {
	texts texts
	email sent[string]
}

var signUpFields = []field[signUpBody]{
	{"Identity", func(r *reader, into *signUpBody) { readFields(r, loginFields[:2], &into.identity) }},
	{"Profile", func(r *reader, into *signUpBody) { readFields(r, signUpProfileFields, &into.profile) }},
}

// signUpTexts are the scalars of a person without those by which others know it.
var signUpTexts = slices.DeleteFunc(slices.Clone(personTexts), func(rule textRule) bool {
	return rule.attribute == domain.AttrSuggestedUsername || rule.attribute == domain.AttrExternalReference
})

var signUpProfileFields = append(textFields(signUpTexts, func(b *signUpProfile) *texts { return &b.texts }),
	field[signUpProfile]{"EmailAddress", setText(func(b *signUpProfile) *sent[string] { return &b.email })})

// profile checks the field rules and gives the profile of the new person.
func (b *signUpProfile) profile() (domain.Profile, error) {
	var found findings
	p := &domain.Person{}
	b.texts.apply(signUpTexts, p, replace, "Profile", &found)
	email := domain.EmailAddress{IsPrimary: true}
	applyText("Profile.EmailAddress", mailAddress, b.email.value, &email.Address, &found)
	if email.Address != "" {
		p.Emails = []domain.EmailAddress{email}
	}
	return p.Profile, found.err()
}
