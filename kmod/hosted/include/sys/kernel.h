/* Hosted kernel: time, which the tests set. */
#ifndef HOSTED_KERNEL_H
#define	HOSTED_KERNEL_H

#include <time.h>

time_t	hosted_uptime(void);

#define	time_uptime	hosted_uptime()
#define	hz		100

#endif
