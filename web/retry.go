package web

import "github.com/scimbridge/scimbridge/domain"

// RetryAfter is the number of seconds to put into Retry-After for the error, 0 for none. It is short where waiting
// is all it takes, so that a connector's job loses little time, and longer where somebody has to do something.
func RetryAfter(err error) int { return retryAfter[domain.CodeOf(err)] }

var retryAfter = map[domain.Code]int{
	domain.CodeRateLimited:           1,
	domain.CodeIdempotencyInProgress: 1,
	domain.CodeOverloaded:            2,
	domain.CodeUnavailable:           5,
	domain.CodeStorageFull:           30,
	domain.CodeResendTooSoon:         60, // the pause that the engine asks for
}
