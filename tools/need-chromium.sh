#!/bin/sh
# Makes sure that a Chromium is here, for the tests that look at pages as people
# do. Where it is missing, it installs Debian's package if it may (as root, or by
# sudo without a password), or else says what to do.
set -eu

find_browser() {
	for name in "${CHROMIUM_BIN:-}" chromium chromium-browser google-chrome; do
		[ -z "$name" ] || ! command -v "$name" >/dev/null || return 0
	done
	return 1
}

[ "${SCIMBRIDGE_TEST_CHROMIUM:-}" != off ] || exit 0
! find_browser || exit 0

give_up() {
	cat >&2 <<-MESSAGE
		$1
		Install Chromium (Debian: sudo apt-get install chromium; Ubuntu has it as a snap: install Google Chrome instead),
		or set CHROMIUM_BIN to its binary,
		or set SCIMBRIDGE_TEST_CHROMIUM=off to leave out the tests that need one.
	MESSAGE
	exit 1
}

as_root=
[ -z "${CHROMIUM_BIN:-}" ] || give_up "CHROMIUM_BIN=$CHROMIUM_BIN is no program."
command -v apt-get >/dev/null || give_up "This system has no apt-get to install Chromium with."
if [ "$(id -u)" != 0 ]; then
	sudo -n true 2>/dev/null || give_up "Installing Chromium needs root, or sudo without a password."
	as_root="sudo -n"
fi

echo "Installing Debian's chromium, which the tests need" >&2
$as_root apt-get update -qq || give_up "apt-get could not refresh its package lists."
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	chromium fonts-dejavu-core >&2 || give_up "apt-get could not install Chromium."
find_browser || give_up "Chromium was installed, but its binary was not found."
