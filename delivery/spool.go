package delivery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"
)

// Spool is a Sender that writes each mail as a file into a folder, for development and for mail systems that pick
// files up. A file appears whole or not at all, readable by its owner only, and a repeat replaces it.
type Spool struct {
	folder string
}

// NewSpool makes a spool, and the folder where it is missing.
func NewSpool(folder string) (*Spool, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("delivery: make the folder for mails: %w", err)
	}
	return &Spool{folder}, nil
}

// Send implements Sender. The name of the file is the time of the message and its id.
func (s *Spool) Send(_ context.Context, id uuid.UUID, letter *gomail.Msg) error {
	draft, err := os.CreateTemp(s.folder, ".draft-*") // mode 0600
	if err != nil {
		return fmt.Errorf("delivery: write a mail: %w", err)
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = letter.WriteTo(draft)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("delivery: write a mail: %w", err)
	}
	if err := os.Rename(draft.Name(), filepath.Join(s.folder, spoolName(id))); err != nil {
		return fmt.Errorf("delivery: write a mail: %w", err)
	}
	return nil
}

// spoolName has the time that is in the id (UUIDv7), so that a repeat gets the same name; other ids give a time that
// means nothing, but stays the same too.
func spoolName(id uuid.UUID) string {
	seconds, nanoseconds := id.Time().UnixTime()
	return time.Unix(seconds, nanoseconds).UTC().Format("20060102T150405.000Z") + "-" + id.String() + ".eml"
}
