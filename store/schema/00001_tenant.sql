-- Who there is: tenants, their connections, credentials and the entities that they bring along.

CREATE TABLE tenant (
	tenant_id    {id} PRIMARY KEY,
	slug         {text},
	slug_folded  {text},
	name         {text},
	sso_enabled  {bool},
	disabled     {bool},
	policies     {json},
	created_at   {time},
	updated_at   {time}
) {rows};
CREATE UNIQUE INDEX tenant_slug ON tenant (slug_folded);

CREATE TABLE connection (
	tenant_id     {id} REFERENCES tenant,
	connection_id {id},
	name          {text},
	policies      {json},
	notes         {json},
	last_seen_at  {time},
	created_at    {time},
	PRIMARY KEY (tenant_id, connection_id)
) {keyed};

CREATE TABLE credential (
	tenant_id        {id} REFERENCES tenant,
	credential_id    {id},
	name             {text},
	kind             {text},
	mode             {text},
	permissions      {json},
	connection_id    {maybe_id},
	secret_hash      {bytes},
	old_secret_hash  {bytes},
	old_secret_until {time},
	expires_at       {time},
	allowed_ips      {json},
	revoked_at       {time},
	created_at       {time},
	PRIMARY KEY (tenant_id, credential_id),
	FOREIGN KEY (tenant_id, connection_id) REFERENCES connection
) {keyed};
-- A token names its credential before anybody knows the tenant.
CREATE INDEX credential_by_id ON credential (credential_id);

CREATE TABLE organization (
	tenant_id       {id} REFERENCES tenant,
	organization_id {id},
	name            {text},
	created_at      {time},
	PRIMARY KEY (tenant_id, organization_id)
) {keyed};

CREATE TABLE identity_provider (
	tenant_id            {id} REFERENCES tenant,
	identity_provider_id {id},
	name                 {text},
	type                 {text},
	enabled              {bool},
	created_at           {time},
	PRIMARY KEY (tenant_id, identity_provider_id)
) {keyed};
