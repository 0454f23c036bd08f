package domain

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Skeleton maps a name to what it looks like to a hurried eye: names that are easily taken for one another have the same.
// It follows the skeletons of Unicode (UTS 39, section 4) with a short table of its own, for what is found in names: letters
// of other scripts that look like Latin ones, digits that look like letters, marks above and below, and what can't be seen.
// A skeleton is for comparing alone. It calls names alike that are not rather than the other way round, so that nothing is
// refused for it.
func Skeleton(name string) string {
	if !isASCII(name) {
		name = latin(name)
	}
	return seen.Replace(strings.ToLower(name))
}

// seen makes one of ASCII characters that look alike. Small l and capital I do, and names compare without their case. The
// migration that fills skeletons in does the same by SQL.
var seen = strings.NewReplacer("0", "o", "1", "l", "i", "l", "|", "l", "rn", "m", "vv", "w", " ", "")

// latin writes a text with the Latin letters that it looks like: capitals by their look, before all becomes small.
func latin(text string) string {
	var out strings.Builder
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Zs, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			continue
		case lookalikes[r] != 0:
			out.WriteRune(lookalikes[r])
		default:
			out.WriteRune(r)
		}
	}
	return Fold(out.String())
}

// lookalikes are letters that look like a Latin one.
var lookalikes = func() map[rune]rune {
	table := map[rune]rune{}
	for _, row := range []struct{ letters, latin string }{
		{"АВСЕНІЈКМОРЅТУХԌԚԜҮѴӀ", "abcehijkmopstyxgqwyvl"}, // Cyrillic
		{"авгеһніјкӏмпорѕтухьԁԛԝүѵҽзє", "abrehhijklmnopstyxbdqwyve3e"},
		{"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"}, // Greek
		{"αβγεηικμνορσςτυχω", "abyenikuvopocruxw"},
		{"օսհոզցգո", "ouhnqgqn"},                                         // Armenian
		{"ıɑɡƅɩʟʀɴʜʙᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢǀøłđ", "iagbilrnhbacdejkmoptuvwzlold"}, // Latin
	} {
		latin := []rune(row.latin)
		for i, letter := range []rune(row.letters) {
			table[letter] = latin[i]
		}
	}
	return table
}()

// looksLike flags a new user name that looks like that of a protected account, such as an administrator's: it is taken, and
// noted in the audit and in the provisioning log, for whoever wonders later whom they saw.
func (e *edit) looksLike() error {
	person, found, err := e.tx.FindLookalike(e.p.ID, Skeleton(e.p.Access.Username))
	if err != nil || !found {
		return err
	}
	note := "The user name looks like that of " + person.String() + ", a protected account."
	e.remark(note)
	e.caller.Entry.noted(note)
	e.caller.Entry.concern(person)
	return nil
}
