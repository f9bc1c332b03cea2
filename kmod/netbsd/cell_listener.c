/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What kauth(9) asks, put to the policy core.  Called with whatever locks the
 * caller of kauth(9) has: nothing here takes cell_lock.
 *
 * Listeners are called for everything that anybody asks, so what is asked
 * most leaves first.  The host's processes are only asked about where the
 * core might say something else than DEFER to them: what they do to members,
 * and reserved ports if they are not root.
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/protosw.h>
#include <sys/domain.h>
#include <sys/resourcevar.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/uidinfo.h>
#include <sys/vnode.h>
#include <sys/xcall.h>

#include <miscfs/specfs/specdev.h>

#include <netinet/in.h>

#include "cell_map.h"
#include "cell_var.h"

/* How long the module waits for who may still be in a listener: 100 ms. */
#define	CELL_LEAVES	10

static uint8_t
cell_op(enum cell_scope scope, kauth_action_t action, uintptr_t request)
{
	uint8_t op;

	if (action >= CELL_NACTIONS)
		return CELL_OP_UNKNOWN;
	op = cell_map.action[scope][action];
	if (op != CELL_BY_REQUEST)
		return op;
	if (scope >= CELL_NREQSCOPES || request >= CELL_NREQUESTS)
		return CELL_OP_UNKNOWN;
	return cell_map.request[scope][request];
}

/*
 * The core's answer as kauth(9) wants it.  A denial is counted.
 */
static int
cell_result(uint8_t verdict, uint32_t cell, uint8_t op)
{

	switch (verdict) {
	case CELL_VERDICT_DEFER:
		return KAUTH_RESULT_DEFER;
	case CELL_VERDICT_ALLOW:
		return KAUTH_RESULT_ALLOW;
	default:
		break;
	}
	if (op == CELL_OP_PROCESS_SETSCHED) {
		cell_deny_late(cell);
		return KAUTH_RESULT_DENY;
	}
	mutex_enter(&cell_event_lock);
	cell_tell_late();
	if (cell_rs_denied(cell, op, curproc->p_pid, cell_now()))
		cell_wakeup();
	mutex_exit(&cell_event_lock);
	return KAUTH_RESULT_DENY;
}

/*
 * Asks for a member where nothing but the operation counts.
 */
static int
cell_ask(uint32_t cell, uint8_t op)
{

	if (op == CELL_NONE)
		return KAUTH_RESULT_DEFER;
	return cell_result(cell_rs_ask(cell, op), cell, op);
}

static int
cell_ask_scope(kauth_cred_t cred, enum cell_scope scope, kauth_action_t action,
    void *request)
{
	const uint32_t cell = cell_of(cred);

	if (__predict_true(cell == CELL_HOST))
		return KAUTH_RESULT_DEFER;
	return cell_ask(cell, cell_op(scope, action, (uintptr_t)request));
}

