-- What one act writes lies in few pages: each is written in full at each commit. So rows have the key by which they are
-- looked up and no other one, and come to lie beside those of their person, or at the end.

ALTER TABLE scim_link RENAME TO old_scim_link;
DROP INDEX scim_link_key;
DROP INDEX scim_link_person;
DROP INDEX scim_link_hidden;
CREATE TABLE scim_link (
	tenant_id       {id},
	person_id       {id},
	connection_id   {id},
	external_key    {text},
	hidden_at       {time},
	hidden_slot     {text},
	projected_login {text},
	formatted_name        {text},
	formatted_name_folded {text},
	profile_url           {text},
	profile_url_folded    {text},
	echo            {json},
	echo_folded     {json},
	PRIMARY KEY (tenant_id, person_id, connection_id),
	FOREIGN KEY (tenant_id, connection_id) REFERENCES connection,
	FOREIGN KEY (tenant_id, person_id) REFERENCES person
) {keyed};
INSERT INTO scim_link SELECT tenant_id, person_id, connection_id, external_key, hidden_at, hidden_slot, projected_login,
	formatted_name, formatted_name_folded, profile_url, profile_url_folded, echo, echo_folded FROM old_scim_link;
DROP TABLE old_scim_link;
CREATE UNIQUE INDEX scim_link_key ON scim_link (tenant_id, connection_id, external_key, hidden_slot) WHERE external_key <> '';
CREATE INDEX scim_link_hidden ON scim_link (tenant_id, connection_id, person_id) WHERE hidden_at <> 0;

ALTER TABLE invitation RENAME TO old_invitation;
DROP INDEX invitation_token;
DROP INDEX invitation_person;
DROP INDEX invitation_old;
CREATE TABLE invitation (
	tenant_id     {id},
	person_id     {id},
	invitation_id {id},
	kind          {text},
	token_hash    {bytes},
	sent_to       {text},
	status        {text},
	sent_at       {time},
	expires_at    {time},
	resend_count  {count},
	invited_by    {text},
	PRIMARY KEY (tenant_id, person_id, invitation_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES user_access ON DELETE CASCADE
) {keyed};
INSERT INTO invitation SELECT tenant_id, person_id, invitation_id, kind, token_hash, sent_to, status, sent_at, expires_at,
	resend_count, invited_by FROM old_invitation;
DROP TABLE old_invitation;
CREATE INDEX invitation_token ON invitation (token_hash);
CREATE INDEX invitation_old ON invitation (tenant_id, expires_at);

-- A message without a key of its own has its id for one.
ALTER TABLE outbox RENAME TO old_outbox;
DROP INDEX outbox_dedup;
DROP INDEX outbox_due;
DROP INDEX outbox_person;
DROP INDEX outbox_old;
CREATE TABLE outbox (
	tenant_id    {id},
	person_id    {id},
	dedup_key    {text},
	message_id   {id},
	token_id     {maybe_id},
	kind         {text},
	recipient    {text},
	person_name  {text},
	tenant_name  {text},
	message      {text},
	sealed_token {bytes},
	expires_at   {time},
	status       {text},
	attempts     {count},
	next_at      {time},
	reason       {text},
	PRIMARY KEY (tenant_id, person_id, dedup_key)
) {keyed};
INSERT INTO outbox SELECT tenant_id, person_id, CASE WHEN dedup_key = '' THEN CAST(message_id AS TEXT) ELSE dedup_key END, message_id, token_id, kind,
	recipient, person_name, tenant_name, message, sealed_token, expires_at, status, attempts, next_at, reason FROM old_outbox
	WHERE person_id IS NOT NULL;
DROP TABLE old_outbox;
CREATE INDEX outbox_due ON outbox (next_at) WHERE status = 'Waiting';
CREATE INDEX outbox_old ON outbox (tenant_id, next_at) WHERE status <> 'Waiting';

-- Whoever writes takes the head of the ledger anyway; so it has the numbers of people too, instead of the tally.
ALTER TABLE ledger_head ADD COLUMN people {count};
ALTER TABLE ledger_head ADD COLUMN users {count};
INSERT INTO ledger_head (tenant_id, event_index, audit_index)
	SELECT DISTINCT tenant_id, 0, 0 FROM tally WHERE tenant_id NOT IN (SELECT tenant_id FROM ledger_head);
UPDATE ledger_head SET
	people = COALESCE((SELECT SUM(t.people) FROM tally t WHERE t.tenant_id = ledger_head.tenant_id), 0),
	users = COALESCE((SELECT SUM(t.users) FROM tally t WHERE t.tenant_id = ledger_head.tenant_id), 0);
DROP TABLE tally;
