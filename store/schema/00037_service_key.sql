-- The keys by which we are known to an identity provider: it encrypts for them, and we sign with them.
CREATE TABLE service_key (
	tenant_id   {id},
	provider_id {id},
	generation  {count},
	certificate {bytes},
	sealed_key  {bytes},
	created_at  {time},
	signs_at    {time},
	ends_at     {time},
	PRIMARY KEY (tenant_id, provider_id, generation),
	FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_provider ON DELETE CASCADE
) {keyed};
