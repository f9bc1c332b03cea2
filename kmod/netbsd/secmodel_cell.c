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
 * This file translates and does not judge.  It knows the kernel's structures;
 * the policy core (cell_rs.h) decides, keeps the table of cells, and sees
 * nothing of the kernel but integers and byte buffers.
 *
 * Locks, in the order they are taken:
 *
 *	cell_lock	adaptive; requests, one after the other.  May be held
 *			across a sleep, is not held while a path is resolved
 *			or while Kill waits.  Never taken by a listener.
 *	proc_lock, cwdi_lock, p_lock
 *			the kernel's.  Listeners are called with some of them.
 *	cell_event_lock	adaptive, a leaf but for what selnotify(9) takes;
 *			events and the totals of CPU time.
 *
 * Deciding takes none of these.  kauth(9) itself locks the credential to get
 * at its data.
 *
 * References:
 *
 *	A credential that carries a handle is counted in the core, from COPY
 *	or from enter until FREE; the slot is not used again before.
 *	cell_roots[] has one reference to the root vnode of each active cell,
 *	from create to destroy.  It is given up with no lock held but
 *	cell_lock.
 *	An open of /dev/cell is counted in cell_nopen; it keeps the module.
 *
 * Members are counted when a fork is past the point where it can fail, which
 * is when KAUTH_CRED_FORK says so.  forkhook_establish(9) would not do:
 * posix_spawn(2) does not run the fork hooks.  They are counted out by the
 * exit hook; a zombie is no member, its credential keeps the slot.
 *
 * The CRED listener may be called with p_lock held and then does not sleep:
 * what a credential's data needs is allocated when the credential is new.
 * Requests may sleep.  No other listener does.
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/conf.h>
#include <sys/domain.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/ioccom.h>
#include <sys/kauth.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/module.h>
#include <sys/mount.h>
#include <sys/mutex.h>
#include <sys/namei.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/protosw.h>
#include <sys/resourcevar.h>
#include <sys/select.h>
#include <sys/signalvar.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/syslog.h>
#include <sys/uio.h>
#include <sys/vnode.h>

#include <miscfs/specfs/specdev.h>

#include <netinet/in.h>

#include <uvm/uvm_extern.h>

#include <secmodel/secmodel.h>

#include "cell_rs.h"

#if __NetBSD_Version__ < 1000000000
#define	selrecord_knote(sip, kn)	\
	SLIST_INSERT_HEAD(&(sip)->sel_klist, kn, kn_selnext)
#define	selremove_knote(sip, kn)	\
	SLIST_REMOVE(&(sip)->sel_klist, kn, knote, kn_selnext)
#endif

MODULE(MODULE_CLASS_SECMODEL, secmodel_cell, NULL);

#define	SECMODEL_CELL_ID	"org.netbsd.secmodel.cell"
#define	SECMODEL_CELL_NAME	"Cells"

#define	CELL_HOST		0U

/* How long Kill waits for what it killed, in rounds of 10 ms. */
#define	CELL_KILL_ROUNDS	100

/* How long enter waits for its address space to be its own, in ticks. */
#define	CELL_ENTER_ROUNDS	20

static secmodel_t cell_sm;
static kauth_key_t cell_key;
static specificdata_key_t cell_lwp_key;
static void *cell_exithook_cookie;

static kmutex_t cell_lock;
static kmutex_t cell_event_lock;
static kcondvar_t cell_event_cv;	/* cell_event_lock */
static struct selinfo cell_event_sel;	/* cell_event_lock */
static struct vnode *cell_roots[CELL_MAX_CELLS];	/* cell_lock */
static u_int cell_nopen;		/* cell_lock */
static bool cell_stopping;		/* cell_lock */

struct cell_file {
	uint32_t	cf_cursor;	/* cell_event_lock */
};

/*
 * The map of what is asked to what it is: scope by action, and by request
 * where the action has requests that differ (CELL_BY_REQUEST).  An action or a
 * request that is not here is CELL_OP_UNKNOWN, which is 0, and which
 * policies deny: a newer kernel does not open a hole.
 *
 * CELL_NONE is what nobody needs to ask a cell's policy about.
 */
