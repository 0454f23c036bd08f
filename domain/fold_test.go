package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

func TestFoldJoinsWhatPeopleTakeForTheSame(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"Ana@Example.ORG", "ana@example.org"},
		{"STRASSE", "straße"},
		{"ÄPFEL", "äpfel"},
		{"a\u0308pfel", "äpfel"},  // composed and decomposed
		{"\u212Aelvin", "kelvin"}, // Kelvin sign
		{"ＡＮＡ", "ana"},            // full width
		{"ΣΊΣΥΦΟΣ", "σίσυφος"},
	} {
		assert.Equal(t, domain.Fold(pair[1]), domain.Fold(pair[0]), "%q and %q", pair[0], pair[1])
	}
}

func TestFoldKeepsWhatDiffers(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"ana", "anna"}, {"ana", "аna"}, {"a b", "ab"}, {"é", "e"}} {
		assert.NotEqual(t, domain.Fold(pair[1]), domain.Fold(pair[0]), "%q and %q", pair[0], pair[1])
	}
}

func TestFoldIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		folded := domain.Fold(rapid.String().Draw(t, "text"))
		assert.Equal(t, folded, domain.Fold(folded))
	})
}
