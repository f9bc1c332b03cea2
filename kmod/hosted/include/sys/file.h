/* Hosted kernel: open files. */
#include_next <sys/file.h>
#ifndef HOSTED_FILE_H
#define	HOSTED_FILE_H

#include <sys/types.h>
#include <sys/fcntl.h>
#include <sys/unistd.h>

struct knote;
struct stat;
struct uio;
struct vnode;

struct fileops {
	const char *fo_name;
	int	(*fo_read)(struct file *, off_t *, struct uio *, kauth_cred_t,
		    int);
	int	(*fo_write)(struct file *, off_t *, struct uio *, kauth_cred_t,
		    int);
	int	(*fo_ioctl)(struct file *, u_long, void *);
	int	(*fo_fcntl)(struct file *, u_int, void *);
	int	(*fo_poll)(struct file *, int);
	int	(*fo_stat)(struct file *, struct stat *);
	int	(*fo_close)(struct file *);
	int	(*fo_kqfilter)(struct file *, struct knote *);
	void	(*fo_restart)(struct file *);
};

struct file {
	const struct fileops	*f_ops;
	kauth_cred_t		f_cred;
	int			f_flag;
	u_int			f_type;
	u_int			f_count;
	struct vnode		*f_vnode;
	void			*f_data;
	struct file		*f_next;	/* in the cache */
};

#define	DTYPE_VNODE	1
#define	DTYPE_SOCKET	2
#define	DTYPE_MISC	5

int	fnullop_fcntl(struct file *, u_int, void *);
int	fbadop_write(struct file *, off_t *, struct uio *, kauth_cred_t, int);
int	fbadop_stat(struct file *, struct stat *);
void	fnullop_restart(struct file *);

#endif
