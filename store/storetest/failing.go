package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// ErrInjected is how a [Failure] fails.
var ErrInjected = errors.New("storetest: injected failure")

// Failure is a store whose n-th write of a Tx fails, counted over all its transactions. A use case that is run with
// n = 1, 2, … until Fired stays false has then failed at every write that it makes.
type Failure struct {
	domain.Store
	at     int64
	writes atomic.Int64
}

// Failing makes a store that fails at its n-th write; n counts from 1.
func Failing(s domain.Store, n int) *Failure { return &Failure{Store: s, at: int64(n)} }

// Fired reports whether the store has come to its failure.
func (f *Failure) Fired() bool { return f.writes.Load() >= f.at }

// Write implements [domain.Store].
func (f *Failure) Write(ctx context.Context, scope domain.Scope, fn func(tx domain.Tx) error) error {
	return f.Store.Write(ctx, scope, func(tx domain.Tx) error { return fn(failingTx{tx, f}) })
}

// failingTx counts the writes. What it does not override reads; a test holds it to that.
type failingTx struct {
	domain.Tx
	failure *Failure
}

func (t failingTx) count() error {
	if t.failure.writes.Add(1) == t.failure.at {
		return ErrInjected
	}
	return nil
}

// wrote runs a write unless it is the one to fail.
func (t failingTx) wrote(write func() error) error {
	if err := t.count(); err != nil {
		return err
	}
	return write()
}

// gave is wrote for a write with an answer.
func gave[A any](t failingTx, write func() (A, error)) (A, error) {
	if err := t.count(); err != nil {
		var none A
		return none, err
	}
	return write()
}

func (t failingTx) Note(line string) error { return t.wrote(func() error { return t.Tx.Note(line) }) }

func (t failingTx) ScrubAudit(person uuid.UUID, markers []string) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.ScrubAudit(person, markers) })
}

func (t failingTx) InsertImport(job *domain.ImportJob, records []*domain.ImportRecord) error {
	return t.wrote(func() error { return t.Tx.InsertImport(job, records) })
}

func (t failingTx) SettleImportRecord(r *domain.ImportRecord) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.SettleImportRecord(r) })
}

func (t failingTx) CompleteImport(job uuid.UUID, at time.Time) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.CompleteImport(job, at) })
}

func (t failingTx) RequeueMail(m *domain.DeadMail) error {
	return t.wrote(func() error { return t.Tx.RequeueMail(m) })
}

func (t failingTx) SetUp(hash []byte, now time.Time, tenant *domain.Tenant) error {
	return t.wrote(func() error { return t.Tx.SetUp(hash, now, tenant) })
}

func (t failingTx) SaveTenant(tenant *domain.Tenant) error {
	return t.wrote(func() error { return t.Tx.SaveTenant(tenant) })
}

func (t failingTx) SaveConnection(c *domain.Connection) error {
	return t.wrote(func() error { return t.Tx.SaveConnection(c) })
}

func (t failingTx) RemoveConnection(id uuid.UUID, at time.Time) (revoked, released int, err error) {
	if err := t.count(); err != nil {
		return 0, 0, err
	}
	return t.Tx.RemoveConnection(id, at)
}

func (t failingTx) SaveCredential(c *domain.Credential) error {
	return t.wrote(func() error { return t.Tx.SaveCredential(c) })
}

func (t failingTx) InsertReport(r *domain.Report) error {
	return t.wrote(func() error { return t.Tx.InsertReport(r) })
}

func (t failingTx) AdvanceReport(r *domain.Report, chunk *domain.ReportChunk, lease time.Time) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.AdvanceReport(r, chunk, lease) })
}

func (t failingTx) SettleReport(r *domain.Report) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.SettleReport(r) })
}

func (t failingTx) DropReportChunks(report uuid.UUID, before, count int) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.DropReportChunks(report, before, count) })
}

func (t failingTx) InsertPerson(p *domain.Person) error {
	return t.wrote(func() error { return t.Tx.InsertPerson(p) })
}

func (t failingTx) UpdatePerson(p *domain.Person) error {
	return t.wrote(func() error { return t.Tx.UpdatePerson(p) })
}

