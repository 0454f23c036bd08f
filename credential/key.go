package credential

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	keyBytes       = 32       // AES-256
	maxKeyFileSize = 64 << 10 // about a thousand keys; more is not a key file
)

// A key id is public, short and unable to hold a key by mistake.
var keyIDForm = regexp.MustCompile(`^[a-z0-9-]{1,16}$`)

// Key is one AES-256 key with its public id. The zero Key is not usable; keys
// come from NewKey, ParseKeys and LoadOrCreateKeyFile.
type Key struct {
	id     string
	secret [keyBytes]byte
}

// Format keeps the key out of anything printed with fmt, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "[key %s]", k.id) }

// NewKey makes a random key with a random id.
func NewKey() Key {
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	key := Key{id: hex.EncodeToString(id)}
	_, _ = rand.Read(key.secret[:])
	return key
}

// Line returns the key as ParseKeys reads it: `<id>:<base64>`. It is the only
// way out of a Key, meant for a key file or for the setting that several
// replicas share.
func (k Key) Line() string {
	return k.id + ":" + base64.StdEncoding.EncodeToString(k.secret[:])
}

// ParseKeys reads keys of the form `<id>:<base64 of 32 bytes>`, separated by
// white space, oldest first: to rotate, append a line. Its errors count the
// entries and never repeat them, since a key may stand anywhere in a bad entry.
func ParseKeys(text string) ([]Key, error) {
	var keys []Key
	entry := make(map[string]int) // key id to the entry that holds it, from 1
	for i, field := range strings.Fields(text) {
		key, err := parseKey(field)
		if err != nil {
			return nil, fmt.Errorf("key entry %d: %w", i+1, err)
		}
		if first, taken := entry[key.id]; taken {
			return nil, fmt.Errorf("key entries %d and %d have the same id: give each key an id of its own", first, i+1)
		}
		entry[key.id] = i + 1
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no key found: expected one `<id>:<base64 of 32 bytes>` a line")
	}
	return keys, nil
}

func parseKey(entry string) (Key, error) {
	id, encoded, found := strings.Cut(entry, ":")
	if !found || !keyIDForm.MatchString(id) {
		return Key{}, errors.New("must begin with an id of 1 to 16 characters out of a-z, 0-9 and -, followed by a colon")
	}
	secret, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(secret) != keyBytes {
		return Key{}, fmt.Errorf("must hold the base64 of exactly %d bytes after the colon", keyBytes)
	}
	return Key{id: id, secret: [keyBytes]byte(secret)}, nil
}

// LoadOrCreateKeyFile reads the keys of the file at path, oldest first. A
// missing file is created with one random key, readable by its owner only;
// processes that start at once agree on one file. A file that others may read
// or write is refused, because its keys must be taken as known.
func LoadOrCreateKeyFile(path string) ([]Key, error) {
	keys, err := loadKeyFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := createKeyFile(path, NewKey()); err != nil {
		return nil, fmt.Errorf("create key file %s: %w", path, err)
	}
	return loadKeyFile(path)
}

func loadKeyFile(path string) ([]Key, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat() // of the open file, so that it can't be swapped after the check
	if err != nil {
		return nil, fmt.Errorf("inspect key file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("key file %s is open to others (mode %04o): allow its owner only (chmod 600), and replace the keys if anybody may have read them", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	if len(text) > maxKeyFileSize {
		return nil, fmt.Errorf("key file %s is larger than %d bytes: this is not a key file", path, maxKeyFileSize)
	}
	keys, err := ParseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return keys, nil
}

// createKeyFile writes the key beside path, makes it durable and then links it
// into place. Nothing is sealed with a key that a power cut could take away,
// nobody reads half a file, and whoever comes second keeps the first one's key.
func createKeyFile(path string, key Key) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.WriteString(key.Line() + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
