/* Hosted kernel: vnodes; a directory is a descriptor of Linux opened O_PATH. */
#ifndef HOSTED_VNODE_H
#define	HOSTED_VNODE_H

#include <sys/types.h>
#include <sys/mount.h>

enum vtype { VNON, VREG, VDIR, VBLK, VCHR, VLNK, VSOCK, VFIFO, VBAD };

struct vnode {
	enum vtype	v_type;
	struct mount	*v_mount;
	dev_t		v_rdev;
	int		v_usecount;
	int		v_fd;		/* O_PATH, or -1 */
	struct mount	v_ownmount;
};

void	vref(struct vnode *);
void	vrele(struct vnode *);

#endif
