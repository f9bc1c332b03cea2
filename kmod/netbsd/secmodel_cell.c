/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Cells: a security model in which a credential may carry the handle of a
 * cell, and everything its processes ask of the kernel is asked of the cell's
 * policy first.
 *
 * The C files translate and do not judge.  They know the kernel's structures;
 * the policy core (cell_rs.h) decides, keeps the table of cells, and sees
 * nothing of the kernel but integers and byte buffers.
 *
 *	secmodel_cell.c		the module: loading, unloading, the exit hook
 *	cell_cred.c		whose a credential is; credentials, members
 *				and forks counted; dying cells drained
 *	cell_late.c		denials that are counted later
 *	cell_listener.c		what kauth(9) asks
 *	cell_map.h		what each action is asked as
 *	cell_request.c		create, destroy, enter, kill, stats
 *	cell_device.c		/dev/cell
 *
 * Locks, in the order they are taken:
 *
 *	cell_lock	adaptive; requests, one after the other.  May be held
 *			across a sleep, is not held while a path is resolved,
 *			while Kill waits or while pools are drained.  Never
 *			taken by a listener.
 *	cwdi_lock, proc_lock, p_lock
 *			the kernel's.  Enter takes cwdi_lock and then p_lock
 *			under cell_lock, Stats takes proc_lock and then p_lock
 *			under it, Kill takes those two alone.  Listeners are
 *			called with some of them held.
 *	cell_event_lock	adaptive, a leaf but for what selnotify(9) takes;
 *			events and the totals of CPU time.
 *
 * Deciding takes no lock and writes nothing, but for a fork, which counts,
 * and a denial, which takes cell_event_lock, if the kernel does not ask with
 * a spin lock held (cell_deny_late()).  Whose a credential is, is found
 * without a lock in cell_credsets (cell_var.h).
 *
 * References:
 *
 *	A credential that carries a handle is counted in the core and has its
 *	place in cell_credsets, from COPY or from enter until FREE; the slot
 *	is not used again before.  A member's new one has its place from INIT.
 *	A member that asked to fork has a place in its cell, which is noted
 *	with the LWP (cell_place_key): given back when CRED_FORK counts the
 *	child instead, when the LWP asks again, or when it ends, before its
 *	credential is given up.
 *	cell_roots[] has one reference to the root vnode of each active cell,
 *	from create to destroy, where it is given up with no lock held.
 *	An open of /dev/cell is counted in cell_nopen; it keeps the module.
 *	The address noted with cell_bind_key is compared and not followed.
 *
 * Members are counted when a fork is past the point where it can fail, which
 * is when KAUTH_CRED_FORK says so, in the parent.  They are counted out by
 * the exit hook; a zombie is no member, its credential keeps the slot.
 *
 * What may sleep: requests; the device's read(2); the credential and process
 * listeners at a fork, and the network listener when an LWP asks for the
 * first time to have a port picked, which allocate; the kernel holds no
 * p_lock then.  The credential listener may be called for COPY with p_lock
 * held and does not sleep: the new credential has its place from INIT, which
 * may sleep for the memory.  No other listener sleeps, other than for a lock.
 *
 * The module stays while there is a cell, dying ones included, or an open
 * descriptor, or once it is sealed.  When it goes, nobody is in it:
 *
 *	- No file operation is under way and none can begin, since there is
 *	  no descriptor: a read(2) or ioctl(2) holds its file, and close(2)
 *	  counts it out.
 *	- NetBSD 10.99's devsw_detach(9) waits for opens, which fail by then,
 *	  and its exithook_disestablish(9) for hooks that run.
 *	- Listeners, the last instructions of cell_close(), and opens and hooks
 *	  of a kernel that does not wait: see cell_leave(), which comes after.
 *	- The LWPs' keys: deleting one calls its destructor for each LWP that
 *	  has a value, with the lock that an ending LWP would call it under.
 *	  Nobody has a place by then, with no member left.
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/conf.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/lwp.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/poll.h>
#include <sys/event.h>
#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/select.h>

#include <secmodel/secmodel.h>

#include "cell_var.h"

/*
 * Not MODULE_CLASS_SECMODEL: built in, that class is initialized before LWPs
 * have specific data.
 */
MODULE(MODULE_CLASS_MISC, secmodel_cell, NULL);

#define	SECMODEL_CELL_ID	"org.netbsd.secmodel.cell"
#define	SECMODEL_CELL_NAME	"Cells"

static secmodel_t cell_sm;
static void *cell_exithook_cookie;
static u_int cell_nkeys;

specificdata_key_t cell_bind_key;
specificdata_key_t cell_place_key;
kmutex_t cell_lock;
kmutex_t cell_event_lock;
kcondvar_t cell_event_cv;
struct selinfo cell_event_sel;

