package store

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPack(t *testing.T) {
	t.Parallel()
	var (
		id   idTarget
		name textTarget
		at   instantTarget
		is   flagTarget
		list textsTarget
	)
	pack := packTarget{&id, &name, &at, &is, &list}
	for _, source := range []any{nil, []byte("x"), "x", "x\x00a\x000\x000\x00[]", "00\x00a", "6ba7b8109dad11d180b400c04fd430c8\x00a\x000\x000\x00[]\x00"} {
		assert.Error(t, pack.Scan(source), "%q", source)
	}
	for _, none := range []string{"", "\x00", "\x00\x00"} { // of an outer join without a row
		id = idTarget{}
		require.NoError(t, pack.Scan(none))
		assert.Equal(t, uuid.Nil, uuid.UUID(id))
	}
	require.NoError(t, pack.Scan("6BA7B8109DAD11D180B400C04FD430C8\x00\x001000001\x001\x00[\"a\"]"))
	assert.Equal(t, uuid.NameSpaceDNS, uuid.UUID(id))
	assert.Empty(t, name)
	assert.Equal(t, time.UnixMicro(1000001).UTC(), time.Time(at))
	assert.True(t, bool(is))
	assert.Equal(t, []string{"a"}, []string(list))
}
