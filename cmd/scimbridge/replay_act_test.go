package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/domain/migration"
	"github.com/scimbridge/scimbridge/domain/report"
)

// acts are what a story may do to the world besides sending requests; the first number is how many words each
// needs at least.
var acts = map[string]struct {
	words int
	do    func(p *player, words []string) error
}{
	"clock":      {1, func(p *player, words []string) error { return p.moveClock(words[0]) }},
	"tenant":     {1, (*player).changeTenant},
	"connection": {1, (*player).changeConnection},
	"agent": {0, func(p *player, words []string) error {
		p.callers["scim"].agent = strings.Join(words, " ")
		return nil
	}},
	"caller":     {2, func(p *player, words []string) error { return p.addCaller(words[0], words[1], words[2:]...) }},
	"people":     {2, func(p *player, words []string) error { return p.addPeople(words[0], words[1]) }},
	"credential": {2, (*player).changeCredential},
	"assertion":  {2, (*player).sign},
	"accept":     {1, func(p *player, words []string) error { return p.accept(words[0]) }},
	"sign-in":    {2, func(p *player, words []string) error { return p.signIn(words[0], words[1]) }},
	"mailed": {3, func(p *player, words []string) error {
		return p.readMail(words[0], domain.MailKind(words[1]), words[2])
	}},
	"dns": {2, func(p *player, words []string) error {
		p.dns.texts.Store(words[0], words[1])
		return nil
	}},
	"bounce":       {1, func(p *player, words []string) error { return p.bounce(words[0]) }},
	"session":      {2, func(p *player, words []string) error { return p.bear(words[0], words[1]) }},
	"code":         {2, func(p *player, words []string) error { return p.readCode(words[0], words[1]) }},
	"lock":         {1, func(p *player, words []string) error { return p.lock(words[0]) }},
	"enroll":       {1, func(p *player, words []string) error { return p.enroll(words[0]) }},
	"organization": {2, func(p *player, words []string) error { return p.addOrganization(words[0], words[1]) }},
	"provider":     {2, func(p *player, words []string) error { return p.addProvider(words[0], words[1]) }},
	"subscribe":    {1, func(p *player, words []string) error { return p.subscribe(words[0]) }},
	"restrict":     {1, func(p *player, words []string) error { return p.restrict(words[0]) }},
	"role":         {2, (*player).addRole},
	"grant":        {2, func(p *player, words []string) error { return p.grant(words[0], words[1]) }},
	"migrate":      {0, func(p *player, _ []string) error { return migration.New(p.engine.Base()).Work(p.t.Context()) }},
	"report":       {0, func(p *player, _ []string) error { return report.New(p.engine.Base()).Work(p.t.Context()) }},
	"release":      {1, func(p *player, words []string) error { return p.changeGroup(words[0], "managed_by = NULL") }},
}

// memoryOfCallers is longer than the server remembers who a token belongs to.
const memoryOfCallers = 2 * time.Second

func (p *player) act(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("an act is needed")
	}
	act, known := acts[words[0]]
	if !known || len(words)-1 < act.words {
		return fmt.Errorf("no such act: %s", strings.Join(words, " "))
	}
	defer p.wait(memoryOfCallers)
	if err := act.do(p, words[1:]); err != nil {
		return err
	}
	if err := p.engine.Account.MailResets(p.t.Context()); err != nil { // as the server does all the time
		return err
	}
	return p.feed.Spread(p.t.Context()) // this, too
}

func (p *player) moveClock(by string) error {
	d, err := time.ParseDuration(by)
	p.wait(d)
	return err
}

// settingsOf splits name=value words from a leading name.
func settingsOf(words []string, name string) (string, map[string]string) {
	if !strings.Contains(words[0], "=") {
		name, words = words[0], words[1:]
	}
	settings := map[string]string{}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		settings[key] = value
	}
	return name, settings
}

