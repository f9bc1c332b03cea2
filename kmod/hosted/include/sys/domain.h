/* Hosted kernel: protocol families. */
#ifndef HOSTED_DOMAIN_H
#define	HOSTED_DOMAIN_H

struct domain {
	int	dom_family;
};

#endif
