-- What opens an account. All of it ends with the access.

CREATE TABLE invitation (
	tenant_id     {id},
	invitation_id {id},
	person_id     {id},
	token_hash    {bytes},
	sent_to       {text},
	status        {text},
	sent_at       {time},
	expires_at    {time},
	resend_count  {count},
	invited_by    {text},
	PRIMARY KEY (tenant_id, invitation_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {rows};
CREATE UNIQUE INDEX invitation_token ON invitation (tenant_id, token_hash);
CREATE INDEX invitation_person ON invitation (tenant_id, person_id);

CREATE TABLE reset_token (
	tenant_id      {id},
	reset_token_id {id},
	person_id      {id},
	token_hash     {bytes},
	origin         {text},
	expires_at     {time},
	created_at     {time},
	consumed_at    {time},
	revoked_at     {time},
	PRIMARY KEY (tenant_id, reset_token_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {rows};
CREATE UNIQUE INDEX reset_token_token ON reset_token (tenant_id, token_hash);
CREATE INDEX reset_token_person ON reset_token (tenant_id, person_id);

CREATE TABLE session (
	tenant_id    {id},
	session_id   {id},
	person_id    {id},
	token_hash   {bytes},
	method       {text},
	mfa          {bool},
	created_at   {time},
	last_seen_at {time},
	expires_at   {time},
	ended_at     {time},
	end_reason   {text},
	PRIMARY KEY (tenant_id, session_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {rows};
-- A cookie is presented before anybody knows the tenant.
CREATE INDEX session_by_token ON session (token_hash);
CREATE INDEX session_person ON session (tenant_id, person_id);

CREATE TABLE mfa_enrollment (
	tenant_id       {id},
	enrollment_id   {id},
	person_id       {id},
	type            {text},
	sealed_secret   {bytes},
	recovery_hashes {json},
	last_step       {count},
	confirmed_at    {time},
	created_at      {time},
	PRIMARY KEY (tenant_id, enrollment_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {rows};
CREATE INDEX mfa_enrollment_person ON mfa_enrollment (tenant_id, person_id);
