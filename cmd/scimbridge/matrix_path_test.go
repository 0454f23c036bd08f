package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

// spellings write a path in ways that another server might take for the same one.
var spellings = map[string]func(prefix, rest string) string{
	"encoded slash":      func(prefix, rest string) string { return prefix + strings.ReplaceAll(rest, "/", "%2F") },
	"encoded slash once": func(prefix, rest string) string { return prefix + "%2f" + rest[1:] },
	"encoded letter":     func(prefix, rest string) string { return prefix + "/" + encoded(rest[1]) + rest[2:] },
	"encoded prefix":     func(prefix, rest string) string { return "/" + encoded(prefix[1]) + prefix[2:] + rest },
	"double encoding":    func(prefix, rest string) string { return prefix + "/%25" + encoded(rest[1])[1:] + rest[2:] },
	"dot-dot":            func(prefix, rest string) string { return prefix + "/x/.." + rest },
	"encoded dot-dot":    func(prefix, rest string) string { return prefix + "/x/%2e%2e" + rest },
	"dot-dot at the end": func(prefix, rest string) string { return prefix + rest + "/x/.." },
	"outside and in":     func(prefix, rest string) string { return "/healthz/.." + prefix + rest },
	"double slash":       func(prefix, rest string) string { return prefix + "/" + rest },
	"path parameter":     func(prefix, rest string) string { return prefix + rest + ";x=1" },
	"early parameter":    func(prefix, rest string) string { return prefix + ";x" + rest },
	"trailing dot":       func(prefix, rest string) string { return prefix + rest + "." },
	"trailing slash":     func(prefix, rest string) string { return prefix + rest + "/" },
	"backslash":          func(prefix, rest string) string { return prefix + "%5C" + rest[1:] },
	"encoded NUL":        func(prefix, rest string) string { return prefix + rest + "%00" },
	"another case":       func(prefix, rest string) string { return prefix + strings.ToUpper(rest) },
	"prefix in capitals": func(prefix, rest string) string { return strings.ToUpper(prefix) + rest },
	"absolute form":      func(prefix, rest string) string { return replayBase + prefix + rest },
}

// sameByDesign are spellings that mean the very route: the native API doesn't regard case, and a request may name the
// host that it is for.
var sameByDesign = map[string]string{"another case": "rest", "prefix in capitals": "rest", "absolute form": "any"}

func encoded(c byte) string {
	return "%" + string([]byte{"0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15]})
}

// TestMatrixOfPaths asks for every route in every spelling: without a token nothing is told, and with one a path counts
// as it was sent.
func TestMatrixOfPaths(t *testing.T) {
	scenario(t, func(s *scene) {
		of := s.someThings("scim", "rest")
		prefixes := map[string]string{"scim": "/scim/v2", "rest": "/api/v1"}
		s.untouched(func() {
			for _, r := range tokenRoutes(t) {
				prefix, known := prefixes[r.door]
				rest, _ := strings.CutPrefix(r.at(t, of), prefix)
				if !known || len(rest) < 2 || r.Public {
					continue // the root has no letters to spell
				}
				for spelling, spell := range spellings {
					target := spell(prefix, rest)
					for why, authorization := range map[string]string{"without a token": "", "with a wrong token": "Bearer x"} {
						got := s.raw(r.Method, target, authorization, `{}`)
						assert.Contains(s.t, []int{400, 401, 404}, got.status, "%s %s: %s %s", spelling, why, r.Method, target)
						assert.NotContains(s.t, got.body+got.header.Get("Location"), "x-ana", "%s %s: %s", spelling, why, target)
					}
					if same := sameByDesign[spelling]; same == "any" || same == r.door {
						continue
					}
					got := s.raw(r.Method, target, s.callers[r.door].authorization, `{}`)
					closed := []int{400, 404, 405}
					if slices.Contains(r.Needs, domain.TenantAdmin) || r.Session {
						closed = append(closed, 403) // no such thing, for somebody who may not even ask
					}
					assert.Contains(s.t, closed, got.status, "%s: %s %s", spelling, r.Method, target)
					assert.Empty(s.t, got.header.Get("Location"), "nothing is redirected: %s", target)
				}
			}
		})
	})
}
