/* Hosted kernel: ioctl commands in BSD's encoding (ioctl(2)). */
#ifndef HOSTED_IOCCOM_H
#define	HOSTED_IOCCOM_H

#define	IOCPARM_MASK		0x1fff
#define	IOCPARM_LEN(c)		(((c) >> 16) & IOCPARM_MASK)
#define	IOC_INOUT		0xc0000000UL
#undef	_IOC
#define	_IOC(d, g, n, len)	\
	((unsigned long)(d) | (((len) & IOCPARM_MASK) << 16) | ((g) << 8) | (n))
#undef	_IOWR
#define	_IOWR(g, n, t)		_IOC(IOC_INOUT, g, n, sizeof(t))

#endif
