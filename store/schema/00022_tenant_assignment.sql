-- Companies of one business account, and who of one of them may act in another.

CREATE TABLE business_account (
	business_account_id {id} PRIMARY KEY,
	name                {text},
	name_folded         {text} UNIQUE,
	created_at          {time}
) {rows};
ALTER TABLE tenant ADD COLUMN business_account_id {maybe_id} REFERENCES business_account;
CREATE INDEX tenant_business_account ON tenant (business_account_id);

-- The person is of the tenant; its sessions may act in the other one.
CREATE TABLE tenant_assignment (
	tenant_id          {id},
	person_id          {id},
	assigned_tenant_id {id} REFERENCES tenant,
	created_at         {time},
	PRIMARY KEY (tenant_id, person_id, assigned_tenant_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {keyed};

-- The tenants besides its own in which a credential may act.
CREATE TABLE credential_tenant (
	tenant_id       {id},
	credential_id   {id},
	other_tenant_id {id} REFERENCES tenant,
	place           {count},
	PRIMARY KEY (tenant_id, credential_id, other_tenant_id),
	FOREIGN KEY (tenant_id, credential_id) REFERENCES credential
) {keyed};
