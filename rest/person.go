package rest

import (
	"errors"
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// apply writes what was sent into the person.
func (b *personBody) apply(p *domain.Person, how mode) error {
	var found findings
	computed, chosen := p.ShownName(), p.DisplayName != ""
	b.texts.apply(personTexts, p, how, "", &found)
	if how == replace && !chosen && p.DisplayName == computed {
		p.DisplayName = "" // a computed name that came back from a view goes on being computed
	}
	if b.employee.present {
		applyEmployee(b.employee.value, p, how, "Employee", &found)
	}
	if b.emails.present {
		emails.replaceAll(b.emails.value, p, &found)
	}
	if b.phones.present {
		phones.replaceAll(b.phones.value, p, &found)
	}
	if b.addresses.present {
		addresses.replaceAll(b.addresses.value, p, &found)
	}
	if b.externalLogin.present {
		applyText("ExternalLoginUsername", key, b.externalLogin.value, &p.ExternalLogin, &found)
	}
	return found.err()
}

// applyEmployee writes an Employee; one that was sent as null has no texts, which in a merge means: clear them all.
func applyEmployee(b employeeBody, p *domain.Person, how mode, path string, found *findings) {
	if b.texts == nil {
		how = replace
	}
	b.texts.apply(employeeTexts, p, how, path, found)
}

func applyText(path string, rule check, value string, place *string, found *findings) {
	if value == "" || value == *place {
		*place = value
		return
	}
	kept, problem := rule(value)
	if problem != "" {
		found.add(path, problem)
		return
	}
	*place = kept
}

// gateExternalLogin drops an empty ExternalLoginUsername where the tenant has SSO off: serialisers send nulls for
// fields that their authors never saw. A value is left for the engine to refuse.
func (b *personBody) gateExternalLogin(sso bool) {
	if b.externalLogin.value == "" && !sso {
		b.externalLogin = sent[string]{}
	}
}

// touches is what a change of the person announces.
func (b *personBody) touches() domain.Aspect {
	if b.externalLogin.present {
		return domain.AspectProfile | domain.AspectExternalLogin
	}
	return domain.AspectProfile
}

// createPerson is POST Common/Persons.
func (c *call) createPerson() (domain.Answer, error) {
	body, err := decode(c.body, newPersonFields)
	if err != nil {
		return domain.Answer{}, err
	}
	if err := c.caller.Require(domain.WhatNewPerson(body.access.present, body.externalLogin.value).ToGive()...); err != nil {
		return domain.Answer{}, err
	}
	in, err := body.newPerson()
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.Person, error) {
			return c.engine.Provisioner.CreatePerson(c.context(), caller, in)
		},
		func(p *domain.Person) (domain.Answer, error) {
			answer, err := answerOf(http.StatusCreated, c.viewPerson(p, c.viewAccess(p, domain.WithManagedBy)))
			return located(answer, err, c.location("Common", "Persons", p.ID.String()), p)
		})
}

// newPerson checks the field rules of this door and of the engine at once.
func (b *personBody) newPerson() (domain.NewPerson, error) {
	var found findings
	p := &domain.Person{}
	found.take(b.apply(p, replace))
	in := domain.NewPerson{Profile: p.Profile, Username: p.Username, ExternalLogin: p.ExternalLogin}
	if b.access.present {
		in.Access = b.access.value.newAccess("UserAccess", &found)
	}
	if len(found) > 0 {
		found.take(in.Validate())
	}
	return in, found.err()
}

// take adds the field errors of an error.
func (f *findings) take(err error) {
	if own, ok := errors.AsType[*domain.Error](err); ok {
		*f = append(*f, own.Fields...)
	}
}

// getPerson is GET Common/Persons/{PersonId}.
func (c *call) getPerson() (domain.Answer, error) {
	p, err := c.engine.Directory.Person(c.context(), c.caller, c.person, domain.WithManagedBy)
	if err != nil {
		return domain.Answer{}, err
	}
	return c.showPerson(p)
}

func (c *call) showPerson(p *domain.Person) (domain.Answer, error) {
	answer, err := answerOf(http.StatusOK, c.viewPersonFor(p, domain.WithManagedBy))
	return tagged(answer, err, p)
}

// putPerson is PUT Common/Persons/{PersonId}.
func (c *call) putPerson() (domain.Answer, error) { return c.changePerson(putPersonFields, replace) }

// patchPerson is PATCH Common/Persons/{PersonId}.
func (c *call) patchPerson() (domain.Answer, error) { return c.changePerson(patchPersonFields, merge) }

func (c *call) changePerson(fields []field[personBody], how mode) (domain.Answer, error) {
	body, err := decode(c.body, fields)
	if err != nil {
		return domain.Answer{}, err
	}
	body.gateExternalLogin(c.caller.Sso)
	p, err := c.change(body.touches(), func(p *domain.Person) error { return body.apply(p, how) })
	if err != nil {
		return domain.Answer{}, err
	}
	return c.showPerson(p)
}

// change changes the person of the path.
func (c *call) change(touches domain.Aspect, apply func(p *domain.Person) error) (*domain.Person, error) {
	with := domain.WithManagedBy
	if touches&domain.AspectOrganizations != 0 {
		with |= domain.WithOrganizations
	}
	return c.engine.Provisioner.ChangePerson(c.context(), c.caller, domain.PersonChange{
		Person: c.person, Touches: touches, Apply: apply, With: with,
	})
}

// deletePerson is DELETE Common/Persons/{PersonId}.
func (c *call) deletePerson() (domain.Answer, error) {
	return nothing(), c.engine.Provisioner.DeletePerson(c.context(), c.caller, c.person)
}

// located adds the address and the entity tag of what was created.
func located(answer domain.Answer, err error, location string, p *domain.Person) (domain.Answer, error) {
	if err == nil {
		answer.Header["Location"] = location
	}
	return tagged(answer, err, p)
}