func (p *player) changeTenant(words []string) error {
	slug, policies := settingsOf(words, homeTenant)
	sso, chosen := policies["sso"]
	account := policies["account"]
	delete(policies, "sso")
	delete(policies, "account")
	window, opened := policies["migration"]
	delete(policies, "migration")
	on := sso == "on"
	_, err := p.engine.Administration.Tenant(p.t.Context(), slug)
	if domain.Is(err, domain.CodeTenantNotFound) {
		_, err = p.engine.Administration.CreateTenantOf(p.t.Context(), account, slug, slug, on, policies)
		return err
	}
	change := domain.TenantChange{Policies: policies, Account: account}
	if chosen {
		change.Sso = &on
	}
	if opened {
		length, err := time.ParseDuration(window)
		if err != nil {
			return err
		}
		until := p.now().Add(length)
		change.MigrationUntil = &until
	}
	_, err = p.engine.Administration.UpdateTenant(p.t.Context(), operator(p.t, p.engine, slug), change)
	return err
}

func (p *player) changeConnection(words []string) error {
	name, policies := settingsOf(words, "scim")
	change := domain.ConnectionChange{Policies: policies}
	if dialect, chosen := policies["dialect"]; chosen {
		change.Dialect = &dialect
		delete(policies, "dialect")
	}
	_, err := p.engine.Administration.UpdateConnection(p.t.Context(), operator(p.t, p.engine, homeTenant), name, change)
	return err
}

// operator is who stands at the machine, in the tenant.
func operator(t testing.TB, engine *domain.Engine, slug string) domain.Caller {
	t.Helper()
	caller, err := engine.Administration.Operator(context.Background(), slug)
	require.NoError(t, err)
	return caller
}

// home is a caller of the home tenant, for acts that no request stands for.
func (p *player) home(door domain.Door, permissions domain.Permissions) (domain.Caller, error) {
	tenant, err := p.engine.Administration.Tenant(p.t.Context(), homeTenant)
	if err != nil {
		return domain.Caller{}, err
	}
	return domain.Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Door: door, Mode: domain.ReadWrite,
		Actor: domain.Actor{Kind: domain.ActorSystem, Name: stageHand}, Permissions: permissions}, nil
}

// stageHand is the actor of acts that only prepare a story; its audit is not shown.
const stageHand = "stage hand"

func (p *player) addPeople(count, prefix string) error {
	from, err := p.home(domain.DoorRest, domain.ApiPermissions())
	if err != nil {
		return err
	}
	var number int
	if _, err := fmt.Sscan(count, &number); err != nil {
		return err
	}
	silent := false
	for i := 1; i <= number; i++ {
		email := fmt.Sprintf("%s%d@example.org", prefix, i)
		person, err := p.engine.Provisioner.CreatePerson(p.t.Context(), from, domain.NewPerson{
			Profile: domain.Profile{FirstName: fmt.Sprintf("First%d", i), LastName: prefix,
				Emails: []domain.EmailAddress{{Address: email, Type: "Work", IsPrimary: true}}},
			Access: &domain.NewAccess{Username: email, IsActive: true, SendInvitation: &silent}})
		if err != nil {
			return err
		}
		p.seen[fmt.Sprintf("%s.%d", prefix, i)] = person.ID.String()
	}
	return nil
}

// accept redeems the link of the newest invitation mail to the address, as the person would.
func (p *player) accept(address string) error {
	from, err := p.home(domain.DoorSelf, nil)
	if err != nil {
		return err
	}
	from.Actor = domain.Actor{Kind: domain.ActorPerson, Name: address}
	token, err := p.tokenIn(domain.MailInvitation, address)
	if err != nil {
		return err
	}
	_, err = p.engine.Account.AcceptInvitation(p.t.Context(), from, token, goodPassword)
	return err
}

// goodPassword is one that people may choose.
const goodPassword = "violet-ketchup-94-orbit"

func (p *player) signIn(name, who string) error {
	from, err := p.home(domain.DoorSso, nil)
	if err != nil {
		return err
	}
	from.Actor.Name = "provider"
	signedIn, err := p.engine.Gatekeeper.SignInByName(p.t.Context(), from, p.Provider(p.t, from.Tenant), name)
	if err != nil {
		return err
	}
	p.callers[who] = &caller{prefix: "/api/v1", media: "application/json", authorization: "Bearer " + signedIn.Token}
	return nil
}

// lock does what the tenth wrong password does; nobody can type one in a story.
func (p *player) lock(username string) error {
	until := p.now().Add(15 * time.Minute).UnixMicro()
	p.SQL(p.t, "UPDATE user_access SET failed_count = 10, locked_until = ? WHERE username = ?", until, username)
	return nil
}

