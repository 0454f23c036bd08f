-- The order of what happened in a tenant: every event and every line of its audit has a number without gaps, in the order
-- of the commits. The head holds the last ones. It is taken as the last thing of a transaction and held to its end.

CREATE TABLE ledger_head (
	tenant_id   {id} REFERENCES tenant,
	event_index {count},
	audit_index {count},
	audit_hash  {bytes},
	PRIMARY KEY (tenant_id)
) {keyed};

ALTER TABLE audit_event ADD COLUMN audit_index {count};
UPDATE audit_event SET audit_index = numbered.place FROM (
	SELECT sequence AS known, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY sequence) AS place FROM audit_event) AS numbered
	WHERE audit_event.sequence = numbered.known;
DROP INDEX audit_event_tenant;
CREATE UNIQUE INDEX audit_event_place ON audit_event (tenant_id, audit_index);

ALTER TABLE domain_event ADD COLUMN event_index {count};
ALTER TABLE domain_event ADD COLUMN audit_id {maybe_id};
ALTER TABLE domain_event ADD COLUMN attributes {json} DEFAULT '[]';
ALTER TABLE domain_event ADD COLUMN data {json} DEFAULT '{}';
UPDATE domain_event SET event_index = numbered.place FROM (
	SELECT sequence AS known, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY sequence) AS place FROM domain_event) AS numbered
	WHERE domain_event.sequence = numbered.known;
DROP INDEX domain_event_tenant;
CREATE UNIQUE INDEX domain_event_place ON domain_event (tenant_id, event_index);

INSERT INTO ledger_head (tenant_id, event_index, audit_index)
	SELECT tenant_id, SUM(events), SUM(audits) FROM (
		SELECT tenant_id, COUNT(*) AS events, 0 AS audits FROM domain_event GROUP BY tenant_id
		UNION ALL SELECT tenant_id, 0, COUNT(*) FROM audit_event GROUP BY tenant_id) AS written
	GROUP BY tenant_id;

-- Where events go.
CREATE TABLE subscription (
	tenant_id         {id} REFERENCES tenant,
	subscription_id   {id},
	name              {text},
	kind              {text},
	url               {text},
	sealed_secret     {bytes},
	sealed_old_secret {bytes},
	old_secret_until  {time},
	types             {json},
	connection_id     {maybe_id},
	audience          {text},
	event_index       {count}, -- of the last event of which deliveries were made
	enabled           {bool},
	failures          {count}, -- since the last success
	failing_since     {time},
	last_success_at   {time},
	last_failure_at   {time},
	last_failure      {text},
	created_at        {time},
	updated_at        {time},
	PRIMARY KEY (tenant_id, subscription_id),
	FOREIGN KEY (tenant_id, connection_id) REFERENCES connection ON DELETE CASCADE
) {keyed};
CREATE INDEX subscription_connection ON subscription (tenant_id, connection_id) WHERE connection_id IS NOT NULL;

-- What a subscriber is owed, rendered. Only the waiting ones are in the indexes by which it leaves.
CREATE TABLE subscription_delivery (
	tenant_id       {id},
	delivery_id     {id},
	subscription_id {id},
	event_index     {count},
	body            {bytes},
	fetched         {bool}, -- the subscriber comes for it
	status          {text},
	attempts        {count},
	next_at         {time},
	reason          {text},
	response_status {count},
	created_at      {time},
	settled_at      {time},
	PRIMARY KEY (tenant_id, subscription_id, delivery_id),
	FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription ON DELETE CASCADE
) {rows};
CREATE INDEX subscription_delivery_due ON subscription_delivery (next_at) WHERE status = 'Waiting' AND NOT fetched;
CREATE INDEX subscription_delivery_waiting ON subscription_delivery (tenant_id, subscription_id, event_index, delivery_id) WHERE status = 'Waiting';
CREATE INDEX subscription_delivery_all ON subscription_delivery (tenant_id, subscription_id, event_index, delivery_id);
