-- What acts ended that shut somebody out. The id of a receipt grows with time, so the key is the order in which they are
-- read, whoever the person was: the row of a person stays.
CREATE TABLE receipt (
	tenant_id    {id},
	person_id    {id},
	receipt_id   {id},
	cause        {text},
	door         {text},
	sessions     {count},
	invitations  {count},
	reset_links  {count},
	enrolments   {count},
	occurred_at  {time},
	completed_at {time},
	PRIMARY KEY (tenant_id, person_id, receipt_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES person
) {keyed};
