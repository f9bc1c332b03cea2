/*
 * Questions put as the system calls of NetBSD put them: the same arguments in
 * the same places, and the errno that the caller would see.
 */
#include <sys/param.h>
#include <sys/domain.h>
#include <sys/kauth.h>
#include <sys/mount.h>
#include <sys/proc.h>
#include <sys/protosw.h>
#include <sys/resourcevar.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/uidinfo.h>
#include <sys/vnode.h>

#include <netinet/in.h>
#include <string.h>

#include <hosted/hosted.h>

/*
 * A question that carries nothing but its action, its request and, in the
 * process scope, a process.  With `cred', that credential asks and not the
 * process': it lives on in an open file, say.
 */
int
hosted_ask(struct proc *p, kauth_cred_t cred, const char *scope,
    uint64_t action, uint64_t request, struct proc *target)
{
	struct lwp *l = hosted_enter_lwp(p);
	int error;

	if (cred == NULL)
		cred = curlwp->l_cred;
	if (target != NULL)
		error = hosted_authorize(cred, scope, action, target,
		    KAUTH_ARG(request), NULL, NULL);
	else
		error = hosted_authorize(cred, scope, action,
		    KAUTH_ARG(request), NULL, NULL, NULL);
	hosted_leave_lwp(l);
	return error;
}

/* execve1(): not more processes than the user may have. */
int
hosted_ask_exec(struct proc *p)
{
	struct lwp *l = hosted_enter_lwp(p);
	const struct rlimit *limit = &p->p_rlimit[RLIMIT_NPROC];
	int error = 0;

	if ((p->p_flag & PK_SUGID) != 0 &&
	    hosted_authorize(curlwp->l_cred, KAUTH_SCOPE_PROCESS,
	    KAUTH_PROCESS_RLIMIT, p, KAUTH_ARG(KAUTH_REQ_PROCESS_RLIMIT_BYPASS),
	    __UNCONST(limit), KAUTH_ARG(RLIMIT_NPROC)) != 0 &&
	    (rlim_t)chgproccnt(kauth_cred_getuid(curlwp->l_cred), 0) >
	    limit->rlim_cur)
		error = EAGAIN;
	hosted_leave_lwp(l);
	return error;
}

/* dosetrlimit() */
int
hosted_ask_rlimit(struct proc *p, struct proc *target, uint64_t request,
    int which, uint64_t soft, uint64_t hard)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };
	int error;

	KASSERT(which >= 0 && which < (int)RLIM_NLIMITS);
	error = hosted_authorize(curlwp->l_cred, KAUTH_SCOPE_PROCESS,
	    KAUTH_PROCESS_RLIMIT, target, KAUTH_ARG(request), &limit,
	    KAUTH_ARG(which));
	if (error == 0 && request == KAUTH_REQ_PROCESS_RLIMIT_SET)
		target->p_rlimit[which] = limit;
	hosted_leave_lwp(l);
	return error;
}

/* socreate() */
int
hosted_ask_socket(struct proc *p, int domain, int type, int protocol)
{
	struct lwp *l = hosted_enter_lwp(p);
	int error;

	error = hosted_authorize(curlwp->l_cred, KAUTH_SCOPE_NETWORK,
	    KAUTH_NETWORK_SOCKET, KAUTH_ARG(KAUTH_REQ_NETWORK_SOCKET_OPEN),
	    KAUTH_ARG(domain), KAUTH_ARG(type), KAUTH_ARG(protocol));
	hosted_leave_lwp(l);
	return error;
}

static int
ask_port(struct socket *so, struct sockaddr *sa, int privileged)
{

	return hosted_authorize(curlwp->l_cred, KAUTH_SCOPE_NETWORK,
	    KAUTH_NETWORK_BIND, KAUTH_ARG(privileged ?
	    KAUTH_REQ_NETWORK_BIND_PRIVPORT : KAUTH_REQ_NETWORK_BIND_PORT),
	    so, sa, NULL);
}

static void
set_address(struct sockaddr_storage *ss, int family, uint16_t port)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = (sa_family_t)family;
	if (family == AF_INET)
		sin->sin_port = port;
	else
		sin6->sin6_port = port;
}

/* inpcb_bind_port() with a port of the caller's. */
int
hosted_ask_bind(struct proc *p, int family, int protocol, uint16_t port)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct domain domain = { .dom_family = family };
	struct protosw proto = {
		.pr_domain = &domain, .pr_protocol = (short)protocol,
	};
	struct socket so = { .so_proto = &proto };
	struct sockaddr_storage ss;
	int error;

	set_address(&ss, family, htons(port));
	error = ask_port(&so, (struct sockaddr *)&ss,
	    port != 0 && port < IPPORT_RESERVED);
	hosted_leave_lwp(l);
	return error != 0 ? EACCES : 0;
}

/*
 * inpcb_set_port() and portalgo_randport(): asked once about port 0, then,
 * from deeper in the stack, about the port that was found, in host byte order
 * and in an address whose family is whatever was there: `garbage'.
 */
int
hosted_ask_autobind(struct proc *p, int family, int protocol, uint16_t port,
    int garbage)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct domain domain = { .dom_family = family };
	struct protosw proto = {
		.pr_domain = &domain, .pr_protocol = (short)protocol,
	};
	struct socket so = { .so_proto = &proto };
	struct sockaddr_storage stack[2];	/* [0] is the deeper */
	int error;

	set_address(&stack[1], family, 0);
	error = ask_port(&so, (struct sockaddr *)&stack[1], 0);
	if (error == 0) {
		set_address(&stack[0], family, port);
		stack[0].ss_family = (sa_family_t)garbage;
		error = ask_port(&so, (struct sockaddr *)&stack[0], 0);
	}
	hosted_leave_lwp(l);
	return error != 0 ? EACCES : 0;
}

/* spec_open() */
int
hosted_ask_device(struct proc *p, int block, uint32_t major, uint32_t minor,
    int request)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct vnode *vp = hosted_vnode_make(block ? VBLK : VCHR, 0);
	int error;

	vp->v_rdev = makedev(major, minor);
	error = hosted_authorize(curlwp->l_cred, KAUTH_SCOPE_DEVICE,
	    KAUTH_DEVICE_RAWIO_SPEC, KAUTH_ARG(request), vp, NULL, NULL);
	vrele(vp);
	hosted_leave_lwp(l);
	return error;
}

/* VOP_ACCESS() of a file or directory; `mode' is what its mode bits say. */
int
hosted_ask_vnode(struct proc *p, uint64_t action, int directory, int readonly,
    int mode)
{
	struct lwp *l = hosted_enter_lwp(p);
	struct vnode *vp = hosted_vnode_make(directory ? VDIR : VREG,
	    readonly ? MNT_RDONLY : 0);
	int error;

	error = hosted_authorize_vnode(curlwp->l_cred, action, vp, mode);
	vrele(vp);
	hosted_leave_lwp(l);
	return error;
}
