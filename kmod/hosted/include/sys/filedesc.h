/* Hosted kernel: descriptor tables and working directories. */
#ifndef HOSTED_FILEDESC_H
#define	HOSTED_FILEDESC_H

#include <sys/file.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>

#define	HOSTED_NFILES	32

typedef struct fdfile {
	struct file	*ff_file;
} fdfile_t;

typedef struct fdtab {
	u_int		dt_nfiles;
	fdfile_t	*dt_ff[HOSTED_NFILES];
} fdtab_t;

typedef struct filedesc {
	kmutex_t		fd_lock;
	fdtab_t * volatile	fd_dt;
	int			fd_refcnt;
	fdtab_t			fd_dtbuiltin;
	fdfile_t		fd_files[HOSTED_NFILES];
} filedesc_t;

typedef struct cwdinfo {
	struct vnode	*cwdi_cdir;
	struct vnode	*cwdi_rdir;
	struct vnode	*cwdi_edir;
	u_int		cwdi_refcnt;
	krwlock_t	cwdi_lock;
} cwdinfo_t;

int	fd_allocfile(file_t **, int *);
void	fd_abort(struct proc *, file_t *, unsigned);
int	fd_clone(file_t *, unsigned, int, const struct fileops *, void *);

#endif
