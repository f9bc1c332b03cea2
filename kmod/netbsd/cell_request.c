/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Requests: the policy core decides what the buffer asks, then what only the
 * kernel can do is done here, then the core writes the reply.
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/namei.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/syslog.h>
#include <sys/vnode.h>

#include <uvm/uvm_extern.h>

#include "cell_var.h"

/* How long Kill waits for what it killed, in rounds of 10 ms. */
#define	CELL_KILL_ROUNDS	100

/* How long enter waits for its address space to be its own, in ticks. */
#define	CELL_ENTER_ROUNDS	20

static struct vnode *cell_roots[CELL_MAX_CELLS];	/* cell_lock */
volatile u_int cell_nactive;		/* how many; cell_lock to write */

static int
cell_errno(uint8_t refusal)
{
	static const uint8_t errnos[] = CELL_REFUSAL_ERRNOS;

	return refusal < __arraycount(errnos) ? errnos[refusal] : EINVAL;
}

/*
 * Create, second half: the root is resolved in the caller's root and held
 * until the cell is destroyed.  The core has taken the name and the ports;
 * nobody sees the cell until it is published.
 */
static int
cell_create(const struct cell_work *cw, uint8_t *buf, size_t len)
{
	const u_int slot = cw->cw_cell % CELL_MAX_CELLS;
	struct vnode *vp;
	uint8_t refusal;
	int error;

	error = namei_simple_kernel(cw->cw_root, NSM_FOLLOW_NOEMULROOT, &vp);
	if (error == 0 && vp->v_type != VDIR) {
		vrele(vp);
		error = ENOTDIR;
	}

	mutex_enter(&cell_lock);
	if (error != 0) {
		cell_rs_abandon_create(cw->cw_cell);
		mutex_exit(&cell_lock);
		return error;
	}
	KASSERT(cell_roots[slot] == NULL);
	cell_roots[slot] = vp;
	mutex_enter(&cell_event_lock);
	refusal = cell_rs_created(cw->cw_cell, curproc->p_pid, cell_now(),
	    buf, len);
	if (refusal == 0) {
		cell_nactive++;
		cell_wakeup();
	} else
		cell_roots[slot] = NULL;
	mutex_exit(&cell_event_lock);
	mutex_exit(&cell_lock);

	if (refusal != 0) {
		vrele(vp);
		return cell_errno(refusal);
	}
	log(LOG_INFO, "cell: created cell=%u root=%s pid=%d\n", cw->cw_cell,
	    cw->cw_root, curproc->p_pid);
	return 0;
}

/*
 * Destroy, second half: nobody can enter any more.
 */
static int
cell_destroy(const struct cell_work *cw, uint8_t *buf, size_t len)
{
	const u_int slot = cw->cw_cell % CELL_MAX_CELLS;
	struct vnode *vp;

	KASSERT(mutex_owned(&cell_lock));
	vp = cell_roots[slot];
	cell_roots[slot] = NULL;
	cell_nactive--;
	mutex_exit(&cell_lock);

	vrele(vp);
	log(LOG_INFO, "cell: destroyed cell=%u pid=%d\n", cw->cw_cell,
	    curproc->p_pid);
	return cell_errno(cell_rs_destroyed(buf, len));
}

/*
 * Whether p has a directory open.  Its descriptor table is its own and it
 * has one thread, which is here: the table does not change.  A directory that
 * waits in a local socket is not seen: who launches passes no socket on that
 * it has not read empty.
 */
static bool
cell_has_directory(struct proc *p)
{
	const fdtab_t *dt = p->p_fd->fd_dt;
	const struct file *fp;
	u_int fd;

	for (fd = 0; fd < dt->dt_nfiles; fd++) {
		if (dt->dt_ff[fd] == NULL ||
		    (fp = dt->dt_ff[fd]->ff_file) == NULL)
			continue;
		if (fp->f_type == DTYPE_VNODE && fp->f_vnode->v_type == VDIR)
			return true;
	}
	return false;
}

/*
 * Whether p, which is the caller, has another thread, or shares something with
 * another process, that would let p act outside or that one inside.  Only p
 * itself could begin to share: what is not shared at one moment stays so.
 */
