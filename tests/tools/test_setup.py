# SPDX-License-Identifier: Apache-2.0
"""tools/setup: what the user sees when something is missing, and that a part is made once."""
import os
import signal
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "tools/setup"


def stub(folder, name, text):
    """Puts a command in front of the machine's own."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def environment(tmp_path, **more):
    return dict(os.environ, BULKHEAD_CACHE=str(tmp_path / "cache"),
                PATH=f"{tmp_path / 'stubs'}:{os.environ['PATH']}", **more)


def run(tmp_path, *command, **more):
    return subprocess.run(command, env=environment(tmp_path, **more), capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)


def own_apt_sources(tmp_path, name, text):
    """The machine's apt, as far as the set-up asks it, with other sources."""
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (parts / name).write_text(text)
    config = tmp_path / "apt.conf"
    config.write_text(f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{parts}";\n')
    return str(config)


def parts_left(tmp_path):
    return [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()]


@pytest.mark.shows("R-BLD-15")
@pytest.mark.parametrize("name, text", [
    ("debian.sources", "Types: deb\nURIs: {mirror}\nSuites: {release} {release}-updates\n"
                       "Components: main\n"),
    ("debian.list", "deb [arch=amd64] {mirror} {release} main contrib\n"),
])
def test_the_mirror_is_the_machines_own(tmp_path, name, text):
    release = subprocess.run(["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"],
                             capture_output=True, text=True, check=True).stdout.strip()
    other = "deb http://other.invalid/tools tools main\n"
    config = own_apt_sources(tmp_path, name, text.format(
        mirror="http://mirror.invalid/debian", release=release))
    (tmp_path / "sources.list.d/another.list").write_text(other)
    result = run(tmp_path, "bash", "-c", f". {SETUP}/common.sh; . {SETUP}/apt.sh; debian_mirror",
                 APT_CONFIG=config)
    assert result.stdout == "http://mirror.invalid/debian\n", result.stderr


@pytest.mark.shows("R-BLD-06")
def test_a_machine_without_a_debian_mirror(tmp_path):
    config = own_apt_sources(tmp_path, "other.list", "deb http://other.invalid/tools tools main\n")
    result = run(tmp_path, SETUP / "guest-parts", "busybox", APT_CONFIG=config)
    assert result.returncode == 1
    assert "setup: no Debian mirror found: the apt sources of this machine name none" in \
        result.stderr
    assert parts_left(tmp_path) == []


@pytest.mark.shows("R-BLD-06")
@pytest.mark.parametrize("script", [("qemu", "11"), ("libfdt",), ("guest-parts", "busybox"),
                                    ("guest-parts", "linux-7.2")])
def test_no_network(tmp_path, script):
    # Port 9 of this machine: refused at once, as by a network that is not there.
    stub(tmp_path / "stubs", "apt-get",
         'case "$*" in *"update --print-uris"*) . /etc/os-release\n'
         """echo "'http://127.0.0.1:9/debian/dists/$VERSION_CODENAME/InRelease' x 0";;\n"""
         '*) exec /usr/bin/apt-get "$@";; esac\n')
    result = run(tmp_path, SETUP / script[0], *script[1:])
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("setup: cannot download the package lists of ")
    assert result.stderr.endswith(
        "check the network and the apt sources, then run make again.\n")
    assert parts_left(tmp_path) == []


@pytest.mark.shows("R-BLD-07")
def test_a_package_that_the_mirror_lacks(tmp_path):
    stub(tmp_path / "stubs", "apt-get",
         """. /etc/os-release; echo "'http://m/dists/$VERSION_CODENAME/InRelease' x 0"\n""")
    stub(tmp_path / "stubs", "apt-cache", "exit 0\n")
    result = run(tmp_path, SETUP / "guest-parts", "busybox")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == ("setup: the mirror has no package 'busybox-static' "
                                              "in trixie: is it a full Debian mirror?")
    assert parts_left(tmp_path) == []


@pytest.mark.shows("R-BLD-19")
def test_headers_of_a_kernel_that_the_mirror_has_no_more(tmp_path):
    stub(tmp_path / "stubs", "apt-get",
         """. /etc/os-release; echo "'http://m/dists/$VERSION_CODENAME/InRelease' x 0"\n""")
    stub(tmp_path / "stubs", "apt-cache", "exit 0\n")
    kernel = tmp_path / "cache/linux-7.2"
    kernel.mkdir(parents=True)
    (kernel / "release").write_text("7.2.1-riscv64\n")
    result = run(tmp_path, SETUP / "guest-parts", "linux-7.2-headers")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "setup: linux-7.2-headers: neither forky nor sid of the mirror has linux-headers-7.2.1-riscv64 "
        f"any more, so there is a later kernel: remove {kernel}, then run make again.")
    assert parts_left(tmp_path) == ["linux-7.2"]


