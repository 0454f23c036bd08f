package domain

import (
	"reflect"
	"slices"

	"github.com/google/uuid"
)

// edit is one person being changed inside an act: before is what was, p is what it becomes.
type edit struct {
	*act
	before, p      *Person
	hiddenLogin    string // the stored external login while SSO is off: kept, but nobody sees or changes it
	sendInvitation *bool
	grant          *NewAccess // access is being granted by this edit; nil: it was there before, or is not
	ended          int        // sessions that the edit ended
	imported       bool       // the person comes from another system, where the address may have been verified
	claimed        bool       // the connection's link is being made by this edit
	shownBefore    string     // the shown name as it is stored
}

// open loads a person for a change. For a connector, only people with access that it has not deleted exist.
func (a *act) open(person uuid.UUID, with With) (*edit, error) {
	p, err := a.tx.FindPerson(person, with&^besides)
	if err != nil {
		return nil, err
	}
	e := a.edit(p)
	if a.caller.Connection != uuid.Nil && (p.Access == nil || p.Link.Hidden() || !p.AnonymizedAt.IsZero()) {
		return nil, Refuse(CodePersonNotFound, "", "There is no such person.")
	}
	if err := a.caller.If.check(p.Version); err != nil {
		return nil, err
	}
	if a.caller.Connection != uuid.Nil {
		if p.Link == nil {
			p.Link = &Link{Connection: a.caller.Connection} // stored if the edit claims the person
		}
		return e, e.notProtected()
	}
	if !p.AnonymizedAt.IsZero() {
		return nil, Refuse(CodeAnonymized, "", "This person was anonymised; that can't be undone.")
	}
	return e, nil
}

// edit begins the change of a loaded person.
func (a *act) edit(p *Person) *edit {
	e := &edit{act: a, p: p, shownBefore: p.ShownName()}
	if !a.tenant.SsoEnabled {
		e.hiddenLogin, p.ExternalLogin = p.ExternalLogin, ""
	}
	e.before = p.clone()
	a.entry.Person = p.ID
	a.caller.Entry.about(p.ID, uuid.Nil)
	if p.Access != nil {
		a.caller.Entry.named(AttrUsername.Name, p.Access.Username)
	}
	return e
}

func (e *edit) needsAccess() error { return e.situation().hasAccess() }

// notProtected keeps connectors away from accounts whose loss or change could hand over the tenant.
func (e *edit) notProtected() error {
	if e.p.Access != nil && e.p.Access.Protected {
		return Refuse(CodeProtectedAccount, "", "This account is protected; a connector may read it but not change it.")
	}
	return nil
}

func (e *edit) onlySelfAttributes() error {
	changes, _ := changesBetween(e.before, e.p)
	for _, change := range changes {
		allowed := slices.ContainsFunc(selfAttributes, func(a *Attribute) bool { return a.Name == change.Attribute })
		if !allowed {
			return Refuse(CodePermissionDenied, change.Attribute, "You may change your own PreferredName, Locale, PreferredLanguage and TimeZone; %s needs persons.write.", change.Attribute)
		}
	}
	return nil
}

// settle compares what was with what is, does what follows from each difference, and stores the result. A
// difference outside the announced aspects is a mistake of the door and refused.
func (e *edit) settle(announced Aspect) error {
	if err := e.ownsUsername(); err != nil {
		return err
	}
	e.tidyContacts()
	changes, touched := changesBetween(e.before, e.p)
	e.caller.Entry.intends(changes)
	if touched&^announced != 0 {
		return Fail(CodeInternal, nil, "A change touched more than it announced.")
	}
	if touched != 0 {
		if err := e.follow(touched); err != nil {
			return err
		}
	}
	return e.save()
}

// follow does what the touched aspects entail, in the order in which one may depend on another.
func (e *edit) follow(touched Aspect) error {
	steps := []struct {
		aspect Aspect
		do     func() error
	}{
		{^Aspect(0), e.valid},
		{^Aspect(0), e.claim},
		{AspectExternalLogin, e.externalLoginAllowed},
		{AspectProvider | AspectOrganizations, e.referencesExist},
		{AspectProfile, e.profileChanged},
		{AspectUsername, e.usernameChanged},
		{AspectMfa, e.mfaChanged},
		{AspectProvider, e.providerChanged},
		{AspectOrganizations, e.organizationsChanged},
		{AspectActive, e.activeChanged},
		{AspectLink, e.linkChanged},
		{AspectUsername | AspectLink, func() error { return e.project(touched&AspectExternalLogin != 0) }},
		{^Aspect(0), e.externalLoginChanged},
		{^Aspect(0), e.keysStandAlone},
	}
	for _, step := range steps {
		if touched&step.aspect == 0 {
			continue
		}
		if err := step.do(); err != nil {
			return err
		}
	}
	return nil
}

