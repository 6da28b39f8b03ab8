/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/hostile/hostile.h"

#include <libfdt.h>
#include <stddef.h>

#include "guest/lib/console.h"
#include "guest/lib/guest.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "lib/addr.h"

#define MINE_MAX 32
#define COMPLAINTS_MAX 10U

static struct tree_range mine[MINE_MAX];
static uint32_t mine_count;

static const struct {
    const char *name;
    void (*run)(struct tally *t);
    const char *what;
    bool unasked;
} attacks[] = {
    { "privileged", attack_privileged, "instructions, all illegal", true },
    { "sbi", attack_sbi, "calls, all answered", true },
    { "interrupts", attack_interrupts, "attempts, all its own", true },
    { "devices", attack_devices, "odd accesses, all its own", true },
    { "paging", attack_paging, "translated accesses, all faulted", true },
    { "sweep", attack_sweep, "accesses, all faulted", true },
    { "returns", attack_returns, "instructions, all illegal", false },
};

bool is_mine(uint64_t address, uint64_t size)
{
    for (uint32_t i = 0; i < mine_count; i++) {
        if (span_overlaps(address, size, mine[i].base, mine[i].size)) {
            return true;
        }
    }
    return false;
}

/* Every reg in the tree but those of the harts. */
static void find_mine(void)
{
    const void *fdt = tree_blob();
    int cpus = fdt_path_offset(fdt, "/cpus");

    for (int node = fdt_next_node(fdt, -1, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        int length, parent = fdt_parent_offset(fdt, node);
        const fdt32_t *cells = fdt_getprop(fdt, node, "reg", &length);

        if (cells == NULL || parent == cpus) {
            continue;
        }
        for (int i = 0; i < length / 16 && mine_count < MINE_MAX; i++, cells += 4) {
            mine[mine_count].base = (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
            mine[mine_count++].size = (uint64_t)fdt32_to_cpu(cells[2]) << 32
                                      | fdt32_to_cpu(cells[3]);
        }
    }
}

void verdict(struct tally *t, const char *what, uint64_t a, uint64_t b, bool right)
{
    t->tried++;
    if (!right && t->wrong++ < COMPLAINTS_MAX) {
        print("hostile: wrong: %s 0x%llx 0x%llx\n", what, (unsigned long long)a,
              (unsigned long long)b);
    }
}

void attempt(struct tally *t, const char *what, uint64_t (*op)(uint64_t, uint64_t), uint64_t a,
             uint64_t b, uint64_t accepted)
{
    struct fault fault;

    probe(op, a, b, &fault);
    t->tried++;
    if (fault.taken ? fault.cause < 63U && (accepted & ANY(fault.cause)) != 0U
                    : (accepted & NO_EXCEPTION) != 0U) {
        return;
    }
    if (t->wrong++ >= COMPLAINTS_MAX) {
        return;
    }
    if (fault.taken) {
        print("hostile: wrong: %s 0x%llx 0x%llx: exception %llu, stval 0x%llx\n", what,
              (unsigned long long)a, (unsigned long long)b, (unsigned long long)fault.cause,
              (unsigned long long)fault.value);
    } else {
        print("hostile: wrong: %s 0x%llx 0x%llx: no exception\n", what, (unsigned long long)a,
              (unsigned long long)b);
    }
}

void guest_main(void)
{
    bool all = true, good = true;

    find_mine();
    for (uint32_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        all = all && !tree_bootarg(attacks[i].name);
    }
    for (uint32_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        struct tally t = { 0 };

        if (all ? !attacks[i].unasked : !tree_bootarg(attacks[i].name)) {
            continue;
        }
        attacks[i].run(&t);
        if (t.wrong == 0U) {
            print("hostile: PASS %s: %llu %s\n", attacks[i].name, (unsigned long long)t.tried,
                  attacks[i].what);
        } else {
            print("hostile: FAIL %s: %llu of %llu went wrong\n", attacks[i].name,
                  (unsigned long long)t.wrong, (unsigned long long)t.tried);
            good = false;
        }
    }
    print("hostile: %s\n", good ? "done, PASS" : "done, FAIL");
    sbi_shutdown();
}
