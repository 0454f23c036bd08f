package main

import (
	"context"
	"strings"

	"github.com/scimbridge/scimbridge/client"
)

// look tells whether the person of a line is there already.
func (r *importing) look(ctx context.Context, l *line) {
	id, by, err := r.known(ctx, &l.person)
	switch {
	case err != nil:
		l.verdict.Verdict, l.verdict.Problem = failed, err.Error()
	case id != "":
		l.verdict.Verdict, l.verdict.PersonID, l.verdict.Problem = existing, id, "somebody has this "+by
	default:
		l.verdict.Verdict = wouldCreate
	}
}

// known finds who has one of the keys that a creation would need, and which.
func (r *importing) known(ctx context.Context, p *client.NewPerson) (id, by string, err error) {
	email := primaryEmail(&p.Person)
	if p.UserAccess != nil {
		if id, err = r.byUsername(ctx, firstOf(p.Username, email)); id != "" || err != nil {
			return id, "Username", err
		}
		if id, err = r.byEmail(ctx, email); id != "" || err != nil {
			return id, "EmailAddress", err
		}
	}
	if p.Employee == nil || p.Employee.EmployeeNumber == "" {
		return "", "", nil
	}
	page, err := r.server.People(ctx, client.PersonFilter{EmployeeNumber: p.Employee.EmployeeNumber}, client.Window{Count: 1})
	if err != nil || len(page.Items) == 0 {
		return "", "", err
	}
	return page.Items[0].PersonId, "EmployeeNumber", nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (r *importing) byUsername(ctx context.Context, username string) (string, error) {
	if username == "" {
		return "", nil
	}
	if strings.Contains(username, "/") { // stands in no path
		return r.among(ctx, client.UserFilter{Username: username}, func(u *client.User) bool { return strings.EqualFold(u.Username, username) })
	}
	user, err := r.server.UserByUsername(ctx, username)
	if client.CodeOf(err) == "person_not_found" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return user.PersonId, nil
}

func (r *importing) byEmail(ctx context.Context, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	return r.among(ctx, client.UserFilter{EmailAddress: address}, func(u *client.User) bool { return strings.EqualFold(u.EmailAddress, address) })
}

// among finds the one user that is meant among those whom a partial filter finds.
func (r *importing) among(ctx context.Context, filter client.UserFilter, meant func(u *client.User) bool) (string, error) {
	for user, err := range client.All(ctx, client.Window{Count: 200}, func(ctx context.Context, w client.Window) (client.Page[client.User], error) {
		return r.server.Users(ctx, filter, w)
	}) {
		if err != nil {
			return "", err
		}
		if meant(&user) {
			return user.PersonId, nil
		}
	}
	return "", nil
}
