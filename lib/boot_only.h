/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs during boot only is not in the hypervisor's own address space (hyp/mem/own_space.h) and
 * so cannot run later. Most of it are whole files, which the Makefile lists; and functions whose
 * names end in _init. BOOT_ONLY marks the others. The linker refuses whatever stays and refers to it
 * (linker/bulkhead.ld).
 */
#ifndef LIB_BOOT_ONLY_H
#define LIB_BOOT_ONLY_H

#define BOOT_ONLY __attribute__((section(".boot.text")))

#endif
