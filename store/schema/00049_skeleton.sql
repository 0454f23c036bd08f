-- What user names look like (domain.Skeleton): a new one that looks like a protected account's is flagged by one look-up.
-- Names of other scripts that are there already get theirs when they change; the rest is what the program would make of it.
ALTER TABLE user_access ADD COLUMN username_skeleton {text};
UPDATE user_access SET username_skeleton = REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(username_folded,
	'0', 'o'), '1', 'l'), 'i', 'l'), '|', 'l'), 'rn', 'm'), 'vv', 'w'), ' ', '') WHERE username_folded <> '';
CREATE INDEX user_access_skeleton ON user_access (tenant_id, username_skeleton) WHERE is_protected AND username_skeleton <> '';
