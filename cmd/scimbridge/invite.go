package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/scimbridge/scimbridge/client"
)

// inviteCommand is scimbridge invite.
type inviteCommand struct {
	remoteFlags
	Email     string   `arg:"" help:"E-mail address of the person."`
	FirstName string   `help:"First name, of somebody who is not known yet."`
	LastName  string   `help:"Last name, of somebody who is not known yet."`
	Username  string   `help:"Username (default: the e-mail address)."`
	Message   string   `help:"Words of your own for the mail."`
	NoMail    bool     `help:"Give access without a mail."`
	Group     []string `help:"PermissionGroupId of a group to join; may be repeated." placeholder:"ID"`
	Role      []string `help:"RoleId of a role to have; may be repeated." placeholder:"ID"`
}

// Run gives access to the person with that address, who is created where nobody has it.
func (c *inviteCommand) Run(p *program) error {
	server, err := c.client(p)
	if err != nil {
		return err
	}
	mail := !c.NoMail
	access := client.NewAccess{Username: c.Username, SendInvitation: &mail, InvitationMessage: c.Message, PermissionGroupIds: c.Group, RoleIds: c.Role}
	known, err := c.known(p, server)
	if err != nil {
		return err
	}
	var user *client.User
	if known != "" {
		user, err = server.Invite(p, known, access)
	} else {
		user, err = c.create(p, server, access)
	}
	if err != nil {
		return err
	}
	return p.show(user, fmt.Sprintf("%s  %s  %s  %s", user.PersonId, user.Username, user.State, user.LoginState))
}

// known is the one person who has the address; "" for nobody.
func (c *inviteCommand) known(ctx context.Context, server *client.Client) (id string, err error) {
	for person, err := range client.All(ctx, client.Window{Count: pageOf}, func(ctx context.Context, w client.Window) (client.Page[client.Person], error) {
		return server.People(ctx, client.PersonFilter{EmailAddress: c.Email}, w)
	}) {
		if err != nil {
			return "", err
		}
		if !strings.EqualFold(primaryEmail(&person), c.Email) {
			continue
		}
		if id != "" {
			return "", errors.New("several people have this address: invite one of them by PersonId, through the API")
		}
		id = person.PersonId
	}
	return id, nil
}

func (c *inviteCommand) create(ctx context.Context, server *client.Client, access client.NewAccess) (*client.User, error) {
	if c.FirstName == "" || c.LastName == "" {
		return nil, errors.New("nobody has this address yet: give --first-name and --last-name as well")
	}
	made, err := server.CreatePerson(ctx, client.NewPerson{UserAccess: &access, Person: client.Person{FirstName: c.FirstName, LastName: c.LastName,
		EmailAddresses: []client.EmailAddress{{Address: c.Email, Type: "Work", IsPrimary: true}}}})
	if err != nil {
		return nil, err
	}
	return made.UserAccess, nil
}
