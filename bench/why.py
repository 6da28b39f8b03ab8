# SPDX-License-Identifier: Apache-2.0
"""Why a goal is not met: by the names of rows, a sentence or a few with what was counted on the path.
The page is not written as long as one is missing."""

WHY = {
}
