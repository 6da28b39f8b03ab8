/* SPDX-License-Identifier: Apache-2.0 */
/* vIOMMUs in the plan (hyp/plan/plan.h): where they are, whom they stand for, and by which ids. */
#include "tests/unit/plan_bench.h"

#include "hyp/mem/gstage.h"

#define DMA_NODE  "/soc/dma@11000000"
#define DISK_RID  0x0008
#define EDU_RID   0x0010
#define OLD_1_RID 0x0208
#define OLD_2_RID 0x0210

static void give_behind(uint32_t guest, uint16_t rid, uint32_t viommu)
{
    fake_give_function(&config, guest, rid, -1)->viommu = viommu;
}

static void assert_id(const struct plan_viommu *viommu, uint32_t i, uint32_t virtual_id,
                      uint32_t physical_id, const struct plan_device *device)
{
    assert_true(i < viommu->id_count);
    assert_int_equal(viommu->ids[i].virtual_id, virtual_id);
    assert_int_equal(viommu->ids[i].physical_id, physical_id);
    assert_ptr_equal(&plan.devices[viommu->ids[i].device], device);
}

/* shows: R-CFG-84 */
static void test_functions(void **state)
{
    (void)state;
    fake_give_function(&config, 0, 0x0100, 2); /* outside, and 00:01.0 in the guest */
    give_behind(0, EDU_RID, fake_give_viommu(&config, 0));
    give_behind(0, DISK_RID, fake_give_viommu(&config, 0));
    give_behind(1, 0x0020, fake_give_viommu(&config, 1));
    assert_good();
    const struct plan_guest *first = &plan.guests[0], *second = &plan.guests[1];
    assert_int_equal(first->devices[0].dma.viommu, PLAN_NO_VIOMMU);
    assert_int_equal(first->devices[1].dma.viommu, 0);
    assert_int_equal(first->devices[2].dma.viommu, 1);
    assert_int_equal(second->devices[0].dma.viommu, 2);
    assert_int_equal(first->devices[1].dma.virtual_ids[0], 0x10);
    assert_int_equal(first->devices[2].dma.virtual_ids[0], 0x18);
    assert_int_equal(second->devices[0].dma.virtual_ids[0], 0x08);
    for (uint32_t v = 0; v < 3U; v++) {
        assert_ptr_equal(plan.viommus[v].config, &config.viommus[v]);
        assert_int_equal(plan.viommus[v].guest, v == 2U ? 1 : 0);
        assert_int_equal(plan.viommus[v].iommu, 0);
        assert_int_equal(plan.viommus[v].id_count, 1);
    }
    assert_ptr_equal(first->viommus, &plan.viommus[0]);
    assert_ptr_equal(second->viommus, &plan.viommus[2]);
    assert_id(&plan.viommus[0], 0, 0x10, EDU_RID, &first->devices[1]);
    assert_id(&plan.viommus[1], 0, 0x18, DISK_RID, &first->devices[2]);
    assert_id(&plan.viommus[2], 0, 0x08, 0x0020, &second->devices[0]);
}

/* shows: R-CFG-84 */
static void test_functions_with_one_physical_id(void **state)
{
    (void)state;
    const uint32_t viommu = fake_give_viommu(&config, 0);

    give_behind(0, OLD_1_RID, viommu);
    give_behind(0, DISK_RID, viommu);
    give_behind(0, OLD_2_RID, viommu);
    assert_good();
    const struct plan_guest *guest = &plan.guests[0];
    assert_int_equal(guest->devices[0].dma.virtual_ids[0], 0x08);
    assert_int_equal(guest->devices[1].dma.virtual_ids[0], 0x10);
    assert_int_equal(guest->devices[2].dma.virtual_ids[0], 0x08);
    assert_int_equal(plan.viommus[0].id_count, 2);
    assert_id(&plan.viommus[0], 0, 0x08, 0x0200, &guest->devices[0]);
    assert_id(&plan.viommus[0], 1, 0x10, DISK_RID, &guest->devices[1]);
}

/* shows: R-CFG-83 */
static void test_one_physical_id_and_one_viommu(void **state)
{
    static const char finding[] =
        "/g0/d1:viommu: \"0000:02:02.0\" and \"0000:02:01.0\" (/g0/d0) have one device id, 0x200, "
        "at the IOMMU /soc/iommu@3010000, so one vIOMMU has both or none has: write the same "
        "viommu in both, or in neither\n";

    (void)state;
    const uint32_t viommu = fake_give_viommu(&config, 0), other = fake_give_viommu(&config, 0);
    struct config_device *one = fake_give_function(&config, 0, OLD_1_RID, -1);
    struct config_device *two = fake_give_function(&config, 0, OLD_2_RID, -1);
    assert_good();
    one->viommu = viommu;
    assert_finding(finding);
    two->viommu = other;
    assert_finding(finding);
    one->viommu = CONFIG_NO_VIOMMU;
    assert_finding(finding);
    one->viommu = other;
    assert_good();
}

