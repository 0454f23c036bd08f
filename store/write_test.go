package store

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// TestWrittenIsEncoded demands that what is written by hand is what the stored forms are by reflection.
func TestWrittenIsEncoded(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{`"a" \ <b> & 'c'`, "\u2028\u2029\x00\x1f\x7f\t\n", "🙂é"}))
	rapid.Check(t, func(t *rapid.T) {
		draw := func() string { return text.Draw(t, "text") }
		flag := func() bool { return rapid.Bool().Draw(t, "flag") }
		var emails []domain.EmailAddress
		var phones []domain.PhoneNumber
		var changes []domain.Change
		var texts []domain.EventType
		members := map[domain.Policy]string{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			email := domain.EmailAddress{ID: uuid.New(), Address: draw(), Type: draw(), Display: draw(), IsPrimary: flag()}
			if flag() {
				email.VerifiedAt = time.Unix(rapid.Int64Range(-9, 9e9).Draw(t, "second"), 0)
			}
			emails = append(emails, email)
			phones = append(phones, rapid.Make[domain.PhoneNumber]().Draw(t, "phone")) // members that are new as well
			changes = append(changes, rapid.Make[domain.Change]().Draw(t, "change"))
			texts = append(texts, domain.EventType(draw()))
			members[domain.Policy(draw())] = draw()
		}
		assert.Equal(t, encodeList(emails, func(e domain.EmailAddress) emailDocument {
			return emailDocument{e.ID, e.Address, e.Type, e.Display, e.IsPrimary, micros(e.VerifiedAt)}
		}), encodeEmails(emails))
		assert.Equal(t, encodeList(phones, func(p domain.PhoneNumber) phoneDocument { return phoneDocument(p) }), encodePhones(phones))
		assert.Equal(t, encodeList(changes, func(c domain.Change) changeDocument { return changeDocument(c) }), encodeChanges(changes))
		assert.Equal(t, encodeList(texts, func(e domain.EventType) string { return string(e) }), encodeTexts(texts))
		assert.Equal(t, encode(members), encodeMap(members))
	})
	assert.Panics(t, func() { encodeTexts([]string{"\xff"}) }, "text that is no UTF-8 is refused long before")
}