bool
cell_isroot(kauth_cred_t cred)
{

	return kauth_cred_geteuid(cred) == 0;
}

uint32_t
cell_now(void)
{

	return (uint32_t)time_uptime;
}

void
cell_wakeup(void)
{

	KASSERT(mutex_owned(&cell_event_lock));
	cv_broadcast(&cell_event_cv);
	selnotify(&cell_event_sel, POLLIN | POLLRDNORM, NOTE_SUBMIT);
}

uint64_t
cell_cpu_us(struct proc *p)
{
	struct timeval tv;

	KASSERT(mutex_owned(p->p_lock));
	calcru(p, NULL, NULL, NULL, &tv);
	/* One multiplication where words have 32 bits. */
	return (uint64_t)(uint32_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

/*
 * A process exits.  It runs no program any more, its descriptors are closed,
 * and this is its last LWP: nobody exchanges its credential.
 */
static void
cell_exithook(struct proc *p, void *arg)
{
	const uint32_t cell = cell_of(p->p_cred);
	uint64_t cpu_us;

	if (__predict_true(cell == CELL_HOST))
		return;
	mutex_enter(p->p_lock);
	cpu_us = cell_cpu_us(p);
	mutex_exit(p->p_lock);
	mutex_enter(&cell_event_lock);
	cell_tell_late();
	cell_rs_process_exited(cell, cpu_us);
	mutex_exit(&cell_event_lock);
}

static void
cell_sync_init(void)
{

	mutex_init(&cell_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&cell_event_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cell_event_cv, "cellev");
	selinit(&cell_event_sel);
	cell_device_start();
}

static void
cell_sync_fini(void)
{

	seldestroy(&cell_event_sel);
	cv_destroy(&cell_event_cv);
	mutex_destroy(&cell_event_lock);
	mutex_destroy(&cell_lock);
}

/*
 * Takes back what cell_init() did, as far as it came.
 */
static void
cell_undo(void)
{

	if (cell_exithook_cookie != NULL)
		exithook_disestablish(cell_exithook_cookie);
	cell_exithook_cookie = NULL;
	cell_unlisten();
	cell_cred_fini();
	if (cell_nkeys == 2)
		lwp_specific_key_delete(cell_place_key);
	if (cell_nkeys != 0)
		lwp_specific_key_delete(cell_bind_key);
	cell_nkeys = 0;
	if (cell_sm != NULL)
		secmodel_deregister(cell_sm);
	cell_sm = NULL;
	cell_sync_fini();
}

static int
cell_init(void)
{
	devmajor_t bmajor = NODEVMAJOR, cmajor = NODEVMAJOR;
	int error;

	cell_sync_init();
	error = secmodel_register(&cell_sm, SECMODEL_CELL_ID,
	    SECMODEL_CELL_NAME, NULL, NULL, NULL);
	if (error != 0)
		goto fail;
	error = lwp_specific_key_create(&cell_bind_key, NULL);
	if (error != 0)
		goto fail;
	cell_nkeys = 1;
	error = lwp_specific_key_create(&cell_place_key, cell_place_dtor);
	if (error != 0)
		goto fail;
	cell_nkeys = 2;
	error = ENOMEM;
	cell_exithook_cookie = exithook_establish(cell_exithook, NULL);
	if (cell_exithook_cookie == NULL)
		goto fail;
	error = cell_listen();
	if (error != 0)
		goto fail;
	error = devsw_attach("cell", NULL, &bmajor, &cell_cdevsw, &cmajor);
	if (error != 0)
		goto fail;
	return 0;

 fail:
	cell_undo();
	return error;
}

/*
 * With no cell, dying ones included, no credential carries a handle; with no
 * descriptor open nobody makes one, once new opens are refused.  A sealed
 * module stays: the next one loaded would not be.
 */
static int
cell_fini(void)
{
	int error;

	cell_drain();
	mutex_enter(&cell_lock);
	if (cell_rs_sealed())
		error = EPERM;
	else if (cell_rs_cells() != 0)
		error = EBUSY;
	else
		error = cell_device_stop();
	mutex_exit(&cell_lock);
	if (error != 0)
		return error;

	devsw_detach(NULL, &cell_cdevsw);
	cell_undo();
	return 0;
}

static int
secmodel_cell_modcmd(modcmd_t cmd, void *arg)
{

	switch (cmd) {
	case MODULE_CMD_INIT:
		return cell_init();
	case MODULE_CMD_FINI:
		return cell_fini();
	case MODULE_CMD_AUTOUNLOAD:
		/* Without it, what cells may not do they may. */
		return EBUSY;
	default:
		return ENOTTY;
	}
}
