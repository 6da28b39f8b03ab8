/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ticket spinlock: harts get it in the order in which they asked, so none waits longer than the
 * others' turns before it. Zero-initialised it is free.
 *
 * Memory order: what a holder wrote before lock_release is visible to every later holder after its
 * lock_acquire (release store of serving, acquire load of the same), and what it wrote to devices arrives
 * there before what a later holder does. C's orders speak of memory alone, hence the fences on the target.
 * Taking a ticket orders nothing.
 *
 * Any hart, with the hypervisor's interrupts off (they are, whenever it runs): a holder that was
 * interrupted into asking again would wait for itself. Not recursive. Whoever holds a lock does
 * bounded work. On the host the same code runs between threads.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct lock {
    _Atomic uint32_t next;       /* the ticket of the next hart to ask */
    _Atomic uint32_t serving;    /* the ticket that holds the lock */
};

static inline void lock_fence_after(void)
{
#ifdef __riscv
    __asm__ volatile("fence r, iorw" : : : "memory");
#else
    atomic_thread_fence(memory_order_acquire);
#endif
}

static inline void lock_fence_before(void)
{
#ifdef __riscv
    __asm__ volatile("fence iorw, w" : : : "memory");
#else
    atomic_thread_fence(memory_order_release);
#endif
}

static inline void lock_acquire(struct lock *l)
{
    uint32_t ticket = atomic_fetch_add_explicit(&l->next, 1U, memory_order_relaxed);

    while (atomic_load_explicit(&l->serving, memory_order_relaxed) != ticket) {
    }
    lock_fence_after();
}

static inline void lock_release(struct lock *l)
{
    /* Only the holder writes serving. */
    uint32_t ticket = atomic_load_explicit(&l->serving, memory_order_relaxed);

    lock_fence_before();
    atomic_store_explicit(&l->serving, ticket + 1U, memory_order_relaxed);
}

#endif
