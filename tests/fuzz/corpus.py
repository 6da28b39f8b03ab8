#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The inputs of the fuzz harnesses that the repository keeps: tests/fuzz/corpus/NAME.txt, one on a
line, compressed (zlib) and in base64. A line that begins with # tells of the input below it: that
one found a defect, and stays whatever else replaces it.

    tests/fuzz/corpus.py add NAME FILE COMMENT    keep an input that has found something
    tests/fuzz/corpus.py show NAME NUMBER         that input (from 1 on) as bytes
    tests/fuzz/corpus.py refresh PROGRAM...       the fewest of all inputs that are there (the
                                                  seeds, what `make fuzz` has found) with all of
                                                  their coverage
"""
import argparse
import base64
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
INPUT_MAX = 65536
HEADER = "# SPDX-License-Identifier: Apache-2.0\n"


def read(name):
    """[(comment or "", bytes)] of the harness fuzz_NAME."""
    path = CORPUS / f"{name}.txt"
    entries, comment = [], ""
    for line in path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []:
        if line.startswith("#"):
            comment += line + "\n"
        else:
            entries.append((comment, zlib.decompress(base64.b64decode(line))))
            comment = ""
    return entries


def write(name, entries):
    CORPUS.mkdir(exist_ok=True)
    lines = [comment + base64.b64encode(zlib.compress(data, 9)).decode() + "\n"
             for comment, data in entries]
    (CORPUS / f"{name}.txt").write_text(HEADER + "".join(lines), encoding="ascii")


def add(name, file, comment):
    write(name, [*read(name), (f"# {comment}\n", Path(file).read_bytes())])


def refresh(program):
    """Edges alone, not how often: that is what keeps the repository small."""
    name = program.name.removeprefix("fuzz_")
    kept = [(comment, data) for comment, data in read(name) if comment]
    seeds, found = (program.parent / kind / program.name for kind in ("seeds", "found"))
    with tempfile.TemporaryDirectory() as least:
        subprocess.run([program.resolve(), "-set_cover_merge=1", "-use_counters=0",
                        f"-max_len={INPUT_MAX}", least, seeds, *([found] if found.exists() else [])],
                       check=True, capture_output=True)
        inputs = sorted((path.read_bytes() for path in Path(least).iterdir()),
                        key=lambda data: (len(data), data))
    old = {path.read_bytes() for path in seeds.iterdir()
           if not path.name.startswith("corpus-")} | {data for _, data in kept}
    write(name, kept + [("", data) for data in inputs if data not in old])
    print(f"{name}: {len(kept)} that found something, "
          f"{len([data for data in inputs if data not in old])} for their coverage, "
          f"{(CORPUS / f'{name}.txt').stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    actions = parser.add_subparsers(dest="action", required=True)
    adding = actions.add_parser("add")
    adding.add_argument("name")
    adding.add_argument("file")
    adding.add_argument("comment")
    showing = actions.add_parser("show")
    showing.add_argument("name")
    showing.add_argument("number", type=int)
    actions.add_parser("refresh").add_argument("programs", type=Path, nargs="+")
    options = parser.parse_args()
    if options.action == "add":
        add(options.name, options.file, options.comment)
    elif options.action == "show":
        sys.stdout.buffer.write(read(options.name)[options.number - 1][1])
    else:
        for program in options.programs:
            refresh(program)


if __name__ == "__main__":
    main()
