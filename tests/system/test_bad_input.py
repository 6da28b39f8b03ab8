# SPDX-License-Identifier: Apache-2.0
"""What Bulkhead cannot work with: one clear line for each thing that is wrong, and a stop before any
guest runs."""
import re
import struct
import subprocess

import pytest
from conftest import BUILD, ROOT

BUNDLE = BUILD / "configs/shared.bundle"
STOP = r"^stopped before any guest was started$"
PLAIN = {"harts": 2, "memory": "512M"}


def refused(machine, pattern):
    """Bulkhead says that, as an error, and stops; nothing else has said anything."""
    machine.expect("bulkhead", STOP)
    errors = re.findall(r"^error: (.*)$", machine.stream("bulkhead"), re.MULTILINE)
    assert errors and any(re.search(pattern, error) for error in errors), errors
    machine.expect_end()
    assert "PANIC" not in machine.transcript
    for guest in ("server", "client"):
        assert machine.stream(guest) == ""
    return errors


def newc(*files):
    """A newc archive of (name, data), written from cpio(5) and from nothing of the project."""
    archive = b""
    for name, data in (*files, ("TRAILER!!!", b"")):
        name = name.encode() + b"\0"
        fields = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        archive += b"070701" + b"".join(b"%08x" % field for field in fields) + name
        archive += bytes(-len(archive) % 4) + data
        archive += bytes(-len(archive) % 4)
    return archive


@pytest.fixture
def bundle(tmp_path):
    """bundle(data) is a file with these bytes."""
    def make(data):
        path = tmp_path / "bad.bundle"
        path.write_bytes(data)
        return path
    return make


def config(text):
    """Compiled, but not checked."""
    return subprocess.run(["dtc", "-q", "-O", "dtb"], input=text.encode(), capture_output=True,
                          check=True).stdout


GOOD = (ROOT / "configs/shared.dts").read_text()


def with_images(blob):
    demo = (BUILD / "images/demo.bin").read_bytes()
    return newc(("config.dtb", blob), ("demo.bin", demo))


# ---- the board ----------------------------------------------------------------------------------
@pytest.mark.shows("R-BOOT-11")
def test_no_h_extension(boot):
    # QEMU takes guest interrupt files only with the H extension.
    refused(boot(bundle=BUNDLE, machine=["aia-guests=0"], extra=["-cpu", "rva23s64,h=off"], **PLAIN),
            r"\bH\b")


@pytest.mark.shows("R-BOOT-12")
@pytest.mark.parametrize("aia", ["none", "aplic"])
def test_no_imsic(boot, aia):
    refused(boot(bundle=BUNDLE, machine=[f"aia={aia}"], **PLAIN), "IMSIC")


LIES = {
    "two harts with one id": (lambda t: re.sub(
        r"(cpu@1 \{.*?reg = )<0x0*1>", r"\1<0x00>", t, flags=re.DOTALL), "cpu"),
    "memory that overlaps itself": (lambda t: re.sub(
        r"(\n\tmemory@80000000 \{)", "\n\tmemory@81000000 { device_type = \"memory\"; "
        r"reg = <0 0x81000000 0 0x1000000>; };\1", t), "memory"),
    "an interrupt of nobody": (lambda t: re.sub(
        r"(@28000000 \{.*?interrupts-extended = <)0x\w+", r"\g<1>0x7777", t, flags=re.DOTALL),
        "28000000"),
}


@pytest.mark.shows("R-BOOT-13")
@pytest.mark.parametrize("lie", LIES)
def test_a_device_tree_that_lies(boot, board_tree, lie):
    change, pattern = LIES[lie]
    tree = board_tree(change, **PLAIN)
    refused(boot(bundle=BUNDLE, extra=["-dtb", tree], **PLAIN), pattern)


# ---- the bundle ---------------------------------------------------------------------------------
@pytest.mark.shows("R-BOOT-14")
def test_no_bundle(boot):
    errors = refused(boot(**PLAIN), "no bundle")
    assert "bulkhead pack" in errors[0]


