#!/usr/bin/env bash
# Runs a command with one throw-away PostgreSQL server for all its tests:
#
#   tools/with-postgres.sh go test ./...
#
# The command finds the server's URL in SCIMBRIDGE_TEST_POSTGRES. Where that is
# set already, the command runs as it is.
set -euo pipefail

if [[ -n ${SCIMBRIDGE_TEST_POSTGRES:-} ]]; then
	exec "$@"
fi

# The server runs until its standard input ends: at the latest when this script
# is gone, however it went.
coproc server { exec "$(dirname "$0")/../store/storetest/pgserver/server.sh"; }
server_pid=$server_PID server_output=${server[0]} server_input=${server[1]}
stop_server() {
	exec {server_input}>&-
	wait "$server_pid" || true
}
trap stop_server EXIT

read -r SCIMBRIDGE_TEST_POSTGRES <&"$server_output" || {
	echo "tools/with-postgres.sh: the PostgreSQL server did not start (see above)" >&2
	exit 1
}
export SCIMBRIDGE_TEST_POSTGRES
"$@"
