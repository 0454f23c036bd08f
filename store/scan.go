package store

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// The targets of scans. Each is a view on a field of the domain, so that scanning needs no memory of its own, and
// takes NULL (of an outer join) as the zero value.
type (
	textTarget    string
	instantTarget time.Time
	flagTarget    bool
	countTarget   int
	numberTarget  int64
	secondsTarget time.Duration // from whole seconds
	idTarget      uuid.UUID
	bytesTarget   []byte
)

func badSource(target string, source any) error {
	return fmt.Errorf("store: a column of type %T is no %s", source, target)
}

// Scan implements [sql.Scanner].
func (t *textTarget) Scan(source any) error {
	switch value := source.(type) {
	case string:
		*t = textTarget(value)
	case []byte:
		*t = textTarget(value)
	case nil:
		*t = ""
	default:
		return badSource("text", source)
	}
	return nil
}

func (t *textTarget) scanText(text string) error {
	*t = textTarget(text)
	return nil
}

// Scan implements [sql.Scanner].
func (t *instantTarget) Scan(source any) error {
	var micro numberTarget
	err := micro.Scan(source)
	t.set(micro)
	return err
}

func (t *instantTarget) scanText(text string) error {
	var micro numberTarget
	err := micro.scanText(text)
	t.set(micro)
	return err
}

func (t *instantTarget) set(micro numberTarget) {
	*t = instantTarget{}
	if micro != 0 {
		*t = instantTarget(time.UnixMicro(int64(micro)).UTC())
	}
}

// Scan implements [sql.Scanner].
func (t *flagTarget) Scan(source any) error {
	switch value := source.(type) {
	case bool:
		*t = flagTarget(value)
	case int64:
		*t = value != 0
	case nil:
		*t = false
	default:
		return badSource("flag", source)
	}
	return nil
}

func (t *flagTarget) scanText(text string) error {
	var number numberTarget
	err := number.scanText(text)
	*t = number != 0
	return err
}

// Scan implements [sql.Scanner].
func (t *countTarget) Scan(source any) error {
	var number numberTarget
	err := number.Scan(source)
	*t = countTarget(number)
	return err
}

func (t *countTarget) scanText(text string) error {
	var number numberTarget
	err := number.scanText(text)
	*t = countTarget(number)
	return err
}

// Scan implements [sql.Scanner].
func (t *numberTarget) Scan(source any) error {
	switch value := source.(type) {
	case int64:
		*t = numberTarget(value)
	case nil:
		*t = 0
	default:
		return badSource("number", source)
	}
	return nil
}

func (t *numberTarget) scanText(text string) error {
	number, err := strconv.ParseInt(text, 10, 64)
	*t = numberTarget(number)
	return err
}

// Scan implements [sql.Scanner].
func (t *secondsTarget) Scan(source any) error {
	var number numberTarget
	err := number.Scan(source)
	*t = secondsTarget(time.Duration(number) * time.Second)
	return err
}

// Scan implements [sql.Scanner].
func (t *idTarget) Scan(source any) error {
	*t = idTarget{}
	switch value := source.(type) {
	case []byte:
		if len(value) != len(t) {
			return badSource("id", source)
		}
		copy(t[:], value)
	case string:
		return t.scanText(value)
	case nil:
	default:
		return badSource("id", source)
	}
	return nil
}

func (t *idTarget) scanText(text string) (err error) {
	id := uuid.Nil
	if text != "" {
		id, err = uuid.Parse(text)
	}
	*t = idTarget(id)
	return err
}

// Scan implements [sql.Scanner].
func (t *bytesTarget) Scan(source any) error {
	switch value := source.(type) {
	case []byte:
		*t = append(bytesTarget(nil), value...)
	case nil:
		*t = nil
	default:
		return badSource("bytes", source)
	}
	return nil
}
