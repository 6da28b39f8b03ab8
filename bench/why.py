# SPDX-License-Identifier: Apache-2.0
"""Why a goal is not met: by the names of rows, a sentence or a few with what was counted on the path.
The page is not written as long as one is missing."""

WHY = {
    "Linux to shell, console quiet, exits":
        "of 595, 225 are configuration space of the board's disk, whose registers are read from the "
        "device because they can change by themselves (a list of capabilities is walked 12 times, an "
        "end of the extended ones looked for 27 times, 31 device numbers found empty); 178 are the "
        "bytes that the user space prints, one store each as on any 16550, and 121 the rest of its "
        "driver's work, of which each of 11 messages takes 9; 37 are the APLIC's, 32 SBI calls. "
        "Without devices there are 364.",
}
