/* SPDX-License-Identifier: Apache-2.0 */
/* DMA in the plan (hyp/plan/plan.h): what IOMMUs confine, what goes around them, what they need. */
#include "tests/unit/plan_bench.h"

#include "hyp/mem/gstage.h"
#include "iommu/iommu.h"
#include "iommu/msi_table.h"

#define DMA_NODE "/soc/dma@11000000"

/* ---- groups ---------------------------------------------------------------------------------- */

static void isolate(uint32_t guest, uint32_t device)
{
    config.guests[guest].devices[device].isolated = true;
}

/* shows: R-CFG-65 */
static void test_one_device(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0020, -1);
    fake_give_function(&config, 1, 0x0021, -1);
    assert_finding("/g1/d0:pci: \"0000:00:04.1\" of \"g1\" and \"0000:00:04.0\" of \"g0\" (/g0/d0) may "
                   "reach each other past the IOMMU: they are functions of one device, and 0000:00:04.0 "
                   "has no ACS; give both to one guest, or write isolated in both if you know that they "
                   "cannot\n");
    isolate(0, 0);
    assert_false(build());
    isolate(1, 0);
    assert_good();
    /* In one guest they may do what they like. */
    bench_setup(NULL);
    fake_give_function(&config, 0, 0x0020, -1);
    fake_give_function(&config, 0, 0x0021, -1);
    assert_good();
}

/* shows: R-CFG-65 */
static void test_virtual_functions_of_two(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0100, 1);
    fake_give_function(&config, 1, 0x0100, 2);
    assert_finding("/g1/d0:pci: \"0000:01:00.0 virtual function 2\" of \"g1\" and \"0000:01:00.0 virtual "
                   "function 1\" of \"g0\" (/g0/d0) may reach each other past the IOMMU: they are of one "
                   "device, and 0000:01:00.0 has no ACS; give both to one guest, or write isolated in "
                   "both if you know that they cannot\n");
    isolate(0, 0);
    assert_false(build());
    isolate(1, 0);
    assert_good();
    /* ACS keeps them apart. */
    config.guests[0].devices[0].isolated = config.guests[1].devices[0].isolated = false;
    pci.functions[FAKE_NIC].acs_offset = 0x1a0;
    assert_good();
}

/* shows: R-CFG-72 */
static void test_physical_and_virtual_function(void **state)
{
    (void)state;
    pci.functions[FAKE_NIC].acs_offset = 0x1a0;
    fake_give_function(&config, 0, 0x0100, 1);
    fake_give_function(&config, 1, 0x0100, -1);
    assert_finding("/g1/d0:pci: \"0000:01:00.0\" of \"g1\" and \"0000:01:00.0 virtual function 1\" of \"g0\" "
                   "(/g0/d0) are a physical function and a virtual one of it: its driver in \"g1\" can "
                   "program the queues of the virtual one, which reach the memory of \"g0\"; give both to "
                   "one guest, or write isolated in both if \"g0\" trusts \"g1\"\n");
    /* The other way round, and without ACS. */
    config.guests[0].devices[0].is_virtual = false;
    config.guests[1].devices[0].is_virtual = true;
    pci.functions[FAKE_NIC].acs_offset = 0;
    assert_finding("/g1/d0:pci: \"0000:01:00.0 virtual function 0\" of \"g1\" and \"0000:01:00.0\" of \"g0\" "
                   "(/g0/d0) are a physical function and a virtual one of it: its driver in \"g0\" can "
                   "program the queues of the virtual one, which reach the memory of \"g1\"; besides, they "
                   "are of one device, and 0000:01:00.0 has no ACS; give both to one guest, or write "
                   "isolated in both if \"g1\" trusts \"g0\"\n");
    isolate(0, 0);
    assert_false(build());
    isolate(1, 0);
    assert_good();
    /* In one guest there is nobody to trust. */
    bench_setup(NULL);
    fake_give_function(&config, 0, 0x0100, -1);
    fake_give_function(&config, 0, 0x0100, 1);
    assert_good();
}

