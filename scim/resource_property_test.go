package scim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

var (
	someText = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[A-Za-zäß"\\ <>]{1,6}`), rapid.String().Filter(func(s string) bool { return !strings.Contains(s, "\x00") }))
	someType = rapid.SampledFrom([]string{"", "work", "Work", "home", "other"})
)

// randomPerson draws a person as the engine would store it.
func randomPerson(t *rapid.T) *domain.Person {
	text := func(name string) string { return someText.Draw(t, name) }
	id := byte(100)
	next := func() uuid.UUID { id++; return testID(id) }
	p := &domain.Person{ID: testID(1), Version: 1, CreatedAt: noon, UpdatedAt: noon,
		Access: &domain.UserAccess{Username: "u" + text("userName"), IsActive: rapid.Bool().Draw(t, "active"), MfaRequired: rapid.Bool().Draw(t, "mfa"), CreatedAt: noon},
		Link:   &domain.Link{ExternalKey: text("externalId")},
	}
	for _, a := range domain.PersonAttributes() {
		if place := a.Ref(p); place != nil && a.Aspect == domain.AspectProfile && a != domain.AttrSuggestedUsername || a == domain.AttrFormattedName || a == domain.AttrProfileURL {
			*place = text(a.Name)
		}
	}
	count := func(name string) int { return rapid.IntRange(0, 4).Draw(t, name) }
	for range count("emails") {
		p.Emails = append(p.Emails, domain.EmailAddress{ID: next(), Address: fmt.Sprintf("%d%s", id, text("address")), Type: someType.Draw(t, "type"), Display: text("display"), VerifiedAt: noon})
	}
	for range count("phones") {
		p.Phones = append(p.Phones, domain.PhoneNumber{ID: next(), Number: fmt.Sprintf("%d%s", id, text("number")), Type: someType.Draw(t, "type"), Display: text("display")})
	}
	for range count("addresses") {
		p.Addresses = append(p.Addresses, domain.StreetAddress{ID: next(), Type: someType.Draw(t, "type"), Formatted: text("formatted"), Street: fmt.Sprint(id), City: text("city"), Region: text("region"), Country: text("country")})
	}
	for range count("photos") {
		p.Link.Echo.Photos = append(p.Link.Echo.Photos, domain.EchoValue{Value: fmt.Sprintf("%d%s", next()[15], text("value")), Type: someType.Draw(t, "type"), IsPrimary: rapid.Bool().Draw(t, "primary")})
	}
	for range count("organizations") {
		p.Access.OrganizationIDs = append(p.Access.OrganizationIDs, next())
	}
	if n := len(p.Emails); n > 0 {
		p.Emails[rapid.IntRange(0, n-1).Draw(t, "primary e-mail")].IsPrimary = true
	}
	if n := len(p.Phones); n > 0 {
		p.Phones[rapid.IntRange(0, n-1).Draw(t, "primary phone")].IsPrimary = true
	}
	for i := range p.Addresses { // drawn by the store, an address never says what it would be shown as anyway
		if a := &p.Addresses[i]; a.Formatted == a.FromParts() {
			a.Formatted = ""
		}
	}
	return p
}

// Okta reads a user, changes something and puts all of it back: what it did not change must stay, to the last id.
func TestPutBackIsNoChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, v := randomPerson(t), plainView
		if v.sso = rapid.Bool().Draw(t, "sso"); v.sso {
			p.ExternalLogin = someText.Draw(t, "externalLoginUsername")
		}
		proj, err := newProjection(userType, "", "", v)
		require.NoError(t, err)
		document := appendUser(nil, p, v, proj)
		body, err := ParseJSON(document)
		require.NoError(t, err, string(document))
		change, err := replaceUser(body, v)
		require.NoError(t, err, string(document))
		after := copied(p)
		require.NoError(t, change.Apply(after))
		require.Empty(t, changed(p, after), string(document))
		require.ElementsMatch(t, p.Emails, after.Emails)
		require.ElementsMatch(t, p.Phones, after.Phones)
		require.ElementsMatch(t, p.Addresses, after.Addresses)
	})
}

// What a create stores is what it sent: encoding the new person gives the body back.
func TestCreateShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := randomPerson(t)
		proj, err := newProjection(userType, "", "id,meta,loginState,accessState", plainView)
		require.NoError(t, err)
		sent := string(appendUser(nil, p, plainView, proj))
		body, err := ParseJSON([]byte(sent))
		require.NoError(t, err)
		created, err := decodeUser(body, plainView)
		require.NoError(t, err)
		again := &domain.Person{ID: p.ID, Version: 1, CreatedAt: noon, UpdatedAt: noon, Profile: created.Profile,
			Access: &domain.UserAccess{Username: created.Access.Username, IsActive: created.Access.IsActive, MfaRequired: *created.Access.MfaRequired, OrganizationIDs: created.Access.OrganizationIDs, CreatedAt: noon},
			Link:   &domain.Link{ExternalKey: created.Link.ExternalKey, Echo: created.Link.Echo}}
		require.Equal(t, sent, string(appendUser(nil, again, plainView, proj)))
	})
}

// Whatever a connector does to addresses, those that it does not see stay as they are.
func TestPatchLeavesTheUnseen(t *testing.T) {
	t.Parallel()
	kinds := rapid.SampledFrom([]string{"work", "Home", "other", "x"})
	rapid.Check(t, func(t *rapid.T) {
		p := randomPerson(t)
		for range rapid.IntRange(1, 6).Draw(t, "operations") {
			kind, value := kinds.Draw(t, "type"), rapid.SampledFrom([]string{"a@b", "c@d", ""}).Draw(t, "value")
			ops := rapid.SampledFrom([]string{
				`{'op':'add','path':'emails','value':[{'type':'%s','value':'%s','primary':true}]}`,
				`{'op':'add','path':'emails','value':[{'type':'%s','value':'%s'}]}`,
				`{'op':'replace','path':'emails','value':[{'type':'%s','value':'%s'},{'value':'e@f'}]}`,
				`{'op':'replace','path':'emails[type eq \'%s\'].value','value':'%s'}`,
				`{'op':'remove','path':'emails[type eq \'%s\']','value':'%s'}`,
				`{'op':'remove','path':'emails','value':[{'type':'%s','value':'%s'}]}`,
				`{'op':'add','path':'emails[type eq \'%s\'].primary','value':'True'},{'op':'add','path':'emails.display','value':'%s'}`,
				`{'op':'remove','path':'emails[not (type eq \'%s\') and value ne \'%s\'].display'}`,
			}).Draw(t, "operation")
			change, err := patchUser(patchBody(t, fmt.Sprintf(ops, kind, value)), plainView)
			require.NoError(t, err)
			var unseen []domain.EmailAddress
			for i := range p.Emails {
				if !emailsRow.isShown(p, i) {
					unseen = append(unseen, p.Emails[i])
				}
			}
			after := copied(p)
			require.NoError(t, change.Apply(after))
			if len(after.Emails) > len(unseen) { // else one of them is the primary one now
				require.Subset(t, after.Emails, unseen)
			}
			primaries := 0
			for i := range after.Emails {
				if after.Emails[i].ID == uuid.Nil {
					after.Emails[i].ID = uuid.New()
				}
				if after.Emails[i].IsPrimary {
					primaries++
				}
			}
			require.LessOrEqual(t, primaries, 1)
			require.Equal(t, len(after.Emails) > 0, primaries == 1)
			p = after
		}
	})
}
