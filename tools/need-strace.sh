#!/bin/sh
# Makes sure that strace is here, with which drills let system calls fail. Where it is missing, it installs Debian's
# package if it may. Without it those drills are skipped, and say so.
set -eu

! command -v strace >/dev/null || exit 0
as_root=
if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; }; then
	echo "strace is not installed: the drill of a disk that fails to flush is left out" >&2
	exit 0
fi
[ "$(id -u)" = 0 ] || as_root="sudo -n"
echo "Installing Debian's strace, which a drill needs" >&2
$as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends strace >&2 ||
	echo "apt-get could not install strace: the drill of a disk that fails to flush is left out" >&2
