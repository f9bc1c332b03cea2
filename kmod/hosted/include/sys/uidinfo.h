/* Hosted kernel: how many processes a user has. */
#ifndef HOSTED_UIDINFO_H
#define	HOSTED_UIDINFO_H

#include <sys/types.h>

int	chgproccnt(uid_t, int);

#endif
