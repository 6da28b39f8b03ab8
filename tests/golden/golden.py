#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one golden case: a configuration that is wrong in one way, and what the tool says of it.

    tests/golden/golden.py --write
writes every .expected anew; read the difference before you commit.

A case is cases/NAME.dts with cases/NAME.expected, the exact standard error. Comments at the top of
the source set the scene (beside kernel.bin and initrd.bin, which are always there):
    // board: none                         check without the board
    // board: NAME                         with boards/NAME.dts
    // pci: NAME                           with --pci, boards/NAME.txt: what lspci -D -vv -xxxx prints,
                                           where *OFFSET stands for lines of zeros up to there
    // pci-line: TEXT                      one line of such a text, made of these; \t is a tab
    // pci-functions: COUNT                lines that head that many functions
    // image: NAME SIZE                    a file of zeros
    // linux-image: NAME SIZE IMAGE_SIZE   one with the header of a Linux Image
    // bytes: NAME HEX                     a file of these bytes, and zeros up to a page
    // tree: NAME                          a flattened device tree
    // blob: forced | cut | padded | shifted   a blob that dtc would refuse, its first half, one too
                                           large, one whose blocks are not aligned
"""
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CASES = sorted((HERE / "cases").glob("*.dts"))
BOARD = HERE / "boards/board.dts"
# The sanitized build, because much of what it reads here is hostile.
TOOL = Path(os.environ.get("BULKHEAD_TOOL", ROOT / "build/host-san/tools/bulkhead"))

BLOB_OPTIONS = {"forced": ("-f",), "padded": ("-S", "70000")}


def linux_header(image_size):
    """code0, code1, text_offset, image_size, flags, version, reserved, magic, magic2, reserved:
    Linux' Documentation/arch/riscv/boot-image-header.rst."""
    return struct.pack("<IIQQQIIQ8s4sI", 0, 0, 0x200000, image_size, 0, 2, 0, 0, b"RISCV",
                       b"RSC\x05", 0)


def compile_tree(source, *options):
    return subprocess.run(["dtc", "-q", *options, "-I", "dts", "-O", "dtb", "--", source],
                          check=True, capture_output=True).stdout


def decompile_tree(blob):
    """As source, in an order that does not depend on the blob's."""
    return subprocess.run(["dtc", "-q", "-s", "-I", "dtb", "-O", "dts"], input=blob, check=True,
                          capture_output=True).stdout.decode()


def shifted(blob):
    """The blob with its structure block, and what is behind it, 2 bytes further: Devicetree
    specification 5.2, totalsize, off_dt_struct, off_dt_strings."""
    total, struct_at, strings_at = struct.unpack_from(">III", blob, 4)
    assert struct_at < strings_at
    return (blob[:4] + struct.pack(">III", total + 2, struct_at + 2, strings_at + 2) +
            blob[16:struct_at] + bytes(2) + blob[struct_at:])


def directives(source):
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("// "):
            key, _, value = line[3:].partition(": ")
            yield key, value.split()


def lspci_text(name):
    """boards/NAME.txt with its lines of zeros."""
    lines, at = [], 0
    for line in BOARD.with_name(name + ".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("*"):
            end = int(line[1:], 16)
            lines += [f"{offset:02x}:" + 16 * " 00" for offset in range(at, end, 16)]
        else:
            lines.append(line)
        if re.match("[0-9a-f]{2,3}: ", line):
            at = int(line.partition(":")[0], 16) + 16
    return "\n".join(lines) + "\n"


def lspci_heads(count):
    return "".join(f"0000:{i >> 8:02x}:{i >> 3 & 31:02x}.{i & 7} Class: Device\n"
                   for i in range(count))


def write_sparse(path, size, head=b""):
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)


def run_tool(*arguments, cwd):
    return subprocess.run([TOOL, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60,
                          check=False)


def run_case(source):
    """The finished process of `bulkhead check` on this case, in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = folder / "images"
        images.mkdir()
        write_sparse(images / "kernel.bin", 0x1000)
        write_sparse(images / "initrd.bin", 0x1000)
        config = folder / source.name
        config.write_bytes(source.read_bytes())
        options = ["--board", str(BOARD), "--images", "images"]
        pci = folder / "lspci.txt"
        for key, values in directives(source):
            if key == "board":
                options = options[2:]
                if values != ["none"]:
                    options = ["--board", str(BOARD.with_name(values[0] + ".dts")), *options]
            elif key == "pci":
                pci.write_text(lspci_text(values[0]), encoding="utf-8")
            elif key == "pci-line":
                line = " ".join(values).replace("\\t", "\t")
                with pci.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
            elif key == "pci-functions":
                pci.write_text(lspci_heads(int(values[0])), encoding="utf-8")
            elif key == "image":
                write_sparse(images / values[0], int(values[1], 0))
            elif key == "bytes":
                write_sparse(images / values[0], 0x1000, bytes.fromhex(values[1]))
            elif key == "linux-image":
                write_sparse(images / values[0], int(values[1], 0), linux_header(int(values[2], 0)))
            elif key == "tree":
                (images / values[0]).write_bytes(compile_tree(BOARD))
            elif key == "blob":
                blob = compile_tree(source, *BLOB_OPTIONS.get(values[0], ()))
                config = config.with_suffix(".dtb")
                if values[0] == "cut":
                    blob = blob[:len(blob) // 2]
                elif values[0] == "shifted":
                    blob = shifted(blob)
                config.write_bytes(blob)
            elif key != "SPDX-License-Identifier":
                raise ValueError(f"{source}: unknown directive {key}")
        if pci.exists():
            options += ["--pci", pci.name]
        return run_tool("check", config.name, *options, cwd=folder)


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    for case in CASES:
        case.with_suffix(".expected").write_text(run_case(case).stderr, encoding="utf-8")
