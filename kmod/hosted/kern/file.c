/*
 * Open files and the one character device.
 */
#include <sys/param.h>
#include <sys/conf.h>
#include <sys/event.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/namei.h>
#include <sys/poll.h>
#include <sys/pool.h>
#include <sys/proc.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <stdlib.h>
#include <string.h>

#include <hosted/hosted.h>

#define	CMAJOR	210

static const struct cdevsw *device;

/*
 * Freed files, with the credential that each had, as in NetBSD's cache of
 * them, but none is used again.  Only if asked for: everything else is easier
 * to count without.
 */
static struct file *cache;
static bool caching;

struct pool {
	int	unused;
};
static struct pool pools[3];
static unsigned next_pool;

int
devsw_attach(const char *name, const struct bdevsw *bdev, devmajor_t *bmajor,
    const struct cdevsw *cdev, devmajor_t *cmajor)
{

	KASSERT(name != NULL);
	KASSERT(bdev == NULL);
	KASSERT(*bmajor == NODEVMAJOR && *cmajor == NODEVMAJOR);
	if (device != NULL)
		return EEXIST;
	if (hosted_register())
		return ENOMEM;
	device = cdev;
	*cmajor = CMAJOR;
	return 0;
}

void
devsw_detach(const struct bdevsw *bdev, const struct cdevsw *cdev)
{

	KASSERT(bdev == NULL);
	KASSERT(device == cdev);
	device = NULL;
	hosted_deregister();
}

int
hosted_device_attached(void)
{

	return device != NULL;
}

struct filedesc *
hosted_files_new(struct filedesc *from)
{
	struct filedesc *fdp = calloc(1, sizeof(*fdp));
	unsigned i;

	KASSERT(fdp != NULL);
	mutex_init(&fdp->fd_lock, MUTEX_DEFAULT, IPL_NONE);
	fdp->fd_refcnt = 1;
	fdp->fd_dt = &fdp->fd_dtbuiltin;
	fdp->fd_dt->dt_nfiles = HOSTED_NFILES;
	for (i = 0; i < HOSTED_NFILES; i++) {
		fdp->fd_dt->dt_ff[i] = &fdp->fd_files[i];
		if (from != NULL &&
		    (fdp->fd_files[i].ff_file = from->fd_files[i].ff_file)
		    != NULL)
			fdp->fd_files[i].ff_file->f_count++;
	}
	return fdp;
}

static void
cache_empty(void)
{
	struct file *fp;

	while ((fp = cache) != NULL) {
		cache = fp->f_next;
		kauth_cred_free(fp->f_cred);
		free(fp);
	}
}

void
hosted_cache_files(int yes)
{

	caching = yes != 0;
	if (!caching)
		cache_empty();
}

static void
file_free(struct file *fp)
{

	if (caching) {
		fp->f_next = cache;
		cache = fp;
		return;
	}
	kauth_cred_free(fp->f_cred);
	free(fp);
}

/* One pool at each call, with its cache. */
bool
pool_drain(struct pool **pp)
{

	KASSERT(hosted_locks() == 0);
	*pp = &pools[next_pool];
	next_pool = (next_pool + 1) % (sizeof(pools) / sizeof(pools[0]));
	if (*pp != &pools[1])
		return false;
	cache_empty();
	return true;
}

static void
file_release(struct file *fp)
{

	KASSERT(fp->f_count > 0);
	if (--fp->f_count > 0)
		return;
	if (fp->f_ops != NULL)
		KASSERT((*fp->f_ops->fo_close)(fp) == 0);
	if (fp->f_vnode != NULL)
		vrele(fp->f_vnode);
	file_free(fp);
}

void
hosted_files_free(struct filedesc *fdp)
{
	unsigned i;

	for (i = 0; i < HOSTED_NFILES; i++) {
		if (fdp->fd_files[i].ff_file != NULL)
			file_release(fdp->fd_files[i].ff_file);
	}
	mutex_destroy(&fdp->fd_lock);
	free(fdp);
}

int
fd_allocfile(file_t **fpp, int *fd)
{
	struct file *fp;
	unsigned i;

	for (i = 0; i < HOSTED_NFILES; i++) {
		if (curproc->p_fd->fd_files[i].ff_file == NULL)
			break;
	}
	if (i == HOSTED_NFILES)
		return EMFILE;
	fp = calloc(1, sizeof(*fp));
	KASSERT(fp != NULL);
	fp->f_count = 1;
	fp->f_cred = kauth_cred_hold(curlwp->l_cred);
	*fpp = fp;
	*fd = (int)i;
	return 0;
}

void
fd_abort(struct proc *p, file_t *fp, unsigned fd)
{

	KASSERT(p->p_fd->fd_files[fd].ff_file == NULL);
	file_free(fp);
}

int
fd_clone(file_t *fp, unsigned fd, int flag, const struct fileops *ops,
    void *data)
{

	fp->f_flag = flag;
	fp->f_type = DTYPE_MISC;
	fp->f_ops = ops;
	fp->f_data = data;
	curlwp->l_dupfd = (int)fd;
	curproc->p_fd->fd_files[fd].ff_file = fp;
	return EMOVEFD;
}

