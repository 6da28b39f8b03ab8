/* SPDX-License-Identifier: Apache-2.0 */
/* The ticket lock between threads (lib/lock.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "lib/lock.h"

#define THREADS 3
#define ROUNDS  1000

static struct lock lock;
static volatile uint64_t guarded[2];

static void *add(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        lock_acquire(&lock);
        uint64_t before = guarded[0];
        if (i % 16 == 0) {
            sched_yield();       /* whoever would get in does so now */
        }
        guarded[0] = before + 1;
        guarded[1] = guarded[1] + guarded[0];
        lock_release(&lock);
    }
    return NULL;
}

/* shows: R-CON-20 */
static void test_one_holder_at_a_time(void **state)
{
    pthread_t threads[THREADS];
    uint64_t n = THREADS * ROUNDS;
    (void)state;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(guarded[0], n);
    assert_int_equal(guarded[1], n * (n + 1) / 2);
}

/* shows: R-CON-20 */
static void test_tickets_wrap(void **state)
{
    (void)state;
    atomic_store(&lock.next, UINT32_MAX);
    atomic_store(&lock.serving, UINT32_MAX);
    for (int i = 0; i < 3; i++) {
        lock_acquire(&lock);
        lock_release(&lock);
    }
    assert_int_equal(atomic_load(&lock.next), 2);
    assert_int_equal(atomic_load(&lock.serving), 2);
}

/* Those who ask are served in the order in which they asked. */
static struct lock queue;
static int order[2];
static int served;

static void *wait_turn(void *number)
{
    lock_acquire(&queue);
    order[served++] = *(int *)number;
    lock_release(&queue);
    return NULL;
}

/* shows: R-CON-20 */
static void test_first_come_first_served(void **state)
{
    static int numbers[2] = { 1, 2 };
    pthread_t threads[2];
    (void)state;
    lock_acquire(&queue);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wait_turn, &numbers[i]), 0);
        while (atomic_load(&queue.next) != (uint32_t)i + 2U) {
        }
    }
    lock_release(&queue);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_holder_at_a_time),
        cmocka_unit_test(test_tickets_wrap),
        cmocka_unit_test(test_first_come_first_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
