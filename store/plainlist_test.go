package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// plainTexts are stored lists as they are, and as they might be.
func plainTexts(rt *rapid.T) string {
	text := func(label string) string {
		return rapid.OneOf(rapid.StringMatching(`[ -~]{0,8}`), rapid.SampledFrom([]string{"", "ann@example.com", "Zoë", "a\"b", `\`, "\x7f", "\u2028", "}]", `","type":"x`})).Draw(rt, label)
	}
	id := func() uuid.UUID { return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "id")) }
	var emails []domain.EmailAddress
	for range rapid.IntRange(0, 3).Draw(rt, "count") {
		e := domain.EmailAddress{ID: id(), Address: text("address"), Type: text("type"), Display: text("display"), IsPrimary: rapid.Bool().Draw(rt, "primary")}
		if rapid.Bool().Draw(rt, "verified") {
			e.VerifiedAt = time.UnixMicro(rapid.Int64Range(-5, 1<<52).Draw(rt, "micro")).UTC()
		}
		emails = append(emails, e)
	}
	list := encodeEmails(emails)
	for range rapid.IntRange(0, 2).Draw(rt, "changes") {
		at := rapid.IntRange(0, len(list)).Draw(rt, "at")
		until := min(len(list), at+rapid.IntRange(0, 3).Draw(rt, "cut"))
		list = list[:at] + rapid.SampledFrom([]string{"", "0", "1", "-", "+", ".5", "e1", ",", "{", "}", "]", "\"", "\\", " ", "null", "\xff", `"type":"t",`, `"primary":false,`, `"new":1,`, "{},"}).Draw(rt, "insert") + list[until:]
	}
	return list
}

// TestPlainList: what is read by hand is what the library reads, and what the library refuses is refused.
func TestPlainList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := plainTexts(rt)
		var byHand, usual emailsTarget
		err := byHand.scanText(text)
		if wrong := usual.Scan(text); wrong != nil {
			assert.Error(rt, err, "%q", text)
			return
		}
		require.NoError(rt, err, "%q", text)
		assert.Equal(rt, usual, byHand, "%q", text)
		text = strings.ReplaceAll(strings.ReplaceAll(text, `"address"`, `"number"`), `"verified_at"`, `"other"`)
		var phones, usualPhones phonesTarget
		require.NoError(rt, phones.scanText(text))
		require.NoError(rt, usualPhones.Scan(text))
		assert.Equal(rt, usualPhones, phones, "%q", text)
	})
}

// TestPlainListIsReadByHand: lists as connectors make them need no library.
func TestPlainListIsReadByHand(t *testing.T) {
	emails := []domain.EmailAddress{
		{ID: uuid.New(), Address: "ann@example.com", Type: "work", Display: "Ann", IsPrimary: true, VerifiedAt: time.UnixMicro(1e15).UTC()},
		{ID: uuid.New(), Address: "ann@home.example"},
	}
	list, plain := readPlain(encodeEmails(emails), plainEmail)
	assert.True(t, plain)
	assert.Equal(t, emails, list)
	phones := []domain.PhoneNumber{{ID: uuid.New(), Number: "+1 555 0100", Type: "mobile", Display: "m", IsPrimary: true}, {ID: uuid.New(), Number: "2"}}
	numbers, plain := readPlain(encodePhones(phones), plainPhone)
	assert.True(t, plain)
	assert.Equal(t, phones, numbers)
	text := encodeEmails(emails)
	var into emailsTarget
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = into.scanText(text) }), 1.0, "the list itself")
}
