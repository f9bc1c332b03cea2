/* Hosted kernel: uiomove(9) into one buffer of the front's. */
#include_next <sys/uio.h>
#ifndef HOSTED_UIO_H
#define	HOSTED_UIO_H

#include <stdbool.h>
#include <stddef.h>

struct uio {
	unsigned char	*uio_buffer;
	size_t		uio_resid;
	bool		uio_fault;	/* the next uiomove is EFAULT */
};

int	uiomove(void *, size_t, struct uio *);

#endif
