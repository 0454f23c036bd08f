package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// slack is how many bytes the heap may grow between two collections. What lives in it between requests is little, so
// that the usual rule, to collect when it has doubled, would collect many times a second and cost a tenth of the
// processors; and when a few large requests make it big, the rule would let it double once more.
const slack = 64 << 20

// roof is how many bytes the heap may hold before the slack gets smaller: what a large request keeps alive takes its
// place.
const roof = 88 << 20

// The bounds of how much the heap may grow, in percent of what lives.
const (
	leastGrowth = 25
	mostGrowth  = 1600
)

// paceCollector makes the garbage collector run after each slack of new bytes, whatever lives below the roof. An operator who has set
// GOGC has decided otherwise.
func paceCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	set := 0
	afterEachCollection(func() {
		if now := growth(liveHeap()); now < set*3/4 || now > set*4/3 { // a change stops all goroutines for a moment
			set = now
			debug.SetGCPercent(now)
		}
	})
}

// growth is by how much, in percent, a heap may grow of which so many bytes live.
func growth(live uint64) int {
	room := min(slack, roof-min(live, roof))
	return int(min(max(room*100/max(live, 1), leastGrowth), mostGrowth))
}

// liveHeap is how many bytes the last collection found to live, with what counts as such.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// afterEachCollection runs do now and whenever the collector has run: an object that nobody holds is finalized then,
// and leaves another one behind.
func afterEachCollection(do func()) {
	do()
	runtime.SetFinalizer(new([16]byte), func(*[16]byte) { afterEachCollection(do) })
}
