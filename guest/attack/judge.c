/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/attack/attack.h"

#include "guest/lib/console.h"

#define COMPLAINTS_MAX 10U

static bool is_to_be_said(struct tally *t)
{
    return t->wrong++ < COMPLAINTS_MAX;
}

void verdict(struct tally *t, const char *what, uint64_t a, uint64_t b, bool right)
{
    t->tried++;
    if (!right && is_to_be_said(t)) {
        print("attack: wrong: %s 0x%llx 0x%llx\n", what, (unsigned long long)a,
              (unsigned long long)b);
    }
    lives_attempt();
}

void refusal(struct tally *t, const char *what, uint64_t a, uint64_t b, bool refused)
{
    t->refused += refused;
    verdict(t, what, a, b, refused);
}

static bool is_accepted(const struct fault *fault, uint64_t accepted)
{
    return fault->taken ? fault->cause < 63U && (accepted & ANY(fault->cause)) != 0U
                        : (accepted & NO_EXCEPTION) != 0U;
}

void attempt(struct tally *t, const char *what, uint64_t (*op)(uint64_t, uint64_t), uint64_t a,
             uint64_t b, uint64_t accepted)
{
    struct fault fault;

    probe(op, a, b, &fault);
    t->tried++;
    t->exceptions += fault.taken;
    if (!is_accepted(&fault, accepted) && is_to_be_said(t)) {
        if (fault.taken) {
            print("attack: wrong: %s 0x%llx 0x%llx: exception %llu, stval 0x%llx\n", what,
                  (unsigned long long)a, (unsigned long long)b, (unsigned long long)fault.cause,
                  (unsigned long long)fault.value);
        } else {
            print("attack: wrong: %s 0x%llx 0x%llx: no exception\n", what, (unsigned long long)a,
                  (unsigned long long)b);
        }
    }
    lives_attempt();
}
