/*
 * What NetBSD answers when secmodel_cell defers: root may (suser), others
 * may what the subsystems' own listeners let everybody do (kauth(9),
 * secmodel_bsd44(9)).  Only as much of it as decides one way or the other.
 */
#include <sys/param.h>
#include <sys/kauth.h>
#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/socket.h>

#include <hosted/hosted.h>

static bool
is_root(kauth_cred_t cred)
{

	return kauth_cred_geteuid(cred) == 0;
}

static int
allow_if(bool yes)
{

	return yes ? KAUTH_RESULT_ALLOW : KAUTH_RESULT_DEFER;
}

static bool
same_user(kauth_cred_t cred, const struct proc *p)
{

	return kauth_cred_geteuid(cred) == kauth_cred_geteuid(p->p_cred);
}

static int
system_cb(kauth_cred_t cred, kauth_action_t action, void *cookie, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	(void)cookie, (void)arg1, (void)arg2, (void)arg3;
	switch (action) {
	case KAUTH_SYSTEM_DEBUG:
		return KAUTH_RESULT_DEFER;
	case KAUTH_SYSTEM_MOUNT:
		return allow_if(is_root(cred) ||
		    (uintptr_t)arg0 == KAUTH_REQ_SYSTEM_MOUNT_GET);
	case KAUTH_SYSTEM_FS_QUOTA:
		return allow_if(is_root(cred) ||
		    (uintptr_t)arg0 == KAUTH_REQ_SYSTEM_FS_QUOTA_GET);
	case KAUTH_SYSTEM_SYSCTL:
		return allow_if(is_root(cred) ||
		    (uintptr_t)arg0 == KAUTH_REQ_SYSTEM_SYSCTL_DESC);
	default:
		return allow_if(is_root(cred));
	}
}

static int
process_cb(kauth_cred_t cred, kauth_action_t action, void *cookie, void *arg0,
    void *arg1, void *arg2, void *arg3)
{
	struct proc *p = arg0;
	struct rlimit *limit;

	(void)cookie;
	if (is_root(cred))
		return KAUTH_RESULT_ALLOW;
	switch (action) {
	case KAUTH_PROCESS_CANSEE:
		switch ((uintptr_t)arg1) {
		case KAUTH_REQ_PROCESS_CANSEE_ENV:
			return allow_if(same_user(cred, p));
		case KAUTH_REQ_PROCESS_CANSEE_KPTR:
			return KAUTH_RESULT_DEFER;
		default:
			return KAUTH_RESULT_ALLOW;
		}
	case KAUTH_PROCESS_FORK:
	case KAUTH_PROCESS_CORENAME:
	case KAUTH_PROCESS_SCHEDULER_GETAFFINITY:
		return KAUTH_RESULT_ALLOW;
	case KAUTH_PROCESS_RLIMIT:
		switch ((uintptr_t)arg1) {
		case KAUTH_REQ_PROCESS_RLIMIT_GET:
			return KAUTH_RESULT_ALLOW;
		case KAUTH_REQ_PROCESS_RLIMIT_SET:
			limit = arg2;
			return allow_if(same_user(cred, p) && limit != NULL &&
			    limit->rlim_max <=
			    p->p_rlimit[(uintptr_t)arg3].rlim_max);
		default:
			return KAUTH_RESULT_DEFER;
		}
	case KAUTH_PROCESS_NICE:
	case KAUTH_PROCESS_SIGNAL:
	case KAUTH_PROCESS_STOPFLAG:
	case KAUTH_PROCESS_SCHEDULER_GETPARAM:
		return allow_if(same_user(cred, p));
	case KAUTH_PROCESS_KEVENT_FILTER:
	case KAUTH_PROCESS_KTRACE:
	case KAUTH_PROCESS_PROCFS:
	case KAUTH_PROCESS_PTRACE:
		return allow_if(same_user(cred, p) &&
		    (p->p_flag & PK_SUGID) == 0);
	default:
		return KAUTH_RESULT_DEFER;
	}
}

static int
network_cb(kauth_cred_t cred, kauth_action_t action, void *cookie, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	(void)cookie, (void)action, (void)arg3;
	if (is_root(cred))
		return KAUTH_RESULT_ALLOW;
	switch ((uintptr_t)arg0) {
	case KAUTH_REQ_NETWORK_BIND_PORT:
	case KAUTH_REQ_NETWORK_SOCKET_CANSEE:
	case KAUTH_REQ_NETWORK_INTERFACE_GET:
		return KAUTH_RESULT_ALLOW;
	case KAUTH_REQ_NETWORK_SOCKET_OPEN:
		return allow_if((uintptr_t)arg2 != SOCK_RAW ||
		    (uintptr_t)arg1 == PF_ROUTE || (uintptr_t)arg1 == PF_OROUTE);
	default:
		return KAUTH_RESULT_DEFER;
	}
}

static int
machdep_cb(kauth_cred_t cred, kauth_action_t action, void *cookie, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	(void)cookie, (void)arg0, (void)arg1, (void)arg2, (void)arg3;
	switch (action) {
	case KAUTH_MACHDEP_IOPERM_GET:
	case KAUTH_MACHDEP_LDT_GET:
	case KAUTH_MACHDEP_LDT_SET:
	case KAUTH_MACHDEP_MTRR_GET:
		return KAUTH_RESULT_ALLOW;
	default:
		return allow_if(is_root(cred));
	}
}

static int
device_cb(kauth_cred_t cred, kauth_action_t action, void *cookie, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	(void)cookie, (void)arg0, (void)arg1, (void)arg2, (void)arg3;
	switch (action) {
	case KAUTH_DEVICE_RAWIO_SPEC:	/* the node's mode decides */
	case KAUTH_DEVICE_RND_ADDDATA:
		return KAUTH_RESULT_ALLOW;
	default:
		return allow_if(is_root(cred));
	}
}

static int
vnode_cb(kauth_cred_t cred, kauth_action_t action, void *cookie, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	(void)cookie, (void)arg0, (void)arg1, (void)arg2, (void)arg3;
	return allow_if(is_root(cred) &&
	    ((action & KAUTH_VNODE_EXECUTE) == 0 ||
	    (action & KAUTH_VNODE_IS_EXEC) != 0));
}

static int
cred_cb(kauth_cred_t cred, kauth_action_t action, void *cookie, void *arg0,
    void *arg1, void *arg2, void *arg3)
{

	(void)cred, (void)action, (void)cookie;
	(void)arg0, (void)arg1, (void)arg2, (void)arg3;
	return KAUTH_RESULT_DEFER;
}

void
hosted_model_init(void)
{

	kauth_listen_scope(KAUTH_SCOPE_SYSTEM, system_cb, NULL);
	kauth_listen_scope(KAUTH_SCOPE_PROCESS, process_cb, NULL);
	kauth_listen_scope(KAUTH_SCOPE_NETWORK, network_cb, NULL);
	kauth_listen_scope(KAUTH_SCOPE_MACHDEP, machdep_cb, NULL);
	kauth_listen_scope(KAUTH_SCOPE_DEVICE, device_cb, NULL);
	kauth_listen_scope(KAUTH_SCOPE_VNODE, vnode_cb, NULL);
	kauth_listen_scope(KAUTH_SCOPE_CRED, cred_cb, NULL);
}
