/* Hosted kernel: kmem(9). */
#ifndef HOSTED_KMEM_H
#define	HOSTED_KMEM_H

#include <stddef.h>

#define	KM_SLEEP	1
#define	KM_NOSLEEP	2

void	*kmem_alloc(size_t, int);
void	*kmem_zalloc(size_t, int);
void	kmem_free(void *, size_t);

#endif
