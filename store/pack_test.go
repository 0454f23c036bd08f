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
	pack := packTarget{targets: []any{&id, &name, &at, &is, &list}}
	for _, source := range []any{nil, []byte("x"), "x", "x\x00a\x000\x000\x00[]", "00\x00a", "6ba7b8109dad11d180b400c04fd430c8\x00a\x000\x000\x00[]\x00"} {
		assert.Error(t, pack.Scan(source), "%q", source)
	}
	require.NoError(t, pack.Scan("6BA7B8109DAD11D180B400C04FD430C8\x00\x001000001\x001\x00[\"a\"]"))
	assert.Equal(t, uuid.NameSpaceDNS, uuid.UUID(id))
	assert.Empty(t, name)
	assert.Equal(t, time.UnixMicro(1000001).UTC(), time.Time(at))
	assert.True(t, bool(is))
	assert.Equal(t, []string{"a"}, []string(list))
}

func TestPackOfJoinedRecords(t *testing.T) {
	t.Parallel()
	const one, two = "6ba7b8109dad11d180b400c04fd430c8", "6ba7b8119dad11d180b400c04fd430c8"
	type record struct {
		id, other idTarget
		name      textTarget
	}
	for _, test := range []struct {
		text           string
		first, second  string // names; "" for a record that is not there
		firstID, other string
	}{
		{text: "Ann\x00" + one + "\x00a\x00" + two + "\x00" + two + "\x00b", first: "a", second: "b", firstID: one, other: two},
		{text: "Ann\x00" + one + "\x00a\x00\x00" + two + "\x00b", first: "a", second: "b", firstID: one},
		{text: "Ann\x00\x00\x00" + two + "\x00b", second: "b"},
		{text: "Ann\x00" + one + "\x00a\x00" + two + "\x00", first: "a", firstID: one, other: two},
		{text: "Ann\x00\x00\x00"},
	} {
		var name textTarget
		var first, second record
		pack := packTarget{[]any{&name, &first.id, &first.name, &first.other, &second.id, &second.name}, []int{1, 4}}
		require.NoError(t, pack.Scan(test.text), "%q", test.text)
		assert.Equal(t, record{hexID(test.firstID), hexID(test.other), textTarget(test.first)}, first, "%q", test.text)
		assert.Equal(t, test.second, string(second.name), "%q", test.text)
		assert.Equal(t, test.second != "", second.id != idTarget{}, "%q", test.text)
		assert.Error(t, pack.Scan(test.text+"\x00"), "%q", test.text)
	}
}

func hexID(text string) idTarget {
	if text == "" {
		return idTarget{}
	}
	return idTarget(uuid.MustParse(text))
}
