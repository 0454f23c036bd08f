-- Groups, their members as rows, and what connections keep about them.

CREATE TABLE permission_group (
	tenant_id          {id} REFERENCES tenant,
	group_id           {id},
	name               {text},
	name_folded        {text},
	description        {text},
	description_folded {text},
	restricted         {bool},
	managed_by         {maybe_id},
	version            {count},
	created_at         {time},
	updated_at         {time},
	PRIMARY KEY (tenant_id, group_id),
	FOREIGN KEY (tenant_id, managed_by) REFERENCES connection
) {keyed};
CREATE UNIQUE INDEX permission_group_name ON permission_group (tenant_id, name_folded) WHERE name_folded <> '';
CREATE INDEX permission_group_listing ON permission_group (tenant_id, created_at, group_id);

CREATE TABLE group_link (
	tenant_id       {id},
	connection_id   {id},
	group_id        {id},
	external_key    {text},
	hidden_at       {time},
	hidden_slot     {text},
	projected_login {text},
	echo            {json},
	PRIMARY KEY (tenant_id, connection_id, group_id),
	FOREIGN KEY (tenant_id, connection_id) REFERENCES connection,
	FOREIGN KEY (tenant_id, group_id) REFERENCES permission_group ON DELETE CASCADE
) {keyed};
CREATE UNIQUE INDEX group_link_key ON group_link (tenant_id, connection_id, external_key, hidden_slot) WHERE external_key <> '';
CREATE INDEX group_link_group ON group_link (tenant_id, group_id);

-- A member always has access; no edge outlives either end.
CREATE TABLE group_member (
	tenant_id  {id},
	group_id   {id},
	person_id  {id},
	source     {text},
	created_at {time},
	PRIMARY KEY (tenant_id, group_id, person_id),
	FOREIGN KEY (tenant_id, group_id) REFERENCES permission_group ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {keyed};
CREATE INDEX group_member_person ON group_member (tenant_id, person_id, group_id);
