/* Hosted kernel: kqueue(9), one knote at a time. */
#ifndef HOSTED_EVENT_H
#define	HOSTED_EVENT_H

#include <stdint.h>
#include <stdbool.h>
#include <sys/queue.h>

#define	EVFILT_READ	0U
#define	EVFILT_WRITE	1U
#define	NOTE_SUBMIT	0x01000000

#define	FILTEROP_ISFD	1
#define	FILTEROP_MPSAFE	2

struct knote;
SLIST_HEAD(klist, knote);

struct filterops {
	int	f_flags;
	int	(*f_attach)(struct knote *);
	void	(*f_detach)(struct knote *);
	int	(*f_event)(struct knote *, long);
};

struct knote {
	SLIST_ENTRY(knote)	kn_selnext;
	const struct filterops	*kn_fop;
	void			*kn_hook;
	uint32_t		kn_filter;
	int64_t			kn_data;
	bool			kn_active;
};

#endif
