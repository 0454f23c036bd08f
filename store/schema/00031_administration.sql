-- What administrators set up: sandboxes, and connections that were removed; and mails that were given up, to be sent again.

ALTER TABLE tenant ADD COLUMN sandbox {bool}; -- mails and deliveries never leave

ALTER TABLE connection ADD COLUMN removed_at {time};
CREATE INDEX permission_group_manager ON permission_group (tenant_id, managed_by) WHERE managed_by IS NOT NULL;
CREATE INDEX credential_connection ON credential (tenant_id, connection_id) WHERE connection_id IS NOT NULL;

CREATE INDEX outbox_dead ON outbox (tenant_id, message_id) WHERE status = 'Dead';
