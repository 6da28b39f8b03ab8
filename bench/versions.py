# SPDX-License-Identifier: Apache-2.0
"""With what figures were taken: other versions count otherwise."""
import datetime
import re
import subprocess

from counting import IMAGES, ROOT, BenchError, console, qemu

OF_BULKHEAD, DATE = "Bulkhead", "date"


def _said(*command):
    try:
        return subprocess.run(command, cwd=ROOT, text=True, capture_output=True,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchError(f"{command[0]}: {error}") from error


def _commit():
    """The commit that was measured, "-dirty" if there were changes; a copy without git has none."""
    try:
        return _said("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    except BenchError:
        return "unknown"


def _linux():
    release = qemu.cache() / "linux-7.2/release"
    return release.read_text().strip() if release.exists() else "none"


def taken_with():
    """{what: version}, the commit of Bulkhead and today's date among them."""
    firmware = re.search(r"OpenSBI v(\S+)", console(IMAGES / "bench.bin", harts=1))
    return {
        "QEMU": ".".join(map(str, qemu.version(qemu.qemu()))),
        "OpenSBI": firmware[1] if firmware else "none",
        "gcc": _said("riscv64-unknown-elf-gcc", "-dumpfullversion"),
        "Linux": _linux(),
        OF_BULKHEAD: _commit(),
        DATE: datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }


def others(kept, now):
    """Sentences, one for each tool whose version is another one now."""
    return [f"{what} {now.get(what, 'none')} here, {kept.get(what, 'none')} then"
            for what in sorted({*kept, *now} - {OF_BULKHEAD, DATE})
            if kept.get(what) != now.get(what)]
