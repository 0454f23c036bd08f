#!/bin/sh
# A throw-away PostgreSQL server for tests.
#
#   server.sh find   prints the folder of the server's binaries, or fails
#   server.sh        starts a server, prints its URL as one line when it is
#                    ready, and runs until its standard input ends
#   server.sh durable [FOLDER]  starts one, below FOLDER, that keeps what it has committed whatever
#                    becomes of it. Its standard input may say "stop MODE", with a
#                    mode of pg_ctl, "start", "promote", and, when it is stopped,
#                    "follow FOLDER", which makes it a standby of the server there;
#                    each is answered with "done", or with what went wrong
#   server.sh primary         is durable but for a crash of the machine, and so may have standbys that are not slow
#   server.sh standby FOLDER  is the same, and begins as a standby of the server there
#
# The end of standard input is the stop signal because it comes by itself,
# however the process at the other end dies: no server outlives its tests.
set -eu

prefix=${TMPDIR:-/tmp}/scimbridge-postgres.

# POSTGRES_BIN, where set, is the only place to look; else PATH comes first and
# then Debian's folders, newest version first.
find_binaries() {
	if [ -n "${POSTGRES_BIN:-}" ]; then
		candidates=$POSTGRES_BIN
	else
		candidates=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV)
		if command -v postgres >/dev/null; then
			candidates="$(dirname "$(readlink -f "$(command -v postgres)")") $candidates"
		fi
	fi
	for folder in $candidates; do
		if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
			echo "$folder"
			return
		fi
	done
	echo "No PostgreSQL server binaries (postgres, initdb, pg_ctl) in:" ${candidates:-PATH, /usr/lib/postgresql/*/bin} >&2
	return 1
}

# PostgreSQL refuses to run as root, so root hands it to another user.
choose_user() {
	as=
	[ "$(id -u)" = 0 ] || return 0
	user=postgres
	id -u "$user" >/dev/null 2>&1 || user=nobody
	as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups --"
}

# stop_server ends the server of a folder at once, and removes the folder.
stop_server() {
	$as "$binaries/pg_ctl" stop --pgdata="$1/data" --mode=immediate --silent >/dev/null 2>&1 || true
	rm -rf "$1"
}

# Only a kill -9 of this very script leaves a folder behind.
remove_stale() {
	for stale in "$prefix"*; do
		[ -f "$stale/owner" ] || continue
		kill -0 "$(cat "$stale/owner")" 2>/dev/null || stop_server "$stale"
	done
}

# Sorting follows a natural language where the server can (ICU, from version 15),
# as in most databases of operators: SQL that leans on the C order fails here.
init_cluster() {
	init="$as $binaries/initdb --pgdata=$folder/data --username=postgres --auth=trust
		--encoding=UTF8 --locale=C.UTF-8 --no-sync"
	$init --locale-provider=icu --icu-locale=en-US >"$folder/log" 2>&1 ||
		{ rm -rf "$folder/data" && $init >>"$folder/log" 2>&1; }
}

# copy_cluster makes a standby of the server in a folder. What was here before is gone.
copy_cluster() {
	rm -rf "$folder/data"
	$as "$binaries/pg_basebackup" --pgdata="$folder/data" --host="$1" --username=postgres --checkpoint=fast \
		--wal-method=stream --write-recovery-conf --no-sync >>"$folder/log" 2>&1
}

start_server() {
	$as "$binaries/pg_ctl" start --pgdata="$folder/data" --wait --timeout=60 --silent --log="$folder/log" \
		--options="-k $folder -c listen_addresses='' -c max_connections=200 -c autovacuum=off $careless"
}

# start_again starts it after a stop. By now another file system may be mounted there, as a power cut left it: then the
# files that name a process are of one that is gone, but may wait here to be reaped, and pass for one that runs.
start_again() {
	cd "$folder" && rm -f data/postmaster.pid .s.PGSQL.* && start_server
}

# obey does what a line of standard input says.
obey() {
	case $1 in
	stop) $as "$binaries/pg_ctl" stop --pgdata="$folder/data" --mode="$2" --wait --silent ;;
	start) start_again ;;
	promote) $as "$binaries/pg_ctl" promote --pgdata="$folder/data" --wait --timeout=60 --silent ;;
	follow) copy_cluster "$2" && start_server ;;
	*) return 0 ;;
	esac >>"$folder/log" 2>&1 </dev/null && echo done || echo "failed: $(tail -n 40 "$folder/log" | tr '\n' ' ')"
}

binaries=$(find_binaries)
if [ "${1:-}" = find ]; then
	echo "$binaries"
	exit
fi
careless= make=init_cluster
case ${1:-} in
durable) prefix=${2:-${TMPDIR:-/tmp}}/scimbridge-postgres. ;;
primary) careless="-c fsync=off" ;;
standby) careless="-c fsync=off" make="copy_cluster $2" ;;
*) careless="-c fsync=off -c synchronous_commit=off -c full_page_writes=off" ;;
esac
choose_user
remove_stale
folder=$(mktemp -d "${prefix}XXXXXX")
trap 'stop_server "$folder"' EXIT
trap 'exit 1' TERM
trap '' INT HUP # a Ctrl-C ends the tests, and thereby standard input
echo $$ >"$folder/owner"
touch "$folder/log"
[ -z "$as" ] || chown -R "$user" "$folder"
cd "$folder" # a folder which that user may enter
if ! { $make && start_server; }; then
	cat "$folder/log" >&2
	exit 1
fi
echo "postgres://postgres@/postgres?host=$folder"
while read -r word rest; do obey "$word" "$rest"; done
