-- The audit as a chain: each line has a hash of itself and of all before it, and the head has the last one. Lines from
-- before this step have none; the head knows how many they are. What a line says of people is in the hash by a salted
-- digest, which stays when it is scrubbed.

ALTER TABLE audit_event ADD COLUMN payload_salt {bytes};
ALTER TABLE audit_event ADD COLUMN payload_digest {bytes};
ALTER TABLE audit_event ADD COLUMN chain_hash {bytes};

ALTER TABLE ledger_head ADD COLUMN unchained {count};
UPDATE ledger_head SET unchained = audit_index;

-- By whom, by whose hand and when. Other filters read a stretch of the audit, see store/audit.go: an index for each would
-- cost every act another write.
CREATE INDEX audit_event_person ON audit_event (tenant_id, person_id, audit_index) WHERE person_id IS NOT NULL;
CREATE INDEX audit_event_actor ON audit_event (tenant_id, actor_id, audit_index) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_event_at ON audit_event (tenant_id, at);
