#!/usr/bin/env bash
# Signs people in through SimpleSAMLphp, a SAML identity provider of another make, on the loopback. Installs Debian's
# package where it is missing and that is allowed.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ! -d /usr/share/simplesamlphp ]] || ! command -v php >/dev/null; then
	if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
		echo "tools/test-idp.sh: install simplesamlphp and php-cli first (apt-get install simplesamlphp php-cli)" >&2
		exit 1
	fi
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends simplesamlphp php-cli php-xml php-curl php-mbstring
fi
exec tools/with-postgres.sh timeout 300 go test -tags idp -run '^TestSimpleSAMLphp$' -count=1 "$@" ./cmd/scimbridge
