/* Hosted kernel: atomic_ops(3) and membar_ops(3). */
#ifndef HOSTED_ATOMIC_H
#define	HOSTED_ATOMIC_H

#include <sys/types.h>

static inline void *
atomic_cas_ptr(volatile void *ptr, void *old, void *new)
{

	__atomic_compare_exchange_n((void *volatile *)ptr, &old, new, false,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return old;
}

static inline void
atomic_inc_uint(volatile unsigned *ptr)
{

	__atomic_fetch_add(ptr, 1, __ATOMIC_RELAXED);
}

static inline void
atomic_dec_uint(volatile unsigned *ptr)
{

	__atomic_fetch_sub(ptr, 1, __ATOMIC_RELAXED);
}

static inline unsigned
atomic_swap_uint(volatile unsigned *ptr, unsigned new)
{

	return __atomic_exchange_n(ptr, new, __ATOMIC_RELAXED);
}

static inline void
membar_sync(void)
{

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void
membar_producer(void)
{

	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void
membar_consumer(void)
{

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

#endif
