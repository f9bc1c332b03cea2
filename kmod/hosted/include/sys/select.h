/* Hosted kernel: selrecord(9). */
#include_next <sys/select.h>
#ifndef HOSTED_SELECT_H
#define	HOSTED_SELECT_H

#include <sys/event.h>

struct lwp;

struct selinfo {
	struct klist	sel_klist;
	unsigned	sel_waiting;	/* poll(2)s that wait */
	unsigned	sel_woken;	/* and were told */
};

void	selinit(struct selinfo *);
void	seldestroy(struct selinfo *);
void	selrecord(struct lwp *, struct selinfo *);
void	selnotify(struct selinfo *, int, long);
void	selrecord_knote(struct selinfo *, struct knote *);
bool	selremove_knote(struct selinfo *, struct knote *);

#endif
