-- Rights: roles, who holds them, and what groups grant.

CREATE TABLE role (
	tenant_id      {id} REFERENCES tenant,
	role_id        {id},
	name           {text},
	name_folded    {text},
	description    {text},
	weight         {count},
	version        {count},
	permissions    {json},
	is_system      {bool},
	is_restricted  {bool}, -- holds a permission that no API may grant
	administers    {bool}, -- holds tenant.admin
	created_by     {text},
	created_at     {time},
	updated_at     {time},
	PRIMARY KEY (tenant_id, role_id)
) {keyed};
CREATE UNIQUE INDEX role_name ON role (tenant_id, name_folded) WHERE name_folded <> '';
CREATE INDEX role_listing ON role (tenant_id, weight DESC, name_folded, role_id);
CREATE INDEX role_restricted ON role (tenant_id, role_id) WHERE is_restricted;

CREATE TABLE user_role (
	tenant_id  {id},
	person_id  {id},
	role_id    {id},
	created_at {time},
	PRIMARY KEY (tenant_id, person_id, role_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, role_id) REFERENCES role ON DELETE CASCADE
) {keyed};
CREATE INDEX user_role_role ON user_role (tenant_id, role_id, person_id);

CREATE TABLE group_role (
	tenant_id {id},
	group_id  {id},
	role_id   {id},
	PRIMARY KEY (tenant_id, group_id, role_id),
	FOREIGN KEY (tenant_id, group_id) REFERENCES permission_group ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, role_id) REFERENCES role ON DELETE CASCADE
) {keyed};
CREATE INDEX group_role_role ON group_role (tenant_id, role_id, group_id);

-- What a group grants besides roles, whether that makes administrators, and how many members it has.
ALTER TABLE permission_group ADD COLUMN permissions {json} DEFAULT '[]';
ALTER TABLE permission_group ADD COLUMN administers {bool};
ALTER TABLE permission_group ADD COLUMN member_count {count};
UPDATE permission_group SET member_count = (SELECT COUNT(*) FROM group_member m
	WHERE m.tenant_id = permission_group.tenant_id AND m.group_id = permission_group.group_id);
CREATE INDEX permission_group_restricted ON permission_group (tenant_id, group_id) WHERE restricted;

-- An account for emergencies, which the operator names; and whether the person holds tenant.admin, by whatever way.
ALTER TABLE user_access ADD COLUMN break_glass {bool};
ALTER TABLE user_access ADD COLUMN administers {bool};
CREATE INDEX user_access_administers ON user_access (tenant_id, person_id) WHERE administers;
CREATE INDEX user_access_protected ON user_access (tenant_id, person_id) WHERE is_protected;
CREATE INDEX user_access_break_glass ON user_access (tenant_id, person_id) WHERE break_glass;
