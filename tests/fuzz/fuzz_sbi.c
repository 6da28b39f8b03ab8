/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SBI calls with any registers, by any vCPU that runs, while harts take their events in any order,
 * somebody types on the console and the UART is slow. Two guests: "one" calls, "two" is its
 * neighbour, of which no call may touch anything.
 *
 * The first byte of an operation says what (bits 2:0) and which vCPU (4:3), or register. A call has a byte for
 * the extension, one for the function, and for each of a0 to a4 a byte that says how it is made and
 * as many bytes as that takes.
 */
/* covers: hyp/sbi hyp/lifecycle hyp/console/console.c hyp/console/mux.c */
#include "tests/fuzz/fuzz.h"

#include "hyp/console/console.h"
#include "hyp/lifecycle/lifecycle.h"
#include "hyp/sbi/sbi.h"
#include "platform/hw/phys.h"
#include "tests/unit/fake_hart.h"
#include "tests/unit/fake_phys.h"
#include "tests/unit/fake_uart.h"

#define OPERATIONS 512U
#define ROUNDS     16U                 /* in which all that was asked of harts is done */
#define RAM_AT     0x10000U            /* in the arena, with as much on both sides of it */
#define ARENA      (RAM_AT + FAKE_RAM_SIZE + RAM_AT)
#define INITRD_AT  0x8000U             /* in RAM */
#define ONE        0U
#define TWO        1U
#define ERRORS     14                  /* SBI 3.0, "Standard SBI Errors" */

static uint8_t expected[ARENA];        /* of the arena, but for what calls of the guest may change */
static struct vcpu two_vcpu;
static bool powered_off, must_stop;   /* its guest asked for its end, and nobody else for more */

static const struct bundle_file kernel = { .name = "kernel", .data = (const uint8_t *)"kernel",
                                           .size = 6U };
static const struct bundle_file initrd = { .name = "initrd", .data = (const uint8_t *)"initrd",
                                           .size = 6U };
static const struct bundle_file tree = { .name = "tree", .data = (const uint8_t *)"tree",
                                         .size = 4U };

static uint8_t *arena(void)
{
    return phys_pointer(pa(FAKE_PHYS_BASE), ARENA);
}

static void set_image(struct plan_image *image, const struct bundle_file *file, uint64_t at)
{
    image->file = file;
    image->gpa = gpa(GUEST_RAM_BASE + at);
    memcpy(&expected[RAM_AT + at], file->data, file->size);
}

static void set_up(void)
{
    struct plan_guest *const part = &fake.plan.guests[ONE];
    struct guest *const two = &guests[TWO];

    memset(arena(), 0xa5, ARENA);
    memcpy(expected, arena(), ARENA);
    fake_machine_init();
    part->ram.base = pa(FAKE_PHYS_BASE + RAM_AT);
    set_image(&part->kernel, &kernel, 0U);
    set_image(&part->initrd, &initrd, INITRD_AT);
    set_image(&part->device_tree, &tree, FAKE_RAM_SIZE - tree.size);
    part->entry = gpa(GUEST_RAM_BASE);
    fake.serve_answers = true;
    fake.config.guest_count = 2U;
    (void)strcpy(fake.config.guests[TWO].name, "two");
    fake.plan.guest_count = 2U;
    fake.plan.guests[TWO] = *part;
    fake.plan.guests[TWO].config = &fake.config.guests[TWO];
    memset(two, 0, sizeof(*two));
    two->plan = &fake.plan;
    two->part = &fake.plan.guests[TWO];
    two->index = TWO;
    two->vcpu_count = 1U;
    two->vcpus[0] = &two_vcpu;
    two_vcpu = (struct vcpu){ .guest = two, .hart = &harts[FAKE_VCPUS] };
    harts[FAKE_VCPUS].index = FAKE_VCPUS;
    harts[FAKE_VCPUS].vcpu = &two_vcpu;
    fake_machine_console();
    atomic_store(&guests[ONE].state, GUEST_REBOOTING);
    atomic_store(&two->state, GUEST_REBOOTING);
    lifecycle_start_all(guests, 2U);
    /* The neighbour runs, and nobody wants anything of it. */
    atomic_store(&two->state, GUEST_RUNNING);
    atomic_store(&harts[FAKE_VCPUS].events, 0U);
    fake.notified[FAKE_VCPUS] = 0U;
    powered_off = must_stop = false;
}

/* ---- harts ----------------------------------------------------------------------------------- */

