/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo guest, a stand-in for an RTOS: it sleeps until its doorbell, its serial port or its DMA
 * device interrupts, answers messages in the mailbox (mailbox.h), and repeats lines typed at it;
 * the line "dma" starts some DMA (dma.h). With "client" in its bootargs it is the mailbox's other
 * side: it sends messages and checks the answers.
 */
#include <stddef.h>
#include <string.h>

#include "guest/demo/dma.h"
#include "guest/demo/mailbox.h"
#include "guest/lib/aplic.h"
#include "guest/lib/console.h"
#include "guest/lib/csr.h"
#include "guest/lib/guest.h"
#include "guest/lib/irq.h"
#include "guest/lib/sleep.h"
#include "guest/lib/tree.h"
#include "guest/lib/trap.h"

#define CLIENT_MESSAGES 100U
#define CLIENT_PATIENCE_MS 5000U
#define SERVER_READY_MS 500U

static struct tree_share share;
static volatile struct mailbox *mailbox;
static volatile uint32_t events; /* of any kind, */
static volatile bool rung, typed; /* and which */

static void on_doorbell(uint32_t source)
{
    (void)source;
    rung = true;
    events++;
}

static void on_input(uint32_t source)
{
    (void)source;
    typed = true;
    events++;
}

static void ring(void)
{
    fence();
    if (share.doorbell.size != 0U) {
        *(volatile uint32_t *)share.doorbell.base = 1U;
    }
}

/* The text of a slot, copied once and checked; false if it is not what the sender says. */
static bool slot_get(const volatile struct mailbox_slot *slot, char text[MAILBOX_TEXT + 1U])
{
    uint32_t length = slot->length, checksum = slot->checksum, sum = 0;

    if (length > MAILBOX_TEXT) {
        return false;
    }
    for (uint32_t i = 0; i < MAILBOX_TEXT / 4U; i++) {
        uint32_t word = slot->text[i];
        memcpy(&text[i * 4U], &word, 4);
    }
    text[length] = '\0';
    for (uint32_t i = 0; i < length; i++) {
        sum += (uint8_t)text[i];
    }
    return sum == checksum;
}

static void slot_put(volatile struct mailbox_slot *slot, const char *text, uint32_t sequence)
{
    uint32_t length = (uint32_t)strnlen(text, MAILBOX_TEXT), sum = 0;

    for (uint32_t i = 0; i < MAILBOX_TEXT / 4U; i++) {
        slot->text[i] = 0U;
    }
    for (uint32_t i = 0; i < length; i++) {
        slot->text[i / 4U] |= (uint32_t)(uint8_t)text[i] << (8U * (i % 4U));
        sum += (uint8_t)text[i];
    }
    slot->length = length;
    slot->checksum = sum;
    fence();
    slot->sequence = sequence;
}

static void answer(uint32_t sequence)
{
    char text[MAILBOX_TEXT + 1U];

    fence();
    if (!slot_get(&mailbox->request, text)) {
        print("message %u: not what its checksum says, left alone\n", sequence);
        return;
    }
    print("message %u: %s\n", sequence, text);
    for (char *c = text; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        }
    }
    slot_put(&mailbox->reply, text, sequence);
    ring();
}

static void echo_input(void)
{
    static char line[80];
    static uint32_t length;
    int c;

    while ((c = console_take()) >= 0) {
        if (c == '\r' || c == '\n') {
            line[length] = '\0';
            if (strcmp(line, "dma") == 0) {
                dma_begin();
            } else {
                print("you typed: %s\n", line);
            }
            length = 0;
        } else if (length < sizeof(line) - 1U) {
            line[length++] = (char)c;
        }
    }
}

/* What was typed, and the device; then sleep until something happens that is not seen yet. */
static void rest(uint32_t seen)
{
    if (typed) {
        typed = false;
        echo_input();
    }
    dma_step();
    sleep_for_event(&events, seen, dma_deadline());
}

static void serve(void)
{
    uint32_t answered = 0;

    print("ready: mailbox at 0x%llx, %llu KiB%s\n", (unsigned long long)share.memory.base,
          (unsigned long long)share.memory.size / 1024U,
          share.doorbell.size != 0U ? ", doorbell" : "");
    for (;;) {
        uint32_t seen = events, sequence = mailbox->request.sequence;
        if (sequence != answered) {
            answered = sequence;
            answer(sequence);
        }
        rest(seen);
    }
}

/* Send one message and wait for the doorbell, not for the memory, so that a lost one shows. */
static bool exchange(uint32_t sequence)
{
    static const char text[] = "ping from the client", expected[] = "PING FROM THE CLIENT";
    char reply[MAILBOX_TEXT + 1U];
    uint64_t patience = ms_from_now(CLIENT_PATIENCE_MS);
    uint32_t seen = events;

    rung = false;
    slot_put(&mailbox->request, text, sequence);
    ring();
    while (!rung && rdtime() < patience) {
        sleep_for_event(&events, seen, patience);
        seen = events;
    }
    return rung && mailbox->reply.sequence == sequence && slot_get(&mailbox->reply, reply)
           && strcmp(reply, expected) == 0;
}

static void client(void)
{
    uint32_t first = mailbox->reply.sequence + 1U, good = 0;

    sleep_ms(SERVER_READY_MS);
    for (uint32_t i = 0; i < CLIENT_MESSAGES && exchange(first + i); i++) {
        good++;
    }
    print("client: %s %u of %u messages answered, doorbells both ways\n",
          good == CLIENT_MESSAGES ? "PASS" : "FAIL", good, CLIENT_MESSAGES);
}

void guest_main(void)
{
    struct tree_range memory = { 0 };

    tree_memory(&memory);
    print("demo guest: hart %llu, %llu MiB of memory\n", (unsigned long long)hart_self()->id,
          (unsigned long long)memory.size >> 20);
    irq_enable(UINT64_C(1) << IRQ_TIMER);
    if (irq_open() && console_source() != 0U) {
        irq_connect(console_source(), APLIC_HIGH, on_input);
        console_receive_irq();
    }
    dma_open(&events);
    if (!tree_share(0, &share)) {
        print("ready: no shared memory, repeating what is typed\n");
        for (;;) {
            rest(events);
        }
    }
    mailbox = (volatile struct mailbox *)share.memory.base;
    if (share.source != 0U) {
        irq_connect(share.source, APLIC_RISING, on_doorbell);
    }
    if (tree_bootarg("client")) {
        client();
    } else {
        serve();
    }
}
