# SPDX-License-Identifier: Apache-2.0
"""The host tool `bulkhead`: what it writes, prints and returns."""
import hashlib
import json
import os
import subprocess

import pytest

import golden

CONFIG = """/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        linux {
            harts = <1 2>;
            memory = "64M";
            kernel = "linux.Image";
            initrd = "parts/root.initrd";
            bootargs = "console=ttyS0 say=\\"hi\\"";
            devices {
                clock {
                    node = "/soc/rtc@101000";
                };
            };
        };
        rtos {
            harts = <3>;
            memory = "16M";
            kernel = "rtos.bin";
        };
    };
    shared-memory {
        mailbox {
            size = "64K";
            guests = "linux", "rtos";
            doorbell;
        };
    };
};
"""
WITH_BOARD = ("--board", str(golden.BOARD))


@pytest.fixture(name="folder")
def folder_fixture(tmp_path):
    (tmp_path / "config.dts").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "images/parts").mkdir(parents=True)
    (tmp_path / "images/linux.Image").write_bytes(golden.linux_header(0x100000) + b"kernel")
    (tmp_path / "images/parts/root.initrd").write_bytes(b"initrd" * 1000)
    (tmp_path / "rtos.bin").write_bytes(b"rtos")
    return tmp_path


def succeed(*arguments, cwd):
    result = golden.run_tool(*arguments, cwd=cwd)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def entries(archive):
    """(name, mode, uid, gid, mtime, data) of a newc archive; cpio(5)."""
    data, at, found = archive.read_bytes(), 0, []
    while True:
        assert data[at:at + 6] == b"070701"
        field = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        name = data[at + 110:at + 110 + field[11] - 1].decode()
        at = (at + 110 + field[11] + 3) & ~3
        if name == "TRAILER!!!":
            return found
        found.append((name, field[1], field[2], field[3], field[5], data[at:at + field[6]]))
        at = (at + field[6] + 3) & ~3


@pytest.mark.shows("R-TOOL-01")
def test_check_says_good(folder):
    out = succeed("check", "config.dts", *WITH_BOARD, "--images", "images", cwd=folder)
    assert out == "config.dts: good\n"
    out = succeed("check", "config.dts", "--images", "images", cwd=folder)
    assert out.startswith("config.dts: good; without --board")


@pytest.mark.shows("R-TOOL-02")
def test_places_are_relative_to_where_the_user_is(folder):
    (folder / "sub").mkdir()
    (folder / "sub/part.dtsi").write_text('harts = <1>;\nmemory = "1Z";\nkernel = "k";\n')
    (folder / "sub/config.dts").write_text(
        '/dts-v1/;\n/ { compatible = "bulkhead,config-v1"; guests { a {\n'
        '/include/ "part.dtsi"\n}; }; };\n')
    result = golden.run_tool("check", "sub/config.dts", cwd=folder)
    assert result.returncode == 1
    assert result.stderr.startswith('sub/part.dtsi:2: error: "1Z" is no amount')


@pytest.mark.shows("R-TOOL-02")
def test_syntax_errors_are_dtcs_own(folder):
    (folder / "config.dts").write_text(CONFIG.replace("harts = <3>;", "harts = <3>"))
    result = golden.run_tool("check", "config.dts", cwd=folder)
    assert result.returncode == 1
    assert "config.dts:" in result.stderr and "syntax error" in result.stderr


@pytest.mark.shows("R-TOOL-02")
def test_findings_in_a_board_name_the_board(folder):
    (folder / "board.dts").write_text(golden.BOARD.read_text().replace(
        "timebase-frequency", "no-timebase"))
    result = golden.run_tool("check", "config.dts", "--board", "board.dts", cwd=folder)
    assert result.returncode == 1
    assert result.stderr.startswith("board.dts:") and "timebase frequency" in result.stderr


@pytest.mark.shows("R-CFG-18")
def test_the_integrator_vouches_for_wired_interrupts(folder):
    """cases/lines-may-not-arrive.dts, and what its message says to write."""
    text = (golden.HERE / "cases/lines-may-not-arrive.dts").read_text(encoding="utf-8")
    (folder / "config.dts").write_text(
        text.replace("    guests {", "    board { wired-interrupts; };\n    guests {", 1))
    (folder / "images/kernel.bin").write_bytes(b"kernel")
    board = golden.BOARD.with_name("both-deliveries.dts")
    succeed("check", "config.dts", "--board", board, "--images", "images", cwd=folder)