/* As hart_loop: what is asked of a hart whose vCPU does not run, and whether it is to run then. */
static void loop_once(uint32_t v)
{
    struct vcpu *const vcpu = &fake.vcpus[v];
    uint32_t pending = HSM_START_PENDING, boot = HSM_BOOT_PENDING;
    const uint32_t events = atomic_exchange(&harts[v].events, 0U);

    if ((events & HART_PARK) != 0U) {
        lifecycle_park(vcpu);
    }
    if ((events & HART_REST) != 0U) {
        lifecycle_rest(vcpu->guest);
    }
    if ((events & HART_CLEAN) != 0U) {
        lifecycle_clean(vcpu);
    }
    if ((events & HART_RESTART) != 0U) {
        lifecycle_restart(vcpu->guest);
    }
    if (atomic_load(&vcpu->guest->state) == GUEST_RUNNING &&
        atomic_compare_exchange_strong(&vcpu->hsm, &boot, HSM_STARTED)) {
        lifecycle_boot(vcpu->guest);
        assert_int_equal(vcpu->start_address, GUEST_RAM_BASE);
        memcpy(&expected[RAM_AT], kernel.data, kernel.size);
        memcpy(&expected[RAM_AT + INITRD_AT], initrd.data, initrd.size);
        memcpy(&expected[RAM_AT + FAKE_RAM_SIZE - tree.size], tree.data, tree.size);
    }
    if (atomic_compare_exchange_strong(&vcpu->hsm, &pending, HSM_STARTED)) {
        assert_true(vcpu->start_address - GUEST_RAM_BASE < FAKE_RAM_SIZE);
    }
}

