package sso

import (
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
)

// mutate changes the response in ways that an attacker has who knows nothing but how XML works: each three bytes of the
// recipe delete, repeat, move, rename or alter an element.
func mutate(root *etree.Element, recipe []byte) *etree.Element {
	for ; len(recipe) >= 3; recipe = recipe[3:] {
		all := root.FindElements(".//*")
		if len(all) == 0 {
			break
		}
		one, other := all[int(recipe[1])%len(all)], all[int(recipe[2])%len(all)]
		parent := one.Parent()
		switch recipe[0] % 9 {
		case 0:
			parent.RemoveChild(one)
		case 1:
			parent.InsertChildAt(one.Index(), one.Copy())
		case 2: // a copy somewhere else
			other.AddChild(one.Copy())
		case 3: // the whole move, but not into itself
			moved := one.Copy()
			parent.RemoveChild(one)
			other.AddChild(moved)
		case 4:
			one.Tag = other.Tag
		case 5:
			one.SetText(evil)
		case 6:
			one.Attr = append([]etree.Attr(nil), other.Attr...)
		case 7: // forged and original change places
			fake := forged(one, "_evil")
			other.InsertChildAt(0, fake)
		case 8:
			for i := range one.Attr {
				one.Attr[i].Value = "_assertion"
			}
		}
	}
	return root
}

// FuzzMutations changes good responses. Whatever is still taken must name who was named.
func FuzzMutations(f *testing.F) {
	for how := range byte(3) {
		for op := range byte(9) {
			for _, element := range []byte{0, 2, 4, 11, 14} {
				f.Add(how, []byte{op, element, element + 3, op + 1, element + 1, 2})
			}
		}
	}
	responses := []*etree.Element{good(signAssertion), good(signResponse), good(signBoth)}
	terms := goodTerms()
	f.Fuzz(func(t *testing.T, how byte, recipe []byte) {
		response := mutate(responses[int(how)%len(responses)].Copy(), recipe[:min(len(recipe), 30)])
		s, err := examine(bytesOf(response), terms, noon)
		if err == nil {
			assert.Equal(t, ana, s.name)
			assert.Equal(t, "_assertion", s.id)
			assert.Equal(t, asked, s.confirmations[0].inResponseTo)
		}
	})
}

// FuzzMessages changes bytes of them.
func FuzzMessages(f *testing.F) {
	for _, h := range hostiles() {
		if len(h.message) < 16<<10 {
			f.Add(h.message)
		}
	}
	f.Add(bytesOf(good(signBoth)))
	f.Add(bytesOf(encrypt(good(signBoth), gcm256, 32)))
	terms := goodTerms()
	f.Fuzz(func(t *testing.T, message []byte) {
		if s, err := examine(message, terms, noon); err == nil {
			assert.Equal(t, ana, s.name)
		}
	})
}