@pytest.mark.shows("R-TOOL-04")
def test_pack_holds_what_is_named(folder):
    (folder / "images/other.bin").write_bytes(b"not named")
    succeed("pack", "config.dts", "-o", "out.bundle", *WITH_BOARD, "--images", "images", cwd=folder)
    found = entries(folder / "out.bundle")
    assert [entry[0] for entry in found] == ["config.dtb", "linux.Image", "parts/root.initrd",
                                             "rtos.bin"]
    assert all(entry[1:5] == (0o100644, 0, 0, 0) for entry in found)
    assert found[2][5] == b"initrd" * 1000
    assert found[3][5] == b"rtos"


def packed(folder, *arguments):
    """The configuration in the bundle that is made of these, as source in an order of dtc's."""
    succeed("pack", *arguments, "-o", "out", "--images", "images", cwd=folder)
    return golden.decompile_tree(entries(folder / "out")[0][5])


@pytest.mark.shows("R-TOOL-04", "R-TOOL-11")
def test_pack_writes_down_file_and_lines(folder):
    line = CONFIG.splitlines().index("                clock {") + 1
    written = CONFIG.replace("    guests {", '    bulkhead,source = "config.dts";\n    guests {', 1)
    written = written.replace("clock {", f"clock {{ bulkhead,line = <{line}>;", 1)
    (folder / "written.dts").write_text(written)
    expected = golden.decompile_tree(golden.compile_tree(folder / "written.dts"))
    for name in ("config.dts", "./config.dts", str(folder / "config.dts"), "images/..//config.dts"):
        assert packed(folder, name) == expected
    # What was packed is packed again as it is.
    (folder / "config.dtb").write_bytes(entries(folder / "out")[0][5])
    assert packed(folder, "config.dtb") == expected


@pytest.mark.shows("R-TOOL-11")
def test_an_included_device_has_no_line(folder):
    (folder / "part.dtsi").write_text('clock { node = "/soc/rtc@101000"; };\n')
    (folder / "config.dts").write_text(CONFIG.replace(
        """                clock {
                    node = "/soc/rtc@101000";
                };
""", '/include/ "part.dtsi"\n'))
    assert "bulkhead,line" not in packed(folder, "config.dts")


@pytest.mark.shows("R-TOOL-11")
def test_the_name_of_the_file_need_not_be_ascii(folder):
    (folder / "r\xe9gie.dts").write_text(CONFIG)
    assert 'bulkhead,source = "r??gie.dts";' in packed(folder, "r\xe9gie.dts")


@pytest.mark.shows("R-TOOL-05")
def test_pack_is_reproducible(folder):
    digests = []
    for name, umask, when, where, file in (("a", 0o022, 1_000_000_000, ".", "config.dts"),
                                           ("b", 0o077, 1_500_000_000, "images", "../config.dts")):
        for path in folder.rglob("*.*"):
            os.utime(path, (when, when))
        subprocess.run(["sh", "-c", f'umask {umask:o}; exec "$@"', "sh", golden.TOOL, "pack",
                        file, "-o", folder / name, "--images", folder / "images"],
                       cwd=folder / where, check=True)
        digests.append(hashlib.sha256((folder / name).read_bytes()).hexdigest())
    assert digests[0] == digests[1]


@pytest.mark.shows("R-TOOL-04")
def test_pack_writes_nothing_on_findings(folder):
    (folder / "out.bundle").write_bytes(b"the bundle of yesterday")
    (folder / "rtos.bin").unlink()
    result = golden.run_tool("pack", "config.dts", "-o", "out.bundle", "--images", "images",
                             cwd=folder)
    assert result.returncode == 1
    assert '"rtos.bin"' in result.stderr
    assert (folder / "out.bundle").read_bytes() == b"the bundle of yesterday"
    assert sorted(path.name for path in folder.iterdir()) == ["config.dts", "images", "out.bundle"]


@pytest.mark.shows("R-TOOL-06")
def test_images_come_from_the_first_folder_that_has_them(folder):
    (folder / "first").mkdir()
    (folder / "first/rtos.bin").write_bytes(b"the first")
    succeed("pack", "config.dts", "-o", "out", "--images", "first", "--images", "images",
            cwd=folder)
    assert {name: data for name, *_, data in entries(folder / "out")}["rtos.bin"] == b"the first"


