package domain

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold maps text to the form in which it is compared without regard to case, width and composition: the
// NFKC case folding of Unicode (UAX 44, NFKC_Casefold without the removal of ignorables). The folded form is stored beside the
// text, so that every database gives the same verdict; no collation is ever trusted with it.
func Fold(text string) string {
	if isLowerASCII(text) {
		return text
	}
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return foldOnce(foldOnce(text)) // one pass can leave characters that fold again (U+03D4, for one)
}

func foldOnce(text string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isLowerASCII(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}
