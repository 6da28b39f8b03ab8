# SPDX-License-Identifier: Apache-2.0
# An apt of our own: it reads package lists of any Debian suite and architecture into a folder that
# is thrown away, and downloads packages from there. The machine's own apt (its sources, its pins,
# its installed packages) is neither consulted nor changed, save for the name of its mirror.

# The mirror is the one that this machine's apt uses for Debian itself. apt is asked rather than its
# files read, because they come in two formats; --print-uris fetches nothing.
debian_mirror() {
    local codename uris mirror
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
    uris=$(apt-get -o Debug::NoLocking=1 update --print-uris 2>/dev/null) || true
    mirror=$(sed -n -E \
        "s#^'(.*)/dists/($codename|stable|oldstable|testing)/InRelease' .*#\1#p" <<<"$uris")
    [ -n "$mirror" ] ||
        die "no Debian mirror found: the apt sources of this machine name none for '$codename'."
    echo "${mirror%%$'\n'*}"
}

# apt_open FOLDER ARCHITECTURE "SUITE TYPE"...: prepares the isolated apt and fetches package lists.
# Later suites of the list win over earlier ones.
apt_open() {
    local arch=$2 mirror entry suite type priority=500
    apt_home=$1/apt
    shift 2
    command -v apt-get >/dev/null || die "apt-get is not here: the set-up needs Debian 12 or 13."
    mirror=$(debian_mirror)
    mkdir -p "$apt_home"/{lists/partial,archives/partial,state,none}
    for entry in "$@"; do
        read -r suite type <<<"$entry"
        # Only the package index: no translations, no desktop metadata that other tools ask for.
        echo "$type [$(apt_source_options "$type")] $mirror $suite main" >>"$apt_home/sources.list"
        priority=$((priority + 1))
        printf 'Package: *\nPin: release n=%s\nPin-Priority: %d\n\n' "$suite" "$priority" \
            >>"$apt_home/preferences"
    done
    # A mirror may be a frozen snapshot, whose lists of forky and sid are older than they say they may
    # be. Their signatures are checked all the same.
    cat >"$apt_home/apt.conf" <<CONF
Acquire::Check-Valid-Until "false";
APT::Architecture "$arch";
#clear APT::Architectures;
APT::Architectures { "$arch"; };
APT::Default-Release "";
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
APT::Update::Error-Mode "any";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::Languages "none";
Acquire::PDiffs "false";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Debug::NoLocking "true";
Dir::Cache "$apt_home";
Dir::Cache::archives "$apt_home/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "$apt_home/sources.list";
Dir::Etc::sourceparts "$apt_home/none";
Dir::Etc::preferences "$apt_home/preferences";
Dir::Etc::preferencesparts "$apt_home/none";
Dir::State "$apt_home/state";
Dir::State::lists "$apt_home/lists";
Dir::State::status "/dev/null";
CONF
    apt_run "the package lists of ${*%% *}" isolated_apt update
}

# Debian's keys under their own name where the machine has them, else whatever apt trusts.
apt_source_options() {
    local keyring
    case $1 in
    deb-src) printf 'target=Sources' ;;
    *) printf 'target=Packages' ;;
    esac
    for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
        if [ -e "$keyring" ]; then
            printf ' signed-by=%s' "$keyring"
            return
        fi
    done
}

isolated_apt() { apt-get -q -c "$apt_home/apt.conf" "$@"; }

# apt_run WHAT COMMAND...: runs quietly; on failure shows apt's own complaint and one clear sentence.
apt_run() {
    local what=$1 log=$apt_home/log
    shift
    if ! "$@" >"$log" 2>&1; then
        grep -E '^(E|W|Err):?' "$log" | head -n 8 >&2 || true
        die "cannot download $what: check the network and the apt sources, then run make again."
    fi
}

# apt_size: the number of packages and bytes that a `apt-get --print-uris` listing on stdin names.
apt_size() {
    awk '/^\x27/ { files++; bytes += $3 }
         END { printf "%d file%s, %.1f MB", files, files == 1 ? "" : "s", bytes / 1e6 }'
}

# apt_fetch NAME PACKAGE...: downloads exactly these packages, without what they depend on.
apt_fetch() {
    local name=$1 uris
    shift
    apt_known "$@"
    uris=$(isolated_apt download --print-uris "$@" 2>/dev/null)
    say "$name: downloading $(apt_size <<<"$uris")"
    (cd "$apt_home/archives" && apt_run "$name ($*)" isolated_apt download "$@")
}

# apt_fetch_with_dependencies NAME PACKAGE...
apt_fetch_with_dependencies() {
    local name=$1 uris
    shift
    apt_known "$@"
    uris=$(isolated_apt install --no-install-recommends -y --print-uris "$@" 2>/dev/null)
    say "$name: downloading $(apt_size <<<"$uris")"
    apt_run "$name ($*)" isolated_apt install --no-install-recommends -y --download-only "$@"
}

# apt_fetch_source NAME PACKAGE: downloads the upstream archive of a source package.
apt_fetch_source() {
    local uris
    uris=$(isolated_apt source --tar-only --print-uris "$2" 2>/dev/null) ||
        die "the mirror has no source package '$2' in $(apt_suites): is it a full Debian mirror?"
    say "$1: downloading the source of $2, $(apt_size <<<"$uris")"
    (cd "$apt_home/archives" && apt_run "$1 ($2)" isolated_apt source --tar-only --download-only "$2")
}

# apt_known PACKAGE...: a package that the mirror does not have is named before anything is fetched.
apt_known() {
    local package
    for package in "$@"; do
        [ -n "$(apt_version "$package")" ] ||
            die "the mirror has no package '$package' in $(apt_suites): is it a full Debian mirror?"
    done
}

apt_suites() { awk '{ print $(NF - 1) }' "$apt_home/sources.list" | sort -u | paste -sd' '; }

apt_version() {
    apt-cache -c "$apt_home/apt.conf" policy "$1" | sed -n 's/^  Candidate: //p' | grep -v none || true
}

# apt_unpack FOLDER: unpacks every package that was fetched since the last call.
apt_unpack() {
    local deb
    for deb in "$apt_home"/archives/*.deb; do
        dpkg-deb --extract "$deb" "$1"
        rm "$deb"
    done
}
