/* SPDX-License-Identifier: Apache-2.0 */
/* SBI 3.0, chapter "Base Extension". */
#include "hyp/sbi/sbi.h"
#include "platform/hw/sbi_call.h"

enum base_function {
    BASE_GET_SPEC_VERSION,
    BASE_GET_IMPL_ID,
    BASE_GET_IMPL_VERSION,
    BASE_PROBE_EXTENSION,
    BASE_GET_MVENDORID,
    BASE_GET_MARCHID,
    BASE_GET_MIMPID
};

#define SPEC_VERSION_3_0 (UINT64_C(3) << 24)

/* Not registered with the SBI's list: "BKHD". */
#define IMPLEMENTATION_ID      UINT64_C(0x424b4844)
#define IMPLEMENTATION_VERSION UINT64_C(1)

#define SBI_PROBE(id, handler, counter) \
    case id: \
        return sbi_success(1);

static struct sbi_result probe(uint64_t extension)
{
    switch (extension) {
    SBI_EXTENSIONS(SBI_PROBE)
    default:
        return sbi_success(0);
    }
}

struct sbi_result sbi_base(SBI_REGISTERS)
{
    switch (function) {
    case BASE_GET_SPEC_VERSION:
        return sbi_success(SPEC_VERSION_3_0);
    case BASE_GET_IMPL_ID:
        return sbi_success(IMPLEMENTATION_ID);
    case BASE_GET_IMPL_VERSION:
        return sbi_success(IMPLEMENTATION_VERSION);
    case BASE_PROBE_EXTENSION:
        return probe(a0);
    /* A guest picks its errata by these, and they are the hart's, which it really runs on. */
    case BASE_GET_MVENDORID:
        return sbi_success(sbi_machine_ids()->mvendorid);
    case BASE_GET_MARCHID:
        return sbi_success(sbi_machine_ids()->marchid);
    case BASE_GET_MIMPID:
        return sbi_success(sbi_machine_ids()->mimpid);
    default:
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
}
