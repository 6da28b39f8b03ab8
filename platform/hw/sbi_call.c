/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hw/sbi_call.h"

#define EXT_BASE            0x10U
#define BASE_MVENDORID      4U
#define BASE_MARCHID        5U
#define BASE_MIMPID         6U
#define EXT_HSM             0x48534dU
#define HSM_HART_START      0U
#define EXT_SRST            0x53525354U
#define SRST_SYSTEM_RESET   0U
#define EXT_DBCN            0x4442434eU
#define DBCN_WRITE_BYTE     2U
#define EXT_LEGACY_PUTCHAR  0x01U

struct result {
    int64_t error;
    uint64_t value;
};

static struct sbi_ids ids;

static struct result call(uint64_t extension, uint64_t function, uint64_t arg0, uint64_t arg1,
                          uint64_t arg2)
{
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a2 __asm__("a2") = arg2;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (struct result){ (int64_t)a0, a1 };
}

void sbi_init(void)
{
    ids.mvendorid = call(EXT_BASE, BASE_MVENDORID, 0U, 0U, 0U).value;
    ids.marchid = call(EXT_BASE, BASE_MARCHID, 0U, 0U, 0U).value;
    ids.mimpid = call(EXT_BASE, BASE_MIMPID, 0U, 0U, 0U).value;
}

const struct sbi_ids *sbi_machine_ids(void)
{
    return &ids;
}

int64_t sbi_hart_start(uint64_t hart_id, pa_t entry, uint64_t opaque)
{
    return call(EXT_HSM, HSM_HART_START, hart_id, entry.v, opaque).error;
}

void sbi_system_reset(uint32_t type, uint32_t reason)
{
    (void)call(EXT_SRST, SRST_SYSTEM_RESET, type, reason, 0U);
}

void sbi_console_write(const char *text, size_t length)
{
    /* Byte by byte: the text may lie where the firmware refuses to read (its own stack checks, PMP),
     * and before relocation nothing better is needed. */
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (call(EXT_DBCN, DBCN_WRITE_BYTE, byte, 0U, 0U).error != 0) {
            (void)call(EXT_LEGACY_PUTCHAR, 0U, byte, 0U, 0U);
        }
    }
}