/* shows: R-CFG-65 */
static void test_one_port(void **state)
{
    (void)state;
    pci.functions[FAKE_PORT].acs_offset = 0;
    pci.functions[FAKE_NIC].acs_offset = 0x1a0;
    fake_give_function(&config, 0, 0x0100, 1);
    fake_give_function(&config, 1, 0x0100, 2);
    assert_finding("/g1/d0:pci: \"0000:01:00.0 virtual function 2\" of \"g1\" and \"0000:01:00.0 virtual "
                   "function 1\" of \"g0\" (/g0/d0) may reach each other past the IOMMU: the port "
                   "0000:00:03.0 on their way has no ACS; give both to one guest, or write isolated in "
                   "both if you know that they cannot\n");
    isolate(0, 0);
    isolate(1, 0);
    assert_good();
}

/* shows: R-CFG-65 */
static void test_one_requester_id(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0208, -1);
    fake_give_function(&config, 1, 0x0210, -1);
    isolate(0, 0);
    isolate(1, 0);
    assert_finding("/g1/d0:pci: \"0000:02:02.0\" of \"g1\" and \"0000:02:01.0\" of \"g0\" (/g0/d0) are "
                   "behind one bridge and carry its requester id, so no IOMMU can tell them apart: give "
                   "both to one guest\n");
    bench_setup(NULL);
    fake_give_function(&config, 0, 0x0208, -1);
    fake_give_function(&config, 0, 0x0210, -1);
    assert_good();
    /* The bridge's id is what the IOMMU sees. */
    assert_int_equal(plan.guests[0].devices[0].dma.ids[0], 0x0200);
    assert_int_equal(plan.guests[0].devices[1].dma.ids[0], 0x0200);
}

/* The function at rid is an IOMMU, and everything is behind it. */
static void add_iommu(uint16_t rid)
{
    board.iommu[1] = (struct board_iommu){ .node = board.pci[0].node, .is_pci = true, .pci_rid = rid,
                                           .coherent = true };
    board.iommu_count = 2;
    board.pci[0].maps[0].iommu = 1;
    for (uint32_t i = 0; i < pci.count; i++) {
        if (pci.functions[i].rid == rid) {
            pci.functions[i].class_code = 0x080600;
        }
    }
}

/* shows: R-CFG-65 */
static void test_way_to_an_iommu(void **state)
{
    (void)state;
    add_iommu(0x0021);
    pci.functions[FAKE_TWIN_1].bars[0].size = PAGE_SIZE;
    fake_give_function(&config, 0, 0x0020, -1);
    assert_finding("/g0/d0:pci: \"0000:00:04.0\" may reach the registers of the IOMMU 0000:00:04.1 past "
                   "every IOMMU: they are functions of one device, and 0000:00:04.0 has no ACS; it cannot "
                   "be given to a guest, unless you know that it cannot reach them and write isolated\n");
    isolate(0, 0);
    assert_good();
    bench_setup(NULL);
    add_iommu(0x0208);
    pci.functions[FAKE_OLD_1].bars[0].size = PAGE_SIZE;
    fake_give_function(&config, 0, 0x0210, -1);
    assert_false(build());
    assert_non_null(strstr(told.text, "IOMMU 0000:02:01.0 past every IOMMU: they are behind one bridge;"));
}

/* ---- IOMMUs that are functions --------------------------------------------------------------- */

