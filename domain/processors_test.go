package domain_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

func TestProcessorsAreHalf(t *testing.T) {
	t.Parallel()
	for of, want := range map[int]int{0: 1, 1: 1, 2: 1, 3: 1, 4: 2, 9: 4} {
		assert.Equal(t, want, domain.NewProcessors(of).Count(), of)
	}
}

// TestHardWorkIsOneQueue lets work of two kinds come and end in any order: what came first is begun first, whatever its
// kind, as soon as there is a processor for it and never before; who is refused are those alone who find the places of their
// kind taken.
func TestHardWorkIsOneQueue(t *testing.T) {
	t.Parallel()
	const most, kinds = 4, 2
	rapid.Check(t, func(rt *rapid.T) {
		of := rapid.IntRange(1, 6).Draw(rt, "of")
		steps := rapid.SliceOfN(rapid.IntRange(0, kinds), 1, 60).Draw(rt, "steps") // which kind comes; the last: one ends
		steps = append(steps, slices.Repeat([]int{kinds}, len(steps))...)
		synctest.Test(t, func(t *testing.T) {
			processors := domain.NewProcessors(of)
			places := [kinds]*domain.Places{processors.Places(most), processors.Places(most)}
			ends := make([]chan struct{}, len(steps))
			var let, begun, refused, full []int // by the number of their step
			standing, ended := [kinds]int{}, 0
			for n, kind := range steps {
				switch {
				case kind == kinds && ended < len(let):
					close(ends[let[ended]])
					standing[steps[let[ended]]]--
					ended++
				case kind < kinds:
					ends[n] = make(chan struct{})
					go func() {
						err := places[kind].Do(t.Context(), func() error { begun = append(begun, n); <-ends[n]; return nil })
						if err != nil {
							assert.Equal(t, domain.CodeOverloaded, domain.CodeOf(err))
							refused = append(refused, n)
						}
					}()
					if standing[kind] == most {
						full = append(full, n)
						break
					}
					standing[kind]++
					let = append(let, n)
				}
				synctest.Wait()
				assert.ElementsMatch(t, let[:min(len(let), ended+processors.Count())], begun)
				assert.Equal(t, full, refused)
			}
		})
	})
}

// TestTheQueueGoesOn: neither who is gone before the turn nor who panics in it keeps a place.
func TestTheQueueGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		processors := domain.NewProcessors(1)
		places := processors.Places(2)
		done := make(chan struct{})
		go func() {
			defer func() { assert.Equal(t, "broken", recover()) }()
			_ = places.Do(t.Context(), func() error { <-done; panic("broken") })
		}()
		synctest.Wait()
		ctx, gone := context.WithCancel(t.Context())
		var came error
		go func() { came = places.Do(ctx, func() error { assert.Fail(t, "done in vain"); return nil }) }()
		synctest.Wait()
		assert.Equal(t, domain.CodeOverloaded, domain.CodeOf(places.Do(t.Context(), nil)))
		gone()
		synctest.Wait()
		assert.Equal(t, domain.CodeUnavailable, domain.CodeOf(came))
		close(done)
		synctest.Wait()
		for range 3 {
			assert.NoError(t, places.Do(t.Context(), func() error { return nil }))
		}
	})
}
