/* Hosted kernel: secmodel(9). */
#ifndef HOSTED_SECMODEL_H
#define	HOSTED_SECMODEL_H

typedef struct secmodel_descr *secmodel_t;
typedef struct hosted_dictionary *prop_dictionary_t;
typedef int (*secmodel_eval_t)(const char *, void *, void *);
typedef int (*secmodel_setinfo_t)(void *);

int	secmodel_register(secmodel_t *, const char *, const char *,
	    prop_dictionary_t, secmodel_eval_t, secmodel_setinfo_t);
int	secmodel_deregister(secmodel_t);

#endif