@pytest.mark.shows("R-TOOL-07")
def test_report_json_is_the_plan(folder):
    out = succeed("report", "config.dts", *WITH_BOARD, "--images", "images", "--json", cwd=folder)
    report = json.loads(out)
    linux, rtos = report["guests"]
    assert (linux["name"], linux["harts"], rtos["harts"]) == ("linux", [1, 2], [3])
    assert report["console_hart"] == 0
    assert linux["memory"]["size"] == 64 << 20
    assert linux["kernel"]["guest_address"] == "0x80200000"
    assert linux["shared"][0]["peer"] == "rtos"
    assert linux["shared"][0]["guest_address"] == rtos["shared"][0]["guest_address"]
    assert linux["devices"][0]["node"] == "/soc/rtc@101000"
    assert linux["devices"][0]["interrupts"] == [{"board": 11, "guest": 3}]
    ranges = sorted((int(r["base"], 0), r["size"]) for r in
                    [linux["memory"], rtos["memory"], report["pool"],
                     report["shared"][0]["memory"]])
    for (base, size), (following, _) in zip(ranges, ranges[1:]):
        assert base + size <= following


@pytest.mark.shows("R-TOOL-07")
def test_report_text_names_every_owner(folder):
    out = succeed("report", "config.dts", *WITH_BOARD, cwd=folder)
    for line in ("guest linux", "guest rtos", "  harts        1 2",
                 "  device       /soc/rtc@101000: registers 0x101000-0x101fff, "
                 "board interrupt 11 is guest interrupt 3"):
        assert line in out.splitlines()


@pytest.fixture(name="with_pci")
def with_pci_fixture(folder):
    """What the board with PCI functions is told by, and a configuration for it."""
    devices = 'disk { pci = "0000:00:01.0"; }; vf { pci = "01:00.0"; virtual-function = <3>; };'
    (folder / "config.dts").write_text(CONFIG.replace("devices {", "devices { " + devices, 1))
    (folder / "lspci.txt").write_text(golden.lspci_text("pci"), encoding="utf-8")
    return ("--board", str(golden.BOARD.with_name("pci.dts")), "--pci", "lspci.txt")


@pytest.mark.shows("R-PCI-17", "R-TOOL-12")
def test_pci_functions_are_found_in_the_text_of_lspci(folder, with_pci):
    out = succeed("check", "config.dts", *with_pci, "--images", "images", cwd=folder)
    assert out == "config.dts: good\n"
    out = succeed("report", "config.dts", *with_pci, cwd=folder)
    assert ("  device       0000:01:00.0, virtual function 3 (0000:01:10.6): in the guest 0000:00:02.0\n"
            "                 BAR 0, guest 0x12004000-0x12004fff, board ") in out
    # Without it only their addresses are known.
    out = succeed("report", "config.dts", *with_pci[:2], cwd=folder)
    assert "virtual function 3: in the guest 0000:00:02.0\n" in out and "BAR" not in out
    result = golden.run_tool("check", "config.dts", *with_pci[2:], cwd=folder)
    assert (result.returncode, result.stdout) == (2, "")
    assert "--pci needs --board" in result.stderr


@pytest.mark.shows("R-PCI-17")
def test_what_the_hypervisor_will_not_use_either_is_told(folder, with_pci):
    """A header of type 2."""
    text = (folder / "lspci.txt").read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("00: 34 12 11 00 06 00 10 00"))
    (folder / "lspci.txt").write_text(text.replace(first, first[:-5] + "02 00", 1))
    result = golden.run_tool("check", "config.dts", *with_pci, cwd=folder)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("lspci.txt: error: ") and "0000:00:01.0" in result.stderr


@pytest.mark.shows("R-TOOL-08")
def test_dts_prints_the_guests_tree(folder):
    out = succeed("dts", "config.dts", *WITH_BOARD, "--guest", "rtos", cwd=folder)
    assert out.startswith("/dts-v1/;")
    assert "memory@80000000" in out
    assert "rtc@101000" not in out
    result = golden.run_tool("dts", "config.dts", *WITH_BOARD, "--guest", "nobody", cwd=folder)
    assert (result.returncode, result.stdout) == (1, "")
    assert "nobody" in result.stderr