func (t failingTx) TouchPerson(p *domain.Person) error {
	return t.wrote(func() error { return t.Tx.TouchPerson(p) })
}

func (t failingTx) DeletePerson(id uuid.UUID, at time.Time) error {
	return t.wrote(func() error { return t.Tx.DeletePerson(id, at) })
}

func (t failingTx) InsertAccess(p *domain.Person, identity *domain.IdentityAccount) error {
	return t.wrote(func() error { return t.Tx.InsertAccess(p, identity) })
}

func (t failingTx) UpdateAccess(p *domain.Person) error {
	return t.wrote(func() error { return t.Tx.UpdateAccess(p) })
}

func (t failingTx) DeleteAccess(person uuid.UUID) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.DeleteAccess(person) })
}

func (t failingTx) UpdateIdentity(person uuid.UUID, identity *domain.IdentityAccount) error {
	return t.wrote(func() error { return t.Tx.UpdateIdentity(person, identity) })
}

func (t failingTx) DeleteEnrolments(person uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeleteEnrolments(person) })
}

func (t failingTx) InsertInvitation(i *domain.Invitation) error {
	return t.wrote(func() error { return t.Tx.InsertInvitation(i) })
}

func (t failingTx) VoidInvitations(person uuid.UUID, status domain.InvitationStatus) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.VoidInvitations(person, status) })
}

func (t failingTx) InsertResetToken(r *domain.ResetToken) error {
	return t.wrote(func() error { return t.Tx.InsertResetToken(r) })
}

func (t failingTx) VoidResetTokens(person uuid.UUID, at time.Time) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.VoidResetTokens(person, at) })
}

func (t failingTx) InsertSession(s *domain.Session) error {
	return t.wrote(func() error { return t.Tx.InsertSession(s) })
}

func (t failingTx) InsertSsoRequest(r *domain.SsoRequest) error {
	return t.wrote(func() error { return t.Tx.InsertSsoRequest(r) })
}

func (t failingTx) TakeSsoRequest(r *domain.SsoRequest, now time.Time) (*domain.SsoRequest, error) {
	return gave(t, func() (*domain.SsoRequest, error) { return t.Tx.TakeSsoRequest(r, now) })
}

func (t failingTx) RememberAssertion(issuer, id string, until time.Time) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.RememberAssertion(issuer, id, until) })
}

func (t failingTx) EndAssertedSessions(end domain.SsoEnd, at time.Time, reason string) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.EndAssertedSessions(end, at, reason) })
}

func (t failingTx) InsertDomain(d *domain.SsoDomain) error {
	return t.wrote(func() error { return t.Tx.InsertDomain(d) })
}

func (t failingTx) UpdateDomain(d *domain.SsoDomain, checked time.Time) error {
	return t.wrote(func() error { return t.Tx.UpdateDomain(d, checked) })
}

func (t failingTx) DeleteDomain(name string) error {
	return t.wrote(func() error { return t.Tx.DeleteDomain(name) })
}

func (t failingTx) InsertServiceKey(k *domain.ServiceKey) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.InsertServiceKey(k) })
}

func (t failingTx) EndServiceKeys(provider uuid.UUID, before int, at time.Time) error {
	return t.wrote(func() error { return t.Tx.EndServiceKeys(provider, before, at) })
}

func (t failingTx) EndSessions(person uuid.UUID, at time.Time, reason string) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.EndSessions(person, at, reason) })
}

func (t failingTx) EndSessionsWithoutMfa(person uuid.UUID, at time.Time, reason string) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.EndSessionsWithoutMfa(person, at, reason) })
}

func (t failingTx) EndSession(person, session uuid.UUID, at time.Time, reason string) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.EndSession(person, session, at, reason) })
}

func (t failingTx) EndOtherSessions(person, keep uuid.UUID, at time.Time, reason string) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.EndOtherSessions(person, keep, at, reason) })
}

func (t failingTx) ConsumeResetToken(id uuid.UUID, at time.Time) error {
	return t.wrote(func() error { return t.Tx.ConsumeResetToken(id, at) })
}

func (t failingTx) InsertResetRequest(r *domain.ResetRequest) error {
	return t.wrote(func() error { return t.Tx.InsertResetRequest(r) })
}

