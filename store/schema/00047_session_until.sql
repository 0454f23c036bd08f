-- When the identity provider ends a session, which binds the one that takes its place as well; 0: it did not say.
ALTER TABLE session ADD COLUMN asserted_until {time};
