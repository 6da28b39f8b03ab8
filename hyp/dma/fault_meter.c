/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/dma/fault_meter.h"

uint32_t fault_meter_flood(uint32_t entries, uint32_t devices)
{
    const uint32_t share = entries / FAULT_METER_QUEUE_SHARE / (devices == 0U ? 1U : devices);

    return share == 0U ? 1U : share;
}

struct fault_verdict fault_meter_count(struct fault_meter *meter, uint64_t now, uint64_t window,
                                       uint32_t flood, bool guests_own)
{
    struct fault_verdict verdict = { false, 0U, false };

    if (now >= meter->window_end) {
        meter->window_end = now + window;
        meter->in_window = 0U;
        meter->said = 0U;
    }
    meter->total++;
    meter->in_window++;
    if (guests_own) {
        /* its guest knows */
    } else if (meter->said < FAULT_METER_LINES) {
        meter->said++;
        verdict.say = true;
        verdict.unsaid = meter->unsaid;
        meter->unsaid = 0U;
    } else {
        meter->unsaid++;
    }
    verdict.flood = meter->in_window >= flood;
    return verdict;
}
