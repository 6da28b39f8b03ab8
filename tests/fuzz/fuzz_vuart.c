/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual UART under any sequence of accesses and console events. An operation is two bytes:
 * what (bits 2:0), which register (5:3); and a value. */
/* covers: hyp/console/vuart.c */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/vuart_bench.h"

enum { IIR_NO_INTERRUPT = 0x01 };

static void check(void)
{
    /* On a copy: reading has side effects. */
    struct vuart seen = u;

    for (uint32_t offset = 0U; offset < VUART_REGISTERS; offset++) {
        uint8_t peeked;

        seen = u;
        if (vuart_peek(&u, offset, &peeked)) {
            assert_int_equal(vuart_read(&seen, offset), peeked);
            assert_memory_equal(&seen, &u, sizeof(u));
        }
    }
    seen = u;
    assert_true(u.rx_count <= VUART_RX_FIFO && u.rx_head < VUART_RX_FIFO);
    assert_int_equal(vuart_irq(&u), (vuart_read(&seen, IIR) & IIR_NO_INTERRUPT) == 0U);
    seen = u;
    const uint8_t lsr = vuart_read(&seen, LSR);
    assert_int_equal((lsr & THRE) != 0U, !u.tx_busy);
    assert_int_equal((lsr & DR) != 0U, u.rx_count != 0U);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    (void)set_up(NULL);
    while (input.left != 0U) {
        const uint32_t what = (uint32_t)fuzz_take(&input, 1U);
        const uint8_t value = (uint8_t)fuzz_take(&input, 1U);
        const uint32_t before = u.rx_count;
        uint8_t byte = 0U;

        sent_count = 0U;
        switch (what & 7U) {
        case 0U:
        case 1U: (void)in(what >> 3 & 7U); break;
        case 2U:
        case 3U: put(what >> 3 & 7U, value); break;
        case 4U: {
            const bool taken = vuart_receive(&u, value);

            assert_int_equal(u.rx_count, before + (taken ? 1U : 0U));
            break;
        }
        case 5U: assert_int_equal(vuart_take(&u, &byte), before != 0U); break;
        case 6U: vuart_overrun(&u); break;
        default:
            room = value;
            if (room >= VUART_TX_FIFO) {
                vuart_tx_room(&u);
            }
            break;
        }
        assert_true(sent_count <= 1U);
        check();
    }
    return 0;
}
