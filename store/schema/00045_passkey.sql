-- Passkeys of people. Keys and counters are in the record, which the protocol alone reads.
CREATE TABLE passkey (
	tenant_id          {id},
	passkey_id         {id},
	person_id          {id},
	credential_id_hash {bytes},
	user_handle        {bytes},
	name               {text},
	record             {bytes},
	created_at         {time},
	last_used_at       {time},
	PRIMARY KEY (tenant_id, passkey_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {rows};
CREATE UNIQUE INDEX passkey_credential ON passkey (tenant_id, credential_id_hash);
CREATE INDEX passkey_person ON passkey (tenant_id, person_id, created_at);

-- A ceremony that has begun, by the hash of the ticket that comes back with the answer. A person and a session are named
-- where somebody was signed in.
CREATE TABLE passkey_challenge (
	tenant_id   {id} REFERENCES tenant,
	ticket_hash {bytes},
	purpose     {text},
	person_id   {maybe_id},
	session_id  {maybe_id},
	ceremony    {bytes},
	expires_at  {time},
	PRIMARY KEY (tenant_id, ticket_hash),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {keyed};
CREATE INDEX passkey_challenge_old ON passkey_challenge (tenant_id, expires_at);
CREATE INDEX passkey_challenge_person ON passkey_challenge (tenant_id, person_id) WHERE person_id IS NOT NULL;
