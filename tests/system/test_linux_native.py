# SPDX-License-Identifier: Apache-2.0
"""The Linux guest's parts on the bare board, without a hypervisor: what the recipe promises."""
import os
import subprocess
from pathlib import Path

import pexpect
import pytest

import qemu

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "build/images"
SMALL = 4 << 20
KERNELS = pytest.mark.parametrize("version", ["6.12", "7.2"])


@pytest.mark.shows("R-BLD-11")
@KERNELS
def test_the_initramfs_is_small_and_reproducible(version, tmp_path):
    again = tmp_path / "initrd"
    # Another umask and time zone: neither may show in the archive.
    subprocess.run(["sh", "-c", 'umask 077; exec "$0" "$@"', ROOT / "guest/linux/make-initrd",
                    qemu.cache() / "busybox", qemu.cache() / f"linux-{version}", again],
                   env=dict(os.environ, TZ="Pacific/Apia"), check=True)
    packed = (IMAGES / f"linux-{version}.initrd").read_bytes()
    assert again.read_bytes() == packed
    assert 0 < len(packed) < SMALL


@pytest.mark.shows("R-BLD-12")
@KERNELS
def test_boots_on_the_bare_board(version):
    argv = qemu.command(IMAGES / f"linux-{version}.Image", IMAGES / f"linux-{version}.initrd",
                        harts=2, memory="256M", extra=["-append", "console=ttyS0"])
    child = pexpect.spawn(argv[0], argv[1:], encoding="utf-8", codec_errors="replace", timeout=60)
    try:
        child.expect(rf"linux: ready, Linux {version.replace('.', '[.]')}[.]\S+-riscv64, 2 harts")
        child.expect("linux# ")
        child.sendline("lsmod | grep -c '^uio'; uname -m")
        child.expect(r"\s2\s+riscv64\s")
        child.expect("linux# ")
        child.sendline("poweroff")
        child.expect("reboot: Power down")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
