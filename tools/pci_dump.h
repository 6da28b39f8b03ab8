/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCI functions of a board from what `lspci -D -vv -xxxx` printed there (as root, or the
 * capabilities are missing), so that the tool enumerates them as the hypervisor will.
 *
 * The configuration space comes from the hexadecimal lines, sizes of BARs from the "Region" lines.
 * lspci tells the sizes of virtual functions' BARs only in the entries of virtual functions that
 * are enabled; what it does not tell counts as a page.
 */
#ifndef TOOLS_PCI_DUMP_H
#define TOOLS_PCI_DUMP_H

#include <stdbool.h>

#include "platform/board.h"

/* Fill tools/pci_space.h. The board stays where it is as long as that is used. False after saying
 * what is wrong, and in which line, on standard error. */
bool pci_dump_load(const char *file, const struct board *board);

#endif
