/*
 * Vnodes: directories of Linux held by O_PATH descriptors, and made-up files
 * and devices for questions about them.
 */
#define	_GNU_SOURCE
#include <sys/param.h>
#include <sys/filedesc.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/vnode.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <hosted/hosted.h>

static uint32_t vnodes;

struct vnode *
hosted_vnode_make(int type, int mount_flags)
{
	struct vnode *vp = calloc(1, sizeof(*vp));

	KASSERT(vp != NULL);
	vp->v_type = (enum vtype)type;
	vp->v_ownmount.mnt_flag = mount_flags;
	vp->v_mount = &vp->v_ownmount;
	vp->v_usecount = 1;
	vp->v_fd = -1;
	vnodes++;
	return vp;
}

static int
vnode_open(int at, const char *path, struct vnode **vpp)
{
	struct vnode *vp;
	struct stat st;
	int fd;

	fd = openat(at, path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0) {
		int error = errno;

		close(fd);
		return error;
	}
	vp = hosted_vnode_make(S_ISDIR(st.st_mode) ? VDIR : VREG, 0);
	vp->v_fd = fd;
	*vpp = vp;
	return 0;
}

struct vnode *
hosted_vnode_root(void)
{
	struct vnode *vp;

	KASSERT(vnode_open(AT_FDCWD, "/", &vp) == 0);
	return vp;
}

void
vref(struct vnode *vp)
{

	KASSERT(vp->v_usecount > 0);
	vp->v_usecount++;
}

/* May sleep, so no process' lock may be held. */
void
vrele(struct vnode *vp)
{

	KASSERT(vp->v_usecount > 0);
	KASSERT(!mutex_owned(&proc_lock));
	if (--vp->v_usecount > 0)
		return;
	if (vp->v_fd >= 0)
		close(vp->v_fd);
	vnodes--;
	free(vp);
}

uint32_t
hosted_vnodes(void)
{

	return vnodes;
}

/* An absolute path in the root of the process that asks. */
int
namei_simple_kernel(const char *path, namei_simple_flags_t flags,
    struct vnode **vpp)
{
	struct vnode *rdir = curproc->p_cwdi->cwdi_rdir;

	KASSERT(flags == NSM_FOLLOW_NOEMULROOT);
	KASSERT(path[0] == '/');
	if (rdir == NULL)
		return vnode_open(AT_FDCWD, path, vpp);
	while (*path == '/')
		path++;
	return vnode_open(rdir->v_fd, *path == '\0' ? "." : path, vpp);
}

/* The root of a process as a descriptor of its vnode, or -1 for the system's. */
int
hosted_root_fd(struct proc *p)
{
	struct vnode *vp = p->p_cwdi->cwdi_rdir;

	return vp == NULL ? -1 : vp->v_fd;
}

int
hosted_cwd_fd(struct proc *p)
{

	return p->p_cwdi->cwdi_cdir->v_fd;
}

int
hosted_chroot(struct proc *p, const char *path)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct vnode *vp;
	int error;

	error = namei_simple_kernel(path, NSM_FOLLOW_NOEMULROOT, &vp);
	hosted_leave_lwp(l);
	if (error != 0)
		return error;
	if (p->p_cwdi->cwdi_rdir != NULL)
		vrele(p->p_cwdi->cwdi_rdir);
	p->p_cwdi->cwdi_rdir = vp;
	return 0;
}
