#!/usr/bin/env bash
# Fuzzes every target of the module, one after the other:
#
#   tools/fuzz.sh 10s
set -euo pipefail
cd "$(dirname "$0")/.."

duration=${1:?how long to fuzz each target, such as 10s}
grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file declaration; do
	target=${declaration#func }
	echo "==> $(dirname "$file") $target for $duration"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" "./$(dirname "$file")" </dev/null
done
