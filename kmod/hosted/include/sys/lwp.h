/* Hosted kernel: one LWP a process runs; more are a number. */
#ifndef HOSTED_LWP_H
#define	HOSTED_LWP_H

#include <sys/types.h>
#include <sys/queue.h>

#define	HOSTED_NKEYS	4

struct lwp {
	struct proc	*l_proc;
	kauth_cred_t	l_cred;
	int		l_dupfd;
	void		*l_specific[HOSTED_NKEYS];
};

extern struct lwp *hosted_curlwp;
#define	curlwp	hosted_curlwp

int	lwp_specific_key_create(specificdata_key_t *, specificdata_dtor_t);
void	lwp_specific_key_delete(specificdata_key_t);
void	*lwp_getspecific(specificdata_key_t);
void	lwp_setspecific(specificdata_key_t, void *);

#endif
