/* Hosted kernel: rwlock(9); readers exclude each other too. */
#ifndef HOSTED_RWLOCK_H
#define	HOSTED_RWLOCK_H

#include <sys/mutex.h>

typedef kmutex_t krwlock_t;
typedef enum krw { RW_READER, RW_WRITER } krw_t;

void	rw_enter(krwlock_t *, krw_t);
void	rw_exit(krwlock_t *);

#endif