/* shows: R-CFG-82 */
static void test_two_iommus(void **state)
{
    (void)state;
    const uint32_t viommu = fake_give_viommu(&config, 0), other = fake_give_viommu(&config, 0);

    give_behind(0, DISK_RID, viommu);
    give_behind(0, EDU_RID, viommu);
    struct config_device *edu = &config.guests[0].devices[1];
    board.iommu[1] = board.iommu[0]; /* the second IOMMU has 00:02.0 and what follows */
    board.iommu_count = 2;
    board.pci[0].maps[1] = board.pci[0].maps[0];
    board.pci[0].maps[0].count = EDU_RID - board.pci[0].maps[0].first;
    board.pci[0].maps[1].iommu = 1;
    board.pci[0].map_count = 2;
    assert_finding("/g0/d1:viommu: \"0000:00:02.0\" is behind the IOMMU /soc/iommu@3010000 and "
                   "\"0000:00:01.0\" (/g0/d0) behind the IOMMU /soc/iommu@3010000, and one vIOMMU "
                   "stands for one of them: add another to the viommus of \"g0\" and name it "
                   "here\n");
    edu->viommu = other;
    assert_good();
    assert_int_equal(plan.viommus[0].iommu, 0);
    assert_int_equal(plan.viommus[1].iommu, 1);
    edu->viommu = CONFIG_NO_VIOMMU;
    assert_good();
    assert_int_equal(plan.viommus[1].iommu, PLAN_NO_IOMMU);
    assert_int_equal(plan.viommus[1].id_count, 0);
}

