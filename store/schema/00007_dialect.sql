-- How the client of a connection speaks: what an operator fixed, what was seen, and what it was forgiven.

ALTER TABLE connection ADD COLUMN dialect {text};
ALTER TABLE connection ADD COLUMN seen_dialect {text};
ALTER TABLE connection ADD COLUMN seen_sure {bool};
ALTER TABLE connection ADD COLUMN seen_clue {text};
ALTER TABLE connection ADD COLUMN seen_dialect_at {time};

CREATE TABLE connection_deviation (
	tenant_id     {id} REFERENCES tenant,
	connection_id {id},
	rule          {text},
	seen_count    {count},
	first_seen_at {time},
	last_seen_at  {time},
	PRIMARY KEY (tenant_id, connection_id, rule),
	FOREIGN KEY (tenant_id, connection_id) REFERENCES connection
) {keyed};
