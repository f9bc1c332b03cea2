/* Hosted kernel: pools, one of which is that of open files. */
#ifndef HOSTED_POOL_H
#define	HOSTED_POOL_H

#include <sys/types.h>

struct pool;

bool	pool_drain(struct pool **);

#endif
