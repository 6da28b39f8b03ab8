/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_iommu_inside.h"

#include <stddef.h>

#include "iommu/hw/regs.h"

/* ---- faults and interrupts ------------------------------------------------------------------- */

static void send_msi(void)
{
    if ((fake_iommu_reg32(IOMMU_FCTL) & IOMMU_FCTL_WSI) != 0U) {
        return;
    }
    fake_inside.msi_pending = (fake_iommu_reg32(IOMMU_MSI_VEC_CTL(0U)) & 1U) != 0U;
    if (!fake_inside.msi_pending) {
        fake_iommu.msis++;
        fake_iommu.msi_address = fake_iommu_reg64(IOMMU_MSI_ADDR(0U));
        fake_iommu.msi_data = fake_iommu_reg32(IOMMU_MSI_DATA(0U));
    }
}

static void raise_fip(void)
{
    const uint32_t ipsr = fake_iommu_reg32(IOMMU_IPSR);

    if ((fake_iommu_reg32(IOMMU_FQCSR) & IOMMU_FQCSR_FIE) != 0U && (ipsr & IOMMU_IPSR_FIP) == 0U) {
        fake_iommu_set32(IOMMU_IPSR, ipsr | IOMMU_IPSR_FIP);
        send_msi();
    }
}

void fake_iommu_fault(uint32_t device_id, uint16_t cause, uint8_t ttyp, uint64_t iotval,
                      uint64_t iotval2)
{
    const uint32_t csr = fake_iommu_reg32(IOMMU_FQCSR), tail = fake_iommu_reg32(IOMMU_FQT);
    const uint32_t next = (tail + 1U) & fake_iommu_queue_mask(IOMMU_FQB);
    const uint64_t at =
        ((fake_iommu_reg64(IOMMU_FQB) >> 10 & 0xfffffffffffU) << 12) + tail * 32U;

    if ((csr & IOMMU_QCSR_ON) == 0U || (csr & FQ_W1C) != 0U) {
        return;
    }
    if (next == fake_iommu_reg32(IOMMU_FQH)) {
        fake_iommu_set32(IOMMU_FQCSR, csr | IOMMU_FQCSR_FQOF);
    } else {
        fake_iommu_put64(at, (uint64_t)device_id << 40 | (uint64_t)ttyp << 34 | cause);
        fake_iommu_put64(at + 8U, 0U);
        fake_iommu_put64(at + 16U, iotval);
        fake_iommu_put64(at + 24U, iotval2);
        fake_iommu_set32(IOMMU_FQT, next);
    }
    raise_fip();
}

/* ---- registers as the hart meets them -------------------------------------------------------- */

static void check_access(pa_t regs, uint32_t offset, uint32_t size)
{
    static const uint32_t wide[] = { IOMMU_CAPABILITIES, IOMMU_DDTP, IOMMU_CQB, IOMMU_FQB, 56U,
                                     IOMMU_ICVEC, IOMMU_MSI_ADDR(0U) };
    bool is_wide = false;

    for (uint32_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        is_wide |= wide[i] == offset;
    }
    if (regs.v != FAKE_IOMMU_REGS || offset % size != 0U || offset + size > REG_BYTES ||
        (size == 8U && !is_wide)) {
        fake_iommu_wrong("an access that the register does not allow", offset);
    }
}

/* A busy bit falls when it was looked at often enough; then the queue is on or off as it was
 * told. */
static void settle(uint32_t csr, uint32_t *stays)
{
    const uint32_t value = fake_iommu_reg32(csr);
    const uint32_t turned_on = value & IOMMU_QCSR_EN & ~(value >> 16);

    if ((value & IOMMU_QCSR_BUSY) == 0U) {
        return;
    }
    if (fake_inside.busy != 0U) {
        fake_inside.busy--;
        return;
    }
    if (*stays != 0U) {
        *stays -= *stays != FAKE_FOREVER;
        return;
    }
    fake_iommu_set32(csr, (value & ~(IOMMU_QCSR_BUSY | IOMMU_QCSR_ON)) |
                              ((value & IOMMU_QCSR_EN) != 0U ? IOMMU_QCSR_ON : 0U));
    if (csr == IOMMU_CQCSR && turned_on != 0U && fake_iommu_reg32(IOMMU_CQT) != 0U) {
        fake_iommu_wrong("it begins with commands that nobody gave", fake_iommu_reg32(IOMMU_CQT));
    }
}