// valid checks the changed person as a whole.
func (e *edit) valid() error {
	var found problems
	e.p.Profile.validate(&found)
	checkText(&found, "Username", e.p.Username)
	checkKey(&found, "ExternalLoginUsername", e.p.ExternalLogin)
	if e.p.Access != nil {
		checkUsername(&found, e.p.Access.Username)
	}
	if e.p.Link != nil {
		checkKey(&found, "ExternalKey", e.p.Link.ExternalKey)
		e.p.Link.Echo.validate(&found)
	}
	return found.err()
}

// ownsUsername keeps the suggestion and the username of access from differing: once there is access, the
// username is changed there.
func (e *edit) ownsUsername() error {
	if e.p.Access == nil || e.grant != nil || e.p.Username == e.before.Username {
		return nil
	}
	if e.p.Username != "" && Fold(e.p.Username) != Fold(e.p.Access.Username) {
		return Refuse(CodeUsernameOwned, "Username", "This person has access, so its username is changed there (UserManagement/Persons), not on the person.")
	}
	e.p.Username = e.before.Username
	return nil
}

// tidyContacts gives new elements their ids, makes one e-mail and one phone the primary one, and takes the
// verification from addresses that are no longer what was verified.
func (e *edit) tidyContacts() {
	emails, phones, addresses := e.p.Emails, e.p.Phones, e.p.Addresses
	for i := range emails {
		e.nameElement(&emails[i].ID)
		was := slices.IndexFunc(e.before.Emails, func(b EmailAddress) bool { return b.ID == emails[i].ID })
		if was < 0 && !e.imported || was >= 0 && Fold(e.before.Emails[was].Address) != Fold(emails[i].Address) {
			emails[i].VerifiedAt = zeroTime
		}
	}
	for i := range phones {
		e.nameElement(&phones[i].ID)
	}
	for i := range addresses {
		e.nameElement(&addresses[i].ID)
	}
	onePrimary(emails, func(email *EmailAddress) *bool { return &email.IsPrimary })
	onePrimary(phones, func(phone *PhoneNumber) *bool { return &phone.IsPrimary })
}

func (e *edit) nameElement(id *uuid.UUID) {
	if *id == uuid.Nil {
		*id = e.newID()
	}
}

// onePrimary makes the first element the primary one when none is.
func onePrimary[E any](list []E, primary func(*E) *bool) {
	for i := range list {
		if *primary(&list[i]) {
			return
		}
	}
	if len(list) > 0 {
		*primary(&list[0]) = true
	}
}

// save stores what differs, and bumps the version if anything does.
func (e *edit) save() error {
	changes, touched := changesBetween(e.before, e.p)
	accessChanged := !sameAccess(e.before.Access, e.p.Access)
	linkChanged := touched&AspectLink != 0 || e.claimed || linkMoved(e.before.Link, e.p.Link)
	if touched == 0 && !accessChanged && !linkChanged && len(e.entry.Effects) == 0 {
		return nil
	}
	e.entry.Changes = append(e.entry.Changes, changes...)
	e.p.Version, e.p.UpdatedAt = e.before.Version+1, e.now
	if err := e.savePerson(touched); err != nil {
		return err
	}
	if err := e.saveAccess(accessChanged); err != nil {
		return err
	}
	if linkChanged && e.p.Link != nil {
		return e.tx.SaveLink(e.p)
	}
	return nil
}

func (e *edit) savePerson(touched Aspect) error {
	stored := *e.p
	if !e.tenant.SsoEnabled {
		stored.ExternalLogin = e.hiddenLogin
	}
	switch {
	case e.before.Version == 0:
		return e.tx.InsertPerson(&stored)
	case touched&(AspectProfile|AspectExternalLogin) != 0 || stored.ShownName() != e.shownBefore:
		return e.tx.UpdatePerson(&stored)
	default:
		return e.tx.TouchPerson(&stored)
	}
}

func (e *edit) saveAccess(changed bool) error {
	contactsMoved := e.before.PrimaryEmail() != e.p.PrimaryEmail() || e.before.PrimaryPhone() != e.p.PrimaryPhone()
	switch {
	case e.p.Access == nil:
		return nil
	case e.grant != nil:
		return e.insertAccess()
	case changed || contactsMoved:
		err := e.tx.UpdateAccess(e.p)
		if e.before.Access.active() && !e.p.Access.active() && e.p.Access.Administers {
			e.administratorLost = true
		}
		return err
	default:
		return nil
	}
}

func sameAccess(a, b *UserAccess) bool {
	if a == nil || b == nil {
		return a == b
	}
	if !slices.Equal(a.OrganizationIDs, b.OrganizationIDs) {
		return false
	}
	x, y := *a, *b
	x.OrganizationIDs, y.OrganizationIDs = nil, nil
	return reflect.DeepEqual(x, y)
}

// linkMoved compares the parts of a link that no attribute shows.
func linkMoved(a, b *Link) bool {
	var was, is Link
	if a != nil {
		was = *a
	}
	if b != nil {
		is = *b
	}
	return was.HiddenAt != is.HiddenAt || was.ProjectedLogin != is.ProjectedLogin
}
