package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// contactRoutes are the five routes of one kind of contact data.
func contactRoutes[E any](kind *contact[E]) []route {
	all := "/Common/Persons/{PersonId}/" + kind.name
	one := all + "/{" + kind.idName + "}"
	reads, writes := []domain.Permission{domain.PersonsRead}, []domain.Permission{domain.PersonsWrite}
	return []route{
		{method: "GET", pattern: all, needs: reads, serve: kind.getAll},
		{method: "POST", pattern: all, needs: writes, body: jsonBody, keyed: true, serve: kind.create},
		{method: "GET", pattern: one, needs: reads, serve: kind.get},
		{method: "PUT", pattern: one, needs: writes, body: jsonBody, serve: kind.replace},
		{method: "DELETE", pattern: one, needs: writes, serve: kind.delete},
	}
}

func (k *contact[E]) getAll(c *call) (domain.Answer, error) {
	p, err := c.engine.Directory.Person(c.context(), c.caller, c.person, 0)
	if err != nil {
		return domain.Answer{}, err
	}
	list := *k.list(p)
	views := make([]any, len(list))
	for i := range list {
		views[i] = k.view(&list[i])
	}
	answer, err := answerOf(http.StatusOK, itemsView{views})
	return tagged(answer, err, p)
}

func (k *contact[E]) get(c *call) (domain.Answer, error) {
	p, err := c.engine.Directory.Person(c.context(), c.caller, c.person, 0)
	if err != nil {
		return domain.Answer{}, err
	}
	at := k.at(*k.list(p), c.id(k.idName))
	if at < 0 {
		return domain.Answer{}, noElement()
	}
	return k.show(http.StatusOK, p, at)
}

func (k *contact[E]) show(status int, p *domain.Person, at int) (domain.Answer, error) {
	answer, err := answerOf(status, k.view(&(*k.list(p))[at]))
	return tagged(answer, err, p)
}

// create adds an element behind the others.
func (k *contact[E]) create(c *call) (domain.Answer, error) {
	body, err := decode(c.body, k.fields())
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.Person, error) {
			return c.engine.Provisioner.ChangePerson(c.context(), caller, domain.PersonChange{
				Person: c.person, Touches: domain.AspectProfile,
				Apply: func(p *domain.Person) error {
					list := k.list(p)
					*list = append(*list, *new(E))
					return k.putAt(body, *list, len(*list)-1)
				},
			})
		},
		func(p *domain.Person) (domain.Answer, error) {
			last := len(*k.list(p)) - 1
			answer, err := k.show(http.StatusCreated, p, last)
			id := *k.id(&(*k.list(p))[last])
			return located(answer, err, c.location("Common", "Persons", p.ID.String(), k.name, id.String()), p)
		})
}

// putAt writes what was sent into one element of the list.
func (k *contact[E]) putAt(body elementBody, list []E, at int) error {
	var found findings
	k.put(body, &list[at], "", &found)
	k.only(list, at)
	return found.err()
}

func (k *contact[E]) replace(c *call) (domain.Answer, error) {
	body, err := decode(c.body, k.fields())
	if err != nil {
		return domain.Answer{}, err
	}
	id := c.id(k.idName)
	p, err := k.changeAt(c, id, func(list *[]E, at int) error { return k.putAt(body, *list, at) })
	if err != nil {
		return domain.Answer{}, err
	}
	return k.show(http.StatusOK, p, k.at(*k.list(p), id))
}

func (k *contact[E]) delete(c *call) (domain.Answer, error) {
	_, err := k.changeAt(c, c.id(k.idName), func(list *[]E, at int) error {
		*list = append((*list)[:at:at], (*list)[at+1:]...)
		return nil
	})
	return nothing(), err
}

// changeAt changes the list at the element with the id.
func (k *contact[E]) changeAt(c *call, id uuid.UUID, do func(list *[]E, at int) error) (*domain.Person, error) {
	return c.change(domain.AspectProfile, func(p *domain.Person) error {
		at := k.at(*k.list(p), id)
		if at < 0 {
			return noElement()
		}
		return do(k.list(p), at)
	})
}

func noElement() error {
	return domain.Refuse(domain.CodeNotFound, "", "The person has no such entry.")
}
