package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/target"
	"github.com/scimbridge/scimbridge/bench/workload"
)

// server is the one to drive.
type server struct {
	url, token             string
	nativeURL, nativeToken string
	tenants                string // the file of further tenants
	pid                    int

	signIns *workload.SignIns // a drill's own; other servers have none
}

func (s *server) flags(set *flag.FlagSet) {
	set.StringVar(&s.url, "url", "", "base `URL` of the SCIM server, on a loopback address")
	set.StringVar(&s.token, "token", os.Getenv("BENCH_TOKEN"), "its bearer token (default $BENCH_TOKEN)")
	set.StringVar(&s.nativeURL, "rest-url", "", "base `URL` of our native API, such as http://127.0.0.1:8080/api/v1")
	set.StringVar(&s.nativeToken, "rest-token", os.Getenv("BENCH_REST_TOKEN"), "its bearer token (default $BENCH_REST_TOKEN)")
	set.StringVar(&s.tenants, "tenants", "", "`file` of tokens, one tenant a line, for the mixed workload; a URL may stand before the token")
	set.IntVar(&s.pid, "pid", 0, "process id of the server, to watch its memory and processor time")
}

// bounds say how long and about how much is measured.
type bounds struct {
	duration, warm          time.Duration
	requests, sample, sync  int
	members                 string
	mixedRate               float64
	mixedTime, overloadTime time.Duration
	only                    string
}

func (b *bounds) flags(set *flag.FlagSet) {
	set.DurationVar(&b.duration, "duration", 4*time.Second, "most time of each closed loop")
	set.IntVar(&b.requests, "requests", 200_000, "most requests of each closed loop")
	set.DurationVar(&b.warm, "warm", 300*time.Millisecond, "time of each closed loop before it is measured")
	set.IntVar(&b.sample, "sample", 2000, "how many stored people requests are about")
	set.StringVar(&b.members, "members", "", "`sizes` of the groups to measure with, ascending (default 10 and half of the people, at most 100,000)")
	set.IntVar(&b.sync, "sync", 5000, "people of the first sync")
	set.Float64Var(&b.mixedRate, "mixed-rate", 500, "requests a second of the mixed workload, over all tenants")
	set.DurationVar(&b.mixedTime, "mixed-time", 15*time.Second, "time of the mixed workload, and again beside a greedy tenant")
	set.DurationVar(&b.overloadTime, "overload-time", 10*time.Second, "time of the overload")
	set.StringVar(&b.only, "only", "", "measure only what matches this regular `expression`")
}

// output says where a report goes besides standard output.
type output struct {
	folder, json, markdown string
	durability             string
}

func (o *output) flags(set *flag.FlagSet) {
	set.StringVar(&o.folder, "dir", "", "`folder` for the files of the raw limits, on the disk of the server's database (default a temporary one)")
	set.StringVar(&o.json, "json", "", "also write the report to this `file` as JSON")
	set.StringVar(&o.markdown, "markdown", "", "also write the report into this Markdown `file`")
	set.StringVar(&o.durability, "durability", "", "what the server promises with an answer, in words, for the report")
}

// parse reads the flags of a command, which takes no other arguments.
func parse(set *flag.FlagSet, args []string) error {
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("what is %q? The commands are fill, grow and drill; everything else is a flag, see -help", set.Arg(0))
	}
	return nil
}

// stage connects to the server, without sending anything yet.
func stage(s server, b bounds) (*workload.Stage, error) {
	if s.url == "" {
		return nil, errors.New("-url is missing: the base URL of a SCIM server on this machine")
	}
	to, err := target.New(s.url, s.token, target.SCIM)
	if err != nil {
		return nil, err
	}
	var members []int
	if b.members != "" {
		if members, err = sizes(b.members); err != nil {
			return nil, fmt.Errorf("-members: %w", err)
		}
	}
	made := &workload.Stage{
		Target: to, Names: target.Names{Seed: target.Label(time.Now())},
		Bound: load.Bound{Time: b.duration, Requests: b.requests}, Warm: b.warm,
		SampleSize: b.sample, Members: members, SyncPeople: b.sync,
		MixedRate: b.mixedRate, MixedTime: b.mixedTime, OverloadTime: b.overloadTime,
		PID: s.pid, SignIns: s.signIns,
	}
	if s.nativeURL != "" {
		if made.Native, err = target.New(s.nativeURL, s.nativeToken, target.JSON); err != nil {
			return nil, err
		}
	}
	made.Tenants, err = readTenants(s.tenants, s.url)
	return made, err
}

// pattern compiles -only.
func (b bounds) pattern() (*regexp.Regexp, error) {
	pattern, err := regexp.Compile(b.only)
	if err != nil {
		return nil, fmt.Errorf("-only is not a regular expression: %w", err)
	}
	return pattern, nil
}

// sizes reads ascending positive numbers, parted by commas.
func sizes(list string) ([]int, error) {
	var all []int
	for _, word := range strings.Split(list, ",") {
		size, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || size < 1 {
			return nil, fmt.Errorf("%q is not a number from 1 up", word)
		}
		if len(all) > 0 && size <= all[len(all)-1] {
			return nil, fmt.Errorf("%q is not ascending", list)
		}
		all = append(all, size)
	}
	return all, nil
}

// readTenants reads a line "token" or "URL token" for each tenant. Empty lines and
// those that begin with # are left out. Without a file there are none.
func readTenants(path, url string) ([]*target.Target, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []*target.Target
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) == 1 {
			words = []string{url, words[0]}
		}
		tenant, err := target.New(words[0], words[1], target.SCIM)
		if err != nil {
			return nil, err
		}
		all = append(all, tenant)
	}
	return all, lines.Err()
}