/* shows: R-CFG-82 */
static void test_no_iommu(void **state)
{
    (void)state;
    give_behind(0, EDU_RID, fake_give_viommu(&config, 0));
    board.pci[0].map_count = 0;
    assert_finding("/g0/d0:viommu: \"0000:00:02.0\" is behind no IOMMU of the board, so no vIOMMU "
                   "can translate its DMA: remove viommu\n");
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

/* shows: R-CFG-84 */
static void test_nodes(void **state)
{
    (void)state;
    const uint32_t viommu = fake_give_viommu(&config, 1);

    give_behind(1, DISK_RID, viommu);
    config.guests[1].devices[0].pci_domain = 2;
    fake_give_node(&config, 1, DMA_NODE)->viommu = viommu;
    assert_good();
    const struct plan_guest *guest = &plan.guests[1];
    assert_int_equal(guest->devices[1].dma.virtual_ids[0], 0x100);
    assert_int_equal(guest->devices[1].dma.virtual_ids[1], 0x101);
    assert_int_equal(plan.viommus[0].id_count, 3);
    assert_id(&plan.viommus[0], 0, 0x08, 0x108, &guest->devices[0]);
    assert_id(&plan.viommus[0], 1, 0x100, 0x10001, &guest->devices[1]);
    assert_id(&plan.viommus[0], 2, 0x101, 7, &guest->devices[1]);
    /* One of the node's ids is the function's as well. */
    board.pci[0].maps[0].base = 0x10001U - 8U;
    assert_good();
    assert_int_equal(plan.viommus[0].id_count, 2);
    assert_int_equal(guest->devices[1].dma.virtual_ids[0], 0x08);
    assert_int_equal(guest->devices[1].dma.virtual_ids[1], 0x100);
    /* They count for each vIOMMU from the start. */
    fake_config(&config, &board, 2);
    struct config_device *node = fake_give_node(&config, 1, DMA_NODE);
    (void)fake_give_viommu(&config, 0);
    node->viommu = fake_give_viommu(&config, 1);
    assert_good();
    assert_int_equal(node->viommu, 0);
    assert_int_equal(guest->devices[0].dma.viommu, 1);
    assert_int_equal(guest->devices[0].dma.virtual_ids[0], 0x100);
}

/* shows: R-CFG-85 */
static void test_sources_and_pages(void **state)
{
    (void)state;
    config.shared[0] = (struct config_shared){ .size = PAGE_SIZE, .guests = { 0, 1 },
                                               .guest_count = 2, .doorbell = true };
    config.shared[1] = (struct config_shared){ .size = PAGE_SIZE, .guests = { 0, 1 },
                                               .guest_count = 2 };
    config.shared_count = 2;
    give_behind(0, EDU_RID, fake_give_viommu(&config, 0));
    give_behind(0, DISK_RID, fake_give_viommu(&config, 0));
    config.guests[0].devices[0].intx = true;
    assert_good();
    const struct plan_guest *guest = &plan.guests[0];
    assert_int_equal(guest->shares[0].source, 2);
    assert_int_equal(guest->viommus[0].sources[0], 3);
    assert_int_equal(guest->viommus[0].sources[1], 4);
    assert_int_equal(guest->viommus[1].sources[0], 5);
    assert_int_equal(guest->viommus[1].sources[1], 6);
    assert_int_equal(guest->devices[0].pci.source, 7);
    assert_int_equal(guest->viommus[0].regs.v, 0x3010000);
    assert_int_equal(guest->viommus[1].regs.v, 0x3011000);
    /* Another guest's are at the same places. */
    assert_int_equal(plan.guests[1].shares[0].source, 2);
    fake_config(&config, &board, 2);
    give_behind(0, EDU_RID, fake_give_viommu(&config, 0));
    give_behind(1, DISK_RID, fake_give_viommu(&config, 1));
    assert_good();
    assert_int_equal(plan.viommus[1].regs.v, 0x3010000);
    assert_int_equal(plan.viommus[1].sources[0], 2);
}

/* shows: R-CFG-85 */
static void test_memory_where_a_viommu_is(void **state)
{
    (void)state;
    give_behind(0, EDU_RID, fake_give_viommu(&config, 0));
    config.guests[0].memory_base = gpa(0x2011000);
    assert_finding("/guests/g0:memory: the vIOMMU of guest \"g0\" (0x3010000-0x3010fff) and the "
                   "memory of guest \"g0\" (0x2011000-0x3010fff) collide in the guest's addresses: "
                   "change memory-base or memory\n");
}

/* What the tool shows of a board whose functions, or of which nothing, it does not know. */
/* shows: R-CFG-84, R-CFG-85 */
static void test_what_is_not_known(void **state)
{
    (void)state;
    give_behind(0, EDU_RID, fake_give_viommu(&config, 0));
    fake_give_function(&config, 0, DISK_RID, -1);
    told_init(&told);
    assert_true(plan_build(&board, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
    assert_int_equal(plan.guests[0].devices[0].dma.viommu, 0);
    assert_int_equal(plan.guests[0].devices[0].dma.virtual_ids[0], 0x08);
    assert_int_equal(plan.guests[0].devices[1].dma.viommu, PLAN_NO_VIOMMU);
    assert_int_equal(plan.viommus[0].iommu, PLAN_NO_IOMMU);
    assert_int_equal(plan.viommus[0].id_count, 0);
    assert_true(plan_build(NULL, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
    assert_int_equal(plan.guests[0].devices[0].dma.viommu, 0);
    assert_int_equal(plan.viommus[0].regs.v, 0x3010000);
    config.guests[0].memory_base = gpa(0x3000000);
    assert_false(plan_build(NULL, NULL, &config, NULL, NULL, 0, &plan, &told.diag));
}

static uint64_t pool_pages(void)
{
    assert_good();
    return plan.pool.size / PAGE_SIZE;
}

/* shows: R-CFG-86 */
static void test_pool(void **state)
{
    const uint64_t page = PAGE_SIZE;

    (void)state;
    const uint64_t none = pool_pages();
    (void)fake_give_viommu(&config, 0); /* of no device, whose tables would hide what is missing */
    /* The page itself, and the tables to it. */
    assert_true(pool_pages() - none >= 1U + gstage_pages_bound(GSTAGE_SV57X4, &page, 1) -
                                           gstage_pages_bound(GSTAGE_SV57X4, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_functions, bench_setup),
        cmocka_unit_test_setup(test_functions_with_one_physical_id, bench_setup),
        cmocka_unit_test_setup(test_one_physical_id_and_one_viommu, bench_setup),
        cmocka_unit_test_setup(test_two_iommus, bench_setup),
        cmocka_unit_test_setup(test_no_iommu, bench_setup),
        cmocka_unit_test_setup_teardown(test_nodes, setup_nodes, free_nodes),
        cmocka_unit_test_setup(test_sources_and_pages, bench_setup),
        cmocka_unit_test_setup(test_memory_where_a_viommu_is, bench_setup),
        cmocka_unit_test_setup(test_what_is_not_known, bench_setup),
        cmocka_unit_test_setup(test_pool, bench_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
