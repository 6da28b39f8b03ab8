/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault records: from the physical IOMMU's to the guest's, and into its queue. 3.2.
 *
 * A guest's record names the device by the guest's id and holds no address but the one that the device
 * used (iotval). What only Bulkhead's part of the translation can cause (second stages, MSI tables,
 * the physical directory) is an access fault: for the guest, what the device asked for is not there.
 * So is an access beyond the guest's memory that nothing of the guest's translates, of which hardware
 * might say nothing: a lost access is worth a record.
 */
#include "iommu/viommu/parts.h"

static uint16_t access_fault(uint8_t ttyp)
{
    switch (ttyp) {
    case IOMMU_TTYP_UNTRANSLATED_EXECUTE:
    case IOMMU_TTYP_TRANSLATED_EXECUTE:
        return IOMMU_CAUSE_INSTRUCTION_ACCESS;
    case IOMMU_TTYP_UNTRANSLATED_READ:
    case IOMMU_TTYP_TRANSLATED_READ:
    case IOMMU_TTYP_TRANSLATION_REQUEST:
        return IOMMU_CAUSE_READ_ACCESS;
    default: /* MSIs are writes */
        return IOMMU_CAUSE_WRITE_ACCESS;
    }
}

/* For a device that the guest's own state does not refuse. */
static uint16_t guest_cause(const struct viommu *v, const struct viommu_context *context,
                            const struct iommu_fault *fault)
{
    if (viommu_lacks_process(v, context, fault)) {
        return IOMMU_CAUSE_PDT_ACCESS;
    }
    switch (fault->cause) {
    case IOMMU_CAUSE_INSTRUCTION_ACCESS:
    case IOMMU_CAUSE_READ_MISALIGNED:
    case IOMMU_CAUSE_READ_ACCESS:
    case IOMMU_CAUSE_WRITE_MISALIGNED:
    case IOMMU_CAUSE_WRITE_ACCESS:
    /* The guest's own first stage and process directory, */
    case IOMMU_CAUSE_INSTRUCTION_PAGE:
    case IOMMU_CAUSE_READ_PAGE:
    case IOMMU_CAUSE_WRITE_PAGE:
    case IOMMU_CAUSE_PDT_ACCESS:
    case IOMMU_CAUSE_PDT_INVALID:
    case IOMMU_CAUSE_PDT_MISCONFIGURED:
    case IOMMU_CAUSE_PDT_CORRUPT:
    case IOMMU_CAUSE_PT_CORRUPT:
    /* what its context has forbidden, and the hardware's own failure. */
    case IOMMU_CAUSE_TYPE_DISALLOWED:
    case IOMMU_CAUSE_INTERNAL:
        return fault->cause;
    case IOMMU_CAUSE_INSTRUCTION_GUEST_PAGE:
        return IOMMU_CAUSE_INSTRUCTION_ACCESS;
    case IOMMU_CAUSE_READ_GUEST_PAGE:
        return IOMMU_CAUSE_READ_ACCESS;
    case IOMMU_CAUSE_WRITE_GUEST_PAGE:
        return IOMMU_CAUSE_WRITE_ACCESS;
    default:
        return access_fault(fault->ttyp);
    }
}

/* One more record, or one that failed: the queue's interrupt, if that is enabled. */
static void tell(struct viommu *v, struct viommu_effects *out)
{
    if ((viommu_get32(v, IOMMU_FQCSR) & IOMMU_FQCSR_FIE) != 0U) {
        viommu_raise(v, IOMMU_IPSR_FIP, out);
    }
}

/* No more records until the guest has cleared the bit. */
static void fail(struct viommu *v, uint32_t bit, struct viommu_effects *out)
{
    viommu_set32(v, IOMMU_FQCSR, viommu_get32(v, IOMMU_FQCSR) | bit, out);
    tell(v, out);
}

static bool takes_records(const struct viommu *v)
{
    return (viommu_get32(v, IOMMU_FQCSR) & (IOMMU_QCSR_ON | IOMMU_FQCSR_W1C)) == IOMMU_QCSR_ON;
}

/* The record is in memory before the page shows the new tail: fqt is an effect, the store is not. */
void viommu_record(struct viommu *v, const uint64_t record[IOMMU_FAULT_DWORDS],
                   struct viommu_effects *out)
{
    const struct viommu_memory *memory = &v->setup.memory;
    const uint64_t base = viommu_get64(v, IOMMU_FQB);
    const uint32_t mask = viommu_queue_mask(base);
    const uint32_t tail = viommu_get32(v, IOMMU_FQT) & mask;
    const uint32_t next = (tail + 1U) & mask;
    const gpa_t at = gpa(IOMMU_ADDRESS_53_10(base) + (uint64_t)tail * IOMMU_FAULT_BYTES);

    if (!takes_records(v)) {
        return;
    }
    if (next == (viommu_get32(v, IOMMU_FQH) & mask)) {
        fail(v, IOMMU_FQCSR_FQOF, out);
    } else if (!memory->store(memory->ctx, at, record, IOMMU_FAULT_DWORDS)) {
        fail(v, IOMMU_FQCSR_FQMF, out);
    } else {
        viommu_set32(v, IOMMU_FQT, next, out);
        tell(v, out);
    }
}

/* What the guest's state says of the access: hardware keeps no context that is invalid (2.8), so its
 * directory as it stands now. If that has become valid since, the device is let go, but this access
 * was still refused, for the cause as it was. */
static uint16_t refusal(struct viommu *v, uint32_t device, struct viommu_effects *out)
{
    const struct viommu_context *const context = &v->setup.devices[device].context;
    const uint16_t before = context->cause;

    viommu_renew(v, device, true, out);
    return context->reach == VIOMMU_REFUSED ? context->cause : before;
}

void viommu_report(struct viommu *v, uint32_t device, const struct iommu_fault *fault,
                   struct viommu_effects *out)
{
    const struct viommu_device *const of = &v->setup.devices[device];
    const bool quiet = of->context.quiet; /* never of what is refused */
    struct iommu_fault record = *fault;
    uint64_t words[IOMMU_FAULT_DWORDS];

    viommu_begin(out);
    viommu_remember(v, out);
    record.device_id = of->id;
    record.cause = of->context.reach == VIOMMU_REFUSED ? refusal(v, device, out)
                                                       : guest_cause(v, &of->context, fault);
    record.iotval2 = 0U;
    /* Of the causes that DTF does not mask, this one can come here. */
    if (!quiet || record.cause == IOMMU_CAUSE_INTERNAL) {
        iommu_fault_encode(&record, words);
        viommu_record(v, words, out);
    }
    viommu_settle(v, out);
}

void viommu_lost(struct viommu *v, struct viommu_effects *out)
{
    viommu_begin(out);
    viommu_remember(v, out);
    if (takes_records(v)) {
        fail(v, IOMMU_FQCSR_FQOF, out);
    }
    viommu_settle(v, out);
}
