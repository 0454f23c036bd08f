package machine

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Facts describe the machine that measured, for whoever compares figures.
type Facts struct {
	Time      time.Time
	System    string // such as linux/amd64
	Processor string // its model, or "" if unknown
	Cores     int
	Go        string
	Load      string // load averages at the start, or "": a busy machine measures less
}

// Look returns the facts of this machine, now.
func Look() Facts {
	return Facts{
		Time:      time.Now().UTC().Truncate(time.Second),
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Processor: field("/proc/cpuinfo", "model name"),
		Cores:     runtime.NumCPU(),
		Go:        runtime.Version(),
		Load:      average(),
	}
}

// String puts the facts on one line.
func (f Facts) String() string {
	line := fmt.Sprintf("%s, %d cores, %s", f.System, f.Cores, f.Go)
	if f.Processor != "" {
		line += ", " + f.Processor
	}
	if f.Load != "" {
		line += ", load average " + f.Load
	}
	return line + ", " + f.Time.Format(time.RFC3339)
}

// average returns the load averages of the last 1, 5 and 15 minutes.
func average() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	words := strings.Fields(string(text))
	return strings.Join(words[:min(3, len(words))], " ")
}

// field returns the value of the first line "name: value" of a file, or "".
func field(path, name string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		key, value, found := strings.Cut(lines.Text(), ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
