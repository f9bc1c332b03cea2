/* Hosted kernel: mutex(9) over pthreads, checking ownership. */
#ifndef HOSTED_MUTEX_H
#define	HOSTED_MUTEX_H

#include <stdbool.h>
#include <pthread.h>
#include <sys/intr.h>

typedef struct kmutex {
	pthread_mutex_t	m_lock;
} kmutex_t;

#define	MUTEX_DEFAULT	0

void	mutex_init(kmutex_t *, int, int);
void	mutex_destroy(kmutex_t *);
void	mutex_enter(kmutex_t *);
void	mutex_exit(kmutex_t *);
bool	mutex_owned(const kmutex_t *);

#endif
