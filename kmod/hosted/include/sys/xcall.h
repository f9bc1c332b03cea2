/* Hosted kernel: xcall(9), of the one processor that there is. */
#ifndef HOSTED_XCALL_H
#define	HOSTED_XCALL_H

#include <sys/types.h>

typedef void (*xcfunc_t)(void *, void *);

uint64_t xc_broadcast(unsigned, xcfunc_t, void *, void *);
void	xc_wait(uint64_t);

#endif
