/* Hosted kernel: param(3).  The version is NetBSD 11's first. */
#include_next <sys/param.h>
#ifndef HOSTED_PARAM_H
#define	HOSTED_PARAM_H

#include <errno.h>
#include <sys/types.h>

#define	__NetBSD_Version__	1100000000
#define	EMOVEFD			(-6)
#define	MAXCOMLEN		16

#define	KASSERT(e)		((e) ? (void)0 : \
	hosted_panic("assertion \"%s\" failed: %s:%d", #e, __FILE__, __LINE__))
#define	mstohz(ms)		((unsigned)((ms) / 10))

void hosted_panic(const char *, ...)
    __attribute__((__noreturn__, __format__(__printf__, 1, 2)));

#endif
