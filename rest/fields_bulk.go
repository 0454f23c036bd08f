package rest

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// bulkBody asks for access for several people.
type bulkBody struct {
	users         []inviteeBody
	organizations []uuid.UUID // of users who name none
	matchExisting sent[*bool]
	allOrNothing  sent[*bool]
}

// inviteeBody is one of them: a PersonId or a Person, and the fields of Invite.
type inviteeBody struct {
	person        sent[uuid.UUID]
	profile       sent[personBody]
	access        accessBody
	organizations sent[[]uuid.UUID]
}

var bulkFields = []field[bulkBody]{
	{"Users", func(r *reader, into *bulkBody) { into.users = readListUpTo(r, domain.MaxInvitees, readInvitee) }},
	{"OrganizationIds", setIDs(func(b *bulkBody) *[]uuid.UUID { return &b.organizations })},
	{"MatchExisting", setFlag(func(b *bulkBody) *sent[*bool] { return &b.matchExisting })},
	{"AllOrNothing", setFlag(func(b *bulkBody) *sent[*bool] { return &b.allOrNothing })},
}

// inviteeFields are looked through in this order, so that OrganizationIds is the one that tells whether it was sent.
var inviteeFields = append([]field[inviteeBody]{
	{"PersonId", setID(func(b *inviteeBody) *sent[uuid.UUID] { return &b.person })},
	{"Person", func(r *reader, into *inviteeBody) {
		if !r.null() {
			into.profile.present = true
			readFields(r, inviteePersonFields, &into.profile.value)
		}
	}},
	{"OrganizationIds", func(r *reader, into *inviteeBody) {
		into.organizations = sent[[]uuid.UUID]{true, readList(r, (*reader).identifier)}
	}},
}, within(inviteFields, func(b *inviteeBody) *accessBody { return &b.access })...)

// inviteePersonFields are those of a new Person, whose access stands beside it.
var inviteePersonFields = append(append([]field[personBody]{}, commonPersonFields...), field[personBody]{"UserAccess",
	refusing[personBody](domain.CodeAccessNotUpdatable, "The fields of UserAccess stand beside Person here, not in it.")})

func readInvitee(r *reader) inviteeBody {
	var b inviteeBody
	readFields(r, inviteeFields, &b)
	return b
}

// within makes fields of a part fields of the whole.
func within[W, P any](fields []field[P], at func(*W) *P) []field[W] {
	list := make([]field[W], len(fields))
	for i, row := range fields {
		list[i] = field[W]{row.name, func(r *reader, into *W) { row.read(r, at(into)) }}
	}
	return list
}

// invitee is the person as the engine is asked for, with what this door finds wrong.
func (b *inviteeBody) invitee(organizations []uuid.UUID) domain.Invitee {
	invitee := domain.Invitee{Person: b.person.value}
	var found findings
	if b.profile.present == (b.person.value != uuid.Nil) {
		found.add("Person", "Send exactly one of PersonId, for somebody who is known, and Person, for somebody new.")
	}
	if b.profile.present {
		p := &domain.Person{}
		var inPerson findings
		inPerson.take(b.profile.value.apply(p, replace))
		for _, problem := range inPerson {
			found.add(join("Person", problem.Attribute), problem.Message)
		}
		invitee.In = domain.NewPerson{Profile: p.Profile, Username: p.Username, ExternalLogin: p.ExternalLogin}
	}
	if b.access.externalLogin.value != "" {
		applyText("ExternalLoginUsername", key, b.access.externalLogin.value, &invitee.In.ExternalLogin, &found)
	}
	invitee.In.Access = b.access.newAccess("", &found)
	invitee.In.Access.OrganizationIDs = b.organizations.or(organizations)
	invitee.Wrong = found.err()
	return invitee
}
