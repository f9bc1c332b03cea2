/* Hosted kernel: condvar(9).  Waiting runs the front's pause. */
#ifndef HOSTED_CONDVAR_H
#define	HOSTED_CONDVAR_H

#include <sys/mutex.h>

typedef struct kcondvar {
	const char	*cv_name;
	unsigned	cv_wakeups;
} kcondvar_t;

void	cv_init(kcondvar_t *, const char *);
void	cv_destroy(kcondvar_t *);
int	cv_wait_sig(kcondvar_t *, kmutex_t *);
void	cv_broadcast(kcondvar_t *);

#endif
