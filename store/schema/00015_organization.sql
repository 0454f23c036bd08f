-- Organizations are a tree, listed as they came.

ALTER TABLE organization ADD COLUMN parent_id {maybe_id};
CREATE INDEX organization_listing ON organization (tenant_id, created_at, organization_id);
CREATE INDEX organization_parent ON organization (tenant_id, parent_id);
