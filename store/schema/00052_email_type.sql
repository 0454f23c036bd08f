-- The type of the addresses that a key stands for, folded, so that a look-up by both need not open the person's addresses.
-- NULL: they have several, or it was written before there was this column.
ALTER TABLE email_key ADD COLUMN type_folded TEXT;
