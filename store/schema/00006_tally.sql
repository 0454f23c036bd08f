-- How many people a tenant has, so that no page has to count them: those that are neither deleted nor anonymised, and
-- those of them with access. The numbers of a tenant are the sums of its shards, which keep writers apart.

CREATE TABLE tally (
	tenant_id {id} REFERENCES tenant,
	shard     {count},
	people    {count},
	users     {count},
	PRIMARY KEY (tenant_id, shard)
) {keyed};
CREATE INDEX scim_link_hidden ON scim_link (tenant_id, connection_id, person_id) WHERE hidden_at <> 0;
INSERT INTO tally (tenant_id, shard, people, users)
	SELECT p.tenant_id, 0, COUNT(*), COUNT(a.person_id) FROM person p
	LEFT JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
	WHERE p.deleted_at = 0 AND p.anonymized_at = 0 GROUP BY p.tenant_id;
