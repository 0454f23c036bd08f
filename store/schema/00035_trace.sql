-- Failed sign-ins that the audit does not tell of yet: a row for each person, and a few for all names that nobody has.
CREATE TABLE sign_in_failure (
	tenant_id {id} REFERENCES tenant,
	bucket_id {id},
	person_id {maybe_id},
	ip        {text}, -- of the last one
	failures  {count},
	since     {time},
	PRIMARY KEY (tenant_id, bucket_id)
) {keyed};
CREATE INDEX sign_in_failure_since ON sign_in_failure (since);

-- Which lines of the audit have an e-mail address in what they say. Lines from before this step are not in it; the head
-- knows how many they are.
CREATE TABLE audit_mention (
	tenant_id   {id} REFERENCES tenant,
	address_key {bytes} NOT NULL, -- a digest
	audit_index {count},
	PRIMARY KEY (tenant_id, address_key, audit_index)
) {keyed};
ALTER TABLE ledger_head ADD COLUMN unmentioned {count};
UPDATE ledger_head SET unmentioned = audit_index;

-- Migrated people are found by their address also where no person came of the record.
ALTER TABLE import_record ADD COLUMN address_key {bytes};
CREATE INDEX import_record_address ON import_record (tenant_id, address_key) WHERE address_key IS NOT NULL;
CREATE INDEX import_job_old ON import_job (tenant_id, completed_at);
