package scim

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
)

// The events of RFC 9967, section 7.4, that this server issues. Of those with a body it issues the notices, which name
// what changed and say nothing of the values.
const (
	eventURN        = "urn:ietf:params:scim:event:"
	eventAdd        = eventURN + "feed:add"
	eventRemove     = eventURN + "feed:remove"
	eventCreate     = eventURN + "prov:create:notice"
	eventPatch      = eventURN + "prov:patch:notice"
	eventPut        = eventURN + "prov:put:notice"
	eventDelete     = eventURN + "prov:delete"
	eventActivate   = eventURN + "prov:activate"
	eventDeactivate = eventURN + "prov:deactivate"
)

// eventURIs are announced in the ServiceProviderConfig.
var eventURIs = []string{eventAdd, eventRemove, eventCreate, eventPatch, eventPut, eventDelete, eventActivate, eventDeactivate}

// setType is the type of a security event token (RFC 8417, section 2.3).
const setType = "secevent+jwt"

// Events writes what happened as security event tokens (RFC 8417) in the profile of SCIM (RFC 9967). There is one token
// for all that an act did to one resource, and none for what a SCIM client can't see.
type Events struct {
	base   domain.Base
	signer domain.Signer
	issuer string
}

// NewEvents makes the renderer of security event tokens. The issuer is how receivers know this server.
func NewEvents(base domain.Base, signer domain.Signer, issuer string) *Events {
	return &Events{base: base, signer: signer, issuer: strings.TrimRight(issuer, "/")}
}

// deed is what one act did to one resource.
type deed struct {
	act        uuid.UUID
	rt         *resourceType
	resource   uuid.UUID
	connection uuid.UUID // that acted
	types      []domain.EventType
	first      *domain.Event
	last       *domain.Event
}

func (d *deed) did(t domain.EventType) bool { return slices.Contains(d.types, t) }

// Render implements [feed.Renderer].
func (e *Events) Render(ctx context.Context, s *domain.Subscription, events []domain.Event) ([]feed.Rendered, error) {
	deeds := deedsOf(events)
	subjects, err := e.subjects(ctx, s, deeds)
	if err != nil {
		return nil, err
	}
	var list []feed.Rendered
	for _, d := range deeds {
		about := subjects[d.resource]
		happened := d.events(s, about)
		if len(happened) == 0 {
			continue
		}
		// The id is the same whenever this is written again, so that a receiver sees nothing twice.
		id := uuid.NewSHA1(s.ID, d.first.ID[:])
		token, err := e.signer.Sign(ctx, setType, e.claims(s, d, about, happened, id))
		if err != nil {
			return nil, err
		}
		list = append(list, feed.Rendered{Index: d.last.Index, ID: id, Body: []byte(token)})
	}
	return list, nil
}

// deedsOf gathers the events of each act and resource, in the order of the last of them.
func deedsOf(events []domain.Event) []*deed {
	var deeds []*deed
	for i := range events {
		event := &events[i]
		rt, resource := userType, event.Person
		if strings.HasPrefix(string(event.Type), "GROUP_") {
			rt, resource = groupType, event.Group
		}
		if resource == uuid.Nil {
			continue
		}
		at := slices.IndexFunc(deeds, func(d *deed) bool { return d.act == event.Act && d.resource == resource })
		d := &deed{act: event.Act, rt: rt, resource: resource, first: event}
		if at >= 0 {
			d = deeds[at]
			deeds = slices.Delete(deeds, at, at+1)
		}
		d.connection, _ = uuid.Parse(event.Data[domain.FactConnection])
		d.types, d.last = append(d.types, event.Type), event
		deeds = append(deeds, d)
	}
	return deeds
}

// subject is a resource as the subscriber's connection sees it now.
type subject struct {
	shown    bool // it is there
	key      string
	hiddenAt time.Time
}

// subjects looks the resources up, each once.
func (e *Events) subjects(ctx context.Context, s *domain.Subscription, deeds []*deed) (map[uuid.UUID]subject, error) {
	found := make(map[uuid.UUID]subject, len(deeds))
	caller := domain.Caller{Tenant: s.Tenant, Connection: s.Connection, Door: domain.DoorSystem, Actor: domain.Actor{Kind: domain.ActorSystem}}
	err := e.base.Read(ctx, caller, func(tx domain.Tx) error {
		for _, d := range deeds {
			if _, known := found[d.resource]; known {
				continue
			}
			about, err := lookUp(tx, d)
			if err != nil && !domain.Is(err, domain.CodePersonNotFound) && !domain.Is(err, domain.CodeGroupNotFound) {
				return err
			}
			found[d.resource] = about
		}
		return nil
	})
	return found, err
}

