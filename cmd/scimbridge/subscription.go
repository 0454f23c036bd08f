package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
)

// subscriptionCommands are scimbridge subscription ….
type subscriptionCommands struct {
	List       subscriptionList       `cmd:"" help:"List the subscriptions of a tenant."`
	Create     subscriptionCreate     `cmd:"" help:"Create a subscription to events; the secret of a webhook is shown once."`
	Change     subscriptionChange     `cmd:"" help:"Change, enable or disable a subscription."`
	Rotate     subscriptionRotate     `cmd:"" help:"Give a webhook a new secret; the old one signs along for a while."`
	Remove     subscriptionRemove     `cmd:"" help:"Remove a subscription with its deliveries."`
	Deliveries subscriptionDeliveries `cmd:"" help:"List what a subscriber was owed and what came of it."`
	Replay     subscriptionReplay     `cmd:"" help:"Deliver again: one delivery, or the events of a range."`
}

// subscriptionView is a subscription as the commands show it. Secret is there only at the moment when it is made.
type subscriptionView struct {
	SubscriptionID   string `json:"SubscriptionId"`
	Secret           string `json:",omitempty"`
	Name             string
	Kind             domain.SubscriptionKind
	URL              string             `json:"Url,omitempty"`
	Types            []domain.EventType `json:",omitempty"`
	ScimConnectionID string             `json:"ScimConnectionId,omitempty"`
	Audience         string             `json:",omitempty"`
	Enabled          bool
	Position         int64
	Failures         int
	FailingSince     *time.Time `json:",omitempty"`
	LastSuccessAt    *time.Time `json:",omitempty"`
	LastFailureAt    *time.Time `json:",omitempty"`
	LastFailure      string     `json:",omitempty"`
	OldSecretUntil   *time.Time `json:",omitempty"`
	CreatedAt        *time.Time
}

func viewSubscription(s *domain.Subscription) subscriptionView {
	view := subscriptionView{SubscriptionID: s.ID.String(), Name: s.Name, Kind: s.Kind, URL: s.URL, Types: s.Types, Audience: s.Audience,
		Enabled: s.Enabled, Position: s.Position, Failures: s.Failures, FailingSince: stamp(s.FailingSince), LastSuccessAt: stamp(s.LastSuccessAt),
		LastFailureAt: stamp(s.LastFailureAt), LastFailure: s.LastFailure, OldSecretUntil: stamp(s.OldSecretUntil), CreatedAt: stamp(s.CreatedAt)}
	if s.Connection != uuid.Nil {
		view.ScimConnectionID = s.Connection.String()
	}
	return view
}

func (v subscriptionView) line() string {
	state := "enabled"
	switch {
	case !v.Enabled:
		state = "disabled"
	case v.Failures > 0:
		state = fmt.Sprintf("failing (%d)", v.Failures)
	}
	return fmt.Sprintf("%s  %s  %s  %s  %s", v.SubscriptionID, v.Kind, state, v.Name, v.URL)
}

// showSecret shows a subscription with the secret that it was just given, if any.
func (p *program) showSecret(s *domain.Subscription, secret, done string) error {
	view := viewSubscription(s)
	view.Secret = secret
	lines := []string{done, "", "  SubscriptionId  " + view.SubscriptionID}
	if secret != "" {
		lines = append(lines, "  Secret          "+secret, "", "The secret is shown only now; the receiver checks signatures with it.")
	}
	return p.show(view, lines...)
}

// feedFlags are what a command needs that works on the feed of a tenant.
type feedFlags struct {
	databaseFlags
	sealFlags
	publicFlag
	receiverFlags
	tenantFlag
}

// feed runs an operator's command on the feed of a tenant.
func (f feedFlags) feed(p *program, act func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error) error {
	keys, err := openSecrets(f.sealing(p, f.Database))
	if err != nil {
		return err
	}
	db, err := openDatabase(p, f.Database, nil)
	if err != nil {
		return err
	}
	engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: keys})
	run := func() error {
		slug, err := f.slug(p, engine.Administration)
		if err != nil {
			return err
		}
		tenant, err := engine.Administration.Tenant(p, slug)
		if err != nil {
			return err
		}
		signer := credential.NewSigner(db, keys.Sealer(), nil)
		return act(p, newFeed(engine, signer, f.url(), prefixes(f.AllowPrivateWebhooks)), domain.Caller{Tenant: tenant.ID, TenantSlug: slug, Door: domain.DoorSystem, Mode: domain.ReadWrite,
			Permissions: domain.AllPermissions(), Actor: domain.Actor{Kind: domain.ActorOperator, Name: "operator"}})
	}
	return errors.Join(run(), db.Close())
}

type subscriptionList struct{ feedFlags }

// Run lists the subscriptions.
func (c *subscriptionList) Run(p *program) error {
	return c.feed(p, func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error {
		subscriptions, err := feed.List(ctx, operator)
		if err != nil {
			return err
		}
		list := listOf(subscriptions, viewSubscription)
		lines := make([]string, len(list.Items))
		for i, s := range list.Items {
			lines[i] = s.line()
		}
		if len(lines) == 0 {
			lines = []string{"The tenant has no subscription yet."}
		}
		return p.show(list, lines...)
	})
}

