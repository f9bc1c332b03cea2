/* Hosted kernel: log(9). */
#include_next <sys/syslog.h>
#ifndef HOSTED_SYSLOG_H
#define	HOSTED_SYSLOG_H

#define	log	hosted_log

void	hosted_log(int, const char *, ...)
    __attribute__((__format__(__printf__, 2, 3)));

#endif