static bool
cell_is_sharing(struct proc *p)
{
	u_int i;

	/* PL_PPWAIT: a vfork(2) child that has not called exec(3) yet. */
	if (p->p_nlwps != 1 || (p->p_lflag & PL_PPWAIT) != 0 ||
	    p->p_fd->fd_refcnt != 1 || p->p_cwdi->cwdi_refcnt != 1)
		return true;

	/* ps(1) borrows an address space to read arguments from. */
	for (i = 0; p->p_vmspace->vm_refcnt != 1; i++) {
		if (i == CELL_ENTER_ROUNDS)
			return true;
		(void)kpause("cellenter", false, 1, &cell_lock);
	}
	return false;
}

/*
 * Enter, second half: root, working directory and credential change while
 * both the lock of the directories and the lock of the process are held, so
 * nobody sees the one without the other; and a debugger that attached before
 * is seen, one that comes later is refused.
 *
 * The core keeps the cell from being destroyed until the process is counted.
 */
static int
cell_enter(const struct cell_work *cw, uint8_t *buf, size_t len)
{
	struct lwp *l = curlwp;
	struct proc *p = l->l_proc;
	struct cwdinfo *cwdi = p->p_cwdi;
	struct vnode *vp, *cdir, *rdir, *edir;
	kauth_cred_t ncred;
	uint8_t refusal;

	KASSERT(mutex_owned(&cell_lock));
	vp = cell_roots[cw->cw_cell % CELL_MAX_CELLS];
	KASSERT(vp != NULL);

	/* Kill spares init(8): it stays out. */
	if (p->p_pid <= 1 || cell_is_sharing(p) || cell_has_directory(p)) {
		cell_rs_abandon_enter(cw->cw_cell);
		mutex_exit(&cell_lock);
		return EBUSY;
	}

	ncred = kauth_cred_dup(l->l_cred);
	cell_cred_set(ncred, cw->cw_cell);
	vref(vp);
	vref(vp);

	rw_enter(&cwdi->cwdi_lock, RW_WRITER);
	proc_crmod_enter();
	if ((p->p_slflag & PSL_TRACED) != 0) {
		proc_crmod_leave(NULL, NULL, false);
		rw_exit(&cwdi->cwdi_lock);
		cell_rs_abandon_enter(cw->cw_cell);
		mutex_exit(&cell_lock);
		kauth_cred_free(ncred);
		vrele(vp);
		vrele(vp);
		return EBUSY;
	}
	cdir = cwdi->cwdi_cdir;
	rdir = cwdi->cwdi_rdir;
	edir = cwdi->cwdi_edir;
	cwdi->cwdi_cdir = vp;
	cwdi->cwdi_rdir = vp;
	cwdi->cwdi_edir = NULL;
	proc_crmod_leave(ncred, p->p_cred, true);
	rw_exit(&cwdi->cwdi_lock);

	mutex_enter(&cell_event_lock);
	refusal = cell_rs_entered(cw->cw_cell, p->p_pid, cell_now(), buf, len);
	cell_wakeup();
	mutex_exit(&cell_event_lock);
	mutex_exit(&cell_lock);

	vrele(cdir);
	if (rdir != NULL)
		vrele(rdir);
	if (edir != NULL)
		vrele(edir);
	return cell_errno(refusal);
}

/*
 * Signals the members that are not already dying, and returns how many.
 */
static u_int
cell_signal(uint32_t cell, int signo)
{
	struct proc *p;
	bool hit;
	u_int n = 0;

	mutex_enter(&proc_lock);
	PROCLIST_FOREACH(p, &allproc) {
		if (p->p_pid <= 1 || (p->p_flag & PK_SYSTEM) != 0)
			continue;
		mutex_enter(p->p_lock);
		hit = p->p_stat != SIDL && !P_ZOMBIE(p) &&
		    (p->p_sflag & PS_WEXIT) == 0 &&
		    !sigismember(&p->p_sigpend.sp_set, SIGKILL) &&
		    cell_of(p->p_cred) == cell;
		mutex_exit(p->p_lock);
		if (!hit)
			continue;
		n++;
		if (signo != 0)
			psignal(p, signo);
	}
	mutex_exit(&proc_lock);
	return n;
}

/*
 * Kill, second half.
 *
 * A fork that is under way when the members are signalled puts its child on
 * allproc afterwards.  With SIGKILL nobody may escape so: the core refuses
 * new forks, and we go round until it counts no member.  That is proof: a
 * fork under way has a parent that is a member, is counted until its exit
 * hook, and gets there only when the fork is through and the child counted.
 * A member that cannot die, because it sleeps in a driver, say, ends the wait
 * after a second; so does a signal to the caller.
 */