/* As hart_serve, if its vCPU runs: all but a request to park is done on the way. */
static void take_events(uint32_t v)
{
    fake_become(v);
    switch (setjmp(fake.idle)) {
    case 0: loop_once(v); break;
    case 2: powered_off = true; break;
    default: break;                    /* it has parked */
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static uint64_t take_register(struct fuzz_input *in)
{
    const uint32_t how = (uint32_t)fuzz_take(in, 1U);

    switch (how % 8U) {
    case 0U: return how >> 3;
    case 1U: return UINT64_MAX - (how >> 3);
    case 2U: return GUEST_RAM_BASE + fuzz_take(in, 2U);
    case 3U: return GUEST_RAM_BASE + FAKE_RAM_SIZE + (how >> 3) - 16U;
    case 4U: return (uint64_t)(int64_t)(int32_t)(uint32_t)fuzz_take(in, 4U);
    case 5U: return UINT64_C(1) << (how >> 3 | (fuzz_take(in, 1U) & 0x20U));
    default: return fuzz_take(in, 8U);
    }
}

static uint64_t take_extension(struct fuzz_input *in)
{
#define EXTENSION_ID(id, handler, counter) id,
    static const uint64_t ids[] = { SBI_EXTENSIONS(EXTENSION_ID) };
    const uint32_t which = (uint32_t)fuzz_take(in, 1U);

    return which < 0xf0U ? ids[which % (sizeof(ids) / sizeof(ids[0]))] : fuzz_take(in, 8U);
}

struct call {
    uint64_t extension, function, a[5];
};

#define EXT_HSM  UINT64_C(0x0048534d)
#define EXT_DBCN UINT64_C(0x4442434e)
#define EXT_SRST UINT64_C(0x53525354)
#define KEY_RESTART 'r'

/* What only some calls may answer, or do. */
static void judge(const struct call *call, const struct sbi_result *result, uint32_t repeated)
{
    if (fake.ecalls_repeated != repeated) { /* made again, with its registers as they were */
        assert_true(call->extension == EXT_DBCN && call->function == 2U);
        assert_true((uint64_t)result->error == call->a[0] && result->value == call->a[1]);
        return;
    }
    assert_true(result->error <= 0 && result->error >= -ERRORS);
    assert_true(result->error == SBI_SUCCESS || result->value == 0U);
    if (call->extension == EXT_HSM && call->function == 2U && result->error == SBI_SUCCESS) {
        assert_true(call->a[0] < FAKE_VCPUS);
        assert_true(result->value <= HSM_SUSPENDED && result->value != 3U);
    }
    if (call->extension == EXT_DBCN && call->function < 2U && result->error == SBI_SUCCESS) {
        assert_true(result->value <= call->a[0]);
        if (result->value != 0U) {
            assert_true(call->a[2] == 0U && call->a[1] >= GUEST_RAM_BASE);
            assert_true(call->a[0] <= FAKE_RAM_SIZE - (call->a[1] - GUEST_RAM_BASE));
        }
        if (result->value != 0U && call->function == 1U) { /* the one call that writes memory */
            const uint64_t at = RAM_AT + (call->a[1] - GUEST_RAM_BASE);

            memcpy(&expected[at], arena() + at, result->value);
        }
    }
}

static void make_call(uint32_t v, const struct call *call)
{
    const uint32_t repeated = fake.ecalls_repeated;

    fake_become(v);
    switch (setjmp(fake.idle)) {
    case 0: {
        const struct sbi_result result = sbi_call(call->a[0], call->a[1], call->a[2], call->a[3],
                                                  call->a[4], 0U, call->function, call->extension);

        judge(call, &result, repeated);
        assert_int_equal(atomic_load(&fake.vcpus[v].hsm), HSM_STARTED);
        break;
    }
    case 1: /* it has stopped itself, or asked for the end of its guest */
        assert_true(atomic_load(&fake.vcpus[v].hsm) == HSM_STOPPED ||
                    (atomic_load(&harts[v].events) & HART_PARK) != 0U);
        must_stop = must_stop || (call->extension == EXT_SRST && (uint32_t)call->a[0] == 0U);
        break;
    default: fail_msg("a call has switched the board off"); break;
    }
}

/* Only what runs can call. */
static void call_or_loop(uint32_t v, struct fuzz_input *in)
{
    struct call call = { .extension = take_extension(in), .function = fuzz_take(in, 1U) };

    for (uint32_t i = 0U; i < 5U; i++) {
        call.a[i] = take_register(in);
    }
    if (call.function >= 0xf0U) {
        call.function = fuzz_take(in, 8U);
    }
    if (atomic_load(&fake.vcpus[v].hsm) == HSM_STARTED) {
        make_call(v, &call);
    } else {
        take_events(v);
    }
}

/* ---- the console ----------------------------------------------------------------------------- */

static void type(uint8_t byte)
{
    const char text = (char)byte;

    must_stop = must_stop && byte != KEY_RESTART;
    fake_become(0U);
    fake_uart.received_count = fake_uart.received_next = 0U;
    fake_uart_type(&text, 1U);
    (void)console_interrupt();
}

/* The guest's own accesses to its UART. */
static void use_uart(bool is_write, uint32_t offset, uint8_t value)
{
    fake_become(0U);
    if (is_write) {
        console_vuart_write(ONE, offset, value);
    } else {
        (void)console_vuart_read(ONE, offset);
    }
}

static void pass_time(uint32_t ticks, uint32_t room)
{
    fake_become(0U);
    fake_uart.now += ticks;
    fake_uart.room = room;
    fake_uart.sent_count = 0U;
    (void)console_tick();
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* A restart of the neighbour can be asked for at the console, and by nobody else. */
static void check_neighbour(void)
{
    struct guest *const two = &guests[TWO];

    if (atomic_load(&two->state) != GUEST_RUNNING) {
        assert_int_equal(atomic_load(&two->state), GUEST_REBOOTING);
        assert_int_equal(atomic_load(&harts[FAKE_VCPUS].events), HART_PARK);
        atomic_store(&two->state, GUEST_RUNNING);
        atomic_store(&harts[FAKE_VCPUS].events, 0U);
        fake.notified[FAKE_VCPUS] = 0U;
    }
    assert_int_equal(atomic_load(&harts[FAKE_VCPUS].events), 0U);
    assert_int_equal(atomic_load(&harts[FAKE_VCPUS].fences_from), 0U);
    assert_int_equal(fake.notified[FAKE_VCPUS], 0U);
    assert_int_equal(atomic_load(&two_vcpu.hsm), HSM_STARTED);
}

static void check(void)
{
    check_neighbour();
    for (uint32_t v = 0U; v < FAKE_VCPUS; v++) {
        assert_int_equal(atomic_load(&fake.vcpus[v].fence.pending), 0U);
        assert_int_not_equal(atomic_load(&fake.vcpus[v].hsm), HSM_SUSPENDED);
        assert_int_not_equal(atomic_load(&fake.vcpus[v].hsm), HSM_CLAIMED);
    }
}

/* Once all harts have done what was asked of them, the guest runs or has stopped, all of it. */
static void settle(void)
{
    for (uint32_t n = 0U; n < ROUNDS * FAKE_VCPUS; n++) {
        take_events(n % FAKE_VCPUS);
    }

    const uint32_t state = atomic_load(&guests[ONE].state);

    assert_true(state == GUEST_STOPPED || (state == GUEST_RUNNING && !must_stop));
    for (uint32_t v = 0U; v < FAKE_VCPUS; v++) {
        const uint32_t hsm = atomic_load(&fake.vcpus[v].hsm);

        assert_int_equal(hsm == HSM_PARKED, state == GUEST_STOPPED);
        assert_true(hsm == HSM_PARKED || hsm == HSM_STARTED || hsm == HSM_STOPPED);
        assert_int_equal(atomic_load(&harts[v].events), 0U);
    }
    assert_false(powered_off); /* the neighbour runs */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    set_up();
    take_events(0U);
    assert_int_equal(atomic_load(&guests[ONE].state), GUEST_RUNNING);
    for (uint32_t i = 0U; i < OPERATIONS && input.left != 0U; i++) {
        const uint32_t what = (uint32_t)fuzz_take(&input, 1U), v = what >> 3 & 3U;

        switch (what & 7U) {
        case 5U: take_events(v); break;
        case 6U:
            if ((what & 0x80U) == 0U) {
                type((uint8_t)fuzz_take(&input, 1U));
            } else {
                const bool is_write = (what & 0x40U) != 0U;

                use_uart(is_write, what >> 3 & 7U,
                         is_write ? (uint8_t)fuzz_take(&input, 1U) : 0U);
            }
            break;
        case 7U: pass_time((what >> 5) * 20U, (uint32_t)fuzz_take(&input, 1U) * 8U); break;
        default: call_or_loop(v, &input); break;
        }
        check();
    }
    settle();
    check();
    assert_memory_equal(arena(), expected, ARENA);
    return 0;
}
