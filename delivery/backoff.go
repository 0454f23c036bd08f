package delivery

import "time"

// How often a mail is tried. Within the first hours the pauses stay short, so that after an hour without a mail server
// everything is out five minutes later; then one try an hour is enough.
const (
	firstPause = 10 * time.Second
	shortPause = 4 * time.Minute
	longPause  = time.Hour
	eager      = 60  // attempts with short pauses, about four hours
	patience   = 128 // attempts in all, about three days
)

// backoff is the pause after the n-th attempt in vain, counted from 1. chance, from 0 up to 1, takes up to a quarter
// off, so that mails which failed together don't come back together.
func backoff(attempts int, chance float64) time.Duration {
	pause := shortPause
	switch {
	case attempts > eager:
		pause = longPause
	case attempts < 6:
		pause = min(firstPause<<max(attempts-1, 0), shortPause)
	}
	return pause - time.Duration(chance*float64(pause)/4)
}
