package report

import (
	"strconv"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// cell is a value of a row: a text, or a word that JSON has without quotes. The zero value is none.
type cell struct {
	text string
	bare bool
}

// row is somebody's account as it was when the report was made.
type row struct {
	*domain.Person
	tenant *domain.Tenant
}

type column struct {
	name  string
	value func(r row) cell
}

var (
	clientID   = column{"CLIENT_ID", func(r row) cell { return cell{text: r.ID.String()} }}
	legacyID   = column{"LEGACY_ID", func(r row) cell { return cell{text: r.LegacyID} }}
	username   = column{"USERNAME", func(r row) cell { return cell{text: r.access().Username} }}
	email      = column{"EMAIL", func(r row) cell { return cell{text: r.PrimaryEmail()} }}
	firstName  = column{"FIRST_NAME", func(r row) cell { return cell{text: r.FirstName} }}
	lastName   = column{"LAST_NAME", func(r row) cell { return cell{text: r.LastName} }}
	statusID   = column{"STATUS_ID", func(r row) cell { return number(statusIDs[r.State()]) }}
	typeID     = column{"TYPE_ID", func(r row) cell { return number(r.typeID()) }}
	mfa        = column{"MFA_REQUIRED", func(r row) cell { return cell{strconv.FormatBool(r.access().MfaRequired), true} }}
	createdOn  = column{"CREATED_ON", func(r row) cell { return instant(r.CreatedAt) }}
	modifiedOn = column{"MODIFIED_ON", func(r row) cell { return instant(r.UpdatedAt) }}
	lastLogin  = column{"LAST_SUCCESS", func(r row) cell { return instant(r.access().LastLoginAt) }}
)

var activity = []column{clientID, createdOn, modifiedOn, email, statusID, lastLogin, typeID}

// columnsOf are the columns of each type of report.
var columnsOf = map[domain.ReportType][]column{
	domain.ReportSignUps:      {createdOn, clientID, legacyID, lastLogin, modifiedOn},
	domain.ReportLastLogin:    activity,
	domain.ReportLastModified: activity,
	domain.ReportExport:       {clientID, username, email, firstName, lastName, statusID, typeID, mfa, createdOn, modifiedOn, lastLogin},
}

// timeOf is the time of an account by which it belongs to a report.
func timeOf(kind domain.ReportType, r row) time.Time {
	switch kind {
	case domain.ReportSignUps:
		return r.CreatedAt
	case domain.ReportLastLogin:
		return r.access().LastLoginAt
	default:
		return r.UpdatedAt
	}
}

// belongs tells whether the account is in the report: of people without access none is, but those who were anonymised
// keep their place.
func belongs(report *domain.Report, r row) bool {
	at := timeOf(report.Type, r)
	return (r.Access != nil || !r.AnonymizedAt.IsZero()) && !at.IsZero() && !at.Before(report.Start) && !at.After(report.End)
}

var nobody domain.UserAccess

func (r row) access() *domain.UserAccess {
	if r.Access == nil {
		return &nobody
	}
	return r.Access
}

var statusIDs = map[domain.State]int{domain.StateInvited: 1, domain.StateActive: 2, domain.StateInactive: 3, domain.StateAnonymized: 4}

// typeID tells how the person may sign in: 1 with a password, 2 through SSO, 3 both; 0 not at all.
func (r row) typeID() int {
	id := 0
	if r.Access != nil && r.Access.SignsInByPassword(r.tenant.SsoOnly()) {
		id = 1
	}
	if r.Access != nil && r.tenant.SsoEnabled {
		id += 2
	}
	return id
}

func number(n int) cell {
	if n == 0 {
		return cell{}
	}
	return cell{strconv.Itoa(n), true}
}

func instant(at time.Time) cell {
	if at.IsZero() {
		return cell{}
	}
	return cell{text: at.UTC().Format(time.RFC3339Nano)}
}
