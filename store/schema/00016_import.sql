-- Migrations from other systems: jobs, and the people that they bring.
ALTER TABLE tenant ADD COLUMN migration_until {time}; -- until when migrations may be started

CREATE TABLE import_job (
	tenant_id    {id} REFERENCES tenant,
	job_id       {id},
	status       {text},
	total        {count},
	actor_kind   {text},
	actor_id     {maybe_id},
	actor_name   {text},
	created_at   {time},
	completed_at {time},
	PRIMARY KEY (tenant_id, job_id)
) {keyed};
CREATE INDEX import_job_running ON import_job (created_at) WHERE status = 'Running';
CREATE INDEX import_job_actor ON import_job (tenant_id, actor_id);

CREATE TABLE import_record (
	tenant_id     {id},
	job_id        {id},
	record_index  {count},
	legacy_id     {text},
	sealed        {bytes}, -- what came, until the outcome is known
	outcome       {text},  -- '': waiting
	person_id     {maybe_id},
	code          {text},
	attribute     {text},
	message       {text},
	attempts      {count},
	next_at       {time},
	PRIMARY KEY (tenant_id, job_id, record_index),
	FOREIGN KEY (tenant_id, job_id) REFERENCES import_job ON DELETE CASCADE
) {keyed};
CREATE INDEX import_record_due ON import_record (next_at) WHERE outcome = '';
CREATE INDEX import_record_person ON import_record (tenant_id, person_id);

-- A person of another system comes once.
CREATE UNIQUE INDEX person_legacy ON person (tenant_id, legacy_id) WHERE legacy_id <> '' AND deleted_at = 0;