/* shows: R-CFG-60, R-CFG-68 */
static void test_pci_iommu(void **state)
{
    (void)state;
    add_iommu(0x0010);
    assert_good();
    /* Nothing sits behind it: it is reached, to be switched off; unless there is no room. */
    assert_true(plan.pci_wanted[FAKE_EDU].function);
    assert_int_equal(plan.iommu_regs[1].size, 0x100000);
    const uint64_t size = pci.functions[FAKE_EDU].bars[0].size;
    pci.functions[FAKE_EDU].bars[0].size = UINT64_C(1) << 50;
    assert_good();
    assert_false(plan.pci_wanted[FAKE_EDU].function);
    assert_int_equal(plan.iommu_regs[1].size, 0);
    pci.functions[FAKE_EDU].bars[0].size = size;
    fake_give_function(&config, 0, 0x0008, -1);
    assert_good();
    assert_int_equal(plan.guests[0].devices[0].dma.iommu, 1);
    assert_true(plan.pci_wanted[FAKE_EDU].function);
    assert_int_equal(plan.iommu_regs[1].base.v, plan.pci_layout.bars[FAKE_EDU][0].v);
    assert_int_not_equal(plan.iommu_regs[1].base.v, 0);
    assert_int_equal(plan.iommu_regs[1].size, 0x100000);
    /* No registers, registers that are none, no function. */
    static const char finding[] =
        "/g0/d0:pci: \"0000:00:01.0\" is behind the IOMMU /soc/pci@30000000, which cannot be used: it is "
        "no PCI function of class 0x0806, or has no registers in BAR 0; this device cannot be given to a "
        "guest\n";
    pci.functions[FAKE_EDU].bars[0].size = 0x800;
    assert_finding(finding);
    pci.functions[FAKE_EDU].bars[0].size = 0;
    assert_finding(finding);
    /* What the firmware's bus number leads to is another function. */
    pci.functions[FAKE_EDU].bars[0].size = PAGE_SIZE;
    pci.functions[FAKE_EDU].class_code = 0x00ff00;
    assert_finding(finding);
    board.iommu[1].pci_rid = 0x0011;
    assert_finding(finding);
    /* Without the inventory nobody knows. */
    told_init(&told);
    assert_true(plan_build(&board, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
}

/* ---- with and without ------------------------------------------------------------------------ */

/* shows: R-CFG-11, R-CFG-66 */
static void test_unprotected_function(void **state)
{
    (void)state;
    struct config_device *device = fake_give_function(&config, 0, 0x0010, -1);
    assert_good();
    device->unprotected_dma = true;
    assert_finding("/g0/d0:unprotected-dma: \"0000:00:02.0\" is behind the IOMMU /soc/iommu@3010000, which "
                   "confines its DMA to \"g0\": remove unprotected-dma\n");
    board.pci[0].map_count = 0;
    assert_good();
    assert_int_equal(plan.guests[0].devices[0].dma.iommu, PLAN_NO_IOMMU);
    assert_int_equal(plan.guests[0].devices[0].dma.id_count, 0);
    device->unprotected_dma = false;
    assert_finding("/g0/d0:pci: \"0000:00:02.0\" may do DMA, and it is behind no IOMMU: it could reach all "
                   "of the board's memory; if you trust it and the guest, write unprotected-dma\n");
}

/* The board of pci.dts, whose /soc/dma@11000000 has the ids 0x10001 and 7 at IOMMU 0. */
static struct tree tree;

static int setup_nodes(void **state)
{
    (void)state;
    tree = tree_load("pci");
    told_init(&told);
    assert_true(board_from_fdt(tree.blob, tree.size, &board, &told.diag));
    fake_inventory(&pci);
    fake_config(&config, &board, 2);
    return 0;
}

static int free_nodes(void **state)
{
    (void)state;
    tree_free(&tree);
    return 0;
}

/* shows: R-CFG-66 */
static void test_node_behind_an_iommu(void **state)
{
    (void)state;
    struct config_device *device = fake_give_node(&config, 1, DMA_NODE);
    assert_good();
    const struct plan_dma *dma = &plan.guests[1].devices[0].dma;
    assert_int_equal(dma->iommu, 0);
    assert_int_equal(dma->id_count, 2);
    assert_int_equal(dma->ids[0], 0x10001);
    assert_int_equal(dma->ids[1], 7);
    device->unprotected_dma = true;
    assert_finding("/g1/d0:unprotected-dma: \"" DMA_NODE "\" is behind the IOMMU /soc/iommu@3000000, which "
                   "confines its DMA to \"g1\": remove unprotected-dma\n");
}

/* 00:01.0 of that board has the id 0x108 at IOMMU 0. */
static struct config_device *give_disk(uint32_t guest)
{
    struct config_device *device = fake_give_function(&config, guest, 0x0008, -1);

    device->pci_domain = 2;
    return device;
}

/* shows: R-CFG-67 */
static void test_one_id_for_two(void **state)
{
    (void)state;
    fake_give_node(&config, 0, DMA_NODE);
    give_disk(1);
    assert_good();
    assert_int_equal(plan.guests[1].devices[0].dma.ids[0], 0x108);
    board.pci[0].maps[0].base = 0x10001U - 8U;
    assert_finding("/g1/d0:pci: \"0002:00:01.0\" of \"g1\" and \"" DMA_NODE "\" of \"g0\" (/g0/d0) have one "
                   "device id, 0x10001, at the IOMMU /soc/iommu@3000000, which cannot tell them apart: "
                   "give both to one guest\n");
    /* At another IOMMU it is another id. */
    board.pci[0].maps[0].iommu = 2;
    board.iommu[2] = board.iommu[0];
    assert_good();
}

/* shows: R-CFG-67 */
static void test_one_id_in_one_guest(void **state)
{
    (void)state;
    board.pci[0].maps[0].base = 0x10001U - 8U;
    fake_give_node(&config, 0, DMA_NODE);
    struct config_device *disk = give_disk(0);
    assert_good();
    disk->dma_blocked = true;
    assert_finding("/g0/d1:boot-dma: \"0002:00:01.0\" and \"" DMA_NODE "\" (/g0/d0) have one device id, "
                   "0x10001, at the IOMMU /soc/iommu@3000000, which cannot block one of them alone: give "
                   "both the same boot-dma\n");
    disk->dma_blocked = false;
    disk->dma_fault = CONFIG_DMA_FAULT_BLOCK;
    assert_finding("/g0/d1:dma-fault: \"0002:00:01.0\" and \"" DMA_NODE "\" (/g0/d0) have one device id, "
                   "0x10001, at the IOMMU /soc/iommu@3000000, which cannot block one of them alone: give "
                   "both the same dma-fault\n");
}

/* shows: R-CFG-68 */
static void test_caches_of_unknown_blocks(void **state)
{
    (void)state;
    fake_give_node(&config, 1, DMA_NODE);
    board.iommu[0].coherent = false;
    assert_int_not_equal(board.cache_block, 0);
    assert_good();
    board.cache_block = 0;
    assert_finding("/g1/d0:node: \"" DMA_NODE "\" is behind the IOMMU /soc/iommu@3000000, which does not "
                   "see the harts' caches (dma-noncoherent), and their block size is not known: have the "
                   "board's device tree give every hart one riscv,cbom-block-size\n");
    board.iommu[0].coherent = true;
    assert_good();
}

/* shows: R-CFG-68 */
static void test_wide_id(void **state)
{
    (void)state;
    give_disk(0);
    board.pci[0].maps[0].base = 0xffffffU - 8U;
    assert_good();
    board.pci[0].maps[0].base = 0x1000000U - 8U;
    assert_finding("/g0/d0:pci: the device id 0x1000000 of \"0002:00:01.0\" at the IOMMU "
                   "/soc/iommu@3000000 has more than the 24 bits that an IOMMU tells apart: this device "
                   "cannot be given to a guest\n");
}

/* shows: R-CFG-68 */
static void test_too_many_ids(void **state)
{
    (void)state;
    /* 00:00.1 to 00:0f.7 as virtual functions of 00:00.0, which is no bridge now, and the node with two ids. */
    pci.functions[0] = (struct pci_function){ .parent = PCI_ROOT, .kind = PCI_INTEGRATED,
                                              .sriov_offset = 0x160, .vf_count = 127, .vf_first = 1,
                                              .vf_stride = 1 };
    pci.count = 1;
    config.guests[0].devices = config.devices;
    for (int vf = 0; vf < 126; vf++) {
        fake_give_function(&config, 0, 0, vf)->pci_domain = 2;
    }
    fake_give_node(&config, 0, DMA_NODE);
    assert_good();
    fake_give_function(&config, 0, 0, 126)->pci_domain = 2;
    assert_finding("/g0/d127:pci: \"0002:00:00.0 virtual function 126\" brings more than 128 device ids to "
                   "the IOMMU /soc/iommu@3000000: give fewer devices\n");
}

/* ---- memory ---------------------------------------------------------------------------------- */

static uint64_t pool_pages(void)
{
    assert_good();
    return plan.pool.size / PAGE_SIZE;
}

/* shows: R-CFG-71 */
static void test_pool(void **state)
{
    (void)state;
    const uint64_t reached[] = { config.guests[0].memory_size, PAGE_SIZE }; /* RAM, an interrupt file */
    const uint64_t guest_tables = gstage_pages_bound(GSTAGE_SV57X4, reached, 2);
    const uint64_t empty = gstage_pages_bound(GSTAGE_SV57X4, NULL, 0);
    const uint64_t without = pool_pages();

    /* No windows, whose tables would hide what is missing. */
    pci.functions[FAKE_EDU].bars[0].size = 0;
    pci.functions[FAKE_DISK].bars[0].size = 0;
    pci.functions[FAKE_TWIN_0].bars[0].size = 0;

    fake_give_function(&config, 0, 0x0010, -1);
    const uint64_t one = pool_pages();
    assert_true(one - without >= iommu_pages_bound(PLAN_FAULT_ENTRIES, 1) + empty + guest_tables +
                                     iommu_msi_table_pages(1) + 1U);
    /* Another of the same guest takes a claim and a configuration space, but no G-stage. */
    fake_give_function(&config, 0, 0x0008, -1);
    const uint64_t two = pool_pages();
    assert_true(two - one >= iommu_pages_bound(PLAN_FAULT_ENTRIES, 2) -
                                 iommu_pages_bound(PLAN_FAULT_ENTRIES, 1) + 1U);
    assert_true(two - one < guest_tables);
    /* One of another guest takes a G-stage. */
    fake_give_function(&config, 1, 0x0020, -1);
    assert_true(pool_pages() - two >= guest_tables);
    /* A table for each 2 MiB of the configuration space, and for the registers of an IOMMU. */
    bench_setup(NULL);
    board.pci_count = 0;
    assert_true(without - pool_pages() >= board.pci[0].ecam.size / MEGA_PAGE_SIZE);
    board.iommu_count = 0;
    const uint64_t no_iommu = pool_pages();
    board.iommu_count = 1;
    assert_true(pool_pages() > no_iommu);
}

/* A BAR that large pages map takes few tables; bytes would take 128 MiB of them. */
/* shows: R-CFG-71 */
static void test_pool_for_a_large_bar(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0008, -1);
    const uint64_t small = pool_pages();
    pci.functions[FAKE_DISK].bars[0].size = 8U * GIGA_PAGE_SIZE;
    assert_true(pool_pages() - small < 64U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_device, bench_setup),
        cmocka_unit_test_setup(test_virtual_functions_of_two, bench_setup),
        cmocka_unit_test_setup(test_physical_and_virtual_function, bench_setup),
        cmocka_unit_test_setup(test_one_port, bench_setup),
        cmocka_unit_test_setup(test_one_requester_id, bench_setup),
        cmocka_unit_test_setup(test_way_to_an_iommu, bench_setup),
        cmocka_unit_test_setup(test_pci_iommu, bench_setup),
        cmocka_unit_test_setup(test_unprotected_function, bench_setup),
        cmocka_unit_test_setup_teardown(test_node_behind_an_iommu, setup_nodes, free_nodes),
        cmocka_unit_test_setup_teardown(test_one_id_for_two, setup_nodes, free_nodes),
        cmocka_unit_test_setup_teardown(test_one_id_in_one_guest, setup_nodes, free_nodes),
        cmocka_unit_test_setup_teardown(test_caches_of_unknown_blocks, setup_nodes, free_nodes),
        cmocka_unit_test_setup_teardown(test_wide_id, setup_nodes, free_nodes),
        cmocka_unit_test_setup_teardown(test_too_many_ids, setup_nodes, free_nodes),
        cmocka_unit_test_setup(test_pool, bench_setup),
        cmocka_unit_test_setup(test_pool_for_a_large_bar, bench_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
