/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual UART on the bench: what its tests share. Included by one test program at a time, after
 * cmocka.h. */
#ifndef TESTS_UNIT_VUART_BENCH_H
#define TESTS_UNIT_VUART_BENCH_H

#include "hyp/console/vuart.h"

#define PLENTY 4096U             /* room of a console that is never full */

/* Spelled out here once more, so that a wrong number in vuart.c is seen. */
enum { RBR = 0, THR = 0, DLL = 0, IER = 1, DLM = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5,
       MSR = 6, SCR = 7 };
enum { DR = 0x01, OE = 0x02, THRE = 0x20, TEMT = 0x40 };

static struct vuart u;
static uint32_t room;
static char sent[2U * VUART_TX_FIFO];
static uint32_t sent_count;

static inline int set_up(void **state)
{
    (void)state;
    room = PLENTY;
    sent_count = 0;
    memset(&u, 0xa5, sizeof(u));
    vuart_reset(&u, room);
    return 0;
}

static inline uint8_t in(uint32_t offset)
{
    return vuart_read(&u, offset);
}

static inline void put(uint32_t offset, uint8_t value)
{
    uint8_t byte;
    if (vuart_write(&u, offset, value, room, &byte)) {
        assert_true(sent_count < sizeof(sent));
        sent[sent_count++] = (char)byte;
        if (room != PLENTY) {
            room--;
        }
    }
}

static inline void receive(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_true(vuart_receive(&u, (uint8_t)('a' + i)));
    }
}

#endif