@pytest.mark.shows("R-BLD-08")
def test_neither_root_nor_sudo(tmp_path):
    for name, text in (("dpkg-query", "echo installed make\n"), ("id", "echo 1000\n"),
                       ("sudo", "exit 1\n")):
        stub(tmp_path / "stubs", name, text)
    result = run(tmp_path, SETUP / "build-tools")
    assert result.returncode == 1
    assert "neither root nor a user of sudo. As root, run: apt-get install --no-install-recommends "\
        "gcc-riscv64-unknown-elf " in result.stderr
    assert " make " not in result.stderr.split("recommends")[1]


@pytest.mark.shows("R-BLD-07")
def test_apt_that_cannot_install(tmp_path):
    for name, text in (("dpkg-query", "exit 1\n"), ("id", "echo 0\n"),
                       ("apt-get", "echo E: Unable to locate package make; exit 100\n")):
        stub(tmp_path / "stubs", name, text)
    result = run(tmp_path, SETUP / "build-tools")
    assert result.returncode == 1
    assert "E: Unable to locate package make\nsetup: apt could not install " in result.stderr


# A part whose making says when it begins and ends when it is told to, through two pipes.
MAKER = f""". {SETUP}/common.sh
make_part() {{ echo begun >"$pipes/begun"; read -r _ <"$pipes/go"; echo made >>"$pipes/log"; }}
provide part make_part
"""


@pytest.fixture
def maker(tmp_path):
    os.mkfifo(tmp_path / "begun")
    os.mkfifo(tmp_path / "go")
    started = []

    def start():
        started.append(subprocess.Popen(
            ["bash", "-c", MAKER], env=environment(tmp_path, pipes=str(tmp_path)),
            stderr=subprocess.PIPE, text=True, start_new_session=True))
        return started[-1]
    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.shows("R-BLD-09")
def test_two_at_once(tmp_path, maker):
    first = maker()
    assert (tmp_path / "begun").read_text() == "begun\n"
    second = maker()
    assert second.stderr.readline() == \
        "setup: part: waiting for another set-up that is at work on it\n"
    (tmp_path / "go").write_text("go\n")
    assert (first.wait(60), second.wait(60)) == (0, 0)
    assert (tmp_path / "log").read_text() == "made\n"
    assert (tmp_path / "cache/part/ready").exists()


@pytest.mark.shows("R-BLD-10")
def test_interrupted(tmp_path, maker):
    first = maker()
    assert (tmp_path / "begun").read_text() == "begun\n"
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(60)
    assert not (tmp_path / "cache/part").exists()
    second = maker()
    assert (tmp_path / "begun").read_text() == "begun\n"
    (tmp_path / "go").write_text("go\n")
    assert second.wait(60) == 0
    assert parts_left(tmp_path) == ["part"]


@pytest.mark.shows("R-BLD-06")
def test_a_cache_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "cache").mkdir()
    stub(tmp_path / "stubs", "mktemp", 'echo "mktemp: Read-only file system" >&2; exit 1\n')
    (tmp_path / "cache/part.lock").mkdir() # what even root cannot open to write
    result = run(tmp_path, "bash", "-c", f". {SETUP}/common.sh; provide part true")
    assert result.returncode == 1
    assert result.stderr == (f"setup: cannot write to the cache folder {tmp_path}/cache: "
                             "set BULKHEAD_CACHE to another.\n")
    (tmp_path / "cache/part.lock").rmdir()
    result = run(tmp_path, "bash", "-c", f". {SETUP}/common.sh; provide part true")
    assert result.returncode == 1
    assert result.stderr == (f"setup: cannot write to the cache folder {tmp_path}/cache: "
                             "set BULKHEAD_CACHE to another.\n")
