/* SPDX-License-Identifier: Apache-2.0 */
/* SBI 3.0, chapter "Timer Extension". A guest with Sstc never calls it. */
#include "hyp/sbi/sbi.h"
#include "hyp/vcpu/csrs.h"

#define TIME_SET_TIMER 0U

struct sbi_result sbi_time(SBI_REGISTERS)
{
    if (function != TIME_SET_TIMER) {
        return sbi_error(SBI_ERR_NOT_SUPPORTED);
    }
    vcpu_set_timer(a0);
    return sbi_success(0);
}
