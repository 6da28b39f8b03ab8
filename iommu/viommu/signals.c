/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipsr, and what it does to the outside: 5.18, 5.28, 5.29. A cause sets its bit; a bit that turns
 * from 0 to 1 makes its vector's message due, or drives its vector's wire.
 */
#include "iommu/viommu/parts.h"

static bool by_wire(const struct viommu *v)
{
    return (viommu_get32(v, IOMMU_FCTL) & IOMMU_FCTL_WSI) != 0U;
}

/* Bit n: vector n is that of one of these bits of ipsr. */
static uint32_t vectors_of(const struct viommu *v, uint32_t pending)
{
    const uint32_t icvec = viommu_get32(v, IOMMU_ICVEC);
    uint32_t vectors = 0U;

    if ((pending & IOMMU_IPSR_CIP) != 0U) {
        vectors |= 1U << (icvec >> IOMMU_ICVEC_CIV_SHIFT & IOMMU_ICVEC_VECTOR_MASK);
    }
    if ((pending & IOMMU_IPSR_FIP) != 0U) {
        vectors |= 1U << (icvec >> IOMMU_ICVEC_FIV_SHIFT & IOMMU_ICVEC_VECTOR_MASK);
    }
    return vectors;
}

void viommu_raise(struct viommu *v, uint32_t pending, struct viommu_effects *out)
{
    const uint32_t ipsr = viommu_get32(v, IOMMU_IPSR);
    const uint32_t turned = pending & ~ipsr;

    if (turned == 0U) {
        return;
    }
    viommu_set32(v, IOMMU_IPSR, ipsr | turned, out);
    if (!by_wire(v)) {
        v->msi_pending |= vectors_of(v, turned);
    }
}

static bool tells(uint32_t csr, uint32_t conditions)
{
    return (csr & IOMMU_QCSR_IE) != 0U && (csr & conditions) != 0U;
}

static uint32_t standing(const struct viommu *v)
{
    const uint32_t cip = tells(viommu_get32(v, IOMMU_CQCSR), IOMMU_CQCSR_W1C) ? IOMMU_IPSR_CIP : 0U;
    const uint32_t fip = tells(viommu_get32(v, IOMMU_FQCSR), IOMMU_FQCSR_W1C) ? IOMMU_IPSR_FIP : 0U;

    return cip | fip;
}

bool viommu_is_interrupt_file(const struct viommu *v, gpa_t address)
{
    return is_aligned(address.v, PAGE_SIZE) &&
           gpa_range_contains(v->setup.interrupt_files, address, sizeof(uint32_t));
}

static void send(struct viommu *v, uint32_t vector, struct viommu_effects *out)
{
    const gpa_t address = gpa(viommu_get64(v, IOMMU_MSI_ADDR(vector)));
    const uint64_t record[IOMMU_FAULT_DWORDS] = {
        [0] = IOMMU_CAUSE_MSI_WRITE, [IOMMU_FAULT_IOTVAL] = address.v,
    };

    if (viommu_is_interrupt_file(v, address)) {
        out->msis[out->msi_count++] =
            (struct viommu_msi){ address, viommu_get32(v, IOMMU_MSI_DATA(vector)) };
    } else {
        viommu_record(v, record, out);
    }
}

static void send_all(struct viommu *v, struct viommu_effects *out)
{
    for (uint32_t vector = 0; vector < VIOMMU_VECTORS; vector++) {
        const uint32_t bit = 1U << vector;

        if ((v->msi_pending & bit) != 0U &&
            (viommu_get32(v, IOMMU_MSI_VEC_CTL(vector)) & IOMMU_MSI_VEC_CTL_M) == 0U) {
            v->msi_pending &= ~bit;
            send(v, vector, out);
        }
    }
}

/*
 * Messages leave twice: a message that fails is recorded, and the record may set fip, whose message
 * is due then. That fip is set already when that message fails as well, so a third time has nothing
 * to send. At most VIOMMU_VECTORS messages in all: one more is due only when one has failed.
 */
void viommu_settle(struct viommu *v, struct viommu_effects *out)
{
    const uint32_t pending = standing(v);

    if (pending != 0U) {
        viommu_raise(v, pending, out);
    }
    if (v->msi_pending != 0U) {
        send_all(v, out);
        send_all(v, out);
    }
    out->wires = by_wire(v) ? vectors_of(v, viommu_get32(v, IOMMU_IPSR)) : 0U;
}
