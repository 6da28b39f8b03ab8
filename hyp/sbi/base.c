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
    if (extension == (id)) { \
        return sbi_success(1); \
    }

static __attribute__((noinline)) struct sbi_result probe(uint64_t extension)
{
    SBI_EXTENSIONS(SBI_PROBE)
    return sbi_success(0);
}

/* A guest picks its errata by these, and they are the hart's, which it really runs on. */
static __attribute__((noinline)) struct sbi_result machine_id(uint64_t function)
{
    const struct sbi_ids *ids = sbi_machine_ids();

    return sbi_success(function == BASE_GET_MVENDORID ? ids->mvendorid
                       : function == BASE_GET_MARCHID ? ids->marchid : ids->mimpid);
}

struct sbi_result sbi_base(SBI_REGISTERS)
{
    struct sbi_result result = sbi_success(0); /* one for all: each of its own would be put together in memory */

    switch (function) {
    case BASE_GET_SPEC_VERSION:
        result.value = SPEC_VERSION_3_0;
        break;
    case BASE_GET_IMPL_ID:
        result.value = IMPLEMENTATION_ID;
        break;
    case BASE_GET_IMPL_VERSION:
        result.value = IMPLEMENTATION_VERSION;
        break;
    case BASE_PROBE_EXTENSION:
        return probe(a0);
    case BASE_GET_MVENDORID:
    case BASE_GET_MARCHID:
    case BASE_GET_MIMPID:
        return machine_id(function);
    default:
        result.error = SBI_ERR_NOT_SUPPORTED;
        break;
    }
    return result;
}
