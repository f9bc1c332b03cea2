/* Hosted kernel: sockets. */
#ifndef HOSTED_SOCKETVAR_H
#define	HOSTED_SOCKETVAR_H

struct protosw;

struct socket {
	const struct protosw	*so_proto;
};

#endif
