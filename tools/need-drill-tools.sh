#!/bin/sh
# Makes sure that what drills use is here: strace, with which they let system calls fail, and, for root where there are
# loop devices, what makes the file systems of a power cut. Where something is missing, it installs Debian's packages if
# it may. Without it those drills are skipped, and say so.
set -eu

PATH=$PATH:/usr/sbin:/sbin
missing=
command -v strace >/dev/null || missing=strace
if [ "$(id -u)" = 0 ] && [ -e /dev/loop-control ]; then
	command -v mkfs.xfs >/dev/null || missing="$missing xfsprogs"
	command -v mkfs.ext4 >/dev/null || missing="$missing e2fsprogs"
fi
[ -n "$missing" ] || exit 0
as_root=
if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; }; then
	echo "Not installed:" $missing "- the drills that need it are left out" >&2
	exit 0
fi
[ "$(id -u)" = 0 ] || as_root="sudo -n"
echo "Installing what drills need, from Debian:" $missing >&2
$as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
	echo "apt-get could not install" $missing "- the drills that need it are left out" >&2