func lookUp(tx domain.Tx, d *deed) (about subject, err error) {
	link, shown := (*domain.Link)(nil), false
	if d.rt == groupType {
		group, err := tx.FindGroup(d.resource)
		if err != nil {
			return subject{}, err
		}
		link, shown = group.Link, !group.Restricted
	} else {
		person, err := tx.FindPerson(d.resource, 0)
		if err != nil {
			return subject{}, err
		}
		link, shown = person.Link, person.Access != nil && person.AnonymizedAt.IsZero()
	}
	about.shown = shown
	if link != nil {
		about.key, about.hiddenAt = link.ExternalKey, link.HiddenAt
	}
	return about, nil
}

// happening is an event in a token: its URI, and what changed where the event tells it.
type happening struct {
	uri        string
	attributes []string
}

// events is what the deed is to the subscriber; nothing where it can't see the resource or what changed.
func (d *deed) events(s *domain.Subscription, about subject) []happening {
	own := s.Connection != uuid.Nil && d.connection == s.Connection
	switch {
	case d.did(domain.EventAccessRemoved) || d.did(domain.EventGroupDeleted):
		return []happening{{uri: eventDelete}}
	case d.did(domain.EventLinkHidden) && own:
		return append(d.activity(), happening{uri: eventRemove})
	case !about.hiddenAt.IsZero() && d.last.At.After(about.hiddenAt):
		return nil
	case d.did(domain.EventAccessProvisioned) || d.did(domain.EventGroupCreated):
		return []happening{{eventCreate, append([]string{"id"}, d.paths(own)...)}}
	case !about.shown:
		return nil
	}
	list := d.activity()
	paths := d.paths(own)
	if len(list) > 0 { // which tells this already
		paths = slices.DeleteFunc(paths, func(path string) bool { return slices.Contains(activityPaths, path) })
	}
	if len(paths) > 0 {
		uri := eventPatch
		if d.last.Data[domain.FactWhole] != "" {
			uri = eventPut
		}
		list = append(list, happening{uri, paths})
	}
	if d.did(domain.EventAccessLinked) && own {
		list = append(list, happening{uri: eventAdd})
	}
	return list
}

var activityPaths = []string{scimPath(domain.AttrIsActive.Name), scimPath(domain.AttrState.Name), scimPath(domain.AttrLoginState.Name)}

func (d *deed) activity() []happening {
	switch {
	case d.did(domain.EventUserDeactivated):
		return []happening{{uri: eventDeactivate}}
	case d.did(domain.EventUserActivated):
		return []happening{{uri: eventActivate}}
	}
	return nil
}

// paths are where the changed attributes are in SCIM. Those that a connection keeps for itself are nobody else's
// business.
func (d *deed) paths(own bool) []string {
	var list []string
	for _, name := range d.last.Attributes {
		path := scimPath(name)
		if path != "" && (own || !ownAttributes[name]) && !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}

// ownAttributes are the attributes of links, by the names of the domain.
var ownAttributes = func() map[string]bool {
	names := map[string]bool{}
	for _, a := range slices.Concat(domain.PersonAttributes(), domain.GroupAttributes()) {
		names[a.Name] = names[a.Name] || a.Aspect == domain.AspectLink
	}
	for _, c := range domain.PersonCollections() {
		names[c.Name] = c.Aspect == domain.AspectLink
	}
	return names
}()

// claims writes the token's content. It names the resource and carries no other personal data.
func (e *Events) claims(s *domain.Subscription, d *deed, about subject, happened []happening, id uuid.UUID) []byte {
	var doc document
	doc.object("", func() {
		doc.string("iss", e.issuer)
		doc.int("iat", int(e.base.Now().Unix()))
		doc.string("jti", id.String())
		doc.string("aud", s.Audience)
		doc.string("txn", d.act.String())
		doc.int("toe", int(d.last.At.Unix()))
		doc.object("sub_id", func() { // RFC 9493, RFC 9967 section 2.1
			doc.string("format", "scim")
			doc.string("uri", d.rt.endpoint+"/"+d.resource.String())
			doc.string("externalId", about.key)
		})
		doc.object("events", func() {
			for _, h := range happened {
				doc.object(h.uri, func() { doc.strings("attributes", h.attributes...) })
			}
		})
	})
	return doc.text
}
