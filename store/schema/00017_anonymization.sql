-- Anonymising finds everything that is kept about a person by the person's id, so that its cost is that of what there is.

CREATE TABLE anonymization (
	tenant_id    {id} REFERENCES tenant,
	job_id       {id},
	person_id    {id},
	actor_kind   {text},
	actor_id     {maybe_id},
	completed_at {time},
	PRIMARY KEY (tenant_id, job_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES person
) {keyed};
CREATE INDEX anonymization_person ON anonymization (tenant_id, person_id);
CREATE INDEX anonymization_time ON anonymization (tenant_id, completed_at);

ALTER TABLE idempotency_record ADD COLUMN person_id {maybe_id};
CREATE INDEX idempotency_record_person ON idempotency_record (tenant_id, person_id) WHERE person_id IS NOT NULL;

CREATE INDEX domain_event_person ON domain_event (tenant_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX outbox_whom ON outbox (tenant_id, person_id);
-- Managers whom a connector named by something that is no id.
CREATE INDEX person_manager_text ON person (tenant_id, manager) WHERE manager <> '' AND manager_id IS NULL;

-- Events say who acted by id alone.
UPDATE domain_event SET actor_name = '' WHERE actor_kind = 'User';
