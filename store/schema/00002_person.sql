-- People, their access, and what connections keep about them.

CREATE TABLE person (
	tenant_id                 {id} REFERENCES tenant,
	person_id                 {id},
	version                   {count},
	created_at                {time},
	updated_at                {time},
	deleted_at                {time},
	anonymized_at             {time},
	legacy_id                 {text},
	shown_name                {text},
	shown_name_folded         {text},
	manager_id                {maybe_id}, -- manager, where it is an id
	first_name                {text},
	first_name_folded         {text},
	last_name                 {text},
	last_name_folded          {text},
	middle_name               {text},
	middle_name_folded        {text},
	preferred_name            {text},
	preferred_name_folded     {text},
	display_name              {text},
	display_name_folded       {text},
	prefix                    {text},
	prefix_folded             {text},
	suffix                    {text},
	suffix_folded             {text},
	locale                    {text},
	locale_folded             {text},
	preferred_language        {text},
	preferred_language_folded {text},
	time_zone                 {text},
	time_zone_folded          {text},
	external_reference        {text},
	employee_number           {text},
	employee_number_folded    {text},
	title                     {text},
	title_folded              {text},
	department                {text},
	department_folded         {text},
	division                  {text},
	division_folded           {text},
	cost_center               {text},
	cost_center_folded        {text},
	organization_name         {text},
	organization_name_folded  {text},
	employment_type           {text},
	employment_type_folded    {text},
	hire_date                 {text},
	termination_date          {text},
	manager                   {text},
	external_login            {text},
	external_login_folded     {text},
	username                  {text},
	username_folded           {text},
	emails                    {json},
	emails_folded             {json}, -- the same elements, folded for conditions
	phones                    {json},
	phones_folded             {json},
	addresses                 {json},
	addresses_folded          {json},
	PRIMARY KEY (tenant_id, person_id)
) {rows};
-- The orders of listings: of people as they are, and of those who were anonymised. The conditions let a listing skip and
-- count by the index alone. The keys of a deleted person are emptied, so that they are free again.
CREATE INDEX person_listing ON person (tenant_id, created_at, person_id) WHERE deleted_at = 0 AND anonymized_at = 0;
CREATE INDEX person_anonymized ON person (tenant_id, created_at, person_id) WHERE deleted_at = 0 AND anonymized_at <> 0;
CREATE UNIQUE INDEX person_employee_number ON person (tenant_id, employee_number_folded) WHERE employee_number_folded <> '';
CREATE UNIQUE INDEX person_external_login ON person (tenant_id, external_login_folded) WHERE external_login_folded <> '';

-- Who has an address, whichever of the person's it is.
CREATE TABLE email_key (
	tenant_id      {id},
	address_folded {text},
	person_id      {id},
	is_primary     {bool},
	PRIMARY KEY (tenant_id, address_folded, person_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES person
) {keyed};

-- Access and, in the same row because it lives and dies with it, the identity account.
CREATE TABLE user_access (
	tenant_id            {id},
	person_id            {id},
	username             {text},
	username_folded      {text},
	is_active            {bool},
	activated_at         {time},
	deactivated_at       {time},
	deactivated_by       {text},
	mfa_required         {bool},
	mfa_enrolled_at      {time},
	identity_provider_id {maybe_id},
	organizations        {json},
	invitation_wanted    {bool},
	invited_at           {time},
	invitation_expires   {time},
	invitation_count     {count},
	reset_expires        {time},
	must_reset_password  {bool},
	locked_until         {time},
	last_login_at        {time},
	created_at           {time},
	is_protected         {bool},
	identity_user_unique {id},
	email_copy           {text},
	email_folded         {text},
	phone_copy           {text},
	password_hash        {text},
	failed_count         {count},
	PRIMARY KEY (tenant_id, person_id),
	FOREIGN KEY (tenant_id, person_id) REFERENCES person,
	FOREIGN KEY (tenant_id, identity_provider_id) REFERENCES identity_provider
) {keyed};
CREATE UNIQUE INDEX user_access_username ON user_access (tenant_id, username_folded) WHERE username_folded <> '';
CREATE UNIQUE INDEX user_access_email ON user_access (tenant_id, email_folded) WHERE email_folded <> '';

-- hidden_slot is empty while the link lives and the person's id once it is hidden: one index serves both the
-- look-up of all links and the uniqueness of the live ones.
CREATE TABLE scim_link (
	tenant_id       {id},
	connection_id   {id},
	person_id       {id},
	external_key    {text},
	hidden_at       {time},
	hidden_slot     {text},
	projected_login {text},
	formatted_name        {text},
	formatted_name_folded {text},
	profile_url           {text},
	profile_url_folded    {text},
	echo            {json},
	echo_folded     {json},
	PRIMARY KEY (tenant_id, connection_id, person_id),
	FOREIGN KEY (tenant_id, connection_id) REFERENCES connection,
	FOREIGN KEY (tenant_id, person_id) REFERENCES person
) {keyed};
CREATE UNIQUE INDEX scim_link_key ON scim_link (tenant_id, connection_id, external_key, hidden_slot) WHERE external_key <> '';
CREATE INDEX scim_link_person ON scim_link (tenant_id, person_id);