type subscriptionCreate struct {
	feedFlags
	Name       string   `required:"" help:"Name of the subscription, for people."`
	Kind       string   `enum:"webhook,set-push,set-poll" default:"webhook" help:"webhook: signed JSON is posted; set-push, set-poll: security event tokens are posted, or fetched."`
	URL        string   `name:"url" help:"Where deliveries are posted, https." placeholder:"URL"`
	TokenFile  string   `help:"File with the bearer token that a set-push sends." placeholder:"FILE"`
	Type       []string `help:"Type of events, like USER_DEACTIVATED; all where missing; may be repeated." placeholder:"TYPE"`
	Connection string   `help:"SCIM connection, by its id, whose view of people a set-push or set-poll has." placeholder:"SCIMCONNECTIONID"`
	Audience   string   `help:"Audience of security event tokens." placeholder:"TEXT"`
}

var subscriptionKinds = map[string]domain.SubscriptionKind{"webhook": domain.Webhook, "set-push": domain.SetPush, "set-poll": domain.SetPoll}

// Run creates the subscription.
func (c *subscriptionCreate) Run(p *program) error {
	in := feed.NewSubscription{Name: c.Name, Kind: subscriptionKinds[c.Kind], URL: c.URL, Types: eventTypes(c.Type), Audience: c.Audience}
	var err error
	if c.Connection != "" {
		if in.Connection, err = uuid.Parse(c.Connection); err != nil {
			return errors.New("the --connection is an id; see scimbridge connection list")
		}
	}
	if c.TokenFile != "" {
		if in.Token, err = readSecret(c.TokenFile); err != nil {
			return fmt.Errorf("can't read --token-file: %w", err)
		}
	}
	return c.feed(p, func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error {
		s, secret, err := feed.Create(ctx, operator, in)
		if err != nil {
			return err
		}
		return p.showSecret(s, secret, "Subscription "+s.Name+" was created.")
	})
}

func eventTypes(names []string) []domain.EventType {
	var types []domain.EventType
	for _, name := range names {
		types = append(types, domain.EventType(name))
	}
	return types
}

// subscriptionFlag names a subscription.
type subscriptionFlag struct {
	ID uuid.UUID `name:"id" required:"" help:"SubscriptionId; see scimbridge subscription list." placeholder:"SUBSCRIPTIONID"`
}

type subscriptionChange struct {
	feedFlags
	subscriptionFlag
	Name      *string  `help:"New name."`
	URL       *string  `name:"url" help:"New URL." placeholder:"URL"`
	TokenFile string   `help:"File with the bearer token that a set-push sends." placeholder:"FILE"`
	Type      []string `help:"Types of events; may be repeated." placeholder:"TYPE"`
	AllTypes  bool     `help:"All types of events."`
	Audience  *string  `help:"New audience." placeholder:"TEXT"`
	Enabled   toggle   `help:"--enabled=on or --enabled=off."`
}

// Run changes the subscription.
func (c *subscriptionChange) Run(p *program) error {
	change := feed.Change{Name: c.Name, URL: c.URL, Audience: c.Audience}
	if c.Enabled.set {
		change.Enabled = &c.Enabled.on
	}
	if len(c.Type) > 0 || c.AllTypes {
		types := eventTypes(c.Type)
		change.Types = &types
	}
	if c.TokenFile != "" {
		token, err := readSecret(c.TokenFile)
		if err != nil {
			return fmt.Errorf("can't read --token-file: %w", err)
		}
		change.Token = &token
	}
	return c.feed(p, func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error {
		s, err := feed.Change(ctx, operator, c.ID, change)
		if err != nil {
			return err
		}
		return p.show(viewSubscription(s), viewSubscription(s).line())
	})
}

type subscriptionRotate struct {
	feedFlags
	subscriptionFlag
	Overlap lifetime `default:"24h" help:"How long the old secret signs along, at most 7d." placeholder:"SPAN"`
}

// Run gives the webhook a new secret.
func (c *subscriptionRotate) Run(p *program) error {
	return c.feed(p, func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error {
		s, secret, err := feed.Rotate(ctx, operator, c.ID, time.Duration(c.Overlap))
		if err != nil {
			return err
		}
		return p.showSecret(s, secret, "Subscription "+s.Name+" has a new secret; the old one signs along until "+s.OldSecretUntil.Format(time.RFC3339)+".")
	})
}

type subscriptionRemove struct {
	feedFlags
	subscriptionFlag
}

// Run removes the subscription.
func (c *subscriptionRemove) Run(p *program) error {
	return c.feed(p, func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error {
		if err := feed.Remove(ctx, operator, c.ID); err != nil {
			return err
		}
		return p.show(map[string]any{"SubscriptionId": c.ID, "Removed": true}, "The subscription is gone, and its deliveries with it.")
	})
}
