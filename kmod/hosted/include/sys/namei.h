/* Hosted kernel: namei(9) of directories, through open(2) with O_PATH. */
#ifndef HOSTED_NAMEI_H
#define	HOSTED_NAMEI_H

struct vnode;

typedef enum { NSM_FOLLOW_NOEMULROOT } namei_simple_flags_t;

int	namei_simple_kernel(const char *, namei_simple_flags_t,
	    struct vnode **);

#endif
