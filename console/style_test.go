package console

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// colours reads the custom properties of a block of the style.
func colours(t *testing.T, block string) map[string][3]float64 {
	t.Helper()
	found := map[string][3]float64{}
	for _, row := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
		var parts [3]float64
		for i := range parts {
			value, err := strconv.ParseUint(row[2][2*i:2*i+2], 16, 8)
			require.NoError(t, err)
			parts[i] = float64(value) / 255
		}
		found[row[1]] = parts
	}
	return found
}

// luminance is that of WCAG 2.2.
func luminance(colour [3]float64) float64 {
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		part := colour[i] / 12.92
		if colour[i] > 0.04045 {
			part = math.Pow((colour[i]+0.055)/1.055, 2.4)
		}
		sum += weight * part
	}
	return sum
}

func contrast(a, b [3]float64) float64 {
	one, other := luminance(a), luminance(b)
	return (max(one, other) + 0.05) / (min(one, other) + 0.05)
}

// TestContrast: in light and in dark, text can be read (WCAG 2.2, 1.4.3) and controls can be seen (1.4.11).
func TestContrast(t *testing.T) {
	t.Parallel()
	style, err := files.ReadFile("asset/style.css")
	require.NoError(t, err)
	light, dark, found := strings.Cut(string(style), "@media (prefers-color-scheme: dark)")
	require.True(t, found)
	for scheme, block := range map[string]string{"light": light, "dark": dark} {
		of := colours(t, block)
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"text", "ground", 4.5}, {"text", "sheet", 4.5}, {"soft", "ground", 4.5}, {"soft", "sheet", 4.5}, {"link", "sheet", 4.5}, {"link", "ground", 4.5},
			{"on-main", "main", 4.5}, {"on-main", "main-over", 4.5}, {"bad", "bad-ground", 4.5}, {"text", "bad-ground", 4.5}, {"soft", "bad-ground", 4.5},
			{"link", "bad-ground", 4.5}, {"text", "good-ground", 4.5}, {"good", "sheet", 4.5}, {"good", "good-ground", 4.5},
			{"control", "sheet", 3}, {"main", "ground", 3}, {"main", "sheet", 3}, {"bad", "ground", 3}, {"good", "ground", 3},
		} {
			require.Contains(t, of, pair.front)
			require.Contains(t, of, pair.back)
			assert.GreaterOrEqual(t, contrast(of[pair.front], of[pair.back]), pair.least, "%s: %s on %s", scheme, pair.front, pair.back)
		}
	}
}
