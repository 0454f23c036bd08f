package client

import (
	"context"
	"time"
)

// Invitee is one of many who are invited: somebody who is known, by PersonId, or a new Person.
type Invitee struct {
	PersonId string  `json:",omitempty"`
	Person   *Person `json:",omitempty"`
	NewAccess
}

// BulkInvitation is what many people are invited with.
type BulkInvitation struct {
	Users           []Invitee // 1 to 100
	OrganizationIds []string  `json:",omitempty"` // of users that name none of their own
	MatchExisting   bool      `json:",omitempty"` // a new person who is known already is invited, not created again
	AllOrNothing    bool      `json:",omitempty"`
}

// BulkResult is what became of one of many.
type BulkResult struct {
	Index    int
	Outcome  string // Created, Linked or Failed
	PersonId string
	State    string
	Error    *Error
}

// BulkAnswer is what became of many.
type BulkAnswer struct {
	Results                     []BulkResult
	SucceededCount, FailedCount int
}

// InviteAll invites many people at once. It is safe to be sent again.
func (c *Client) InviteAll(ctx context.Context, in BulkInvitation) (*BulkAnswer, error) {
	return c.InviteAllOnce(ctx, "", in)
}

// InviteAllOnce is InviteAll under a key of the caller's: see CreatePersonOnce.
func (c *Client) InviteAllOnce(ctx context.Context, key string, in BulkInvitation) (*BulkAnswer, error) {
	return find[BulkAnswer](ctx, c, "POST /UserManagement/Invitations/Bulk", call{body: in, keyed: true, key: key})
}

// Migration is a batch of people who come from another system, with the hashes of their passwords.
type Migration struct {
	Algorithm      string            `json:",omitempty"`
	HashEncoding   string            `json:",omitempty"` // Hex or Base64
	SaltPosition   string            `json:",omitempty"` // None, Prefix or Suffix
	OnExisting     string            `json:",omitempty"` // Skip or Fail
	SendInvitation bool              `json:",omitempty"`
	Records        []MigrationRecord // 1 to 1000
}

// MigrationRecord is one person of a Migration.
type MigrationRecord struct {
	Identity  MigrationIdentity
	Profile   MigrationProfile
	LegacyId  string
	IsActive  *bool      `json:",omitempty"`
	CreatedAt *time.Time `json:",omitempty"`
}

// MigrationIdentity is how the person signed in.
type MigrationIdentity struct {
	Username     string
	PasswordHash string `json:",omitempty"`
	Salt         string `json:",omitempty"`
}

// MigrationProfile is who the person is.
type MigrationProfile struct {
	FirstName, LastName string
	EmailAddress        string
	EmailVerified       bool   `json:",omitempty"`
	DisplayName         string `json:",omitempty"`
	PhoneNumber         string `json:",omitempty"`
	EmployeeNumber      string `json:",omitempty"`
}

// MigrationJob is how far a Migration has come.
type MigrationJob struct {
	JobId, Status string
	Counts        map[string]int
	Records       []struct {
		Index                       int
		LegacyId, Outcome, PersonId string
		Error                       *Error
	}
}

// Migrate starts a migration and gives the id of its job.
func (c *Client) Migrate(ctx context.Context, in Migration) (job string, err error) {
	answer, err := ask[struct{ JobId string }](ctx, c, "POST /UserManagement/Migrations", call{body: in, keyed: true})
	return answer.JobId, err
}

// Migration tells how far a migration has come, with a page of its records.
func (c *Client) Migration(ctx context.Context, job string, window Window) (*MigrationJob, error) {
	return find[MigrationJob](ctx, c, "GET /UserManagement/Migrations/{JobId}", call{path: []any{job}, query: window.query(nil)})
}

// Anonymization is the removal of everything that tells who a person was.
type Anonymization struct {
	JobId, PersonId, Status string
	CompletedAt             *time.Time
}

// Anonymize removes for ever everything that tells who a person was.
func (c *Client) Anonymize(ctx context.Context, person string) (*Anonymization, error) {
	return find[Anonymization](ctx, c, "POST /UserManagement/Anonymizations", call{body: Changes{"PersonId": person}, keyed: true})
}

// AnonymizeByEmail is Anonymize for the person with that address.
func (c *Client) AnonymizeByEmail(ctx context.Context, address string) (*Anonymization, error) {
	return find[Anonymization](ctx, c, "POST /UserManagement/Anonymizations", call{body: Changes{"EmailAddress": address}, keyed: true})
}

// Anonymization tells what became of an anonymisation.
func (c *Client) Anonymization(ctx context.Context, job string) (*Anonymization, error) {
	return find[Anonymization](ctx, c, "GET /UserManagement/Anonymizations/{AnonymizationJobId}", call{path: []any{job}})
}
