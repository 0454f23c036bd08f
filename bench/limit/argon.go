package limit

import (
	"context"
	"net/http"
	"runtime"

	"golang.org/x/crypto/argon2"

	"github.com/scimbridge/scimbridge/bench/load"
)

// Hash measures argon2id (RFC 9106) on all processors, with 19 MiB, two passes and one lane: the first parameters that
// OWASP's password storage cheat sheet recommends.
func Hash(ctx context.Context, bound load.Bound) load.Result {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU()))
	return load.Closed(ctx, runtime.NumCPU(), bound, func(context.Context, int) load.Answer {
		argon2.IDKey([]byte("correct horse battery staple"), []byte("0123456789abcdef"), 2, 19<<10, 1, 32)
		return load.Answer{Status: http.StatusOK}
	})
}