enum cell_scope {
	CELL_SCOPE_PROCESS,
	CELL_SCOPE_SYSTEM,
	CELL_SCOPE_NETWORK,
	CELL_SCOPE_MACHDEP,
	CELL_SCOPE_DEVICE,
	CELL_NSCOPES
};

#define	CELL_MAP_SIZE	64
#define	CELL_BY_REQUEST	0xfe
#define	CELL_NONE		0xff

#define	ACTION(scope, name)	\
	[CELL_SCOPE_##scope][0][KAUTH_##scope##_##name]
#define	REQUEST(scope, name)	\
	[CELL_SCOPE_##scope][1][KAUTH_REQ_##scope##_##name]

static const uint8_t cell_map[CELL_NSCOPES][2][CELL_MAP_SIZE] = {
	/* Process: asked of a target, which must be of the same cell. */
	ACTION(PROCESS, CANSEE)			= CELL_OP_PROCESS_SEE,
	ACTION(PROCESS, CORENAME)		= CELL_OP_PROCESS_CORENAME,
	ACTION(PROCESS, FORK)			= CELL_OP_PROCESS_FORK,
	ACTION(PROCESS, KEVENT_FILTER)		= CELL_OP_PROCESS_KEVENT,
	ACTION(PROCESS, KTRACE)			= CELL_OP_PROCESS_KTRACE,
	ACTION(PROCESS, NICE)			= CELL_OP_PROCESS_NICE,
	ACTION(PROCESS, PROCFS)			= CELL_OP_PROCESS_PROCFS,
	ACTION(PROCESS, PTRACE)			= CELL_OP_PROCESS_PTRACE,
	ACTION(PROCESS, RLIMIT)			= CELL_BY_REQUEST,
	REQUEST(PROCESS, RLIMIT_GET)		= CELL_OP_PROCESS_RLIMIT,
	REQUEST(PROCESS, RLIMIT_SET)		= CELL_OP_PROCESS_RLIMIT,
	REQUEST(PROCESS, RLIMIT_BYPASS)		= CELL_OP_PROCESS_RAISE_LIMIT,
	ACTION(PROCESS, SCHEDULER_GETAFFINITY)	= CELL_OP_PROCESS_GETAFFINITY,
	ACTION(PROCESS, SCHEDULER_SETAFFINITY)	= CELL_OP_PROCESS_SETAFFINITY,
	ACTION(PROCESS, SCHEDULER_GETPARAM)	= CELL_OP_PROCESS_GETSCHED,
	ACTION(PROCESS, SCHEDULER_SETPARAM)	= CELL_OP_PROCESS_SETSCHED,
	ACTION(PROCESS, SETID)			= CELL_OP_PROCESS_SETID,
	ACTION(PROCESS, SIGNAL)			= CELL_OP_PROCESS_SIGNAL,
	ACTION(PROCESS, STOPFLAG)		= CELL_OP_PROCESS_STOPFLAG,

	ACTION(SYSTEM, ACCOUNTING)		= CELL_OP_SYSTEM_ACCOUNTING,
	ACTION(SYSTEM, CHROOT)			= CELL_OP_SYSTEM_CHROOT,
	ACTION(SYSTEM, CHSYSFLAGS)		= CELL_OP_SYSTEM_CHSYSFLAGS,
	ACTION(SYSTEM, CPU)			= CELL_OP_SYSTEM_CPU,
	ACTION(SYSTEM, DEBUG)			= CELL_OP_SYSTEM_DEBUG,
	ACTION(SYSTEM, FILEHANDLE)		= CELL_OP_SYSTEM_FILEHANDLE,
	ACTION(SYSTEM, MKNOD)			= CELL_OP_SYSTEM_MKNOD,
	ACTION(SYSTEM, MOUNT)			= CELL_BY_REQUEST,
	REQUEST(SYSTEM, MOUNT_GET)		= CELL_OP_SYSTEM_MOUNT_GET,
	REQUEST(SYSTEM, MOUNT_NEW)		= CELL_OP_SYSTEM_MOUNT_NEW,
	REQUEST(SYSTEM, MOUNT_UNMOUNT)		= CELL_OP_SYSTEM_MOUNT_UNMOUNT,
	REQUEST(SYSTEM, MOUNT_UPDATE)		= CELL_OP_SYSTEM_MOUNT_UPDATE,
	REQUEST(SYSTEM, MOUNT_UMAP)		= CELL_OP_SYSTEM_MOUNT_UMAP,
	REQUEST(SYSTEM, MOUNT_DEVICE)		= CELL_OP_SYSTEM_MOUNT_DEVICE,
	ACTION(SYSTEM, PSET)			= CELL_OP_SYSTEM_PSET,
	ACTION(SYSTEM, REBOOT)			= CELL_OP_SYSTEM_REBOOT,
	ACTION(SYSTEM, SETIDCORE)		= CELL_OP_SYSTEM_SETIDCORE,
	ACTION(SYSTEM, SWAPCTL)			= CELL_OP_SYSTEM_SWAP,
	ACTION(SYSTEM, SYSCTL)			= CELL_BY_REQUEST,
	REQUEST(SYSTEM, SYSCTL_ADD)		= CELL_OP_SYSTEM_SYSCTL_ADD,
	REQUEST(SYSTEM, SYSCTL_DELETE)		= CELL_OP_SYSTEM_SYSCTL_DELETE,
	REQUEST(SYSTEM, SYSCTL_DESC)		= CELL_OP_SYSTEM_SYSCTL_DESC,
	REQUEST(SYSTEM, SYSCTL_MODIFY)		= CELL_OP_SYSTEM_SYSCTL_MODIFY,
	REQUEST(SYSTEM, SYSCTL_PRVT)		= CELL_OP_SYSTEM_SYSCTL_PRIVATE,
	ACTION(SYSTEM, TIME)			= CELL_OP_SYSTEM_TIME,
	ACTION(SYSTEM, MODULE)			= CELL_OP_SYSTEM_MODULE,
	ACTION(SYSTEM, FS_RESERVEDSPACE)	= CELL_OP_SYSTEM_FS_RESERVED,
	ACTION(SYSTEM, FS_QUOTA)		= CELL_OP_SYSTEM_FS_QUOTA,
	ACTION(SYSTEM, SEMAPHORE)		= CELL_OP_SYSTEM_SEMAPHORE,
	ACTION(SYSTEM, SYSVIPC)			= CELL_OP_SYSTEM_SYSVIPC,
	ACTION(SYSTEM, MQUEUE)			= CELL_OP_SYSTEM_MQUEUE,
	ACTION(SYSTEM, VERIEXEC)		= CELL_OP_SYSTEM_VERIEXEC,
	ACTION(SYSTEM, DEVMAPPER)		= CELL_OP_SYSTEM_DEVMAPPER,
	ACTION(SYSTEM, MAP_VA_ZERO)		= CELL_OP_SYSTEM_MAP_ZERO,
	ACTION(SYSTEM, LFS)			= CELL_OP_SYSTEM_LFS,
	ACTION(SYSTEM, FS_EXTATTR)		= CELL_OP_SYSTEM_FS_EXTATTR,
	ACTION(SYSTEM, FS_SNAPSHOT)		= CELL_OP_SYSTEM_FS_SNAPSHOT,
	ACTION(SYSTEM, INTR)			= CELL_OP_SYSTEM_INTR,
	ACTION(SYSTEM, KERNADDR)		= CELL_OP_SYSTEM_KERNADDR,

	/* Network: a port to bind goes by number, see cell_bind(). */
	ACTION(NETWORK, ALTQ)			= CELL_OP_NETWORK_ALTQ,
	ACTION(NETWORK, BIND)			= CELL_OP_NETWORK_BIND,
	ACTION(NETWORK, FIREWALL)		= CELL_OP_NETWORK_FIREWALL,
	ACTION(NETWORK, INTERFACE)		= CELL_BY_REQUEST,
	REQUEST(NETWORK, INTERFACE_GET)		= CELL_OP_NETWORK_INTERFACE_GET,
	REQUEST(NETWORK, INTERFACE_GETPRIV)	= CELL_OP_NETWORK_INTERFACE_SET,
	REQUEST(NETWORK, INTERFACE_SET)		= CELL_OP_NETWORK_INTERFACE_SET,
	REQUEST(NETWORK, INTERFACE_SETPRIV)	= CELL_OP_NETWORK_INTERFACE_SET,
	REQUEST(NETWORK, INTERFACE_FIRMWARE)	= CELL_OP_NETWORK_INTERFACE_SET,
	ACTION(NETWORK, FORWSRCRT)		= CELL_OP_NETWORK_SOURCE_ROUTE,
	ACTION(NETWORK, NFS)			= CELL_OP_NETWORK_NFS,
	ACTION(NETWORK, ROUTE)			= CELL_OP_NETWORK_ROUTE,
	/* SOCKET_OPEN by family and type, see cell_network_cb(). */
	ACTION(NETWORK, SOCKET)			= CELL_BY_REQUEST,
	REQUEST(NETWORK, SOCKET_OPEN)		= CELL_NONE,
	REQUEST(NETWORK, SOCKET_RAWSOCK)	= CELL_OP_NETWORK_RAW,
	REQUEST(NETWORK, SOCKET_CANSEE)		= CELL_OP_NETWORK_SOCKET_SEE,
	REQUEST(NETWORK, SOCKET_DROP)		= CELL_OP_NETWORK_SOCKET_DROP,
	REQUEST(NETWORK, SOCKET_SETPRIV)	= CELL_OP_NETWORK_SOCKET_SETPRIV,
	ACTION(NETWORK, INTERFACE_PPP)		= CELL_OP_NETWORK_TUNNEL,
	ACTION(NETWORK, INTERFACE_SLIP)		= CELL_OP_NETWORK_TUNNEL,
	ACTION(NETWORK, INTERFACE_STRIP)	= CELL_OP_NETWORK_TUNNEL,
	ACTION(NETWORK, INTERFACE_TUN)		= CELL_OP_NETWORK_TUNNEL,
	ACTION(NETWORK, INTERFACE_BRIDGE)	= CELL_OP_NETWORK_TUNNEL,
	ACTION(NETWORK, INTERFACE_PVC)		= CELL_OP_NETWORK_TUNNEL,
#if __NetBSD_Version__ >= 1000000000	/* wg(4) */
	ACTION(NETWORK, INTERFACE_WG)		= CELL_OP_NETWORK_TUNNEL,
#endif
	ACTION(NETWORK, IPSEC)			= CELL_OP_NETWORK_IPSEC,
	ACTION(NETWORK, IPV6)			= CELL_OP_NETWORK_IPV6,
	ACTION(NETWORK, SMB)			= CELL_OP_NETWORK_SMB,

	ACTION(MACHDEP, CACHEFLUSH)		= CELL_OP_MACHDEP_CACHEFLUSH,
	ACTION(MACHDEP, CPU_UCODE_APPLY)	= CELL_OP_MACHDEP_UCODE,
	ACTION(MACHDEP, IOPERM_GET)		= CELL_OP_MACHDEP_IO,
	ACTION(MACHDEP, IOPERM_SET)		= CELL_OP_MACHDEP_IO,
	ACTION(MACHDEP, IOPL)			= CELL_OP_MACHDEP_IO,
	ACTION(MACHDEP, LDT_GET)		= CELL_OP_MACHDEP_LDT,
	ACTION(MACHDEP, LDT_SET)		= CELL_OP_MACHDEP_LDT,
	ACTION(MACHDEP, MTRR_GET)		= CELL_OP_MACHDEP_MTRR,
	ACTION(MACHDEP, MTRR_SET)		= CELL_OP_MACHDEP_MTRR,
	ACTION(MACHDEP, NVRAM)			= CELL_OP_MACHDEP_NVRAM,
	ACTION(MACHDEP, UNMANAGEDMEM)		= CELL_OP_MACHDEP_MEMORY,
	ACTION(MACHDEP, PXG)			= CELL_OP_MACHDEP_MEMORY,
	ACTION(MACHDEP, SVS_DISABLE)		= CELL_OP_MACHDEP_MEMORY,

	/* Device: a node to open goes by number, see cell_device_cb(). */
	ACTION(DEVICE, RAWIO_SPEC)		= CELL_OP_DEVICE_OPEN,
	ACTION(DEVICE, RAWIO_PASSTHRU)		= CELL_OP_DEVICE_PASSTHRU,
	ACTION(DEVICE, TTY_OPEN)		= CELL_OP_DEVICE_TTY_OPEN,
	ACTION(DEVICE, TTY_PRIVSET)		= CELL_OP_DEVICE_TTY_PRIV,
	ACTION(DEVICE, TTY_STI)			= CELL_OP_DEVICE_TTY_PRIV,
	ACTION(DEVICE, TTY_VIRTUAL)		= CELL_OP_DEVICE_TTY_PRIV,
	ACTION(DEVICE, RND_ADDDATA)		= CELL_OP_DEVICE_RND_ADD,
	ACTION(DEVICE, RND_ADDDATA_ESTIMATE)	= CELL_OP_DEVICE_RND_PRIV,
	ACTION(DEVICE, RND_GETPRIV)		= CELL_OP_DEVICE_RND_PRIV,
	ACTION(DEVICE, RND_SETPRIV)		= CELL_OP_DEVICE_RND_PRIV,
	ACTION(DEVICE, BLUETOOTH_SETPRIV)	= CELL_OP_DEVICE_BLUETOOTH,
	ACTION(DEVICE, BLUETOOTH_BCSP)		= CELL_OP_DEVICE_BLUETOOTH,
	ACTION(DEVICE, BLUETOOTH_BTUART)	= CELL_OP_DEVICE_BLUETOOTH,
	ACTION(DEVICE, BLUETOOTH_SEND)		= CELL_OP_DEVICE_BLUETOOTH,
	ACTION(DEVICE, BLUETOOTH_RECV)		= CELL_OP_DEVICE_BLUETOOTH,
	ACTION(DEVICE, GPIO_PINSET)		= CELL_OP_DEVICE_GPIO,
	ACTION(DEVICE, WSCONS_KEYBOARD_BELL)	= CELL_OP_DEVICE_WSCONS,
	ACTION(DEVICE, WSCONS_KEYBOARD_KEYREPEAT) = CELL_OP_DEVICE_WSCONS,
#if __NetBSD_Version__ >= 1000000000
	ACTION(DEVICE, NVMM_CTL)		= CELL_OP_DEVICE_NVMM,
#endif
};

#undef ACTION
#undef REQUEST

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

static uint32_t
cell_of(kauth_cred_t cred)
{

	return (uint32_t)(uintptr_t)kauth_cred_getdata(cred, cell_key);
}

static bool
cell_isroot(kauth_cred_t cred)
{

	return kauth_cred_geteuid(cred) == 0;
}

static uint32_t
cell_now(void)
{

	return (uint32_t)time_uptime;
}

static int
cell_errno(uint8_t refusal)
{
	static const int errnos[] = CELL_REFUSAL_ERRNOS;

	return refusal < __arraycount(errnos) ? errnos[refusal] : EINVAL;
}

static void
cell_wakeup(void)
{

	KASSERT(mutex_owned(&cell_event_lock));
	cv_broadcast(&cell_event_cv);
	selnotify(&cell_event_sel, POLLIN | POLLRDNORM, NOTE_SUBMIT);
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
			cell_rs_process_forked(cell);
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

static uint64_t
cell_cpu_us(struct proc *p)
{
	struct timeval tv;

	KASSERT(mutex_owned(p->p_lock));
	calcru(p, NULL, NULL, NULL, &tv);
	return (uint64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

/*
 * A process exits.  It runs no program any more, its descriptors are closed.
 */
static void
cell_exithook(struct proc *p, void *arg)
{
	uint32_t cell;
	uint64_t cpu_us = 0;

	mutex_enter(p->p_lock);
	cell = cell_of(p->p_cred);
	if (cell != CELL_HOST)
		cpu_us = cell_cpu_us(p);
	mutex_exit(p->p_lock);
	if (cell == CELL_HOST)
		return;
	mutex_enter(&cell_event_lock);
	cell_rs_process_exited(cell, cpu_us);
	mutex_exit(&cell_event_lock);
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
	if (refusal == 0)
		cell_wakeup();
	else
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
	mutex_exit(&cell_lock);

	vrele(vp);
	log(LOG_INFO, "cell: destroyed cell=%u pid=%d\n", cw->cw_cell,
	    curproc->p_pid);
	return cell_errno(cell_rs_destroyed(buf, len));
}

/*
 * Whether p has a directory open.  Its descriptor table is its own and it
 * has one thread, which is here: the table does not change.
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
 * Whether p, which is the caller, shares something with another process that
 * would let p act outside, or that one inside.  Only p itself could begin to
 * share: what is not shared at one moment stays so.
 */
static bool
cell_is_sharing(struct proc *p)
{
	u_int i;

	/* A vfork(2) child has not called exec(3) yet. */
	if ((p->p_lflag & PL_PPWAIT) != 0 || p->p_fd->fd_refcnt != 1 ||
	    p->p_cwdi->cwdi_refcnt != 1)
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

	if (cell_is_sharing(p) || cell_has_directory(p)) {
		cell_rs_abandon_enter(cw->cw_cell);
		mutex_exit(&cell_lock);
		return EBUSY;
	}

	ncred = kauth_cred_dup(l->l_cred);
	cell_rs_credential_shared(cw->cw_cell);
	kauth_cred_setdata(ncred, cell_key, (void *)(uintptr_t)cw->cw_cell);
	vref(vp);
	vref(vp);

	rw_enter(&cwdi->cwdi_lock, RW_WRITER);
	proc_crmod_enter();
	if (p->p_nlwps != 1 || (p->p_slflag & PSL_TRACED) != 0) {
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
		    kpause("cellkill", true, uimax(1, mstohz(10)), NULL)
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
	uint64_t cpu_us = 0, resident = 0, virtual = 0;
	uint8_t refusal;

	KASSERT(mutex_owned(&cell_lock));
	mutex_enter(&proc_lock);
	PROCLIST_FOREACH(p, &allproc) {
		mutex_enter(p->p_lock);
		if (p->p_stat != SIDL && !P_ZOMBIE(p) &&
		    cell_of(p->p_cred) == cw->cw_cell) {
			cpu_us += cell_cpu_us(p);
			resident += vm_resident_count(p->p_vmspace);
			virtual += p->p_vmspace->vm_map.size;
		}
		mutex_exit(p->p_lock);
	}
	mutex_exit(&proc_lock);

	mutex_enter(&cell_event_lock);
	refusal = cell_rs_stats(caller, root, cw->cw_cell, cell_now(), cpu_us,
	    (uint32_t)MIN(resident * (PAGE_SIZE / 1024), UINT32_MAX),
	    (uint32_t)MIN(virtual / 1024, UINT32_MAX), buf, len);
	mutex_exit(&cell_event_lock);
	mutex_exit(&cell_lock);
	return cell_errno(refusal);
}

static int
cell_request(uint8_t *buf, size_t len)
{
	kauth_cred_t cred = kauth_cred_get();
	const uint32_t caller = cell_of(cred);
	const bool root = cell_isroot(cred);
	struct cell_work cw;
	uint32_t cursor;
	uint8_t refusal;

	mutex_enter(&cell_lock);
	mutex_enter(&cell_event_lock);
	cursor = cell_rs_event_cursor();
	refusal = cell_rs_begin(caller, root, curproc->p_pid, cell_now(), buf,
	    len, &cw);
	if (cell_rs_event_cursor() != cursor)
		cell_wakeup();
	mutex_exit(&cell_event_lock);
	if (refusal != 0) {
		mutex_exit(&cell_lock);
		return cell_errno(refusal);
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

/*
 * The device: opened by the host, read for events, asked by ioctl(2).  Each
 * open reads all events from then on.
 */
static int
cell_ioctl(struct file *fp, u_long cmd, void *data)
{

	switch (cmd) {
	case CELL_IOC_128:
	case CELL_IOC_1024:
	case CELL_IOC_4096:
		return cell_request(data, IOCPARM_LEN(cmd));
	case FIONBIO:
	case FIOASYNC:
		return 0;
	default:
		return ENOTTY;
	}
}

static int
cell_read(struct file *fp, off_t *offp, struct uio *uio, kauth_cred_t cred,
    int flags)
{
	struct cell_file *cf = fp->f_data;
	uint8_t frame[CELL_EVENT_MAX];
	bool any = false;
	size_t n;
	int error = 0;

	/* A member may have the descriptor from who launched it. */
	if (cell_of(kauth_cred_get()) != CELL_HOST)
		return EPERM;
	if (uio->uio_resid < sizeof(frame))
		return EINVAL;

	while (error == 0 && uio->uio_resid >= sizeof(frame)) {
		mutex_enter(&cell_event_lock);
		while ((n = cell_rs_read_event(&cf->cf_cursor, frame,
		    sizeof(frame), cell_now())) == 0 && error == 0 && !any) {
			if ((fp->f_flag & FNONBLOCK) != 0)
				error = EWOULDBLOCK;
			else
				error = cv_wait_sig(&cell_event_cv,
				    &cell_event_lock);
		}
		mutex_exit(&cell_event_lock);
		if (n == 0)
			break;
		error = uiomove(frame, n, uio);
		any = true;
	}
	return error;
}

static int
cell_poll(struct file *fp, int events)
{
	struct cell_file *cf = fp->f_data;
	int revents = 0;

	if ((events & (POLLIN | POLLRDNORM)) == 0)
		return 0;
	mutex_enter(&cell_event_lock);
	if (cell_rs_has_event(cf->cf_cursor, cell_now()))
		revents = events & (POLLIN | POLLRDNORM);
	else
		selrecord(curlwp, &cell_event_sel);
	mutex_exit(&cell_event_lock);
	return revents;
}

static void
cell_filt_detach(struct knote *kn)
{

	mutex_enter(&cell_event_lock);
	selremove_knote(&cell_event_sel, kn);
	mutex_exit(&cell_event_lock);
}

static int
cell_filt_event(struct knote *kn, long hint)
{
	const struct cell_file *cf = kn->kn_hook;
	int ready;

	if (hint != NOTE_SUBMIT)
		mutex_enter(&cell_event_lock);
	ready = cell_rs_has_event(cf->cf_cursor, cell_now());
	kn->kn_data = ready ? CELL_EVENT_MAX : 0;
	if (hint != NOTE_SUBMIT)
		mutex_exit(&cell_event_lock);
	return ready;
}

static const struct filterops cell_filtops = {
#if __NetBSD_Version__ >= 1000000000
	.f_flags = FILTEROP_ISFD | FILTEROP_MPSAFE,
#else
	.f_isfd = 1,
#endif
	.f_attach = NULL,
	.f_detach = cell_filt_detach,
	.f_event = cell_filt_event,
};

static int
cell_kqfilter(struct file *fp, struct knote *kn)
{

	if (kn->kn_filter != EVFILT_READ)
		return EINVAL;
	kn->kn_fop = &cell_filtops;
	kn->kn_hook = fp->f_data;
	mutex_enter(&cell_event_lock);
	selrecord_knote(&cell_event_sel, kn);
	mutex_exit(&cell_event_lock);
	return 0;
}

static int
cell_close(struct file *fp)
{
	struct cell_file *cf = fp->f_data;

	fp->f_data = NULL;
	kmem_free(cf, sizeof(*cf));
	mutex_enter(&cell_lock);
	KASSERT(cell_nopen > 0);
	cell_nopen--;
	mutex_exit(&cell_lock);
	return 0;
}

static const struct fileops cell_fileops = {
	.fo_name = "cell",
	.fo_read = cell_read,
	.fo_write = fbadop_write,
	.fo_ioctl = cell_ioctl,
	.fo_fcntl = fnullop_fcntl,
	.fo_poll = cell_poll,
	.fo_stat = fbadop_stat,
	.fo_close = cell_close,
	.fo_kqfilter = cell_kqfilter,
	.fo_restart = fnullop_restart,
};

static int
cell_open(dev_t dev, int flag, int mode, struct lwp *l)
{
	struct cell_file *cf;
	struct file *fp;
	int error, fd;

	if (cell_of(l->l_cred) != CELL_HOST)
		return EPERM;

	mutex_enter(&cell_lock);
	error = cell_stopping ? ENXIO : 0;
	if (error == 0)
		cell_nopen++;
	mutex_exit(&cell_lock);
	if (error != 0)
		return error;

	if ((error = fd_allocfile(&fp, &fd)) != 0) {
		mutex_enter(&cell_lock);
		cell_nopen--;
		mutex_exit(&cell_lock);
		return error;
	}
	cf = kmem_alloc(sizeof(*cf), KM_SLEEP);
	mutex_enter(&cell_event_lock);
	cf->cf_cursor = cell_rs_event_cursor();
	mutex_exit(&cell_event_lock);
	return fd_clone(fp, fd, flag, &cell_fileops, cf);
}

static const struct cdevsw cell_cdevsw = {
	.d_open = cell_open,
	.d_close = noclose,
	.d_read = noread,
	.d_write = nowrite,
	.d_ioctl = noioctl,
	.d_stop = nostop,
	.d_tty = notty,
	.d_poll = nopoll,
	.d_mmap = nommap,
	.d_kqfilter = nokqfilter,
	.d_discard = nodiscard,
	.d_flag = D_OTHER | D_MPSAFE,
};

/*
 * Credentials come first: from when they are counted on, cells may exist;
 * and last is the device, by which they do.
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
cell_unlisten(void)
{
	size_t i;

	for (i = __arraycount(cell_listeners); i-- > 0;) {
		if (cell_listeners[i] != NULL)
			kauth_unlisten_scope(cell_listeners[i]);
		cell_listeners[i] = NULL;
	}
}

static int
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

static void
cell_sync_init(void)
{

	mutex_init(&cell_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&cell_event_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cell_event_cv, "cellev");
	selinit(&cell_event_sel);
	cell_stopping = false;
}

static void
cell_sync_fini(void)
{

	seldestroy(&cell_event_sel);
	cv_destroy(&cell_event_cv);
	mutex_destroy(&cell_event_lock);
	mutex_destroy(&cell_lock);
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
		goto sync;
	error = kauth_register_key(cell_sm, &cell_key);
	if (error != 0)
		goto secmodel;
	error = lwp_specific_key_create(&cell_lwp_key, NULL);
	if (error != 0)
		goto key;
	cell_exithook_cookie = exithook_establish(cell_exithook, NULL);
	if (cell_exithook_cookie == NULL) {
		error = ENOMEM;
		goto lwpkey;
	}
	error = cell_listen();
	if (error != 0)
		goto exithook;
	error = devsw_attach("cell", NULL, &bmajor, &cell_cdevsw, &cmajor);
	if (error != 0)
		goto listeners;
	return 0;

 listeners:
	cell_unlisten();
 exithook:
	exithook_disestablish(cell_exithook_cookie);
 lwpkey:
	lwp_specific_key_delete(cell_lwp_key);
 key:
	kauth_deregister_key(cell_key);
 secmodel:
	secmodel_deregister(cell_sm);
 sync:
	cell_sync_fini();
	return error;
}

/*
 * With no cell, dying ones included, no credential carries a handle; with no
 * descriptor open nobody makes one, once new opens are refused.
 */
static int
cell_fini(void)
{

	mutex_enter(&cell_lock);
	if (cell_nopen != 0 || cell_rs_cells() != 0) {
		mutex_exit(&cell_lock);
		return EBUSY;
	}
	cell_stopping = true;
	mutex_exit(&cell_lock);

	devsw_detach(NULL, &cell_cdevsw);
	cell_unlisten();
	exithook_disestablish(cell_exithook_cookie);
	lwp_specific_key_delete(cell_lwp_key);
	kauth_deregister_key(cell_key);
	secmodel_deregister(cell_sm);
	cell_sync_fini();
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
