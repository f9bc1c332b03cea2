/* Hosted kernel: the ioctls that every descriptor is asked. */
#ifndef HOSTED_FILIO_H
#define	HOSTED_FILIO_H

#include <sys/ioccom.h>

#undef	FIONBIO
#undef	FIOASYNC
#define	FIONBIO		_IOC(0x80000000UL, 'f', 126, sizeof(int))
#define	FIOASYNC	_IOC(0x80000000UL, 'f', 125, sizeof(int))

#endif
