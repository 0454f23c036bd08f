package scim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParameters(t *testing.T) {
	t.Parallel()
	var p parameters
	require.NoError(t, p.read(`aadOptscim062020&filter=userName+eq+%22a%3Bb%2Bc%22&COUNT=5&startIndex=&x=1&x=2&%zz=1&sortBy=a;b`))
	assert.Equal(t, `userName eq "a;b+c"`, p[paramFilter])
	assert.Equal(t, "5", p[paramCount], "names are compared without case")
	assert.Equal(t, "", p[paramStartIndex])
	assert.Equal(t, "a;b", p[paramSortBy], "a semicolon is a character")
	assert.Equal(t, "", p[paramAttributes])
}

func TestParametersRefused(t *testing.T) {
	t.Parallel()
	for _, name := range parameterNames {
		for _, query := range []string{name + "=1&" + name + "=1", name + "=&" + name + "=", name + "&a=b&" + name + "=2", name + "=%zz", name + "=%"} {
			var p parameters
			err := p.read(query)
			require.Error(t, err, query)
			assert.Equal(t, 400, refusalOf(err).status, query)
			assert.Contains(t, refusalOf(err).detail, name)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 7, "0": 0, "12": 12, "-1": -1, "2147483648": 2147483647, "9223372036854775808": 2147483647,
		"99999999999999999999999999": 2147483647, "-99999999999999999999999999": -2147483647,
	} {
		number, err := (&exchange{parameters: parameters{paramCount: text}}).number(paramCount, 7)
		require.NoError(t, err, text)
		assert.Equal(t, want, number, text)
	}
	for _, text := range []string{"a", "1.0", "1e3", "0x10", " 1", "1 ", "--1", "1_000", "NaN", "١"} {
		_, err := (&exchange{parameters: parameters{paramCount: text}}).number(paramCount, 7)
		assert.Error(t, err, text)
	}
}
