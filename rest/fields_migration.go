package rest

import (
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/migration"
)

// migrationBody asks for people to be brought over from another system.
type migrationBody struct {
	algorithm, encoding, position, onExisting sent[string]
	sendInvitation                            sent[*bool]
	records                                   []recordBody
}

// recordBody is one person as the other system knew it.
type recordBody struct {
	identity struct{ username, hash, salt sent[string] }
	profile  struct {
		texts        texts
		email, phone sent[string]
		verified     sent[*bool]
	}
	legacyID, createdAt sent[string]
	isActive            sent[*bool]
}

var migrationFields = []field[migrationBody]{
	{"Algorithm", setText(func(b *migrationBody) *sent[string] { return &b.algorithm })},
	{"HashEncoding", setText(func(b *migrationBody) *sent[string] { return &b.encoding })},
	{"SaltPosition", setText(func(b *migrationBody) *sent[string] { return &b.position })},
	{"OnExisting", setText(func(b *migrationBody) *sent[string] { return &b.onExisting })},
	{"SendInvitation", setFlag(func(b *migrationBody) *sent[*bool] { return &b.sendInvitation })},
	{"Records", func(r *reader, into *migrationBody) { into.records = readListUpTo(r, migration.MaxRecords, readRecord) }},
}

func readRecord(r *reader) recordBody {
	var b recordBody
	readFields(r, recordFields, &b)
	return b
}

var recordFields = []field[recordBody]{
	{"Identity", func(r *reader, into *recordBody) { readFields(r, identityFields, into) }},
	{"Profile", func(r *reader, into *recordBody) { readFields(r, recordProfileFields, into) }},
	{"LegacyId", setText(func(b *recordBody) *sent[string] { return &b.legacyID })},
	{"IsActive", setFlag(func(b *recordBody) *sent[*bool] { return &b.isActive })},
	{"CreatedAt", setText(func(b *recordBody) *sent[string] { return &b.createdAt })},
}

// identityFields are the one place where a password's hash may stand.
var identityFields = []field[recordBody]{
	{"Username", setText(func(b *recordBody) *sent[string] { return &b.identity.username })},
	{hashName, setText(func(b *recordBody) *sent[string] { return &b.identity.hash })},
	{"Salt", setText(func(b *recordBody) *sent[string] { return &b.identity.salt })},
}

var recordTexts = []textRule{
	{"FirstName", domain.AttrFirstName, true, ordinary},
	{"LastName", domain.AttrLastName, true, ordinary},
	{"DisplayName", domain.AttrDisplayName, false, ordinary},
	{"EmployeeNumber", domain.AttrEmployeeNumber, false, key},
}

var recordProfileFields = append(textFields(recordTexts, func(b *recordBody) *texts { return &b.profile.texts }), []field[recordBody]{
	{"EmailAddress", setText(func(b *recordBody) *sent[string] { return &b.profile.email })},
	{"EmailVerified", setFlag(func(b *recordBody) *sent[*bool] { return &b.profile.verified })},
	{"PhoneNumber", setText(func(b *recordBody) *sent[string] { return &b.profile.phone })},
}...)

var (
	algorithms = oneOf(string(domain.SelfDescribing), string(domain.LegacyMD5), string(domain.LegacySHA1), string(domain.LegacySHA256),
		string(domain.LegacySHA384), string(domain.LegacySHA512))
	hashEncodings = oneOf(string(domain.HashHex), string(domain.HashBase64))
	saltPositions = oneOf(string(domain.SaltNone), string(domain.SaltPrefix), string(domain.SaltSuffix))
	onExisting    = oneOf("Skip", "Fail")
)

// request is the migration as the engine is asked for it.
func (b *migrationBody) request() (migration.Request, error) {
	var found findings
	choice := func(name string, rule check, sent sent[string], usual string) string {
		value := usual
		if sent.value != "" {
			applyText(name, rule, sent.value, &value, &found)
		}
		return value
	}
	in := migration.Request{
		Scheme: domain.LegacyScheme{
			Algorithm:    domain.LegacyAlgorithm(choice("Algorithm", algorithms, b.algorithm, string(domain.SelfDescribing))),
			Encoding:     domain.HashEncoding(choice("HashEncoding", hashEncodings, b.encoding, string(domain.HashHex))),
			SaltPosition: domain.SaltPosition(choice("SaltPosition", saltPositions, b.position, string(domain.SaltNone))),
		},
		FailExisting: choice("OnExisting", onExisting, b.onExisting, "Skip") == "Fail", SendInvitation: yes(b.sendInvitation),
	}
	if len(found) > 0 {
		return in, found.err() // what follows depends on it
	}
	for i := range b.records {
		in.Records = append(in.Records, b.records[i].record(indexed("Records", i), &found))
	}
	return in, found.err()
}

func (b *recordBody) record(path string, found *findings) migration.Record {
	p := &domain.Person{}
	b.profile.texts.apply(recordTexts, p, replace, join(path, "Profile"), found)
	if b.profile.email.value != "" {
		p.Emails = []domain.EmailAddress{{Type: "Work", IsPrimary: true}}
		applyText(join(path, "Profile.EmailAddress"), mailAddress, b.profile.email.value, &p.Emails[0].Address, found)
	}
	if b.profile.phone.value != "" {
		p.Phones = []domain.PhoneNumber{{Type: "Work", IsPrimary: true}}
		applyText(join(path, "Profile.PhoneNumber"), short, b.profile.phone.value, &p.Phones[0].Number, found)
	}
	record := migration.Record{
		Username: b.identity.username.value, PasswordHash: b.identity.hash.value, Salt: b.identity.salt.value, Profile: p.Profile,
		EmailVerified: yes(b.profile.verified), IsActive: b.isActive.value == nil || *b.isActive.value,
	}
	applyText(join(path, "LegacyId"), key, b.legacyID.value, &record.LegacyID, found)
	if b.createdAt.value != "" {
		at, err := time.Parse(time.RFC3339, b.createdAt.value)
		if err != nil {
			found.add(join(path, "CreatedAt"), "The value must be a time (RFC 3339), like 2026-03-31T08:30:00Z.")
		}
		record.CreatedAt = at.UTC()
	}
	return record
}
