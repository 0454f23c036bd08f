-- Reports, and their files in parts. A run of a report writes parts of its own; only those of the last run count.
CREATE TABLE report (
	tenant_id    {id} REFERENCES tenant,
	job_id       {id},
	name         {text},
	type         {text},
	format       {text},
	start_at     {time},
	end_at       {time},
	status       {text},
	row_count    {count},
	seen_count   {count},
	chunk_count  {count},
	size         {count},
	run          {count},
	attempts     {count},
	next_at      {time}, -- when it may be claimed
	actor_kind   {text},
	actor_id     {maybe_id},
	created_at   {time},
	started_at   {time},
	completed_at {time},
	expires_at   {time},
	PRIMARY KEY (tenant_id, job_id)
) {keyed};
CREATE INDEX report_listing ON report (tenant_id, created_at, job_id);
CREATE INDEX report_due ON report (next_at) WHERE status IN ('Scheduled', 'Running');
CREATE INDEX report_running ON report (tenant_id, job_id) WHERE status = 'Running';

CREATE TABLE report_chunk (
	tenant_id   {id},
	job_id      {id},
	run         {count},
	chunk_index {count},
	first_id    {maybe_id}, -- of the people in it, by which who is anonymised is found
	last_id     {maybe_id},
	created_at  {time},
	content     {text},
	PRIMARY KEY (tenant_id, job_id, run, chunk_index),
	FOREIGN KEY (tenant_id, job_id) REFERENCES report ON DELETE CASCADE
) {rows};
CREATE INDEX report_chunk_span ON report_chunk (tenant_id, last_id, first_id);
CREATE INDEX report_chunk_old ON report_chunk (tenant_id, created_at);
