/* SPDX-License-Identifier: Apache-2.0 */
/* MSIs of the edu, set up by its MSI capability to go where they should not. */
#include "guest/dmahog/dmahog.h"

#include "guest/lib/console.h"
#include "guest/lib/irq.h"

#define FILES_FIRST   UINT64_C(0x28000000)
#define FILES         32U        /* pages of interrupt files: 8 harts of virt's layout */
#define M_FILES_FIRST UINT64_C(0x24000000)
#define M_FILES       4U
#define IDENTITY      5U         /* whoever gets it was not asking */

static void send(struct edu *edu, uint64_t address, uint32_t data)
{
    hog_ledger->edu_attempts += !hog_owns(address);
    if (pci_msi(&edu->pci, 0, address, data)) {
        edu_raise(edu);
    }
}

void attack_messages(void)
{
    static const uint32_t wild[] = { 0, 62, 255, 256, 2047, 2048, 0xffff, 0x10005, UINT32_MAX };
    uint64_t own = irq_file(hart_self()->id);
    bool good = true;

    for (uint32_t e = 0; e < hog_edu_count; e++) {
        struct edu *edu = &hog_edus[e];

        for (uint32_t i = 0; i < FILES; i++) {
            send(edu, FILES_FIRST + i * HOG_PAGE, IDENTITY);
        }
        for (uint32_t i = 0; i < M_FILES; i++) {
            send(edu, M_FILES_FIRST + i * HOG_PAGE, IDENTITY);
        }
        send(edu, UINT64_C(0xd001cdc), IDENTITY); /* APLIC: setipnum */
        send(edu, UINT64_C(0x3010010), 1);        /* IOMMU: ddtp := Bare */
        for (uint32_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
            send(edu, own, wild[i]);
        }
        /* After all that, its own interrupts come as before. */
        (void)edu_interrupts(edu, false);
        edu_raise(edu);
        good = edu_wait(edu) && good;
    }
    hog_verdict("messages", good);
}
