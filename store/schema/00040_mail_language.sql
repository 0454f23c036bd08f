-- In which languages the recipient of a mail wants to read it, the best first.
ALTER TABLE outbox ADD COLUMN language {text};
