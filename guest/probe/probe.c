/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that reports what it sees, one fact a line, "probe: NAME = VALUE", and shuts down. */
#include <libfdt.h>
#include <stddef.h>
#include <string.h>

#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/probe.h"
#include "guest/lib/sbi.h"
#include "guest/lib/tree.h"
#include "guest/probe/withheld.h"
#include "lib/addr.h"

static void fact(const char *name, uint64_t value)
{
    print("probe: %s = 0x%llx\n", name, (unsigned long long)value);
}

static void sbi(void)
{
    static const struct { const char *name; uint64_t id; } extensions[] = {
        { "BASE", SBI_EXT_BASE }, { "TIME", SBI_EXT_TIME }, { "IPI", SBI_EXT_IPI },
        { "RFENCE", SBI_EXT_RFENCE }, { "HSM", SBI_EXT_HSM }, { "SRST", SBI_EXT_SRST },
        { "DBCN", SBI_EXT_DBCN }, { "PMU", SBI_EXT_PMU }, { "SUSP", SBI_EXT_SUSP },
        { "NACL", SBI_EXT_NACL }, { "STA", SBI_EXT_STA }, { "FWFT", SBI_EXT_FWFT },
    };
    static const char text[] = "probe: dbcn = works\n";

    fact("sbi-spec", sbi_call(SBI_EXT_BASE, BASE_SPEC_VERSION, 0, 0, 0, 0, 0).value);
    fact("sbi-impl", sbi_call(SBI_EXT_BASE, BASE_IMPL_ID, 0, 0, 0, 0, 0).value);
    for (uint32_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        print("probe: sbi-%s = %llu\n", extensions[i].name, (unsigned long long)sbi_call(
            SBI_EXT_BASE, BASE_PROBE, extensions[i].id, 0, 0, 0, 0).value);
    }
    fact("sbi-unknown", (uint64_t)sbi_call(0x12345678, 0, 0, 0, 0, 0, 0).error);
    sbi_call(SBI_EXT_DBCN, DBCN_WRITE, sizeof(text) - 1U, (uint64_t)text, 0, 0, 0);
}

/* Memory is the guest's to the last byte, and every page of it is a different one. */
static void memory(void)
{
    struct tree_range range = { 0 };
    struct fault fault;
    extern char image_end[];
    uint64_t end, bad = 0;

    tree_memory(&range);
    fact("memory-base", range.base);
    fact("memory-size", range.size);
    probe(probe_load, range.base + range.size - 8U, 8, &fault);
    fact("memory-last-faults", fault.taken);
    probe(probe_load, range.base + range.size, 8, &fault);
    fact("memory-past-faults", fault.taken ? fault.cause : 0U);
    /* Between the image and the device tree, which lies in the upper half. */
    end = range.base + range.size / 2U;
    for (uint64_t at = (uint64_t)image_end; at < end; at += PAGE_SIZE) {
        *(volatile uint64_t *)at = at;
    }
    for (uint64_t at = (uint64_t)image_end; at < end; at += PAGE_SIZE) {
        bad += *(volatile uint64_t *)at != at;
    }
    fact("memory-bad-pages", bad);
}

static void withheld(void)
{
    fact("counter-faults", withheld_counter());
    fact("state-enable-faults", withheld_state_enable());
    fact("page-faults", withheld_memory_type(false));
    fact("page-with-type-faults", withheld_memory_type(true));
}

static void nodes(void)
{
    const void *fdt = tree_blob();
    char path[128];

    for (int node = fdt_next_node(fdt, -1, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        const char *compatible = fdt_getprop(fdt, node, "compatible", NULL);
        if (fdt_get_path(fdt, node, path, sizeof(path)) == 0 && compatible != NULL) {
            print("probe: node %s = %s\n", path, compatible);
        }
    }
}

void guest_main(void)
{
    const void *fdt = tree_blob();
    uint64_t ids[HART_MAX], before = rdtime();
    int length;
    int cpu = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "cpu", sizeof("cpu"));
    const char *isa = fdt_getprop(fdt, cpu, "riscv,isa", NULL);

    fact("hart", hart_self()->id);
    fact("harts", tree_harts(ids, HART_MAX));
    fact("timebase", tree_timebase());
    fact("time-moves", rdtime() > before);
    print("probe: bootargs = %s\n", tree_bootargs());
    print("probe: isa = %s\n", isa != NULL ? isa : "none");
    fact("isa-has-h", tree_hart_has("h"));
    fact("isa-has-sstc", tree_hart_has("sstc"));
    fact("isa-has-ssaia", tree_hart_has("ssaia"));
    fact("tree-size", fdt_totalsize(fdt));
    fact("initrd", fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "linux,initrd-start",
                               &length) != NULL);
    sbi();
    memory();
    withheld();
    nodes();
    print("probe: done\n");
}
