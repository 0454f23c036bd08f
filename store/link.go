package store

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

var (
	saveLink = insertingColumns("scim_link", linkColumns, "").upserting("tenant_id, person_id, connection_id", linkColumns)

	saveGroupLink = `INSERT INTO group_link (tenant_id, connection_id, group_id, external_key, hidden_at, hidden_slot, projected_login, echo)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, connection_id, group_id) DO UPDATE SET external_key = excluded.external_key,
		hidden_at = excluded.hidden_at, hidden_slot = excluded.hidden_slot, projected_login = excluded.projected_login, echo = excluded.echo`
)

// SaveLink implements [domain.LinkTx].
func (t *tx) SaveLink(p *domain.Person) error {
	args := append(make([]any, 0, len(linkColumns)+1), t.tenant)
	return t.insert(saveLink, values(args, linkColumns, p, true))
}

// ForgetFormattedNames implements [domain.LinkTx].
func (t *tx) ForgetFormattedNames(person uuid.UUID) error {
	return t.run(`UPDATE scim_link SET formatted_name = '', formatted_name_folded = ''
		WHERE tenant_id = ? AND person_id = ? AND formatted_name <> ''`, t.tenant, person)
}

// DeleteLinks implements [domain.LinkTx].
func (t *tx) DeleteLinks(person uuid.UUID) error {
	return t.run("DELETE FROM scim_link WHERE tenant_id = ? AND person_id = ?", t.tenant, person)
}

// SaveGroupLink implements [domain.LinkTx].
func (t *tx) SaveGroupLink(g *domain.Group) error {
	return t.run(saveGroupLink, t.tenant, g.Link.Connection, g.ID, g.Link.ExternalKey, g.Link.HiddenAt,
		hiddenSlot(g.Link, g.ID), g.Link.ProjectedLogin, encodeEcho(g.Link.Echo))
}
