-- The keys that this server signs with, of all replicas and all tenants. A generation is taken once, so that replicas
-- which make a key at the same time agree on one. The private half is sealed, and gone when the key has ended; the
-- public half stays, so that what was signed can be checked as long as anybody keeps it.

CREATE TABLE signing_key (
	generation {count} PRIMARY KEY,
	key_id     {text},
	public_key {bytes},
	sealed_key {bytes},
	created_at {time},
	signs_at   {time},
	retires_at {time},
	ends_at    {time},
	distrusted {bool}
) {keyed};
