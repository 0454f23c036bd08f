-- The token with which the first administrator is made, while there is no tenant: one at most, for all replicas.

CREATE TABLE setup_token (
	place      {count} PRIMARY KEY,
	token_hash {bytes},
	expires_at {time}
) {keyed};
