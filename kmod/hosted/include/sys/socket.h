/* Hosted kernel: the C library's sockets, with BSD's families. */
#include_next <sys/socket.h>
#ifndef HOSTED_SOCKET_H
#define	HOSTED_SOCKET_H

#undef	PF_ROUTE
#undef	AF_ROUTE
#define	AF_OROUTE	117
#define	AF_ROUTE	134
#define	PF_OROUTE	AF_OROUTE
#define	PF_ROUTE	AF_ROUTE

#endif