func (t failingTx) CountFailedSignIn(f *domain.FailedSignIns) error {
	return t.wrote(func() error { return t.Tx.CountFailedSignIn(f) })
}

func (t failingTx) TakeFailedSignIns(bucket uuid.UUID) (*domain.FailedSignIns, error) {
	return gave(t, func() (*domain.FailedSignIns, error) { return t.Tx.TakeFailedSignIns(bucket) })
}

func (t failingTx) TakeResetRequest(id uuid.UUID) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.TakeResetRequest(id) })
}

func (t failingTx) InsertPasskey(p *domain.Passkey) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.InsertPasskey(p) })
}

func (t failingTx) UpdatePasskey(p *domain.Passkey) error {
	return t.wrote(func() error { return t.Tx.UpdatePasskey(p) })
}

func (t failingTx) DeletePasskey(person, id uuid.UUID) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.DeletePasskey(person, id) })
}

func (t failingTx) DeletePasskeys(person uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeletePasskeys(person) })
}

func (t failingTx) InsertPasskeyChallenge(c *domain.PasskeyChallenge) error {
	return t.wrote(func() error { return t.Tx.InsertPasskeyChallenge(c) })
}

func (t failingTx) TakePasskeyChallenge(ticket []byte, purpose domain.PasskeyPurpose, session uuid.UUID, now time.Time) (*domain.PasskeyChallenge, error) {
	return gave(t, func() (*domain.PasskeyChallenge, error) {
		return t.Tx.TakePasskeyChallenge(ticket, purpose, session, now)
	})
}

func (t failingTx) SaveEnrolment(n *domain.Enrolment) error {
	return t.wrote(func() error { return t.Tx.SaveEnrolment(n) })
}

func (t failingTx) RememberPassword(person uuid.UUID, hash string, at time.Time, keep int) error {
	return t.wrote(func() error { return t.Tx.RememberPassword(person, hash, at, keep) })
}

func (t failingTx) SaveLink(p *domain.Person) error {
	return t.wrote(func() error { return t.Tx.SaveLink(p) })
}

func (t failingTx) ForgetFormattedNames(person uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.ForgetFormattedNames(person) })
}

func (t failingTx) DeleteLinks(person uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeleteLinks(person) })
}

func (t failingTx) SaveGroupLink(g *domain.Group) error {
	return t.wrote(func() error { return t.Tx.SaveGroupLink(g) })
}

func (t failingTx) InsertGroup(g *domain.Group) error {
	return t.wrote(func() error { return t.Tx.InsertGroup(g) })
}

func (t failingTx) UpdateGroup(g *domain.Group) error {
	return t.wrote(func() error { return t.Tx.UpdateGroup(g) })
}

func (t failingTx) BumpGroup(g *domain.Group, at time.Time) error {
	return t.wrote(func() error { return t.Tx.BumpGroup(g, at) })
}

func (t failingTx) DeleteGroup(id uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeleteGroup(id) })
}

func (t failingTx) AddMembers(group uuid.UUID, people []uuid.UUID, source domain.MemberSource, at time.Time) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.AddMembers(group, people, source, at) })
}

func (t failingTx) RemoveMembers(group uuid.UUID, people []uuid.UUID) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.RemoveMembers(group, people) })
}

func (t failingTx) ClearMembers(group uuid.UUID, keep []uuid.UUID) (int, error) {
	return gave(t, func() (int, error) { return t.Tx.ClearMembers(group, keep) })
}

func (t failingTx) LeaveGroups(person uuid.UUID, source domain.MemberSource) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.LeaveGroups(person, source) })
}

func (t failingTx) AssignTenants(person uuid.UUID, tenants []uuid.UUID, at time.Time) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.AssignTenants(person, tenants, at) })
}

func (t failingTx) UnassignTenants(person uuid.UUID, tenants []uuid.UUID) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.UnassignTenants(person, tenants) })
}

func (t failingTx) Record(entry *domain.AuditEntry) error {
	return t.wrote(func() error { return t.Tx.Record(entry) })
}

func (t failingTx) Append(events []domain.Event) error {
	return t.wrote(func() error { return t.Tx.Append(events) })
}

