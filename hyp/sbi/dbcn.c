/* SPDX-License-Identifier: Apache-2.0 */
/* SBI 3.0, chapter "Debug Console Extension". It shares the guest's console with its UART. */
#include "hyp/console/console.h"
#include "hyp/guest.h"
#include "hyp/sbi/sbi.h"
#include "hyp/vcpu/csrs.h"

enum dbcn_function { DBCN_WRITE, DBCN_READ, DBCN_WRITE_BYTE };

/* The SBI allows fewer bytes than asked for; this bounds the work of one call. */
#define DBCN_MAX_BYTES UINT64_C(256)

static struct sbi_result transfer(struct guest *guest, bool write, uint64_t count,
                                  uint64_t address_low, uint64_t address_high)
{
    uint64_t length = count < DBCN_MAX_BYTES ? count : DBCN_MAX_BYTES;

    if (count == 0U) {
        return sbi_success(0);
    }
    /* All that was named has to be the guest's, not only what this call will touch. */
    if (address_high != 0U || guest_ram(guest, gpa(address_low), count) == NULL) {
        return sbi_error(SBI_ERR_INVALID_PARAM);
    }
    uint8_t *bytes = guest_ram(guest, gpa(address_low), length);
    return sbi_success(write ? console_guest_write(guest->index, bytes, (uint32_t)length)
                             : console_guest_read(guest->index, bytes, (uint32_t)length));
}

struct sbi_result sbi_dbcn(SBI_REGISTERS)
{
    struct guest *guest = this_hart()->vcpu->guest;

    switch (function) {
    case DBCN_WRITE:
        return transfer(guest, true, a0, a1, a2);
    case DBCN_READ:
        return transfer(guest, false, a0, a1, a2);
    case DBCN_WRITE_BYTE: {
        uint8_t byte = (uint8_t)a0;
        if (console_guest_write(guest->index, &byte, 1U) == 1U) {
            return sbi_success(0);
        }
        /* The call blocks until there is room. The guest waits in its own time: it makes the same
         * call again (the same a0 and a1), and its interrupts get through in between. */
        vcpu_repeat_ecall();
        return (struct sbi_result){ (int64_t)a0, a1 };
    }
    default:
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
}
