-- How many reports of a tenant wait, and when one of them was last begun: tenants take turns.
CREATE INDEX report_waiting ON report (tenant_id) WHERE status IN ('Scheduled', 'Running');
CREATE INDEX report_started ON report (tenant_id, started_at);
