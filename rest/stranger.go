package rest

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// serveStranger runs a public route: limit, tenant, shape, use case, answer.
func (d *door) serveStranger(w http.ResponseWriter, r *http.Request, route *route) {
	w.Header().Set("Cache-Control", "no-store")
	c := &call{door: d, request: r, route: route}
	err := d.strangers.Come(r.Context())
	if err == nil {
		c.caller, err = d.visitor(r, route)
	}
	if err != nil {
		Refuse(w, r, err)
		return
	}
	answer, err := c.answer(w)
	d.strangers.Failed(r.Context(), err)
	if err != nil {
		Refuse(w, r, err)
		return
	}
	c.send(w, answer)
}

// visitor is the caller of a public route, at the tenant that X-Tenant names.
func (d *door) visitor(r *http.Request, route *route) (domain.Caller, error) {
	slugs := r.Header.Values("X-Tenant")
	if len(slugs) == 0 && route.anywhere {
		return web.Visitor(r.Context(), domain.Caller{}), nil
	}
	if len(slugs) != 1 {
		return domain.Caller{}, domain.Refuse(domain.CodeTenantNotFound, "", "Name the tenant in the header X-Tenant, once.")
	}
	visitor, err := d.engine.Account.Visitor(r.Context(), slugs[0])
	return web.Visitor(r.Context(), visitor), err
}
