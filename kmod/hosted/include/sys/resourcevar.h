/* Hosted kernel: what processes use and may use. */
#ifndef HOSTED_RESOURCEVAR_H
#define	HOSTED_RESOURCEVAR_H

#include <sys/resource.h>
#include <sys/time.h>

struct proc;

struct plimit {
	struct rlimit	pl_rlimit[RLIM_NLIMITS];
};

void	calcru(struct proc *, struct timeval *, struct timeval *,
	    struct timeval *, struct timeval *);

#endif
