package credential_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
)

func TestParseKeys(t *testing.T) {
	t.Parallel()
	one, two := credential.NewKey(), credential.NewKey()
	for name, text := range map[string]string{
		"lines":   one.Line() + "\n" + two.Line() + "\n",
		"setting": one.Line() + " " + two.Line(),
		"blanks":  "\r\n\r\n" + one.Line() + "\r\n\r\n" + two.Line(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := credential.ParseKeys(text)
			require.NoError(t, err)
			assert.Equal(t, []credential.Key{one, two}, keys)
		})
	}
}

func TestParseKeysRefuses(t *testing.T) {
	t.Parallel()
	material := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xa7}, 32))
	for name, test := range map[string]struct{ text, says string }{
		"nothing":           {"", "no key found"},
		"blanks only":       {" \n\t\n", "no key found"},
		"no id":             {material, "key entry 1: must begin with an id"},
		"empty id":          {":" + material, "must begin with an id"},
		"id and key turned": {material + ":k1", "must begin with an id"},
		"id in upper case":  {"K1:" + material, "must begin with an id"},
		"id too long":       {strings.Repeat("k", 17) + ":" + material, "must begin with an id"},
		"key too short":     {"k1:" + material[:40], "base64 of exactly 32 bytes"},
		"key too long":      {"k1:" + strings.TrimRight(material, "=") + "AAAA", "base64 of exactly 32 bytes"},
		"not base64":        {"k1:" + strings.Replace(material, "p", "!", 1), "base64 of exactly 32 bytes"},
		"loose last bits":   {"k1:" + material[:42] + "d=", "base64 of exactly 32 bytes"},
		"second entry":      {"k1:" + material + "\nk2=" + material, "key entry 2: must begin with an id"},
		"same id":           {"k1:" + material + "\nk2:" + material + "\nk1:" + material, "key entries 1 and 3 have the same id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := credential.ParseKeys(test.text)
			require.ErrorContains(t, err, test.says)
			assert.Nil(t, keys)
			assert.NotContains(t, err.Error(), material[:8], "an error must not repeat the key")
		})
	}
}

func TestKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	key := credential.NewKey()
	_, material, _ := strings.Cut(key.Line(), ":")
	raw, err := base64.StdEncoding.DecodeString(material)
	require.NoError(t, err)
	holder := struct{ Key credential.Key }{key}
	asJSON, err := json.Marshal(holder)
	require.NoError(t, err)
	output := fmt.Sprintf("%v %+v %#v %s %x %v %#v", key, key, key, key, key, holder, holder) + string(asJSON)
	assert.NotContains(t, output, material)
	assert.NotContains(t, output, fmt.Sprintf("%x", raw))
	assert.NotContains(t, output, strings.Trim(fmt.Sprint(raw), "[]"))
}

func TestKeyFileIsCreatedOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	created, err := credential.LoadOrCreateKeyFile(path)
	require.NoError(t, err)
	require.Len(t, created, 1)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())

	again, err := credential.LoadOrCreateKeyFile(path)
	require.NoError(t, err)
	assert.Equal(t, created, again)

	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "the draft must be gone")
}

func TestKeyFileIsOneForProcessesThatStartAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	found := make([][]credential.Key, 16)
	var group sync.WaitGroup
	for i := range found {
		group.Go(func() {
			keys, err := credential.LoadOrCreateKeyFile(path)
			assert.NoError(t, err)
			found[i] = keys
		})
	}
	group.Wait()
	for _, keys := range found {
		assert.Equal(t, found[0], keys)
	}
}

func TestKeyFileIsRotatedByAppending(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	_, err := credential.LoadOrCreateKeyFile(path)
	require.NoError(t, err)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	added := credential.NewKey()
	_, err = file.WriteString(added.Line() + "\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())

	keys, err := credential.LoadOrCreateKeyFile(path)
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.Equal(t, added, keys[1])
}

func TestKeyFileIsRefused(t *testing.T) {
	t.Parallel()
	line := credential.NewKey().Line()
	for name, test := range map[string]struct {
		mode os.FileMode
		text string
		says string
	}{
		"readable by the group":  {0o640, line, "chmod 600"},
		"readable by everybody":  {0o604, line, "chmod 600"},
		"writable by the group":  {0o620, line, "chmod 600"},
		"empty":                  {0o600, "", "no key found"},
		"damaged":                {0o600, line[:len(line)-3], "base64 of exactly 32 bytes"},
		"far too large for keys": {0o600, strings.Repeat(line+"\n", 2000), "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "keys")
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			require.NoError(t, os.Chmod(path, test.mode))
			_, err := credential.LoadOrCreateKeyFile(path)
			require.ErrorContains(t, err, test.says)
			assert.ErrorContains(t, err, path)
			assert.NotContains(t, err.Error(), line[10:20])
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, test.text, string(kept), "a refused file must be left as it is")
		})
	}
}

func TestKeyFileInMissingFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nowhere", "keys")
	_, err := credential.LoadOrCreateKeyFile(path)
	assert.ErrorContains(t, err, path)
}
