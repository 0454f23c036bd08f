package main

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The heap grows by the slack, within bounds, and by less when much lives.
func TestGrowthOfHeap(t *testing.T) {
	t.Parallel()
	assert.Equal(t, mostGrowth, growth(0))
	assert.Equal(t, mostGrowth, growth(1<<20))
	assert.Equal(t, 400, growth(slack/4))
	assert.Equal(t, 100*slack/(roof-slack), growth(roof-slack), "as much as ever")
	assert.Equal(t, 100*(roof-slack)/slack, growth(slack), "up to the roof")
	assert.Equal(t, leastGrowth, growth(roof))
	assert.Equal(t, leastGrowth, growth(1<<40))
}

func TestAfterEachCollection(t *testing.T) {
	t.Parallel()
	ran := make(chan struct{}, 1)
	afterEachCollection(func() {
		select {
		case ran <- struct{}{}:
		default: // collections go on after the test, and nobody may hold up the goroutine of all finalizers
		}
	})
	<-ran
	for range 3 {
		require.Eventually(t, func() bool {
			runtime.GC()
			select {
			case <-ran:
				return true
			default:
				return false
			}
		}, 10*time.Second, time.Millisecond)
	}
}