static uint64_t read_any(uint32_t offset, uint32_t size)
{
    static uint32_t none;

    if (offset == IOMMU_CQCSR) {
        settle(offset, &fake_iommu.cq_stays);
    } else if (offset == IOMMU_FQCSR) {
        settle(offset, &fake_iommu.fq_stays);
    } else if (offset == IOMMU_PQCSR) {
        settle(offset, &none);
    } else if (offset == IOMMU_CQH) {
        fake_iommu_one_command();
    } else if (offset == IOMMU_CAPABILITIES) {
        return fake_iommu.capabilities;
    } else if (offset == IOMMU_DDTP) {
        if (fake_inside.busy != 0U || fake_iommu.ddtp_busy != 0U) {
            fake_inside.busy -= fake_inside.busy != 0U;
            fake_iommu.ddtp_busy -= fake_iommu.ddtp_busy != 0U &&
                                    fake_iommu.ddtp_busy != FAKE_FOREVER;
            return fake_iommu_reg64(offset) | IOMMU_DDTP_BUSY;
        }
    }
    return size == 8U ? fake_iommu_reg64(offset) : fake_iommu_reg32(offset);
}

static bool any_on(void)
{
    return fake_iommu_mode() != 0U ||
           ((fake_iommu_reg32(IOMMU_CQCSR) | fake_iommu_reg32(IOMMU_FQCSR) |
             fake_iommu_reg32(IOMMU_PQCSR)) &
            (IOMMU_QCSR_EN | IOMMU_QCSR_ON)) != 0U;
}

static void write_ddtp(uint64_t value)
{
    const uint32_t to = (uint32_t)value & IOMMU_DDTP_MODE_MASK;
    const uint64_t ppn_mask = IOMMU_PPN_53_10_MASK;
    uint32_t kept = to;

    if (fake_inside.busy != 0U || fake_iommu.ddtp_busy != 0U) {
        fake_iommu_wrong("ddtp is written while busy", value);
    }
    if (to == BARE || to > 4U || (value & ~(ppn_mask | IOMMU_DDTP_MODE_MASK)) != 0U) {
        fake_iommu_wrong("ddtp is written with this", value);
    }
    if (to != 0U && fake_iommu_mode() != 0U) {
        fake_iommu_wrong("from one number of levels to another", value);
    }
    if (to == 0U && ((value ^ fake_iommu_reg64(IOMMU_DDTP)) & ppn_mask) != 0U) {
        fake_iommu_wrong("the PPN changes on the way to Off", value);
    }
    if ((fake_iommu.modes >> to & 1U) == 0U) {
        kept = fake_iommu.other_mode;
    }
    if (to == 0U && fake_iommu.off_refused) {
        kept = fake_iommu_mode();
    }
    fake_iommu_set64(IOMMU_DDTP, (value & ppn_mask) | kept);
    fake_inside.busy = fake_iommu.busy_reads;
}

static void write_queue_csr(uint32_t offset, uint32_t value, uint32_t w1c)
{
    const uint32_t old = fake_iommu_reg32(offset);
    uint32_t now = (old & ~(value & w1c) & ~(IOMMU_QCSR_EN | IOMMU_FQCSR_FIE)) |
                   (value & (IOMMU_QCSR_EN | IOMMU_FQCSR_FIE));

    if ((old & IOMMU_QCSR_BUSY) != 0U) {
        fake_iommu_wrong("a queue's control register is written while busy", offset);
    }
    if ((now & IOMMU_QCSR_EN) != 0U && (old & IOMMU_QCSR_EN) == 0U) {
        now &= ~w1c;
        if (offset == IOMMU_CQCSR) {
            fake_iommu_set32(IOMMU_CQH, 0U);
        } else if (offset == IOMMU_FQCSR) {
            fake_iommu_set32(IOMMU_FQT, 0U);
        }
    }
    fake_iommu_set32(offset, now | IOMMU_QCSR_BUSY);
    fake_inside.busy = fake_iommu.busy_reads;
}

static void write_queue_base(uint32_t offset, uint32_t csr, uint64_t value)
{
    const uint32_t log = ((uint32_t)value & 0x1fU) + 1U;
    const uint32_t most = fake_iommu.log2_most;
    const uint64_t size = (offset == IOMMU_CQB ? UINT64_C(16) : UINT64_C(32)) << log;

    if ((value >> 10 << 12) % (size > PAGE_SIZE ? size : PAGE_SIZE) != 0U) {
        fake_iommu_wrong("a queue is not aligned to its size", value);
    }

    if ((fake_iommu_reg32(csr) & (IOMMU_QCSR_ON | IOMMU_QCSR_BUSY)) != 0U) {
        fake_iommu_wrong("the base of a queue is written while it is on", offset);
    }
    fake_iommu_set64(offset, (value & ~UINT64_C(0x1f)) | ((log < most ? log : most) - 1U));
}