func (p *player) enroll(username string) error {
	from, err := p.home(domain.DoorSelf, domain.ApiPermissions())
	if err != nil {
		return err
	}
	person, err := p.engine.Directory.ByUsername(p.t.Context(), from, username, 0)
	if err != nil {
		return err
	}
	p.AddEnrolment(p.t, from.Tenant, person.ID)
	p.SQL(p.t, "UPDATE user_access SET mfa_enrolled_at = ? WHERE tenant_id = ? AND person_id = ?", p.now().UnixMicro(), from.Tenant, person.ID)
	return nil
}

func (p *player) addOrganization(name, variable string) error {
	from, err := p.home(domain.DoorSystem, nil)
	if err != nil {
		return err
	}
	id := uuid.New()
	p.AddOrganization(p.t, from.Tenant, id, name)
	p.seen[variable] = id.String()
	return nil
}

// subscribe lets a connection fetch its events. From then on deliveries are made after every act of the world.
func (p *player) subscribe(connection string) error {
	from, err := p.home(domain.DoorRest, domain.AllPermissions())
	if err != nil {
		return err
	}
	connections, err := p.engine.Administration.Connections(p.t.Context(), operator(p.t, p.engine, homeTenant))
	if err != nil {
		return err
	}
	for _, c := range connections {
		if c.Name == connection {
			_, _, err = p.feed.Create(p.t.Context(), from, feed.NewSubscription{Name: connection, Kind: domain.SetPoll, Connection: c.ID, Audience: "https://receiver.example"})
			return err
		}
	}
	return fmt.Errorf("no connection %s", connection)
}

func (p *player) addProvider(name, variable string) error {
	from, err := p.home(domain.DoorSystem, nil)
	if err != nil {
		return err
	}
	id := uuid.New()
	p.SQL(p.t, "INSERT INTO identity_provider (tenant_id, identity_provider_id, name, enabled) VALUES (?, ?, ?, TRUE)", from.Tenant, id, name)
	p.seen[variable] = id.String()
	return nil
}

func (p *player) changeGroup(name, change string) error {
	p.SQL(p.t, "UPDATE permission_group SET "+change+" WHERE name = ?", name)
	return nil
}

// operator is a caller whom no rule about rights binds.
func (p *player) operator() (domain.Caller, error) {
	return p.engine.Administration.Operator(p.t.Context(), homeTenant)
}

// restrict lets a group grant a restricted permission, as only the operator can.
func (p *player) restrict(name string) error {
	from, err := p.operator()
	if err != nil {
		return err
	}
	page, err := p.engine.Groups.List(p.t.Context(), from, domain.Query{Count: 1,
		Where: domain.Compare{Attribute: domain.AttrGroupName, Operator: domain.Equal, Value: domain.TextValue(name)}})
	if err != nil {
		return err
	}
	for _, g := range page.Items {
		_, err = p.engine.Groups.Change(p.t.Context(), from, domain.GroupChange{Group: g.ID,
			Grants: domain.GrantChange{AddPermissions: []domain.Permission{domain.SystemAdmin}}})
	}
	return err
}

// addRole makes a role: its name, the weight, and permissions; its id is seen under its name.
func (p *player) addRole(words []string) error {
	from, err := p.operator()
	if err != nil {
		return err
	}
	in := domain.NewRole{Name: words[0]}
	if _, err := fmt.Sscan(words[1], &in.Weight); err != nil {
		return err
	}
	for _, name := range words[2:] {
		in.Permissions = append(in.Permissions, domain.Permission(name))
	}
	role, err := p.engine.Roles.Create(p.t.Context(), from, in)
	if err == nil {
		p.seen[in.Name] = role.ID.String()
	}
	return err
}

// grant gives a person the role.
func (p *player) grant(username, role string) error {
	from, err := p.operator()
	if err != nil {
		return err
	}
	person, err := p.engine.Directory.ByUsername(p.t.Context(), from, username, 0)
	if err != nil {
		return err
	}
	_, err = p.engine.Appointments.ChangeRoles(p.t.Context(), from, person.ID, domain.Moves{Add: []uuid.UUID{uuid.MustParse(p.seen[role])}})
	return err
}