int
hosted_device_open(struct proc *p, int flags, struct file **fpp)
{
	struct lwp *l;
	int error;

	if (device == NULL)
		return ENXIO;
	l = hosted_enter_lwp(p);
	error = (*device->d_open)(makedev(CMAJOR, 0), flags, 0, curlwp);
	if (error == EMOVEFD) {
		*fpp = p->p_fd->fd_files[curlwp->l_dupfd].ff_file;
		error = 0;
	} else
		KASSERT(error != 0);
	hosted_leave_lwp(l);
	return error;
}

int
hosted_open_directory(struct proc *p, const char *path, struct file **fpp)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct vnode *vp;
	struct file *fp;
	int error, fd;

	error = namei_simple_kernel(path, NSM_FOLLOW_NOEMULROOT, &vp);
	if (error == 0 && (error = fd_allocfile(&fp, &fd)) == 0) {
		fp->f_type = DTYPE_VNODE;
		fp->f_vnode = vp;
		p->p_fd->fd_files[fd].ff_file = fp;
		*fpp = fp;
	}
	hosted_leave_lwp(l);
	return error;
}

void
hosted_file_set_nonblocking(struct file *fp, int yes)
{

	fp->f_flag = yes ? fp->f_flag | FNONBLOCK : fp->f_flag & ~FNONBLOCK;
}

int
hosted_file_of(struct proc *p, const struct file *fp)
{
	unsigned i;

	for (i = 0; i < HOSTED_NFILES; i++) {
		if (p->p_fd->fd_files[i].ff_file == fp)
			return 1;
	}
	return 0;
}

/* SCM_RIGHTS */
int
hosted_file_give(struct proc *to, struct file *fp)
{
	unsigned i;

	for (i = 0; i < HOSTED_NFILES; i++) {
		if (to->p_fd->fd_files[i].ff_file == NULL) {
			to->p_fd->fd_files[i].ff_file = fp;
			fp->f_count++;
			return 0;
		}
	}
	return EMFILE;
}

int
hosted_file_ioctl(struct proc *p, struct file *fp, unsigned long cmd,
    void *data)
{
	struct lwp *l = hosted_enter_lwp(p);
	int error;

	error = (*fp->f_ops->fo_ioctl)(fp, cmd, data);
	hosted_leave_lwp(l);
	return error;
}

int
uiomove(void *from, size_t n, struct uio *uio)
{

	if (uio->uio_fault)
		return EFAULT;
	if (n > uio->uio_resid)
		n = uio->uio_resid;
	memcpy(uio->uio_buffer, from, n);
	uio->uio_buffer += n;
	uio->uio_resid -= n;
	return 0;
}

int
hosted_file_read(struct proc *p, struct file *fp, void *buffer, size_t size,
    size_t *got)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct uio uio = { .uio_buffer = buffer, .uio_resid = size };
	off_t offset = 0;
	int error;

	error = (*fp->f_ops->fo_read)(fp, &offset, &uio, fp->f_cred, 0);
	*got = size - uio.uio_resid;
	hosted_leave_lwp(l);
	return error;
}

int
hosted_file_poll(struct proc *p, struct file *fp, int events)
{
	struct lwp *l = hosted_enter_lwp(p);
	int ready;

	ready = (*fp->f_ops->fo_poll)(fp, events);
	hosted_leave_lwp(l);
	return ready;
}

struct knote *
hosted_knote_add(struct file *fp, uint32_t filter, int *error)
{
	struct knote *kn = calloc(1, sizeof(*kn));

	KASSERT(kn != NULL);
	kn->kn_filter = filter;
	*error = (*fp->f_ops->fo_kqfilter)(fp, kn);
	if (*error != 0) {
		free(kn);
		return NULL;
	}
	kn->kn_active = (*kn->kn_fop->f_event)(kn, 0) != 0;
	return kn;
}

/* What kevent(2) would give: asked again, as it asks. */
int
hosted_knote_active(struct knote *kn)
{

	if (kn->kn_active)
		kn->kn_active = (*kn->kn_fop->f_event)(kn, 0) != 0;
	return kn->kn_active;
}

void
hosted_knote_remove(struct knote *kn)
{

	(*kn->kn_fop->f_detach)(kn);
	free(kn);
}

void
hosted_file_close(struct proc *p, struct file *fp)
{
	struct lwp *l = hosted_enter_lwp(p);
	unsigned i;

	for (i = 0; i < HOSTED_NFILES; i++) {
		if (p->p_fd->fd_files[i].ff_file == fp) {
			p->p_fd->fd_files[i].ff_file = NULL;
			break;
		}
	}
	KASSERT(i < HOSTED_NFILES);
	file_release(fp);
	hosted_leave_lwp(l);
}

int
fnullop_fcntl(struct file *fp, u_int cmd, void *data)
{

	(void)fp, (void)cmd, (void)data;
	return 0;
}

int
fbadop_write(struct file *fp, off_t *off, struct uio *uio, kauth_cred_t cred,
    int flags)
{

	(void)fp, (void)off, (void)uio, (void)cred, (void)flags;
	return EOPNOTSUPP;
}

int
fbadop_stat(struct file *fp, struct stat *st)
{

	(void)fp, (void)st;
	return EOPNOTSUPP;
}

void
fnullop_restart(struct file *fp)
{

	(void)fp;
}
