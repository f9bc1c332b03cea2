/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What kauth(9) asks, put to the policy core; and credentials and members
 * counted.  Called with whatever locks the caller of kauth(9) has: nothing here
 * takes cell_lock.
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/kauth.h>
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

#include <miscfs/specfs/specdev.h>

#include <netinet/in.h>

#include "cell_map.h"
#include "cell_var.h"

static uint8_t
cell_op(enum cell_scope scope, kauth_action_t action, uintptr_t request)
{
	uint8_t op;

	if (action >= CELL_MAP_SIZE)
		return CELL_OP_UNKNOWN;
	op = cell_map[scope][0][action];
	if (op != CELL_BY_REQUEST)
		return op;
	return request < CELL_MAP_SIZE ? cell_map[scope][1][request] :
	    CELL_OP_UNKNOWN;
}

/*
 * The core's answer as kauth(9) wants it.  A denial is counted.
 */
static int
cell_result(uint8_t verdict, kauth_cred_t cred, uint32_t cell, uint8_t op)
{

	switch (verdict) {
	case CELL_VERDICT_DEFER:
		return KAUTH_RESULT_DEFER;
	case CELL_VERDICT_ALLOW:
		return KAUTH_RESULT_ALLOW;
	default:
		break;
	}
	mutex_enter(&cell_event_lock);
	if (cell_rs_denied(cell, cell_isroot(cred), op, curproc->p_pid,
	    cell_now()))
		cell_wakeup();
	mutex_exit(&cell_event_lock);
	return KAUTH_RESULT_DENY;
}

