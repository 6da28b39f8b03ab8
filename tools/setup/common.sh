# SPDX-License-Identifier: Apache-2.0
# Shared by the set-up scripts: where things are kept, how to speak, how to make a part once.
set -euo pipefail

# Everything that is downloaded lives here; the Makefile and tools/qemu.py compute the same path.
cache=${BULKHEAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}

say() { printf 'setup: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

die_unwritable() {
    die "cannot write to the cache folder $cache: set BULKHEAD_CACHE to another."
}

# provide PART MAKER: makes $cache/PART by calling MAKER with an empty folder, once.
# The folder is renamed into place when it is complete, so an interrupted set-up leaves nothing half
# done, and the lock lets two runs of make wait for each other.
provide() {
    local part=$1 maker=$2
    if [ -e "$cache/$part/ready" ]; then
        return
    fi
    mkdir -p "$cache" || die "cannot create the cache folder $cache: set BULKHEAD_CACHE to another."
    { exec 9>"$cache/$part.lock"; } 2>/dev/null || die_unwritable
    if ! flock --nonblock 9; then
        say "$part: waiting for another set-up that is at work on it"
        flock 9
    fi
    if [ -e "$cache/$part/ready" ]; then
        return
    fi
    rm -rf "$cache/.$part".* # what a killed run left; nobody else is at work on it
    work=$(mktemp -d "$cache/.$part.XXXXXX" 2>/dev/null) || die_unwritable
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/out"
    "$maker" "$work/out"
    touch "$work/out/ready"
    rm -rf "${cache:?}/$part"
    mv "$work/out" "$cache/$part"
    say "$part: ready, $(du -sh "$cache/$part" | cut -f1) in $cache/$part"
}
