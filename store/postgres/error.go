package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// errorsByCode are the conditions of PostgreSQL (appendix A of its manual) that a client may hear of.
var errorsByCode = map[string]struct {
	code domain.Code
	text string
}{
	"22021": {domain.CodeValidation, "Text may not hold the character NUL."},
	"22P05": {domain.CodeValidation, "Text may not hold the character NUL."},
	"53100": {domain.CodeStorageFull, "The server has no room left to store the change. Try again later."},
	"53300": {domain.CodeOverloaded, "The database serves too many already. Try again in a moment."},
	"55P03": {domain.CodeUnavailable, "Another change of the same record takes too long. Try again in a moment."},
	"57014": {domain.CodeUnavailable, "The database took too long. Try again in a moment."},
}

// unreachable are the classes of conditions in which the server can't serve: connection lost, resources, operator
// intervention, a system error; and the conflicts that lasted through all attempts.
var unreachable = map[string]bool{"08": true, "53": true, "57": true, "58": true, "40": true}

// readOnly is a server that was a primary until a moment ago.
const readOnly = "25006"

// translate implements [store.Dialect].Translate.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if _, own := errors.AsType[*domain.Error](err); own {
		return err
	}
	failure, answered := errors.AsType[*pgconn.PgError](err)
	switch {
	case !answered && lost(err):
		return unavailable(err)
	case !answered:
		return err
	case failure.Code == "23505":
		if refusal := store.Taken(failure.ConstraintName); refusal != nil {
			return refusal
		}
		return err
	case errorsByCode[failure.Code].text != "":
		known := errorsByCode[failure.Code]
		return domain.Fail(known.code, err, known.text)
	case failure.Code == readOnly || unreachable[failure.Code[:2]]:
		return unavailable(err)
	default:
		return err
	}
}

func unavailable(err error) error {
	return domain.Fail(domain.CodeUnavailable, err, "The database can't be reached. Try again in a moment.")
}

// lost tells that there is no connection to the server, or none any more.
func lost(err error) bool {
	_, network := errors.AsType[net.Error](err)
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	return network || refused || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// meetings are the conditions of a transaction that met another one: it could not be serialised, it would have been
// a deadlock, or what it had found and now refers to is gone.
var meetings = map[string]bool{"40001": true, "40P01": true, "23503": true}

// conflict tells that the transaction met another one and had no effect.
func conflict(err error) bool {
	failure, answered := errors.AsType[*pgconn.PgError](err)
	return answered && meetings[failure.Code] || errors.Is(err, store.ErrConflict)
}

// committed tells apart a commit that the server refused from one whose answer was lost.
func committed(err error) error {
	if err == nil || errors.Is(err, pgx.ErrTxCommitRollback) {
		return err
	}
	if _, answered := errors.AsType[*pgconn.PgError](err); answered {
		return err
	}
	return domain.Fail(domain.CodeUnavailable, err, "The database did not say whether the change was stored. Look before trying again.")
}
