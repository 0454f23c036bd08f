package domain

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// domainNames reads names of other scripts as browsers do (UTS 46, not transitional), and strictly.
var domainNames = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.ValidateLabels(true), idna.CheckJoiners(true),
	idna.StrictDomainName(true))

// ReadDomain gives the name of a domain in the form in which it is stored and compared: in ASCII, with the labels of other
// scripts as A-labels (RFC 5890). The problem says why it is none; "": it is.
func ReadDomain(text string) (name, problem string) {
	const wanted = "A domain like example.com is needed."
	name = strings.ToLower(strings.TrimSpace(text))
	if !isASCII(name) || strings.Contains(name, "xn--") {
		mapped, err := domainNames.ToASCII(name)
		if err != nil {
			return "", wanted
		}
		if shown, err := domainNames.ToUnicode(mapped); err != nil || slices.ContainsFunc(strings.Split(shown, "."), mixed) {
			return "", "A part of the domain mixes letters of several scripts, some of which look like others; write each part in one script."
		}
		name = mapped
	}
	name = strings.TrimSuffix(name, ".")
	labels := strings.Split(name, ".")
	if len(labels) < 2 || len(name) > 230 { // with the record's own label it stays below 253
		return "", wanted
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return "", wanted
		}
	}
	return name, ""
}

// together are the scripts that are written together in one word (UTS 39, section 5.2, highly restrictive).
var together = [][]string{{"Latin", "Han", "Hiragana", "Katakana"}, {"Latin", "Han", "Bopomofo"}, {"Latin", "Han", "Hangul"}}

// mixed tells whether a label has letters of scripts that nobody writes in one word: some of them pass for others.
func mixed(label string) bool {
	var found []string
	for _, r := range label {
		if script := scriptOf(r); script != "" && !slices.Contains(found, script) {
			found = append(found, script)
		}
	}
	return len(found) > 1 && !slices.ContainsFunc(together, func(of []string) bool {
		return !slices.ContainsFunc(found, func(script string) bool { return !slices.Contains(of, script) })
	})
}

// scriptOf is the script of a letter; "" where it is of all of them.
func scriptOf(r rune) string {
	if unicode.In(r, unicode.Common, unicode.Inherited) {
		return ""
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// Readable is the name for people: with the letters of its script. Two names can look alike in it: show it beside the Name,
// never in its place.
func (d *SsoDomain) Readable() string {
	shown, err := domainNames.ToUnicode(d.Name)
	if err != nil {
		return d.Name
	}
	return shown
}
