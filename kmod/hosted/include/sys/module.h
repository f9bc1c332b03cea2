/* Hosted kernel: module(9) for one module, which kern/module.c commands. */
#ifndef HOSTED_MODULE_H
#define	HOSTED_MODULE_H

#include <sys/types.h>

typedef enum modclass {
	MODULE_CLASS_MISC,
	MODULE_CLASS_SECMODEL,
} modclass_t;

typedef enum modcmd {
	MODULE_CMD_INIT,
	MODULE_CMD_FINI,
	MODULE_CMD_STAT,
	MODULE_CMD_AUTOUNLOAD,
} modcmd_t;

typedef const struct modinfo {
	modclass_t	mi_class;
	int		(*mi_modcmd)(modcmd_t, void *);
	const char	*mi_name;
	const char	*mi_required;
} modinfo_t;

#define	MODULE(class, name, required)					\
static int name##_modcmd(modcmd_t, void *);				\
extern modinfo_t hosted_modinfo;					\
modinfo_t hosted_modinfo = { class, name##_modcmd, #name, required }

#endif