@pytest.mark.shows("R-BOOT-14")
def test_an_empty_bundle(boot, board_tree):
    tree = board_tree(lambda text: re.sub(
        r"(\n\tchosen \{)", r"\1 linux,initrd-start = <0x88000000>; "
        r"linux,initrd-end = <0x88000000>;", text), **PLAIN)
    errors = refused(boot(extra=["-dtb", tree], **PLAIN), "no bundle")
    assert "missing or empty" in errors[0]


WHOLE = with_images(config(GOOD))


@pytest.mark.shows("R-BOOT-15")
@pytest.mark.parametrize("data, pattern", [
    pytest.param(WHOLE[:-300], "bundle", id="cut in the trailer"),
    pytest.param(WHOLE[:5000], "bundle", id="cut in an image"),
    pytest.param(WHOLE[:60], "bundle", id="cut in a header"),
    pytest.param(b"hello" * 100, "bundle", id="no archive"),
    pytest.param(WHOLE.replace(b"070701", b"070702", 1), "bundle", id="another format"),
    pytest.param(WHOLE[:54] + b"ffffffff" + WHOLE[62:], "bundle", id="size past the end"),
    pytest.param(WHOLE[:54] + b"+0000010" + WHOLE[62:], "bundle", id="no number"),
    pytest.param(WHOLE[:94] + b"ffffffff" + WHOLE[102:], "bundle", id="name past the end"),
    pytest.param(newc(("config.dtb", b"1"), ("config.dtb", b"2")), "config.dtb", id="a file twice"),
    pytest.param(newc(("demo.bin", b"1")), "config.dtb", id="no configuration"),
    pytest.param(newc(*((f"f{n}", b"") for n in range(100))), "bundle", id="too many files"),
])
def test_a_bad_bundle(boot, bundle, data, pattern):
    refused(boot(bundle=bundle(data), **PLAIN), pattern)


# ---- the configuration --------------------------------------------------------------------------
@pytest.mark.shows("R-BOOT-16")
@pytest.mark.parametrize("change, pattern", [
    pytest.param(("harts = <1>", "harts = <0>"), "hart 0", id="a hart given twice"),
    pytest.param(("harts = <1>", "harts = <17>"), "hart 17", id="a hart that is absent"),
    pytest.param(('memory = "16M"', 'memory = "64G"'), "memory", id="too much memory"),
    pytest.param(('kernel = "demo.bin"', 'kernel = "absent.bin"'), "absent.bin", id="no image"),
    pytest.param(('kernel = "demo.bin"', 'kernal = "demo.bin"'), "kernel", id="a misspelt name"),
    pytest.param(('"server", "client"', '"server", "klient"'), "client", id="an unknown guest"),
    pytest.param(("bulkhead,config-v1", "bulkhead,config-v9"), "compatible", id="another version"),
])
def test_a_configuration_that_fails_a_check(boot, bundle, change, pattern):
    """The hypervisor checks again what the host tool would have refused."""
    assert change[0] in GOOD
    blob = config(GOOD.replace(*change))
    refused(boot(bundle=bundle(with_images(blob)), **PLAIN), pattern)


@pytest.mark.shows("R-BOOT-16")
def test_a_configuration_that_is_no_tree(boot, bundle):
    refused(boot(bundle=bundle(with_images(b"\xd0\x0d\xfe\xed" + struct.pack(">I", 1 << 31) + bytes(64))),
                 **PLAIN), "config.dtb")


@pytest.mark.shows("R-BOOT-17")
def test_several_findings_are_told_at_once(boot, bundle):
    text = GOOD.replace("harts = <1>", "harts = <17>").replace('memory = "16M"', 'memory = "64G"', 1)
    errors = refused(boot(bundle=bundle(with_images(config(text))), **PLAIN), "hart 17")
    assert any("memory" in error for error in errors)
