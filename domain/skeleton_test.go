package domain

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestSkeleton(t *testing.T) {
	t.Parallel()
	for _, alike := range [][]string{
		{"admin@example.org", "ADMIN@example.org", "аdmin@example.org", "adm1n@example.org", "admιn@example.org", "ａｄｍｉｎ@example.org", "ad\u200bmin@example.org",
			"adrnin@example.org", "adm\u0131n@example.org", "АDМІN@EXАМРLЕ.ОRG", "admin\ufeff@example.org", "ádmin@exámple.org", "ad\u00admin@example.org", "ad min@example.org", "\U0001d41admin@example.org"},
		{"paul", "рauІ", "pau1", "ρaul", "PAUI"},
		{"root", "r00t", "rооt", "rοοt", "ro\u2060ot"},
		{"wendy", "vvendy", "ԝendy"},
	} {
		for _, name := range alike {
			assert.Equal(t, Skeleton(alike[0]), Skeleton(name), name)
		}
	}
	for _, name := range []string{"ann", "administrator", "adman", "admin2", "админ", "管理者", "b.admin"} {
		assert.NotEqual(t, Skeleton("admin"), Skeleton(name), name)
	}
	assert.Empty(t, Skeleton("\u200b \u00ad"))
}

// Whatever folds to the same user name looks alike, or the one look-up would miss it.
func TestSkeletonKnowsNoCase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.RuneFrom([]rune("abIil10Oo|rnvw .@-"))).Draw(t, "name")
		assert.Equal(t, Skeleton(Fold(name)), Skeleton(name), name)
	})
}
