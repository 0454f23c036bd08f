package domain

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// CursorLife is how long a cursor can be used.
const CursorLife = time.Hour

// Cursors seals places in lists, so that clients can hold them and neither read nor make them. A cursor is good for the
// credential that it was given to, and for the one list.
type Cursors struct{ *engine }

// Cursor is where a walk through a list goes on.
type Cursor struct {
	After Position
	Total int // of the list, when the walk began
}

// cursorHead are the bytes of a cursor in front of the key: end of its life, total, creation and id.
const cursorHead = 8 + 8 + 8 + len(uuid.UUID{})

// Seal makes the text of a cursor, of the characters that a URL leaves as they are. list names what is listed: all that
// decides which records there are, and in which order.
func (c *Cursors) Seal(caller Caller, list string, at Cursor) (string, error) {
	plain := make([]byte, 0, cursorHead+len(at.After.Key))
	for _, number := range []int64{c.now().Add(CursorLife).Unix(), int64(at.Total), at.After.Created.UnixMicro()} {
		plain = binary.BigEndian.AppendUint64(plain, uint64(number))
	}
	plain = append(append(plain, at.After.ID[:]...), at.After.Key...)
	sealed, err := c.secrets.Seal(string(plain), cursorPurpose(caller, list))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// Open reads the text of a cursor.
//
// Errors: invalid_cursor unless it was sealed for that caller and that list; expired_cursor.
func (c *Cursors) Open(caller Caller, list, text string) (Cursor, error) {
	invalid := func(cause error) (Cursor, error) {
		return Cursor{}, Fail(CodeInvalidCursor, cause, "The cursor is none that was given to this credential for this list. Send it as it was given, with the same parameters, or start again with an empty one.")
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != text {
		return invalid(err) // one text for one cursor: the decoder passes over line ends and bits that count for nothing
	}
	opened, err := c.secrets.Open(sealed, cursorPurpose(caller, list))
	if err != nil || len(opened) < cursorHead {
		return invalid(err)
	}
	plain := []byte(opened)
	number := func(i int) int64 { return int64(binary.BigEndian.Uint64(plain[8*i:])) }
	if c.now().Unix() >= number(0) {
		return Cursor{}, Refuse(CodeExpiredCursor, "", "The cursor has expired: it can be used for %d seconds. Start again with an empty one.", int(CursorLife.Seconds()))
	}
	at := Cursor{Total: int(number(1)), After: Position{Created: time.UnixMicro(number(2)).UTC(), Key: opened[cursorHead:]}}
	copy(at.After.ID[:], plain[24:])
	return at, nil
}

func cursorPurpose(caller Caller, list string) string {
	return fmt.Sprintf("cursor %s %s %s %s", caller.Tenant, caller.Connection, caller.Actor.ID, list)
}
