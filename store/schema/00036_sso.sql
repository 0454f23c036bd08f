-- Sign-ins at identity providers.

-- One that has begun, by the hash of the secret that comes back with the browser.
CREATE TABLE sso_request (
	tenant_id    {id},
	relay_hash   {bytes},
	provider_id  {id},
	request_id   {text},
	browser_hash {bytes},
	return_to    {text},
	secret       {bytes},
	expires_at   {time},
	PRIMARY KEY (tenant_id, relay_hash),
	FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_provider ON DELETE CASCADE
) {keyed};
CREATE INDEX sso_request_old ON sso_request (tenant_id, expires_at);
CREATE INDEX sso_request_provider ON sso_request (tenant_id, provider_id);

-- A message that was taken, by the hash of its issuer and id.
CREATE TABLE sso_assertion (
	tenant_id      {id} REFERENCES tenant,
	assertion_hash {bytes},
	expires_at     {time},
	PRIMARY KEY (tenant_id, assertion_hash)
) {keyed};
CREATE INDEX sso_assertion_old ON sso_assertion (tenant_id, expires_at);

-- By what an identity provider knows a session. It goes with the session, which goes with the access.
ALTER TABLE session ADD COLUMN provider_id {maybe_id};
ALTER TABLE session ADD COLUMN asserted_name {text};
ALTER TABLE session ADD COLUMN asserted_format {text};
ALTER TABLE session ADD COLUMN session_index {text};
CREATE INDEX session_asserted ON session (tenant_id, provider_id, asserted_name) WHERE provider_id IS NOT NULL;