static void write_ipsr(uint32_t value)
{
    uint32_t clear = value;

    if (fake_iommu.cip_clears_fip && (value & IOMMU_IPSR_CIP) != 0U) {
        clear |= IOMMU_IPSR_FIP;
    }
    fake_iommu_set32(IOMMU_IPSR, fake_iommu_reg32(IOMMU_IPSR) & ~clear);
    if ((clear & IOMMU_IPSR_FIP) != 0U && (fake_iommu_reg32(IOMMU_FQCSR) & FQ_W1C) != 0U) {
        raise_fip();
    }
}

/* Off, it is only set. On, commands are added behind those that have not been fetched yet. */
static void write_cqt(uint32_t tail)
{
    const uint32_t mask = fake_iommu_queue_mask(IOMMU_CQB);
    const uint32_t old = fake_iommu_reg32(IOMMU_CQT), head = fake_iommu_reg32(IOMMU_CQH);
    const bool on = (fake_iommu_reg32(IOMMU_CQCSR) & IOMMU_QCSR_ON) != 0U;

    if (on && ((old - head) & mask) + ((tail - old) & mask) > mask) {
        fake_iommu_wrong("the command queue has more commands than room", tail);
    }
    fake_iommu_set32(IOMMU_CQT, tail);
}

static void write_any(uint32_t offset, uint64_t value)
{
    fake_iommu_log_event(FAKE_WRITE, offset, value, 0U);
    switch (offset) {
    case IOMMU_FCTL:
        if (any_on()) {
            fake_iommu_wrong("fctl is written while it is on", value);
        }
        fake_iommu.fctl = (fake_iommu.fctl & ~fake_iommu.fctl_writable) |
                          ((uint32_t)value & fake_iommu.fctl_writable);
        fake_iommu_set32(offset, fake_iommu.fctl);
        break;
    case IOMMU_DDTP: write_ddtp(value); break;
    case IOMMU_CQB: write_queue_base(offset, IOMMU_CQCSR, value); break;
    case IOMMU_FQB: write_queue_base(offset, IOMMU_FQCSR, value); break;
    case IOMMU_CQT: write_cqt((uint32_t)value & fake_iommu_queue_mask(IOMMU_CQB)); break;
    case IOMMU_FQH:
        fake_iommu_set32(offset, (uint32_t)value & fake_iommu_queue_mask(IOMMU_FQB));
        if (fake_iommu.on_fqh != NULL) {
            fake_iommu.on_fqh();
        }
        break;
    case IOMMU_CQCSR: write_queue_csr(offset, (uint32_t)value, CQ_W1C); break;
    case IOMMU_FQCSR: write_queue_csr(offset, (uint32_t)value, FQ_W1C); break;
    case IOMMU_PQCSR: write_queue_csr(offset, (uint32_t)value, FQ_W1C); break;
    case IOMMU_IPSR: write_ipsr((uint32_t)value); break;
    case IOMMU_ICVEC:
    case IOMMU_MSI_ADDR(0U): fake_iommu_set64(offset, value); break;
    case IOMMU_MSI_VEC_CTL(0U):
        fake_iommu_set32(offset, (uint32_t)value);
        if (fake_inside.msi_pending) {
            send_msi();
        }
        break;
    case IOMMU_MSI_DATA(0U):
    case IOMMU_IOCOUNTINH: fake_iommu_set32(offset, (uint32_t)value); break;
    default: fake_iommu_wrong("a write to a register that is read-only or none", offset);
    }
}

uint32_t iommu_read32(pa_t regs, uint32_t offset)
{
    check_access(regs, offset, 4U);
    if (offset == IOMMU_FCTL) {
        return fake_iommu.fctl;
    }
    return (uint32_t)read_any(offset, 4U);
}

uint64_t iommu_read64(pa_t regs, uint32_t offset)
{
    check_access(regs, offset, 8U);
    return read_any(offset, 8U);
}

void iommu_write32(pa_t regs, uint32_t offset, uint32_t value)
{
    check_access(regs, offset, 4U);
    write_any(offset, value);
}

void iommu_write64(pa_t regs, uint32_t offset, uint64_t value)
{
    check_access(regs, offset, 8U);
    write_any(offset, value);
}
