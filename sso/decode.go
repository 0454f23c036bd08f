package sso

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// MaxMessage bounds a message of an identity provider, in bytes after decoding and inflating.
const MaxMessage = 256 << 10

// maxEncoded is what base64 makes of MaxMessage, with a line break after every 60 characters at worst.
const maxEncoded = MaxMessage / 3 * 4 * 62 / 60

// decode reads the base64 of a form field. Line breaks are legal in it (RFC 2045), nothing else is.
func decode(field string) ([]byte, error) {
	if field == "" {
		return nil, stop(gateForm, "the message is missing")
	}
	if len(field) > maxEncoded {
		return nil, stop(gateForm, "the message is larger than %d bytes", MaxMessage)
	}
	message, err := base64.StdEncoding.Strict().DecodeString(strings.NewReplacer("\r\n", "", "\n", "").Replace(field))
	if err != nil {
		return nil, stop(gateForm, "the message is not base64")
	}
	if len(message) > MaxMessage {
		return nil, stop(gateForm, "the message is larger than %d bytes", MaxMessage)
	}
	return message, nil
}

// inflate undoes the DEFLATE of the redirect binding (RFC 1951), and stops where it unfolds into too much.
func inflate(packed []byte) ([]byte, error) {
	message, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), MaxMessage+1))
	switch {
	case len(message) > MaxMessage:
		return nil, stop(gateForm, "the message is larger than %d bytes when inflated", MaxMessage)
	case err != nil && !errors.Is(err, io.EOF):
		return nil, stop(gateForm, "the message is not deflated")
	}
	return message, nil
}
