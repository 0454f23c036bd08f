#!/bin/sh
# Makes sure that PostgreSQL's server binaries are here, for the tests that run
# on a real server. Where they are missing, it installs Debian's package if it
# may (as root, or by sudo without a password), or else says what to do.
set -eu

tools=$(dirname "$0")
find_server() {
	"$tools/../store/storetest/pgserver/server.sh" find
}

# A server that is given, or declined, needs no binaries.
[ -z "${SCIMBRIDGE_TEST_POSTGRES:-}" ] || exit 0
! find_server >/dev/null 2>&1 || exit 0

give_up() {
	find_server || true
	cat >&2 <<-MESSAGE
		$1
		Install a PostgreSQL server, of version 13 or later (Debian, Ubuntu: sudo apt-get install postgresql),
		or set POSTGRES_BIN to the folder of its binaries,
		or set SCIMBRIDGE_TEST_POSTGRES to the URL of a running server whose role may create databases,
		or set SCIMBRIDGE_TEST_POSTGRES=off to leave out the tests that need one.
	MESSAGE
	exit 1
}

as_root=
[ -z "${POSTGRES_BIN:-}" ] || give_up "POSTGRES_BIN=$POSTGRES_BIN holds no PostgreSQL server."
command -v apt-get >/dev/null || give_up "This system has no apt-get to install PostgreSQL with."
if [ "$(id -u)" != 0 ]; then
	sudo -n true 2>/dev/null || give_up "Installing PostgreSQL needs root, or sudo without a password."
	as_root="sudo -n"
fi

# Debian's package starts a server of its own; the tests start theirs and need
# none, so it is told not to.
echo "Installing Debian's postgresql, which the tests need" >&2
$as_root mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
$as_root apt-get update -qq || give_up "apt-get could not refresh its package lists."
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	-o Dpkg::Options::=--force-confold postgresql >&2 || give_up "apt-get could not install PostgreSQL."
find_server >/dev/null || give_up "PostgreSQL was installed, but its binaries were not found."
