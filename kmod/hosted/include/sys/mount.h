/* Hosted kernel: what a mount says about itself. */
#ifndef HOSTED_MOUNT_H
#define	HOSTED_MOUNT_H

struct mount {
	int	mnt_flag;
};

#define	MNT_RDONLY	0x00000001

#endif
