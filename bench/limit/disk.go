package limit

import (
	"context"
	"os"
	"path/filepath"

	"github.com/scimbridge/scimbridge/bench/load"
)

// Append measures appending 4 KiB to a file in the folder and syncing it.
func Append(ctx context.Context, folder string, bound load.Bound) (load.Result, error) {
	file, err := os.Create(filepath.Join(folder, "limit.log"))
	if err != nil {
		return load.Result{}, err
	}
	defer file.Close()
	block := make([]byte, 4096)
	return alone(ctx, bound, func(context.Context, int) error {
		if _, err := file.Write(block); err != nil {
			return err
		}
		return file.Sync()
	})
}
