-- A provider may end a session by its index alone, without telling whose it is.
CREATE INDEX session_index_of ON session (tenant_id, provider_id, session_index) WHERE provider_id IS NOT NULL;
