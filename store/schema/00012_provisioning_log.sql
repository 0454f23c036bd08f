-- What became of the requests of connectors, for a limited time. The id of an entry begins with its time, so that the keys
-- are the order in which the log is read, and all but the newest end of each index rests.

CREATE TABLE provisioning_log (
	tenant_id     {id} REFERENCES tenant,
	entry_id      {id},
	at            {time},
	connection_id {maybe_id},
	credential_id {maybe_id},
	request_id    {text},
	client        {text},
	dialect       {text},
	method        {text},
	path          {text},
	operation     {text},
	outcome       {text},
	status        {count},
	took          {count},
	person_id     {maybe_id},
	group_id      {maybe_id},
	code          {text},
	detail        {text}, -- JSON that is only ever read as a whole
	PRIMARY KEY (tenant_id, entry_id)
) {keyed};
CREATE INDEX provisioning_log_about ON provisioning_log (tenant_id, person_id, entry_id) WHERE person_id IS NOT NULL;
CREATE INDEX provisioning_log_connection ON provisioning_log (tenant_id, connection_id, entry_id) WHERE connection_id IS NOT NULL;
CREATE INDEX provisioning_log_unsuccessful ON provisioning_log (tenant_id, entry_id) WHERE outcome <> 'Succeeded';
CREATE INDEX provisioning_log_request ON provisioning_log (tenant_id, request_id, entry_id);

-- By whom else an entry is found: those whom a create or a search pointed at, and members that came or went.
CREATE TABLE provisioning_concern (
	tenant_id {id},
	person_id {id},
	entry_id  {id},
	PRIMARY KEY (tenant_id, person_id, entry_id),
	FOREIGN KEY (tenant_id, entry_id) REFERENCES provisioning_log ON DELETE CASCADE
) {keyed};
CREATE INDEX provisioning_concern_entry ON provisioning_concern (tenant_id, entry_id);
