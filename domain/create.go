package domain

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// createPerson creates the person, or recognises one who is known already.
func (a *act) createPerson(in NewPerson) (*Person, error) {
	if err := a.noteIgnored(in.Ignored); err != nil {
		return nil, err
	}
	if in.Access != nil {
		a.caller.Entry.named(AttrUsername.Name, in.Access.Username)
	}
	if in.Link != nil {
		known, err := a.recognise(&in)
		if err != nil || known != nil {
			return known, err
		}
	}
	id := a.newID()
	a.entry.Person = id
	e := &edit{act: a, before: &Person{}, p: &Person{
		ID: id, Profile: in.Profile, Username: in.Username, ExternalLogin: in.ExternalLogin, CreatedAt: a.now,
	}}
	e.happened(EventPersonCreated)
	if err := e.endow(&in); err != nil {
		return nil, err
	}
	return e.shown(in.With)
}

// noteIgnored tells the operator, on the connection, what a connector sends in vain.
func (a *act) noteIgnored(names []string) error {
	if len(names) == 0 {
		return nil
	}
	a.caller.Entry.noted("ignored: " + strings.Join(names, ", "))
	connection, err := a.connection()
	if err != nil || connection == nil {
		return err
	}
	for _, name := range names {
		line := name + " was sent and ignored"
		if slices.Contains(connection.Notes, line) {
			continue
		}
		if err := a.tx.Note(line); err != nil {
			return err
		}
	}
	if a.entry.Note == "" {
		a.entry.Note = "ignored: " + strings.Join(names, ", ")
	}
	return nil
}

// endow gives the person what the input holds besides the profile, and settles the edit.
func (e *edit) endow(in *NewPerson) error {
	if in.Link != nil {
		e.p.Link = in.Link.over(e.before.Link, e.caller.Connection)
	}
	if in.Access != nil {
		e.tidyContacts() // the username may have to come from the primary address
		if err := e.provision(in.Access); err != nil {
			return err
		}
	}
	return e.settle(everyAspect)
}

// shown completes the person with what the caller wants to see and the edit did not load.
func (e *edit) shown(with With) (*Person, error) {
	if err := complete(e.tx, with, e.p); err != nil {
		return nil, err
	}
	if with&WithManagerName == 0 || e.p.Employee.Manager == e.before.Employee.Manager {
		return e.p, nil
	}
	e.p.ManagerName = ""
	if e.p.Employee.ManagerID() == uuid.Nil {
		return e.p, nil
	}
	manager, err := e.tx.FindPerson(e.p.Employee.ManagerID(), 0)
	if err != nil && !Is(err, CodePersonNotFound) {
		return nil, err
	}
	if manager != nil {
		e.p.ManagerName = manager.ShownName()
	}
	return e.p, nil
}

// recognise finds out whether the person that a connector creates is known already, and if so links or revives
// that person by the connection's policies. It returns nil when nobody is.
func (a *act) recognise(in *NewPerson) (*Person, error) {
	matches, err := a.tx.MatchPeople(MatchKeys{
		ExternalKey: in.Link.ExternalKey, Username: in.Access.Username,
		EmployeeNumber: in.Employee.Number, Email: in.PrimaryEmail(),
	})
	if err != nil || len(matches) == 0 {
		a.caller.Entry.matched(nil, "", RuleNobodyMatched)
		return nil, err
	}
	for _, other := range matches[1:] {
		if other.Person != matches[0].Person {
			a.caller.Entry.matched(matches, VerdictConflicting, RuleSeveralMatched)
			return nil, ambiguous(matches)
		}
	}
	p, err := a.tx.FindPerson(matches[0].Person, in.With&^besides)
	if Is(err, CodePersonNotFound) {
		a.caller.Entry.matched(matches, VerdictGone, RuleNobodyMatched)
		return nil, nil // gone since the match
	}
	if err != nil {
		return nil, err
	}
	connection, err := a.connection()
	if err != nil {
		return nil, err
	}
	e := a.edit(p)
	verdict, rule := a.judge(p, matches, connection)
	a.caller.Entry.matched(matches, verdict, rule)
	switch verdict {
	case VerdictLinked:
		return e.linkTo(in)
	case VerdictRevived:
		return e.revive(in)
	default:
		return nil, taken(matches[0].By)
	}
}

// judge tells what a create does with the one person whom it matched, and by which rule.
func (a *act) judge(p *Person, matches []Match, connection *Connection) (verdict, rule string) {
	ruled := func(policy Policy) string { return string(policy) + "=" + connection.Policies.Get(policy) }
	named := slices.ContainsFunc(matches, func(m Match) bool {
		return m.By == MatchedByExternalKey || m.By == MatchedByUsername
	})
	switch {
	case p.Access == nil && connection.Policies.Is(PolicyMatch, Reject):
		return VerdictTaken, ruled(PolicyMatch)
	case p.Access == nil:
		return VerdictLinked, ruled(PolicyMatch)
	case p.Link.Hidden():
		return VerdictRevived, RuleHiddenLink
	case p.Access.IsActive:
		return VerdictTaken, RuleHasAccess
	case !named:
		return VerdictTaken, RuleNotByKey
	case connection.Policies.Is(PolicyReactivateOnCreate, "true"):
		return VerdictRevived, ruled(PolicyReactivateOnCreate)
	default:
		return VerdictTaken, ruled(PolicyReactivateOnCreate)
	}
}

