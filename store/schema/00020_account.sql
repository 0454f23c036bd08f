-- A person's own acts. A mailed token is presented before anybody knows the tenant.
DROP INDEX invitation_token;
CREATE INDEX invitation_token ON invitation (token_hash);
DROP INDEX reset_token_token;
CREATE INDEX reset_token_token ON reset_token (token_hash);
ALTER TABLE invitation ADD COLUMN kind {text};

ALTER TABLE session ADD COLUMN pending {bool};
ALTER TABLE session ADD COLUMN client {text};
ALTER TABLE session ADD COLUMN idle_limit {count}; -- seconds
UPDATE session SET idle_limit = 3600;

ALTER TABLE user_access ADD COLUMN failed_since {time};
ALTER TABLE user_access ADD COLUMN locks {count};

ALTER TABLE mfa_enrollment ADD COLUMN failed_count {count};
ALTER TABLE mfa_enrollment ADD COLUMN failed_since {time};
ALTER TABLE mfa_enrollment ADD COLUMN blocked_until {time};
ALTER TABLE mfa_enrollment ADD COLUMN blocks {count};

CREATE TABLE old_password (
	tenant_id     {id},
	person_id     {id},
	replaced_at   {time},
	password_hash {text},
	PRIMARY KEY (tenant_id, person_id, replaced_at),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {keyed};

-- Wishes for reset links that nobody has looked at yet.
CREATE TABLE reset_request (
	tenant_id  {id} REFERENCES tenant,
	request_id {id},
	name       {text},
	asked_by   {text}, -- the id of the HTTP request
	ip         {text},
	asked_at   {time},
	PRIMARY KEY (tenant_id, request_id)
) {keyed};
CREATE INDEX reset_request_oldest ON reset_request (asked_at);
