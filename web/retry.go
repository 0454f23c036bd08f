package web

import (
	"errors"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// RetryAfter is the number of seconds to put into Retry-After for the error, 0 for none. Where the error does not know
// it, it is short if waiting is all it takes, so that a connector's job loses little time, and longer if somebody has
// to do something.
func RetryAfter(err error) int {
	if own, ok := errors.AsType[*domain.Error](err); ok && own.RetryAfter > 0 {
		return int((own.RetryAfter + time.Second - 1) / time.Second) // never too early
	}
	return retryAfter[domain.CodeOf(err)]
}

var retryAfter = map[domain.Code]int{
	domain.CodeRateLimited:           1,
	domain.CodeIdempotencyInProgress: 1,
	domain.CodeOverloaded:            2,
	domain.CodeUnavailable:           5,
	domain.CodeStorageFull:           30,
}
