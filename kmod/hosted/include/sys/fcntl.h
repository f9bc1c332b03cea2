/* Hosted kernel: open flags as the kernel has them. */
#include_next <sys/fcntl.h>
#ifndef HOSTED_FCNTL_H
#define	HOSTED_FCNTL_H

#define	FREAD		0x00000001
#define	FWRITE		0x00000002
#undef	FNONBLOCK
#define	FNONBLOCK	0x00000004

#endif
