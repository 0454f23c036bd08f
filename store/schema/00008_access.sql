-- Limits and public keys of credentials, the assertions that were used up, and the indexes by which is found what need
-- not be kept any longer.

ALTER TABLE credential ADD COLUMN rate_per_second {count};
ALTER TABLE credential ADD COLUMN rate_burst {count};
ALTER TABLE credential ADD COLUMN public_keys {json} DEFAULT '[]';

CREATE TABLE used_assertion (
	tenant_id      {id},
	credential_id  {id},
	assertion_hash {bytes},
	expires_at     {time},
	PRIMARY KEY (tenant_id, credential_id, assertion_hash),
	FOREIGN KEY (tenant_id, credential_id) REFERENCES credential
) {keyed};
CREATE INDEX used_assertion_old ON used_assertion (tenant_id, expires_at);

CREATE INDEX idempotency_record_old ON idempotency_record (tenant_id, expires_at);
CREATE INDEX outbox_old ON outbox (tenant_id, next_at) WHERE status <> 'Waiting';
CREATE INDEX invitation_old ON invitation (tenant_id, expires_at);
CREATE INDEX reset_token_old ON reset_token (tenant_id, expires_at);
CREATE INDEX session_old ON session (tenant_id, expires_at);
