-- The domains of e-mail addresses whose people sign in through a tenant's identity provider. A name is looked for across
-- tenants only by the index that lets one tenant alone have it verified.
CREATE TABLE sso_domain (
	tenant_id   {id},
	name        {text},
	provider_id {maybe_id},
	token       {text},
	verified_at {time},
	checked_at  {time},
	misses      {count},
	created_at  {time},
	PRIMARY KEY (tenant_id, name),
	FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_provider
) {keyed};
CREATE UNIQUE INDEX sso_domain_verified ON sso_domain (name) WHERE verified_at <> 0;
CREATE INDEX sso_domain_provider ON sso_domain (tenant_id, provider_id) WHERE provider_id IS NOT NULL;
