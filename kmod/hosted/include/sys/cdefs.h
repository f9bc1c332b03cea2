/* Hosted kernel: what cdefs(3) adds to the C library's. */
#include_next <sys/cdefs.h>
#ifndef HOSTED_CDEFS_H
#define	HOSTED_CDEFS_H

#define	__KERNEL_RCSID(n, s)	struct hosted_rcsid
#define	__arraycount(a)		(sizeof(a) / sizeof((a)[0]))
#define	__UNCONST(p)		((void *)(uintptr_t)(const void *)(p))
#define	__predict_true(e)	__builtin_expect((e) != 0, 1)
#define	__predict_false(e)	__builtin_expect((e) != 0, 0)
#define	__noinline		__attribute__((noinline))
#define	__diagused		__attribute__((unused))
#define	CTASSERT(e)		_Static_assert(e, #e)

#endif