static int
cell_kill(const struct cell_work *cw, uint8_t *buf, size_t len)
{
	const int signo = (int)cw->cw_signal;
	u_int i, n;

	if (signo < 0 || signo >= NSIG)
		return EINVAL;

	if (signo != SIGKILL) {
		n = cell_signal(cw->cw_cell, signo);
		return cell_errno(cell_rs_killed(n, buf, len));
	}

	n = 0;
	for (i = 0; i < CELL_KILL_ROUNDS; i++) {
		cell_rs_doom(cw->cw_cell);
		n += cell_signal(cw->cw_cell, signo);
		if (cell_rs_processes(cw->cw_cell) == 0 ||
		    kpause("cellkill", true, uimax(1, hz / 100), NULL)
		    != EWOULDBLOCK)
			break;
	}
	cell_rs_spare(cw->cw_cell);
	return cell_errno(cell_rs_killed(n, buf, len));
}

/*
 * Stats, second half: what live members use.
 */
static int
cell_stats(const struct cell_work *cw, uint32_t caller, bool root,
    uint8_t *buf, size_t len)
{
	struct proc *p;
	uint64_t cpu_us = 0;
	u_long resident = 0, virtual = 0;	/* KiB */
	uint8_t refusal;

	KASSERT(mutex_owned(&cell_lock));
	mutex_enter(&proc_lock);
	PROCLIST_FOREACH(p, &allproc) {
		mutex_enter(p->p_lock);
		if (p->p_stat != SIDL && !P_ZOMBIE(p) &&
		    cell_of(p->p_cred) == cw->cw_cell) {
			cpu_us += cell_cpu_us(p);
			resident += vm_resident_count(p->p_vmspace) *
			    (PAGE_SIZE / 1024);
			virtual += p->p_vmspace->vm_map.size / 1024;
		}
		mutex_exit(p->p_lock);
	}
	mutex_exit(&proc_lock);

	mutex_enter(&cell_event_lock);
	refusal = cell_rs_stats(caller, root, cw->cw_cell, cell_now(), cpu_us,
	    (uint32_t)MIN(resident, UINT32_MAX),
	    (uint32_t)MIN(virtual, UINT32_MAX), buf, len);
	mutex_exit(&cell_event_lock);
	mutex_exit(&cell_lock);
	return cell_errno(refusal);
}

/*
 * First half of each request.  One that is refused leaves the buffer as it
 * was.
 */
static int
cell_begin(uint32_t caller, bool root, uint8_t *buf, size_t len,
    struct cell_work *cw)
{
	uint32_t cursor;
	uint8_t refusal;

	KASSERT(mutex_owned(&cell_lock));
	mutex_enter(&cell_event_lock);
	cell_tell_late();
	cursor = cell_rs_event_cursor();
	refusal = cell_rs_begin(caller, root, curproc->p_pid, cell_now(), buf,
	    len, cw);
	if (cell_rs_event_cursor() != cursor)
		cell_wakeup();
	mutex_exit(&cell_event_lock);
	return cell_errno(refusal);
}

int
cell_request(uint8_t *buf, size_t len)
{
	kauth_cred_t cred = kauth_cred_get();
	const uint32_t caller = cell_of(cred);
	const bool root = cell_isroot(cred);
	struct cell_work cw;
	int error;

	mutex_enter(&cell_lock);
	error = cell_begin(caller, root, buf, len, &cw);
	if (error == ENOSPC && cell_rs_dying()) {
		mutex_exit(&cell_lock);
		cell_drain();
		mutex_enter(&cell_lock);
		error = cell_begin(caller, root, buf, len, &cw);
	}
	if (error != 0) {
		mutex_exit(&cell_lock);
		return error;
	}

	switch (cw.cw_kind) {
	case CELL_WORK_RESOLVE:
		mutex_exit(&cell_lock);
		return cell_create(&cw, buf, len);
	case CELL_WORK_RELEASE:
		return cell_destroy(&cw, buf, len);
	case CELL_WORK_ENTER:
		return cell_enter(&cw, buf, len);
	case CELL_WORK_KILL:
		mutex_exit(&cell_lock);
		return cell_kill(&cw, buf, len);
	case CELL_WORK_SUM:
		return cell_stats(&cw, caller, root, buf, len);
	default:
		mutex_exit(&cell_lock);
		return 0;
	}
}
