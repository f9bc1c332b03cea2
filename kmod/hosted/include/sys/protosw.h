/* Hosted kernel: protocols. */
#ifndef HOSTED_PROTOSW_H
#define	HOSTED_PROTOSW_H

struct domain;

struct protosw {
	short		pr_type;
	struct domain	*pr_domain;
	short		pr_protocol;
};

#endif
