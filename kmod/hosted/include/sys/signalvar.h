/* Hosted kernel: signals, which are noted for the front to deliver. */
#ifndef HOSTED_SIGNALVAR_H
#define	HOSTED_SIGNALVAR_H

#include <signal.h>
#include <stdint.h>

typedef struct hosted_sigpend {
	uint64_t	sp_set;
} sigpend_t;

#undef	NSIG
#define	NSIG		64
#define	psignal		hosted_psignal
#define	sigismember	hosted_sigismember

struct proc;

void	psignal(struct proc *, int);
int	hosted_sigismember(const uint64_t *, int);

#endif
