#!/usr/bin/env bash
# What the tests need of the machine beside Python: Chromium, for /meet/ and conclave.js, wrk, for the bench's own tests,
# HAProxy and systemd-analyze, for the files of deploy, PostgreSQL, Redis or Valkey, and ip, to cut a node off from its
# database; of PostgreSQL and Redis the tests start servers of their own, and those that Debian may start are not used. Installed where this may be done; where not, the
# tests that need them are left out, or fail with CONCLAVE_TESTS_REQUIRE_ALL=1.
set -euo pipefail

has() {
    case "$1" in
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || command -v initdb > /dev/null ;;
        systemd) command -v systemd-analyze > /dev/null ;;
        iproute2) command -v ip > /dev/null ;;
        redis-server) command -v redis-server > /dev/null || command -v valkey-server > /dev/null ;;
        *) command -v "$1" > /dev/null ;;
    esac
}

missing=()
for package in chromium wrk haproxy systemd postgresql redis-server iproute2; do
    has "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

left_out() {
    echo "not installed: ${missing[*]} ($1); the tests that need them are left out" >&2
    exit 0
}

command -v apt-get > /dev/null || left_out "there is no apt-get here; install them as your system does"
[ "$(id -u)" = 0 ] || left_out "only root may: apt-get install ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -qq --no-install-recommends "${missing[@]}" > /dev/null || left_out "apt-get failed"