static int
cell_ask(kauth_cred_t cred, uint8_t op)
{
	const uint32_t cell = cell_of(cred);

	if (op == CELL_NONE)
		return KAUTH_RESULT_DEFER;
	return cell_result(cell_rs_ask(cell, cell_isroot(cred), op), cred,
	    cell, op);
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
	struct proc *p = arg0;
	const uint32_t cell = cell_of(cred);
	const bool root = cell_isroot(cred);
	const struct rlimit *limit;
	uint8_t op, verdict;
	uint32_t target;

	op = cell_op(CELL_SCOPE_PROCESS, action, (uintptr_t)arg1);
	if (op == CELL_OP_PROCESS_FORK)
		return cell_result(cell_rs_ask_fork(cell, root), cred, cell,
		    op);
	if (p == NULL)
		return cell_ask(cred, op);

	/* Unlocked, as the kernel's own listeners read it. */
	target = cell_of(p->p_cred);

	/*
	 * A process that just entered still has the host's descriptors and
	 * memory, until it calls exec(3): it must not be taken over by its
	 * new neighbours, so for them it is the host's as yet.
	 */
	if ((op == CELL_OP_PROCESS_PTRACE || op == CELL_OP_PROCESS_KTRACE ||
	    op == CELL_OP_PROCESS_PROCFS) &&
	    (p->p_flag & PK_SUGID) != 0 && p != curproc)
		target = CELL_HOST;

	verdict = cell_rs_ask_process(cell, root, op, target);
	if (verdict != CELL_VERDICT_DENY && op == CELL_OP_PROCESS_RLIMIT &&
	    (uintptr_t)arg1 == KAUTH_REQ_PROCESS_RLIMIT_SET &&
	    (limit = arg2) != NULL && (uintptr_t)arg3 < RLIM_NLIMITS &&
	    limit->rlim_max > p->p_rlimit[(uintptr_t)arg3].rlim_max) {
		op = CELL_OP_PROCESS_RAISE_LIMIT;
		verdict = cell_rs_ask(cell, root, op);
	}

	/*
	 * execve(2) of a process that changed its credential, and each
	 * posix_spawn(2), ask whether the user may have more processes than
	 * the limit before they look whether there are.  If there are not,
	 * nothing is denied, and nothing counted.
	 */
	if (verdict == CELL_VERDICT_DENY && action == KAUTH_PROCESS_RLIMIT &&
	    (uintptr_t)arg1 == KAUTH_REQ_PROCESS_RLIMIT_BYPASS &&
	    (uintptr_t)arg3 == RLIMIT_NPROC && (limit = arg2) != NULL &&
	    (rlim_t)chgproccnt(kauth_cred_getuid(cred), 0) <= limit->rlim_cur)
		return KAUTH_RESULT_DENY;

	return cell_result(verdict, cred, cell, op);
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

	return cell_ask(cred, cell_op(CELL_SCOPE_SYSTEM, action, (uintptr_t)arg0));
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
cell_bind(kauth_cred_t cred, struct socket *so, const struct sockaddr *sa)
{
	const uint32_t cell = cell_of(cred);
	const bool root = cell_isroot(cred);
	const struct protosw *pr = so->so_proto;
	uint8_t verdict;
	in_port_t port;
	bool picked;

	switch (pr->pr_domain->dom_family) {
	case AF_INET:
		port = ((const struct sockaddr_in *)sa)->sin_port;
		break;
	case AF_INET6:
		port = ((const struct sockaddr_in6 *)sa)->sin6_port;
		break;
	default:
		return cell_ask(cred, CELL_OP_NETWORK_BIND);
	}
	if (root && cell == CELL_HOST)
		return KAUTH_RESULT_DEFER;
	if (port == 0)
		lwp_setspecific(cell_lwp_key, __UNCONST(sa));
	picked = (uintptr_t)sa < (uintptr_t)lwp_getspecific(cell_lwp_key);
	if (picked)
		verdict = cell_rs_ask_picked(cell, root,
		    (uint8_t)pr->pr_protocol, port);
	else
		verdict = cell_rs_ask_bind(cell, root,
		    (uint8_t)pr->pr_protocol, ntohs(port));
	return cell_result(verdict, cred, cell, CELL_OP_NETWORK_BIND);
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
	const uintptr_t request = (uintptr_t)arg0;

	if (action == KAUTH_NETWORK_BIND &&
	    (request == KAUTH_REQ_NETWORK_BIND_PORT ||
	    request == KAUTH_REQ_NETWORK_BIND_PRIVPORT) &&
	    arg1 != NULL && arg2 != NULL)
		return cell_bind(cred, arg1, arg2);

	if (action == KAUTH_NETWORK_SOCKET &&
	    request == KAUTH_REQ_NETWORK_SOCKET_OPEN) {
		switch ((uintptr_t)arg1) {
		case PF_ROUTE:
		case PF_OROUTE:
			return cell_ask(cred, CELL_OP_NETWORK_ROUTE_SOCKET);
		default:
			if ((uintptr_t)arg2 == SOCK_RAW)
				return cell_ask(cred, CELL_OP_NETWORK_RAW);
			break;
		}
	}

	return cell_ask(cred, cell_op(CELL_SCOPE_NETWORK, action, request));
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

	return cell_ask(cred, cell_op(CELL_SCOPE_MACHDEP, action, 0));
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
	const uintptr_t request = (uintptr_t)arg0;
	const struct vnode *vp = arg1;
	const uint32_t cell = cell_of(cred);
	uint8_t verdict;

	if (action != KAUTH_DEVICE_RAWIO_SPEC || vp == NULL ||
	    (vp->v_type != VCHR && vp->v_type != VBLK))
		return cell_ask(cred,
		    cell_op(CELL_SCOPE_DEVICE, action, request));

	/* A request that is neither read nor write counts as both. */
	verdict = cell_rs_ask_device(cell, cell_isroot(cred),
	    vp->v_type == VBLK, major(vp->v_rdev), minor(vp->v_rdev),
	    request != KAUTH_REQ_DEVICE_RAWIO_SPEC_WRITE,
	    request != KAUTH_REQ_DEVICE_RAWIO_SPEC_READ);
	return cell_result(verdict, cred, cell, CELL_OP_DEVICE_OPEN);
}

/*
 * kauth(9) listener
 *
 * Scope: Vnode
 * Responsibility: what is executed comes from read-only file systems
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
	uint32_t cell;
	uint8_t verdict;

	if ((action & KAUTH_VNODE_EXECUTE) == 0 || vp->v_type != VREG)
		return KAUTH_RESULT_DEFER;

	cell = cell_of(cred);
	verdict = cell_rs_ask_exec(cell, cell_isroot(cred),
	    vp->v_mount == NULL || (vp->v_mount->mnt_flag & MNT_RDONLY) == 0);
	return cell_result(verdict, cred, cell, CELL_OP_VNODE_EXEC);
}

/*
 * kauth(9) listener
 *
 * Scope: Credentials
 * Responsibility: credentials and members are counted
 *
 * The kernel does not ask here, it tells, and expects to hear ALLOW.
 */
static int
cell_cred_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{
	const uint32_t cell = cell_of(cred);

	switch (action) {
	case KAUTH_CRED_INIT:
		/*
		 * No data, which is the host.  A member's will become a
		 * copy of its own under p_lock: have the room for it now.
		 */
		if (curlwp->l_cred != NULL &&
		    cell_of(curlwp->l_cred) != CELL_HOST)
			kauth_cred_setdata(cred, cell_key, NULL);
		break;

	case KAUTH_CRED_COPY: {
		const uint32_t old = cell_of(arg0);

		/*
		 * From cred to arg0, which is new, hence the host's, except
		 * where a secmodel came before us.  Share first: the last
		 * reference must not go in between.
		 */
		if (cell != CELL_HOST)
			cell_rs_credential_shared(cell);
		if (cell != old)
			kauth_cred_setdata(arg0, cell_key,
			    (void *)(uintptr_t)cell);
		if (old != CELL_HOST)
			cell_rs_credential_dropped(old);
		break;
	}

	case KAUTH_CRED_FORK:
		/*
		 * The child has its parent's very credential.  Nothing of
		 * the fork can fail any more.
		 */
		if (cell != CELL_HOST)
			cell_rs_process_forked(cell, true);
		break;

	case KAUTH_CRED_FREE:
		if (cell != CELL_HOST) {
			kauth_cred_setdata(cred, cell_key, NULL);
			cell_rs_credential_dropped(cell);
		}
		break;

	case KAUTH_CRED_CHROOT:
		break;

	default:
		break;
	}

	return KAUTH_RESULT_ALLOW;
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

void
cell_unlisten(void)
{
	size_t i;

	for (i = __arraycount(cell_listeners); i-- > 0;) {
		if (cell_listeners[i] != NULL)
			kauth_unlisten_scope(cell_listeners[i]);
		cell_listeners[i] = NULL;
	}
}

int
cell_listen(void)
{
	size_t i;

	for (i = 0; i < __arraycount(cell_scopes); i++) {
		cell_listeners[i] = kauth_listen_scope(cell_scopes[i].scope,
		    cell_scopes[i].callback, NULL);
		if (cell_listeners[i] == NULL) {
			cell_unlisten();
			return ENOMEM;
		}
	}
	return 0;
}

