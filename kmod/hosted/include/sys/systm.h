/* Hosted kernel: hooks and the log. */
#ifndef HOSTED_SYSTM_H
#define	HOSTED_SYSTM_H

#include <string.h>
#include <sys/param.h>
#include <sys/types.h>

struct proc;

static inline unsigned
uimax(unsigned a, unsigned b)
{

	return a > b ? a : b;
}

static inline int
imax(int a, int b)
{

	return a > b ? a : b;
}

void	*exithook_establish(void (*)(struct proc *, void *), void *);
void	exithook_disestablish(void *);

#endif
