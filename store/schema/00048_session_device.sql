-- By what a browser is known again in which somebody has signed in; it goes with the session.
ALTER TABLE session ADD COLUMN device_hash {bytes};
CREATE INDEX session_device ON session (tenant_id, person_id, device_hash);
