/* SPDX-License-Identifier: Apache-2.0 */
/* /aliases, /chosen and /memory: how the guest is started, and in what. */
#include "hyp/guestdt/parts.h"

#define SERIAL_ALIAS "serial0"
#define SERIAL_PATH  "/soc/serial@10000000"

_Static_assert(GUEST_UART_BASE == UINT64_C(0x10000000), "SERIAL_PATH says where the UART is");

void guestdt_chosen(struct dt_writer *w, const struct plan *plan, const struct plan_guest *guest)
{
    static const struct seed none = { { 0U } };
    struct seed board_has;

    dt_begin(w, "aliases");
    dt_text(w, SERIAL_ALIAS, SERIAL_PATH);
    dt_end(w);

    dt_begin(w, "chosen");
    dt_text(w, "stdout-path", SERIAL_ALIAS ":115200n8");
    if (guest->config->bootargs[0] != '\0') {
        dt_text(w, "bootargs", guest->config->bootargs);
    }
    if (guest->initrd.file != NULL) {
        dt_u64(w, "linux,initrd-start", guest->initrd.gpa.v);
        dt_u64(w, "linux,initrd-end", guest->initrd.gpa.v + guest->initrd.file->size);
    }
    if (board_seed(plan->board, &board_has)) {
        dt_bytes(w, GUESTDT_SEED, &none, sizeof(none));
    }
    if (guest->has_pci) {
        dt_u32(w, GUESTDT_PCI_KEEP, 1U); /* kernels before 6.12 look here only */
    }
    dt_end(w);
}

void guestdt_memory(struct dt_writer *w, const struct plan_guest *guest)
{
    const struct gpa_range ram = { guest->ram_base, guest->ram.size };

    dt_begin_at(w, "memory", ram.base.v);
    dt_text(w, "device_type", "memory");
    dt_reg(w, &ram, 1U);
    dt_end(w);
}