// ambiguous refuses a create whose keys point at several people. It names the keys, never the people.
func ambiguous(matches []Match) error {
	text := ""
	for _, match := range matches {
		if text != "" {
			text += ", "
		}
		text += string(match.By)
	}
	return Refuse(CodeAmbiguousMatch, "", "The keys of this person (%s) belong to different people; nothing was changed.", text)
}

// taken is the conflict of a create with somebody who holds the key.
func taken(by MatchKey) error {
	switch by {
	case MatchedByUsername:
		return Refuse(CodeUsernameTaken, AttrUsername.Name, "The username is taken.")
	case MatchedByEmployeeNumber:
		return Refuse(CodeEmployeeNumberInUse, AttrEmployeeNumber.Name, "The employee number belongs to somebody else.")
	case MatchedByEmail:
		return Refuse(CodeEmailInUse, Emails.Name, "The e-mail address belongs to somebody else.")
	default:
		return Refuse(CodeAlreadyProvisioned, AttrExternalKey.Name, "This connection has provisioned the person already.")
	}
}

// linkTo gives access to a person whom the tenant knew already.
func (e *edit) linkTo(in *NewPerson) (*Person, error) {
	e.p.Profile = merged(e.p.Profile, in.Profile)
	if in.ExternalLogin != "" {
		e.p.ExternalLogin = in.ExternalLogin
	}
	e.happened(EventAccessLinked)
	if err := e.endow(in); err != nil {
		return nil, err
	}
	return e.shown(in.With)
}

// revive brings back a person who had access before: the same id, and nothing of the old sessions or tokens.
func (e *edit) revive(in *NewPerson) (*Person, error) {
	if err := e.notProtected(); err != nil {
		return nil, err
	}
	e.p.Link = in.Link.over(e.before.Link, e.caller.Connection)
	e.p.Profile = merged(e.p.Profile, in.Profile)
	e.p.Access.Username = in.Access.Username
	e.p.Access.IsActive = in.Access.IsActive
	if in.Access.MfaRequired != nil {
		e.p.Access.MfaRequired = *in.Access.MfaRequired
	}
	if in.Access.ProviderID != uuid.Nil {
		e.p.Access.IdentityProviderID = in.Access.ProviderID
	}
	if len(in.Access.OrganizationIDs) > 0 {
		e.p.Access.OrganizationIDs = in.Access.OrganizationIDs
	}
	if in.ExternalLogin != "" {
		e.p.ExternalLogin = in.ExternalLogin
	}
	e.sendInvitation = in.Access.SendInvitation
	e.happened(EventAccessLinked)
	if err := e.acceptRoles(in.Access.Roles); err != nil {
		return nil, err
	}
	if err := e.settle(everyAspect); err != nil {
		return nil, err
	}
	return e.shown(in.With)
}

// over is the link as the connector wants it, with what only the old one knows.
func (n *NewLink) over(old *Link, connection uuid.UUID) *Link {
	link := &Link{Connection: connection, ExternalKey: n.ExternalKey, Echo: n.Echo}
	if old != nil {
		link.ProjectedLogin = old.ProjectedLogin
		if link.ExternalKey == "" {
			link.ExternalKey = old.ExternalKey
		}
	}
	return link
}

// merged is the old profile with everything that the new one holds.
func merged(old, new Profile) Profile {
	from, into := &Person{Profile: new}, (&Person{Profile: old}).clone()
	for _, attribute := range personAttributes {
		if attribute.Aspect != AspectProfile || attribute == AttrSuggestedUsername {
			continue
		}
		if value := *attribute.Ref(from); value != "" {
			*attribute.Ref(into) = value
		}
	}
	into.Emails = mergeElements(into.Emails, new.Emails, emailPrimary, func(a, b EmailAddress) bool { return Fold(a.Type) == Fold(b.Type) },
		func(old, new EmailAddress) EmailAddress { new.ID = old.ID; return new })
	into.Phones = mergeElements(into.Phones, new.Phones, phonePrimary, func(a, b PhoneNumber) bool { return Fold(a.Type) == Fold(b.Type) },
		func(old, new PhoneNumber) PhoneNumber { new.ID = old.ID; return new })
	into.Addresses = mergeElements(into.Addresses, new.Addresses, addressPrimary, func(a, b StreetAddress) bool { return Fold(a.Type) == Fold(b.Type) },
		func(old, new StreetAddress) StreetAddress { new.ID = old.ID; return new })
	return into.Profile
}

func emailPrimary(e *EmailAddress) *bool    { return &e.IsPrimary }
func phonePrimary(p *PhoneNumber) *bool     { return &p.IsPrimary }
func addressPrimary(a *StreetAddress) *bool { return &a.IsPrimary }

// mergeElements puts each new element in the place of the old one of its kind, or behind the others. A new
// primary element takes the flag from the old one.
func mergeElements[E any](old, new []E, primary func(*E) *bool, same func(a, b E) bool, replace func(old, new E) E) []E {
	for i := range new {
		if *primary(&new[i]) {
			for j := range old {
				*primary(&old[j]) = false
			}
		}
	}
	for _, element := range new {
		at := slices.IndexFunc(old, func(o E) bool { return same(o, element) })
		if at < 0 {
			old = append(old, element)
			continue
		}
		wasPrimary := *primary(&old[at])
		old[at] = replace(old[at], element)
		if wasPrimary {
			*primary(&old[at]) = true
		}
	}
	return old
}
