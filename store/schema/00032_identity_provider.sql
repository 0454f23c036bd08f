-- What is known of identity providers. The settings are read as a whole and never asked for by what is in them.

ALTER TABLE identity_provider ADD COLUMN prefix {text};
ALTER TABLE identity_provider ADD COLUMN version {count};
ALTER TABLE identity_provider ADD COLUMN updated_at {time};
ALTER TABLE identity_provider ADD COLUMN settings {json} DEFAULT '{}';
CREATE UNIQUE INDEX identity_provider_prefix ON identity_provider (tenant_id, prefix) WHERE prefix <> '';
CREATE INDEX user_access_provider ON user_access (tenant_id, identity_provider_id) WHERE identity_provider_id IS NOT NULL;
