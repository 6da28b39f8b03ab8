/* SPDX-License-Identifier: Apache-2.0 */
/* What `bulkhead report` says of devices, on a plan made by hand. The rest is in tests/golden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/fake_plan.h"
#include "tools/report.h"

static char printed[65536];

/* What this report prints on standard output. */
static void print(void (*report)(const struct plan *), const struct plan *plan)
{
    FILE *file = tmpfile();
    const int output = dup(STDOUT_FILENO);

    assert_non_null(file);
    assert_true(output >= 0 && fflush(stdout) == 0);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    report(plan);
    fflush(stdout);
    assert_true(dup2(output, STDOUT_FILENO) >= 0);
    close(output);
    rewind(file);
    const size_t size = fread(printed, 1, sizeof(printed) - 1U, file);
    printed[size] = '\0';
    fclose(file);
}

static void assert_printed(const char *text)
{
    if (strstr(printed, text) == NULL) {
        fail_msg("not there: %s\nin: %s", text, printed);
    }
}

/* A disk of guest 0, a virtual function of it in guest 1 and a platform device there. */
static int set_up_devices(void **state)
{
    static struct fixture f;
    static struct pci pci;

    setup_on(&f, "pci");
    struct config_device *device = f.config.guests[0].devices;
    f.plan.pci = &pci;
    f.config.guests[0].device_count = 1U;
    f.config.guests[1].device_count = 2U;
    device[0] = (struct config_device){ .name = "disk", .pci_domain = 1U, .pci_rid = 0x0208,
                                        .dma_fault = CONFIG_DMA_FAULT_STOP, .peer_dma = true };
    f.plan.guests[0].devices[0] = (struct plan_device){
        .is_pci = true,
        .pci = { .rid = 0x0208, .virtual_rid = 0x0008, .source = 4U, .pin = 1U,
                 .bars = { { gpa(0x12000000U), pa(0x40000000U), 0x1000U }, { gpa(0), pa(0), 0 },
                           { gpa(0x4000000000U), pa(0x600000000U), 0x200000U } } },
        .dma = { .iommu = 1U, .ids = { 0x208U, 0x209U }, .id_count = 2U,
                 .viommu = PLAN_NO_VIOMMU } };
    f.plan.guests[0].lines[0] = (struct plan_line){ 3U, 32U, 4U, 7U };
    f.plan.guests[0].lines[1] = (struct plan_line){ 4U, 33U, 4U, 7U };
    f.plan.guests[0].line_count = 2U;
    device = f.config.guests[1].devices;
    device[0] = (struct config_device){ .name = "net", .pci_rid = 0x0100, .is_virtual = true,
                                        .pci_vf = 3U, .dma_blocked = true };
    f.plan.guests[1].devices[0] = (struct plan_device){
        .is_pci = true,
        .pci = { .rid = 0x0186, .is_virtual = true, .vf = 3U, .virtual_rid = 0x0010 },
        .dma = { .iommu = 0U, .ids = { 0x186U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU } };
    device[1] = (struct config_device){ .name = "dma", .node = "/soc/dma@5000" };
    f.plan.guests[1].devices[1] = (struct plan_device){
        .node = { .regs = { { pa(0x5000U), 0x1000U } }, .reg_count = 1U },
        .dma = { .iommu = 0U, .ids = { 7U }, .id_count = 1U, .viommu = PLAN_NO_VIOMMU } };
    f.plan.iommu_regs[0] = (struct pa_range){ pa(0x3000000U), 0x1000U };
    *state = &f;
    return 0;
}

/* shows: R-TOOL-12 */
static void test_text(void **state)
{
    struct fixture *f = *state;

    print(report_text, &f->plan);
    assert_printed("\n  IOMMU 0      /soc/iommu@3000000, registers 0x3000000-0x3000fff\n"
                   "  IOMMU 1      0002:00:02.0\n");
    assert_printed("\n  device       0001:02:01.0: in the guest 0000:00:01.0\n"
                   "                 BAR 0, guest 0x12000000-0x12000fff, board 0x40000000-0x40000fff\n"
                   "                 BAR 2, guest 0x4000000000-0x40001fffff, board 0x600000000-0x6001fffff\n"
                   "                 board interrupt 33 is guest interrupt 4\n"
                   "                 IOMMU 1 sees device id 0x208 0x209, boot-dma guest-memory, "
                   "dma-fault stop, peer-dma\n");
    assert_printed("\n  device       0000:01:00.0, virtual function 3 (0000:01:10.6): in the guest "
                   "0000:00:02.0\n"
                   "                 IOMMU 0 sees device id 0x186, boot-dma blocked, dma-fault log\n");
    assert_printed("\n  device       /soc/dma@5000: registers 0x5000-0x5fff, IOMMU 0 sees device "
                   "id 0x7, boot-dma guest-memory, dma-fault log\n");
}

/* shows: R-TOOL-12 */
static void test_json(void **state)
{
    struct fixture *f = *state;

    print(report_json, &f->plan);
    assert_printed("\"iommus\": [{\"node\": \"/soc/iommu@3000000\", \"registers\": {\"base\": "
                   "\"0x3000000\", \"size\": 4096}}, {\"pci\": \"0002:00:02.0\"}");
    assert_printed("[{\"name\": \"disk\", \"pci\": \"0001:02:01.0\", \"guest_pci\": "
                   "\"0000:00:01.0\", \"bars\": [{\"bar\": 0, \"guest_address\": \"0x12000000\", "
                   "\"board_address\": \"0x40000000\", \"size\": 4096}, {\"bar\": 2, "
                   "\"guest_address\": \"0x4000000000\", \"board_address\": \"0x600000000\", "
                   "\"size\": 2097152}], \"interrupts\": [{\"board\": 33, \"guest\": 4}], "
                   "\"iommu\": 1, \"device_ids\": [520, 521], \"boot_dma\": \"guest-memory\", "
                   "\"dma_fault\": \"stop\", \"peer_dma\": true, \"unprotected_dma\": false}]");
    assert_printed("{\"name\": \"net\", \"pci\": \"0000:01:00.0\", \"virtual_function\": 3, "
                   "\"virtual_function_pci\": \"0000:01:10.6\", \"guest_pci\": \"0000:00:02.0\", "
                   "\"bars\": [], \"interrupts\": [], \"iommu\": 0, \"device_ids\": [390], "
                   "\"boot_dma\": \"blocked\", \"dma_fault\": \"log\", ");
    assert_printed("{\"name\": \"dma\", \"node\": \"/soc/dma@5000\", \"registers\": [{\"base\": "
                   "\"0x5000\", \"size\": 4096}], \"interrupts\": [], \"iommu\": 0, ");
}

/* Without the board's functions a virtual one's address is not known. */
/* shows: R-TOOL-12 */
static void test_without_functions(void **state)
{
    struct fixture *f = *state;

    f->plan.pci = NULL;
    print(report_text, &f->plan);
    assert_printed("0000:01:00.0, virtual function 3: in the guest 0000:00:02.0\n");
    print(report_json, &f->plan);
    assert_null(strstr(printed, "virtual_function_pci"));
    assert_printed("\"virtual_function\": 3, \"guest_pci\"");
}

/* Guest 0 has two vIOMMUs, the disk behind one; guest 1 one with the platform device. */
static int set_up_viommus(void **state)
{
    (void)set_up_devices(state);
    struct fixture *f = *state;
    struct plan *plan = &f->plan;

    for (uint32_t v = 0; v < 3U; v++) {
        static const char *const names[] = { "io", "spare", "mine" };
        (void)snprintf(f->config.viommus[v].name, CONFIG_NAME_MAX, "%s", names[v]);
        plan->viommus[v] = (struct plan_viommu){
            .config = &f->config.viommus[v], .iommu = PLAN_NO_IOMMU,
            .regs = gpa(0x3010000U + v * PAGE_SIZE), .sources = { 20U + v, 30U + v } };
    }
    f->config.guests[0].viommu_count = 2U;
    plan->guests[0].viommus = &plan->viommus[0];
    f->config.guests[1].viommu_count = 1U;
    plan->guests[1].viommus = &plan->viommus[2];
    f->config.viommus[0].dma_blocked = f->config.viommus[0].process_ids = true;
    plan->viommus[0].iommu = 1U;
    plan->guests[0].devices[0].dma.viommu = 0U;
    plan->guests[0].devices[0].dma.virtual_ids[0] = 0x8U;
    plan->guests[0].devices[0].dma.virtual_ids[1] = 0x9U;
    plan->viommus[2].iommu = 0U;
    plan->guests[1].devices[1].dma.viommu = 2U;
    plan->guests[1].devices[1].dma.virtual_ids[0] = 0x100U;
    return 0;
}

/* shows: R-TOOL-13 */
static void test_viommus_as_text(void **state)
{
    struct fixture *f = *state;

    print(report_text, &f->plan);
    assert_printed("\n  vIOMMU       io, guest 0x3010000-0x3010fff, guest interrupts 20 30, on "
                   "IOMMU 1, boot-dma blocked, process-ids\n"
                   "                 disk: device id 0x8 in the guest, 0x208 on the board\n"
                   "                 disk: device id 0x9 in the guest, 0x209 on the board\n"
                   "  vIOMMU       spare, guest 0x3011000-0x3011fff, guest interrupts 21 31, "
                   "boot-dma guest-memory\n"
                   "  device       0001:02:01.0: in the guest 0000:00:01.0\n");
    assert_printed("IOMMU 1 sees device id 0x208 0x209, behind vIOMMU io, dma-fault stop, "
                   "peer-dma\n");
    assert_printed("\n  vIOMMU       mine, guest 0x3012000-0x3012fff, guest interrupts 22 32, on "
                   "IOMMU 0, boot-dma guest-memory\n"
                   "                 dma: device id 0x100 in the guest, 0x7 on the board\n"
                   "  device       0000:01:00.0, virtual function 3");
    assert_printed("IOMMU 0 sees device id 0x186, boot-dma blocked, dma-fault log\n");
    assert_printed("IOMMU 0 sees device id 0x7, behind vIOMMU mine, dma-fault log\n");
    /* Without the board's functions its ids are not known. */
    f->plan.guests[0].devices[0].dma.id_count = 0U;
    print(report_text, &f->plan);
    assert_null(strstr(printed, "disk: device id"));
    assert_printed("\n                 behind vIOMMU io, peer-dma\n");
}

/* shows: R-TOOL-13 */
static void test_viommus_as_json(void **state)
{
    struct fixture *f = *state;

    print(report_json, &f->plan);
    assert_printed("\"viommus\": [{\"name\": \"io\", \"guest_address\": \"0x3010000\", "
                   "\"interrupts\": [20, 30], \"iommu\": 1, \"boot_dma\": \"blocked\", "
                   "\"process_ids\": true, \"device_ids\": [{\"guest\": 8, \"board\": 520, "
                   "\"device\": \"disk\"}, {\"guest\": 9, \"board\": 521, \"device\": \"disk\"}]}, "
                   "{\"name\": \"spare\", \"guest_address\": \"0x3011000\", \"interrupts\": [21, "
                   "31], \"boot_dma\": \"guest-memory\", \"process_ids\": false, "
                   "\"device_ids\": []}],\n");
    assert_printed("\"device_ids\": [520, 521], \"viommu\": \"io\", \"dma_fault\": \"stop\", ");
    assert_printed("\"viommus\": [{\"name\": \"mine\", ");
    assert_printed("\"device_ids\": [390], \"boot_dma\": \"blocked\", \"dma_fault\": \"log\", ");
    f->plan.guests[0].devices[0].dma.id_count = 0U;
    print(report_json, &f->plan);
    assert_printed("\"interrupts\": [{\"board\": 33, \"guest\": 4}], \"viommu\": \"io\", "
                   "\"peer_dma\": true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, set_up_devices, teardown),
        cmocka_unit_test_setup_teardown(test_json, set_up_devices, teardown),
        cmocka_unit_test_setup_teardown(test_without_functions, set_up_devices, teardown),
        cmocka_unit_test_setup_teardown(test_viommus_as_text, set_up_viommus, teardown),
        cmocka_unit_test_setup_teardown(test_viommus_as_json, set_up_viommus, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
