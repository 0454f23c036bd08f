package machine

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tick is the unit of processor time in /proc, USER_HZ of proc(5), which is 100 a
// second on every platform that Go supports.
const tick = time.Second / 100

// Usage is what a process used while it was watched.
type Usage struct {
	Before, Max, After int64         // resident memory in bytes
	CPU                time.Duration // processor time of all its threads
}

// Watch samples a process until the returned function is called, which returns
// the usage. It fails if the process cannot be read at the start.
func Watch(pid int, every time.Duration) (stop func() Usage, err error) {
	before, err := Resident(pid)
	if err != nil {
		return nil, err
	}
	usage := Usage{Before: before, Max: before}
	since := processorTime(pid)
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				now, _ := Resident(pid) // a process that is gone uses nothing
				usage.Max = max(usage.Max, now)
			}
		}
	})
	return func() Usage {
		close(done)
		group.Wait()
		usage.After, _ = Resident(pid)
		usage.Max = max(usage.Max, usage.After)
		usage.CPU = processorTime(pid) - since
		return usage
	}, nil
}

// Resident returns the memory of a process that is in RAM, in bytes.
func Resident(pid int) (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", pid)
	words := strings.Fields(field(path, "VmRSS"))
	if len(words) == 0 {
		return 0, fmt.Errorf("no resident memory in %s: is process %d running, and is this Linux?", path, pid)
	}
	kilobytes, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("VmRSS in %s: %w", path, err)
	}
	return kilobytes * 1024, nil
}

// processorTime returns the user and system time that a process has used so far,
// or zero if it cannot be read.
func processorTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The second field is the program's name in parentheses and may hold blanks.
	// utime and stime are fields 14 and 15, so 11 and 12 after it.
	words := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(words) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(words[11], 10, 64)
	system, _ := strconv.ParseInt(words[12], 10, 64)
	return time.Duration(user+system) * tick
}