static __noinline int
cell_ask_process(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{
	struct proc *p = arg0;
	const uintptr_t request = (uintptr_t)arg1;
	const struct rlimit *limit = arg2;
	const uintptr_t which = (uintptr_t)arg3;
	const uint32_t cell = cell_of(cred);
	uint8_t op, verdict;
	uint32_t target;

	if (cell == CELL_HOST && (p == NULL || cell_isroot(cred)))
		return KAUTH_RESULT_DEFER;

	op = cell_op(CELL_SCOPE_PROCESS, action, request);
	if (op == CELL_OP_PROCESS_FORK)
		return cell == CELL_HOST ? KAUTH_RESULT_DEFER :
		    cell_result(cell_ask_fork(cell), cell, op);
	if (p == NULL)
		return cell_ask(cell, op);

	/*
	 * A process that just entered still has the host's descriptors and
	 * memory, until it calls exec(3): it must not be taken over by its
	 * new neighbours, so for them it is the host's as yet.
	 */
	target = p->p_cred == cred ? cell : cell_of_proc(p);
	if ((op == CELL_OP_PROCESS_PTRACE || op == CELL_OP_PROCESS_KTRACE ||
	    op == CELL_OP_PROCESS_PROCFS) &&
	    (p->p_flag & PK_SUGID) != 0 && p != curproc)
		target = CELL_HOST;

	verdict = cell_rs_ask_process(cell, op, target);
	if (verdict != CELL_VERDICT_DENY && op == CELL_OP_PROCESS_RLIMIT &&
	    request == KAUTH_REQ_PROCESS_RLIMIT_SET &&
	    limit != NULL && which < RLIM_NLIMITS &&
	    limit->rlim_max > p->p_rlimit[which].rlim_max) {
		op = CELL_OP_PROCESS_RAISE_LIMIT;
		verdict = cell_rs_ask(cell, op);
	}

	/*
	 * execve(2) of a process that changed its credential, and each
	 * posix_spawn(2), ask whether the user may have more processes than
	 * the limit before they look whether there are.  If there are not,
	 * nothing is denied, and nothing counted.
	 */
	if (verdict == CELL_VERDICT_DENY && op == CELL_OP_PROCESS_RAISE_LIMIT &&
	    request == KAUTH_REQ_PROCESS_RLIMIT_BYPASS &&
	    which == RLIMIT_NPROC && limit != NULL &&
	    (rlim_t)chgproccnt(kauth_cred_getuid(cred), 0) <= limit->rlim_cur)
		return KAUTH_RESULT_DENY;

	return cell_result(verdict, cell, op);
}

/*
 * kauth(9) listener
 *
 * Scope: Process
 * Responsibility: cells are closed to one another; limits
 */
static int
cell_process_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{
	const struct proc *p = arg0;

	/* The host asks about itself. */
	if (__predict_true(cell_is_host(cred) &&
	    (p == NULL || p->p_cred == cred)))
		return KAUTH_RESULT_DEFER;
	return cell_ask_process(cred, action, cookie, arg0, arg1, arg2, arg3);
}

/*
 * kauth(9) listener
 *
 * Scope: System
 * Responsibility: administration of the system
 */
static int
cell_system_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{

	return cell_ask_scope(cred, CELL_SCOPE_SYSTEM, action, arg0);
}

/*
 * A port is bound.
 *
 * A bind(2) of a port passes the caller's address, with the port in network
 * byte order.  A port that the kernel picks is asked about twice: first as
 * port 0, with the address that the protocol was called with; then, by
 * portalgo_randport(), in an address on its own stack whose family nobody set
 * and whose port is in host byte order.  The second cannot be told by its
 * family, which may be any bytes, the right ones included.  It can be told by
 * its place: it lies deeper in the stack of this LWP than the first, while a
 * later bind(2) passes an address that does not, whether the kernel's pick
 * failed or not.  So the place of the first is kept with the LWP.
 *
 * For the second, a port that is reserved makes portalgo_randport() try
 * another; any other is the kernel's pick, hence as good as port 0.
 */
static int
cell_ask_bind(uint32_t cell, const struct socket *so,
    const struct sockaddr *sa)
{
	const struct protosw *pr = so->so_proto;
	uint8_t verdict;
	in_port_t port;

	switch (pr->pr_domain->dom_family) {
	case AF_INET:
		port = ((const struct sockaddr_in *)sa)->sin_port;
		break;
	case AF_INET6:
		port = ((const struct sockaddr_in6 *)sa)->sin6_port;
		break;
	default:
		return cell_ask(cell, CELL_OP_NETWORK_BIND);
	}
	if (port == 0)
		lwp_setspecific(cell_bind_key, __UNCONST(sa));
	if ((uintptr_t)sa < (uintptr_t)lwp_getspecific(cell_bind_key))
		verdict = cell_rs_ask_picked(cell, (uint8_t)pr->pr_protocol,
		    port);
	else
		verdict = cell_rs_ask_bind(cell, (uint8_t)pr->pr_protocol,
		    ntohs(port));
	return cell_result(verdict, cell, CELL_OP_NETWORK_BIND);
}

static __noinline int
cell_ask_network(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{
	const uintptr_t request = (uintptr_t)arg0;
	const uint32_t cell = cell_of(cred);
	uint8_t op;

	/* With no cell nothing is reserved. */
	if (cell == CELL_HOST && (cell_nactive == 0 || cell_isroot(cred)))
		return KAUTH_RESULT_DEFER;

	op = cell_op(CELL_SCOPE_NETWORK, action, request);
	if (op == CELL_OP_NETWORK_BIND &&
	    (request == KAUTH_REQ_NETWORK_BIND_PORT ||
	    request == KAUTH_REQ_NETWORK_BIND_PRIVPORT) &&
	    arg1 != NULL && arg2 != NULL)
		return cell_ask_bind(cell, arg1, arg2);
	if (cell == CELL_HOST)
		return KAUTH_RESULT_DEFER;

	if (op == CELL_NONE) {	/* SOCKET_OPEN */
		if ((uintptr_t)arg1 == PF_ROUTE || (uintptr_t)arg1 == PF_OROUTE)
			op = CELL_OP_NETWORK_ROUTE_SOCKET;
		else if ((uintptr_t)arg2 == SOCK_RAW)
			op = CELL_OP_NETWORK_RAW;
	}
	return cell_ask(cell, op);
}

/*
 * kauth(9) listener
 *
 * Scope: Network
 * Responsibility: ports; sockets and interfaces that need privilege
 */
static int
cell_network_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{

	if (__predict_true(cell_is_host(cred) && action != KAUTH_NETWORK_BIND))
		return KAUTH_RESULT_DEFER;
	return cell_ask_network(cred, action, cookie, arg0, arg1, arg2, arg3);
}

/*
 * kauth(9) listener
 *
 * Scope: Machdep
 * Responsibility: the machine itself
 */
static int
cell_machdep_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{

	return cell_ask_scope(cred, CELL_SCOPE_MACHDEP, action, NULL);
}

static __noinline int
cell_ask_device(kauth_cred_t cred, kauth_action_t action, uintptr_t request,
    const struct vnode *vp)
{
	const uint32_t cell = cell_of(cred);
	uint8_t op, verdict;

	if (cell == CELL_HOST)
		return KAUTH_RESULT_DEFER;
	op = cell_op(CELL_SCOPE_DEVICE, action, request);
	if (op != CELL_OP_DEVICE_OPEN || vp == NULL ||
	    (vp->v_type != VCHR && vp->v_type != VBLK))
		return cell_ask(cell, op);

	/* A request that is neither read nor write counts as both. */
	verdict = cell_rs_ask_device(cell, vp->v_type == VBLK,
	    major(vp->v_rdev), minor(vp->v_rdev),
	    request != KAUTH_REQ_DEVICE_RAWIO_SPEC_WRITE,
	    request != KAUTH_REQ_DEVICE_RAWIO_SPEC_READ);
	return cell_result(verdict, cell, op);
}

/*
 * kauth(9) listener
 *
 * Scope: Device
 * Responsibility: which device nodes may be opened, and privileged use
 *
 * RAWIO_SPEC is asked at each open of a device node, whatever its file
 * system: spec_open().
 */
static int
cell_device_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{

	if (__predict_true(cell_is_host(cred)))
		return KAUTH_RESULT_DEFER;
	return cell_ask_device(cred, action, (uintptr_t)arg0, arg1);
}

static __noinline int
cell_ask_vnode(kauth_cred_t cred, kauth_action_t action, const struct vnode *vp)
{
	const uint32_t cell = cell_of(cred);
	uint8_t verdict;

	if (cell == CELL_HOST)
		return KAUTH_RESULT_DEFER;
	if ((action & KAUTH_VNODE_WRITE_SYSFLAGS) != 0)
		return cell_ask(cell, CELL_OP_SYSTEM_CHSYSFLAGS);
	verdict = cell_rs_ask_exec(cell,
	    vp->v_mount == NULL || (vp->v_mount->mnt_flag & MNT_RDONLY) == 0);
	return cell_result(verdict, cell, CELL_OP_VNODE_EXEC);
}

/*
 * kauth(9) listener
 *
 * Scope: Vnode
 * Responsibility: what is executed comes from read-only file systems; the
 * flags of files that only the system may clear, for which file systems ask
 * here and not with KAUTH_SYSTEM_CHSYSFLAGS
 *
 * Execution asks what access(2) with X_OK asks.  To search a directory is
 * the same bit, and is never refused here.  A layer asks about the vnode
 * below: a read-only null mount of a writable file system is writable, which
 * it is for whoever has it mounted otherwise.
 */
static int
cell_vnode_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{
	const struct vnode *vp = arg0;

	if (((action & KAUTH_VNODE_EXECUTE) == 0 || vp->v_type != VREG) &&
	    (action & KAUTH_VNODE_WRITE_SYSFLAGS) == 0)
		return KAUTH_RESULT_DEFER;
	if (cell_is_host(cred))
		return KAUTH_RESULT_DEFER;
	return cell_ask_vnode(cred, action, vp);
}

/*
 * Credentials come first: they are counted before a cell can exist.
 */
static const struct {
	const char		*scope;
	kauth_scope_callback_t	callback;
} cell_scopes[] = {
	{ KAUTH_SCOPE_CRED,	cell_cred_cb },
	{ KAUTH_SCOPE_PROCESS,	cell_process_cb },
	{ KAUTH_SCOPE_SYSTEM,	cell_system_cb },
	{ KAUTH_SCOPE_NETWORK,	cell_network_cb },
	{ KAUTH_SCOPE_MACHDEP,	cell_machdep_cb },
	{ KAUTH_SCOPE_DEVICE,	cell_device_cb },
	{ KAUTH_SCOPE_VNODE,	cell_vnode_cb },
};

static kauth_listener_t cell_listeners[__arraycount(cell_scopes)];

static void
cell_nothing(void *arg1, void *arg2)
{
}

/*
 * kauth_unlisten_scope(9) does not wait for those who are being asked: it
 * takes the listener from the list, which kauth(9) walks without a lock or a
 * count.  So we wait for them.
 *
 * Nobody sleeps or waits in a listener by now: there is no cell, so each
 * asker is the host, and that is found without a lock (cell_of()) and leads
 * to DEFER before anything else.  So who was in a listener is out when its
 * processor has run another thread, which the cross-call makes it do;
 * unless the kernel preempts threads in the kernel, and that thread took its
 * place.  For those, there is the pause: a thread that can run but does not
 * get a few instructions done in all that time, on a busy processor and at
 * the lowest priority, is what remains of the risk that each of the kernel's
 * own secmodels takes when it is unloaded.
 */
static void
cell_leave(void)
{

	xc_wait(xc_broadcast(0, cell_nothing, NULL, NULL));
	(void)kpause("cellend", false, imax(1, hz / CELL_LEAVES), NULL);
}

void
cell_unlisten(void)
{
	size_t i;

	for (i = __arraycount(cell_listeners); i-- > 0;) {
		kauth_unlisten_scope(cell_listeners[i]);
		cell_listeners[i] = NULL;
	}
	cell_leave();
}

/*
 * If it fails, cell_unlisten() is to follow.
 */
int
cell_listen(void)
{
	size_t i;

	for (i = 0; i < __arraycount(cell_scopes); i++) {
		cell_listeners[i] = kauth_listen_scope(cell_scopes[i].scope,
		    cell_scopes[i].callback, NULL);
		if (cell_listeners[i] == NULL)
			return ENOMEM;
	}
	return 0;
}

