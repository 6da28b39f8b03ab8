/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/panic/panic.h"

#include <stddef.h>

#include "hyp/vcpu/hart.h"
#include "lib/format.h"
#include "platform/hw/csr.h"
#include "platform/hw/phys.h"
#include "platform/hw/sbi_call.h"
#include "platform/hw/uart.h"

/* panic_entry.S */
noreturn void panic_report(const uint64_t registers[32]);

extern const char image_start[], text_end[];
extern const char boot_stack[], boot_stack_top[];
extern const uint8_t build_id_note[], build_id_note_end[];

/* An ELF note: three words (name size, descriptor size, type), the name "GNU\0", the descriptor. */
#define NOTE_HEADER 16U

/* Lines: deep chains have some 15 calls, and leave about as many leftovers. */
#define BACKTRACE_MAX 48U
#define REPORT_LINE   160U

/* How long a byte may wait for the UART; after that the rest of the report is dropped. */
#define UART_PATIENCE UINT32_C(10000000)

static const struct board *board; /* NULL: the firmware's console only */

void panic_use_board(const struct board *b)
{
    board = b;
}

static void put(const char *text, size_t length)
{
    if (board == NULL) {
        sbi_console_write(text, length);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        uint32_t patience = UART_PATIENCE;
        while (!uart_tx_ready() && patience != 0U) {
            patience--;
        }
        uart_put((uint8_t)text[i]);
    }
}

static void end_line(void)
{
    /* The firmware makes "\r\n" of "\n" itself. */
    if (board == NULL) {
        put("\n", 1U);
    } else {
        put("\r\n", 2U);
    }
}

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
    static const char prefix[] = "[bulkhead] ";
    char line[REPORT_LINE];
    va_list args;

    va_start(args, format);
    size_t length = format_text_v(line, sizeof(line), format, args);
    va_end(args);
    put(prefix, sizeof(prefix) - 1U);
    put(line, length);
    end_line();
}

static void stop_other_harts(void)
{
    const struct hart *self = this_hart();

    if (board == NULL) {
        return;
    }
    for (uint32_t h = 0; h < board->hart_count; h++) {
        if (&harts[h] != self && atomic_load(&harts[h].online)) {
            hart_notify(&harts[h], HART_HALT);
        }
    }
}

static void say_registers(const uint64_t x[32])
{
    static const char names[32][4] = {
        "", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
        "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
        "t5", "t6",
    };

    for (uint32_t n = 1; n < 31U; n += 3U) {
        say("  %-3s 0x%016lx  %-3s 0x%016lx  %-3s 0x%016lx", names[n], x[n], names[n + 1U],
            x[n + 1U], names[n + 2U], x[n + 2U]);
    }
    say("  %-3s 0x%016lx", names[31], x[31]);
}

static void say_build_id(void)
{
    char text[2U * 20U + 1U];
    size_t length = 0;

    text[0] = '\0';
    for (const uint8_t *p = build_id_note + NOTE_HEADER;
         p < build_id_note_end && length + 3U <= sizeof(text); p++) {
        length += format_text(&text[length], sizeof(text) - length, "%02x", (unsigned)*p);
    }
    say("build-id %s", text);
}

static bool is_code(uint64_t address)
{
    return address > (uintptr_t)image_start && address < (uintptr_t)text_end;
}

/* Of the stack in use what is on it, from sp up; of one that has run over, all. Size 0: sp is in none. */
static struct pa_range used_stack(const struct hart *hart, uint64_t sp)
{
    uint64_t bottom = (uintptr_t)boot_stack;
    uint64_t top = (uintptr_t)boot_stack_top;

    if (hart != NULL && hart->frame != NULL && (sp < bottom || sp > top)) {
        top = (uintptr_t)hart->frame;
        bottom = hart->guard.v + PAGE_SIZE;
        if (sp >= hart->guard.v && sp < bottom) {
            sp = bottom;
        }
    }
    if (sp < bottom || sp > top || !is_aligned(sp, sizeof(uint64_t))) {
        return (struct pa_range){ pa(0), 0 };
    }
    return (struct pa_range){ pa(sp), top - sp };
}

/*
 * Code keeps no frame pointer, so what is on the stack are return addresses and leftovers that look
 * like some. Each is said with its place: with the image's unwind tables tools/backtrace.py knows
 * which is which.
 */
static void say_backtrace(const struct hart *hart, uint64_t pc, const uint64_t x[32])
{
    uint64_t base = (uintptr_t)image_start;
    uint64_t sp = x[2];
    struct pa_range stack = used_stack(hart, sp);
    const uint64_t *words = phys_pointer(stack.base, stack.size);
    uint32_t said = 0;

    say("backtrace, newest first; of the stack what may be a return address (offsets in the image, "
        "which is at 0x%lx):", base);
    if (is_code(pc)) {
        say("  pc 0x%lx", pc - base);
    }
    if (is_code(x[1])) {
        say("  ra 0x%lx", x[1] - base);
    }
    for (uint64_t i = 0; i < stack.size / sizeof(uint64_t) && said < BACKTRACE_MAX; i++) {
        if (is_code(words[i])) {
            say("  sp+0x%lx 0x%lx", stack.base.v + i * sizeof(uint64_t) - sp, words[i] - base);
            said++;
        }
    }
}

noreturn void panic_report(const uint64_t registers[32])
{
    const struct hart *hart = this_hart();
    uint64_t scause = csr_read(CSR_SCAUSE);
    uint64_t sepc = csr_read(CSR_SEPC);

    stop_other_harts();
    end_line();
    if (hart == NULL) {
        say("PANIC on the boot hart: exception %lu in the hypervisor", scause);
    } else {
        say("PANIC on hart %lu: exception %lu in the hypervisor", hart->id, scause);
    }
    if (hart != NULL && hart->starting) {
        say("  while it was started: it may lack what the device tree says of it");
    }
    say("  sepc 0x%016lx  scause 0x%lx  stval 0x%016lx", sepc, scause, csr_read(CSR_STVAL));
    say("  sstatus 0x%lx  hstatus 0x%lx  htval 0x%lx", csr_read(CSR_SSTATUS),
        csr_read(CSR_HSTATUS), csr_read(CSR_HTVAL));
    say_registers(registers);
    say_build_id();
    say_backtrace(hart, sepc, registers);
    say("stopped: every hart waits for a debugger or a reset");
    for (;;) {
        __asm__ volatile("wfi");
    }
}