@pytest.mark.shows("R-TOOL-10")
def test_a_guests_tree_that_does_not_fit_is_a_finding(folder):
    def board(size):
        text = golden.BOARD.read_text(encoding="utf-8")
        (folder / "board.dts").write_text(text.replace(
            "rtc@101000 {", "rtc@101000 { table = [" + size * "00" + "];", 1))

    commands = (("check",), ("pack", "-o", "out"))
    arguments = ("config.dts", "--board", "board.dts", "--images", "images")
    board(0xe000)
    for command in commands:
        succeed(*command, *arguments, cwd=folder)
    (folder / "out").unlink()
    board(0x10000)
    for command in commands:
        result = golden.run_tool(*command, *arguments, cwd=folder)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == (
            'config.dts:5: error: the device tree made for "linux" does not fit the 0x10000 bytes '
            'kept for it: give it fewer devices, or a device-tree of its own\n')
    assert not (folder / "out").exists()
    # With a tree of its own none is made.
    (folder / "config.dts").write_text(CONFIG.replace(
        'harts = <1 2>;', 'harts = <1 2>; device-tree = "own.dtb";'))
    (folder / "images/own.dtb").write_bytes(golden.compile_tree(golden.BOARD))
    succeed("check", *arguments, cwd=folder)


@pytest.mark.shows("R-TOOL-09")
@pytest.mark.parametrize("arguments, complaint", [
    ((), "a command and a file"), (("chek", "x"), "did you mean check?"), (("check",), "a file"),
    (("check", "a", "b"), "not also b"), (("pack", "a"), "-o OUT"), (("report", "a"), "--board"),
    (("dts", "a", "--board", "b"), "--guest NAME"), (("check", "a", "--bord", "b"), "--bord"),
])
def test_wrong_usage(arguments, complaint, tmp_path):
    result = golden.run_tool(*arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert complaint in result.stderr


@pytest.mark.shows("R-TOOL-09")
def test_help(tmp_path):
    out = succeed("--help", cwd=tmp_path)
    for command in ("check", "pack", "report", "dts"):
        assert f"bulkhead {command}" in out


@pytest.mark.shows("R-TOOL-09")
def test_unreadable_files(folder):
    result = golden.run_tool("check", "nothing.dts", cwd=folder)
    assert result.returncode == 1
    assert result.stderr == "bulkhead: cannot read nothing.dts: No such file or directory\n"
    result = golden.run_tool("pack", "config.dts", "-o", "no/such/out", "--images", "images",
                             cwd=folder)
    assert result.returncode == 1
    assert "cannot write no/such/out" in result.stderr
    for path, kind in (("images", "is a folder"), ("/dev/null", "is not a regular file")):
        result = golden.run_tool("check", path, cwd=folder)
        assert result.returncode == 1
        assert result.stderr == f"bulkhead: cannot read {path}: it {kind}\n"


@pytest.mark.shows("R-TOOL-09")
@pytest.mark.parametrize("command", [("report", *WITH_BOARD), ("--help",)])
def test_output_that_cannot_be_written(folder, command):
    file = ("config.dts",) if command[0] == "report" else ()
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run([golden.TOOL, *command, *file], cwd=folder, stdout=full,
                                stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == \
        "bulkhead: cannot write the standard output: No space left on device\n"


@pytest.mark.shows("R-TOOL-01")
def test_the_documented_examples_are_good(tmp_path):
    text = (golden.ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```dts\n")[1:]]
    for name in ("linux.Image", "linux.initrd", "rtos.bin"):
        (tmp_path / name).write_bytes(b"image")
    (tmp_path / "config.dts").write_text(blocks[0])
    assert succeed("check", "config.dts", *WITH_BOARD, cwd=tmp_path) == "config.dts: good\n"
    # The devices of the other examples are on no board of ours.
    parts = [block for block in blocks[1:] if block.startswith(("devices {", "viommus {"))]
    assert len(parts) == 2
    for part in parts:
        (tmp_path / "config.dts").write_text(blocks[0].replace(
            "kernel = \"rtos.bin\";\n", f'kernel = "rtos.bin";\n{part}', 1))
        assert succeed("check", "config.dts", cwd=tmp_path).startswith("config.dts: good")
