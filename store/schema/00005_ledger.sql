-- What a change owes: its audit, its events, its messages, and the answer to a repeated request. The sequences are
-- the order of the commits on one writer; they are never shown.

CREATE TABLE audit_event (
	sequence   {sequence},
	tenant_id  {id},
	audit_id   {id},
	at         {time},
	actor_kind {text},
	actor_id   {maybe_id},
	actor_name {text},
	door       {text},
	action     {text},
	effects    {json},
	person_id  {maybe_id},
	group_id   {maybe_id},
	changes    {json},
	note       {text},
	request_id {text},
	ip         {text}
) {rows};
CREATE UNIQUE INDEX audit_event_tenant ON audit_event (tenant_id, sequence);

CREATE TABLE domain_event (
	sequence   {sequence},
	tenant_id  {id},
	event_id   {id},
	type       {text},
	person_id  {maybe_id},
	group_id   {maybe_id},
	door       {text},
	actor_kind {text},
	actor_id   {maybe_id},
	actor_name {text},
	at         {time}
) {rows};
CREATE UNIQUE INDEX domain_event_tenant ON domain_event (tenant_id, sequence);

CREATE TABLE outbox (
	tenant_id    {id},
	message_id   {id},
	person_id    {maybe_id},
	dedup_key    {text},
	token_id     {maybe_id},
	kind         {text},
	recipient    {text},
	person_name  {text},
	tenant_name  {text},
	message      {text},
	sealed_token {bytes},
	expires_at   {time},
	status       {text},
	attempts     {count},
	next_at      {time},
	reason       {text},
	PRIMARY KEY (tenant_id, message_id)
) {rows};
CREATE UNIQUE INDEX outbox_dedup ON outbox (tenant_id, dedup_key) WHERE dedup_key <> '';
CREATE INDEX outbox_due ON outbox (next_at) WHERE status = 'Waiting';
CREATE INDEX outbox_person ON outbox (tenant_id, person_id) WHERE status = 'Waiting';

CREATE TABLE idempotency_record (
	tenant_id     {id},
	credential_id {id},
	route         {text},
	key           {text},
	body_hash     {bytes},
	status        {count},
	header        {json},
	body          {bytes},
	expires_at    {time},
	PRIMARY KEY (tenant_id, credential_id, route, key)
) {rows};