func (t failingTx) Enqueue(m *domain.OutboxMessage) error {
	return t.wrote(func() error { return t.Tx.Enqueue(m) })
}

func (t failingTx) InsertProvisioning(e *domain.ProvisioningEntry) error {
	return t.wrote(func() error { return t.Tx.InsertProvisioning(e) })
}

func (t failingTx) EraseTraces(person uuid.UUID, names []string) error {
	return t.wrote(func() error { return t.Tx.EraseTraces(person, names) })
}

func (t failingTx) InsertAnonymization(job *domain.Anonymization) error {
	return t.wrote(func() error { return t.Tx.InsertAnonymization(job) })
}

func (t failingTx) InsertReceipt(r *domain.Receipt) error {
	return t.wrote(func() error { return t.Tx.InsertReceipt(r) })
}

func (t failingTx) ScrubProvisioning(person uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.ScrubProvisioning(person) })
}

func (t failingTx) SaveOnce(r *domain.OnceRecord) error {
	return t.wrote(func() error { return t.Tx.SaveOnce(r) })
}

func (t failingTx) InsertSubscription(s *domain.Subscription) error {
	return t.wrote(func() error { return t.Tx.InsertSubscription(s) })
}

func (t failingTx) UpdateSubscription(s *domain.Subscription) error {
	return t.wrote(func() error { return t.Tx.UpdateSubscription(s) })
}

func (t failingTx) AdvanceSubscription(s *domain.Subscription, to int64) (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.AdvanceSubscription(s, to) })
}

func (t failingTx) DeleteSubscription(id uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeleteSubscription(id) })
}

func (t failingTx) InsertParcels(s *domain.Subscription, parcels []*domain.Parcel) error {
	return t.wrote(func() error { return t.Tx.InsertParcels(s, parcels) })
}

func (t failingTx) RepeatParcel(s *domain.Subscription, id uuid.UUID, at time.Time) error {
	return t.wrote(func() error { return t.Tx.RepeatParcel(s, id, at) })
}

func (t failingTx) EndParcels(s *domain.Subscription, ids []uuid.UUID, status domain.ParcelStatus, reason string, at time.Time) error {
	return t.wrote(func() error { return t.Tx.EndParcels(s, ids, status, reason, at) })
}

func (t failingTx) InsertOrganization(o *domain.Organization) error {
	return t.wrote(func() error { return t.Tx.InsertOrganization(o) })
}

func (t failingTx) UpdateOrganization(o *domain.Organization) error {
	return t.wrote(func() error { return t.Tx.UpdateOrganization(o) })
}

func (t failingTx) DeleteOrganization(id uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeleteOrganization(id) })
}

func (t failingTx) InsertProvider(p *domain.IdentityProvider) error {
	return t.wrote(func() error { return t.Tx.InsertProvider(p) })
}

func (t failingTx) UpdateProvider(p *domain.IdentityProvider) error {
	return t.wrote(func() error { return t.Tx.UpdateProvider(p) })
}

func (t failingTx) DeleteProvider(id uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeleteProvider(id) })
}

func (t failingTx) InsertRole(r *domain.Role) error {
	return t.wrote(func() error { return t.Tx.InsertRole(r) })
}

func (t failingTx) UpdateRole(r *domain.Role) error {
	return t.wrote(func() error { return t.Tx.UpdateRole(r) })
}

func (t failingTx) DeleteRole(id uuid.UUID) error {
	return t.wrote(func() error { return t.Tx.DeleteRole(id) })
}

func (t failingTx) GrantRoles(person uuid.UUID, roles []uuid.UUID, at time.Time) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.GrantRoles(person, roles, at) })
}

func (t failingTx) RevokeRoles(person uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.RevokeRoles(person, roles) })
}

func (t failingTx) GrantGroupRoles(group uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.GrantGroupRoles(group, roles) })
}

func (t failingTx) RevokeGroupRoles(group uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error) {
	return gave(t, func() ([]uuid.UUID, error) { return t.Tx.RevokeGroupRoles(group, roles) })
}

func (t failingTx) RefreshProtection() (bool, error) {
	return gave(t, func() (bool, error) { return t.Tx.RefreshProtection() })
}
