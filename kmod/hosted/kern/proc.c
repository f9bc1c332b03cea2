/*
 * Processes: made, forked, moved between credentials, signalled, ended.
 */
#include <sys/param.h>
#include <sys/filedesc.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/proc.h>
#include <sys/systm.h>
#include <sys/uidinfo.h>
#include <sys/vnode.h>
#include <uvm/uvm_extern.h>

#include <stdlib.h>
#include <string.h>

#include <hosted/hosted.h>

struct proclist allproc;
static struct proclist zombproc;
kmutex_t proc_lock;
struct lwp *hosted_curlwp;

static struct {
	void	(*func)(struct proc *, void *);
	void	*arg;
} exithook;

static struct {
	bool			taken;
	specificdata_dtor_t	dtor;
} keys[HOSTED_NKEYS];

void *
exithook_establish(void (*func)(struct proc *, void *), void *arg)
{

	if (hosted_register())
		return NULL;
	KASSERT(exithook.func == NULL);
	exithook.func = func;
	exithook.arg = arg;
	return &exithook;
}

void
exithook_disestablish(void *hook)
{

	KASSERT(hook == &exithook);
	KASSERT(exithook.func != NULL);
	exithook.func = NULL;
	hosted_deregister();
}

int
lwp_specific_key_create(specificdata_key_t *key, specificdata_dtor_t dtor)
{
	unsigned i;

	if (hosted_register())
		return ENOMEM;
	for (i = 0; i < HOSTED_NKEYS && keys[i].taken; i++)
		continue;
	KASSERT(i < HOSTED_NKEYS);
	keys[i].taken = true;
	keys[i].dtor = dtor;
	*key = i;
	return 0;
}

static void
specific_destroy(struct lwp *l, specificdata_key_t key)
{
	void *value = l->l_specific[key];

	l->l_specific[key] = NULL;
	if (value != NULL && keys[key].dtor != NULL)
		(*keys[key].dtor)(value);
}

void
lwp_specific_key_delete(specificdata_key_t key)
{
	struct proc *p;

	KASSERT(keys[key].taken);
	LIST_FOREACH(p, &allproc, p_list)
		specific_destroy(&p->p_lwp, key);
	keys[key].taken = false;
	hosted_deregister();
}

void *
lwp_getspecific(specificdata_key_t key)
{

	KASSERT(keys[key].taken);
	return curlwp->l_specific[key];
}

void
lwp_setspecific(specificdata_key_t key, void *value)
{

	KASSERT(keys[key].taken);
	KASSERT(hosted_locks() == 0);
	curlwp->l_specific[key] = value;
}

struct lwp *
hosted_enter_lwp(struct proc *p)
{
	struct lwp *before = curlwp;

	KASSERT(p->p_stat == SACTIVE || p->p_stat == SSTOP);
	hosted_curlwp = &p->p_lwp;
	return before;
}

void
hosted_leave_lwp(struct lwp *before)
{

	hosted_curlwp = before;
}

static struct proc *
proc_alloc(pid_t pid)
{
	struct proc *p = calloc(1, sizeof(*p));
	size_t i;

	KASSERT(p != NULL);
	KASSERT(hosted_proc_find(pid) == NULL);
	mutex_init(&p->p_ownlock, MUTEX_DEFAULT, IPL_NONE);
	p->p_lock = &p->p_ownlock;
	p->p_pid = pid;
	p->p_nlwps = 1;
	p->p_stat = SIDL;
	p->p_lwp.l_proc = p;
	p->p_limit = calloc(1, sizeof(*p->p_limit));
	p->p_vmspace = calloc(1, sizeof(*p->p_vmspace));
	p->p_cwdi = calloc(1, sizeof(*p->p_cwdi));
	KASSERT(p->p_limit != NULL);
	KASSERT(p->p_vmspace != NULL);
	KASSERT(p->p_cwdi != NULL);
	p->p_vmspace->vm_refcnt = 1;
	p->p_cwdi->cwdi_refcnt = 1;
	mutex_init(&p->p_cwdi->cwdi_lock, MUTEX_DEFAULT, IPL_NONE);
	for (i = 0; i < RLIM_NLIMITS; i++) {
		p->p_rlimit[i].rlim_cur = 100;
		p->p_rlimit[i].rlim_max = 1000;
	}
	return p;
}

static void
proc_visible(struct proc *p)
{

	p->p_lwp.l_cred = kauth_cred_hold(p->p_cred);
	mutex_enter(&proc_lock);
	p->p_stat = SACTIVE;
	LIST_INSERT_HEAD(&allproc, p, p_list);
	mutex_exit(&proc_lock);
}

/* A process that no other forked: its credential is the host's. */
struct proc *
hosted_proc_new(pid_t pid, uid_t uid, gid_t gid)
{
	struct proc *p = proc_alloc(pid);

	p->p_cred = kauth_cred_alloc();
	hosted_cred_setid(p->p_cred, uid, gid);
	p->p_fd = hosted_files_new(NULL);
	p->p_cwdi->cwdi_cdir = hosted_vnode_root();
	proc_visible(p);
	return p;
}

struct proc *
hosted_proc_find(pid_t pid)
{
	struct proc *p;

	LIST_FOREACH(p, &allproc, p_list) {
		if (p->p_pid == pid)
			return p;
	}
	LIST_FOREACH(p, &zombproc, p_list) {
		if (p->p_pid == pid)
			return p;
	}
	return NULL;
}

int
hosted_fork_ask(struct proc *parent)
{
	struct lwp *l = hosted_enter_lwp(parent);
	int error;

	error = hosted_authorize(curlwp->l_cred, KAUTH_SCOPE_PROCESS,
	    KAUTH_PROCESS_FORK, parent, KAUTH_ARG(1), NULL, NULL);
	hosted_leave_lwp(l);
	return error != 0 ? EAGAIN : 0;
}

/* fork1() from where it can no longer fail. */
struct proc *
hosted_fork(struct proc *parent, pid_t pid)
{
	struct lwp *l = hosted_enter_lwp(parent);
	struct proc *p = proc_alloc(pid);

	p->p_flag = parent->p_flag & PK_SUGID;
	hosted_cred_fork(parent, p);
	p->p_fd = hosted_files_new(parent->p_fd);
	p->p_cwdi->cwdi_cdir = parent->p_cwdi->cwdi_cdir;
	vref(p->p_cwdi->cwdi_cdir);
	if ((p->p_cwdi->cwdi_rdir = parent->p_cwdi->cwdi_rdir) != NULL)
		vref(p->p_cwdi->cwdi_rdir);
	*p->p_limit = *parent->p_limit;
	p->p_vmspace->vm_map = parent->p_vmspace->vm_map;
	p->p_vmspace->vm_resident = parent->p_vmspace->vm_resident;
	proc_visible(p);
	hosted_leave_lwp(l);
	return p;
}

/* exit1(): what is left is a zombie with its credential. */
void
hosted_exit(struct proc *p, uint64_t cpu_us)
{
	struct lwp *l;
	specificdata_key_t key;

	if (cpu_us > p->p_cpu_us)
		p->p_cpu_us = cpu_us;
	l = hosted_enter_lwp(p);
	p->p_stat = SDYING;
	hosted_files_free(p->p_fd);
	p->p_fd = NULL;
	vrele(p->p_cwdi->cwdi_cdir);
	if (p->p_cwdi->cwdi_rdir != NULL)
		vrele(p->p_cwdi->cwdi_rdir);
	mutex_destroy(&p->p_cwdi->cwdi_lock);
	free(p->p_cwdi);
	p->p_cwdi = NULL;
	if (exithook.func != NULL)
		(*exithook.func)(p, exithook.arg);
	free(p->p_vmspace);
	p->p_vmspace = NULL;
	for (key = 0; key < HOSTED_NKEYS; key++)
		specific_destroy(&p->p_lwp, key);
	kauth_cred_free(p->p_lwp.l_cred);
	p->p_lwp.l_cred = NULL;
	mutex_enter(&proc_lock);
	LIST_REMOVE(p, p_list);
	LIST_INSERT_HEAD(&zombproc, p, p_list);
	p->p_stat = SZOMB;
	mutex_exit(&proc_lock);
	hosted_leave_lwp(l == &p->p_lwp ? NULL : l);
}

void
hosted_reap(struct proc *p)
{

	KASSERT(p->p_stat == SZOMB);
	mutex_enter(&proc_lock);
	LIST_REMOVE(p, p_list);
	mutex_exit(&proc_lock);
	kauth_cred_free(p->p_cred);
	mutex_destroy(&p->p_ownlock);
	free(p->p_limit);
	free(p);
}

void
hosted_end_processes(void)
{
	struct proc *p, *next;

	for (p = LIST_FIRST(&allproc); p != NULL; p = next) {
		next = LIST_NEXT(p, p_list);
		if (p->p_pid != 1)
			hosted_exit(p, 0);
	}
	while ((p = LIST_FIRST(&zombproc)) != NULL)
		hosted_reap(p);
}

void
hosted_shutdown(void)
{
	struct proc *p = LIST_FIRST(&allproc);

	KASSERT(p->p_pid == 1);
	hosted_exit(p, 0);
	hosted_reap(p);
	hosted_cache_files(0);
	hosted_curlwp = NULL;
	mutex_destroy(&proc_lock);
}

void
proc_crmod_enter(void)
{

	mutex_enter(curproc->p_lock);
}

void
proc_crmod_leave(kauth_cred_t new, kauth_cred_t old, bool sugid)
{
	struct lwp *l = curlwp;
	struct proc *p = l->l_proc;
	kauth_cred_t cached = NULL;

	KASSERT(mutex_owned(p->p_lock));
	if (new != NULL) {
		p->p_cred = new;
		cached = l->l_cred;
		l->l_cred = kauth_cred_hold(new);
	}
	if (sugid)
		p->p_flag |= PK_SUGID;
	mutex_exit(p->p_lock);
	if (cached != NULL)
		kauth_cred_free(cached);
	if (old != NULL)
		kauth_cred_free(old);
}

/* setuid(2) and setgid(2) in one, by whoever may. */
void
hosted_setid(struct proc *p, uid_t uid, gid_t gid)
{
	struct lwp *l = hosted_enter_lwp(p);
	kauth_cred_t new = kauth_cred_alloc();

	proc_crmod_enter();
	kauth_cred_clone(p->p_cred, new);
	hosted_cred_setid(new, uid, gid);
	proc_crmod_leave(new, p->p_cred, true);
	hosted_leave_lwp(l);
}

/* How many processes a user has; they are counted when asked for. */
int
chgproccnt(uid_t uid, int difference)
{
	struct proc *p;
	int count = 0;

	KASSERT(difference == 0);
	LIST_FOREACH(p, &allproc, p_list) {
		if (kauth_cred_getuid(p->p_cred) == uid)
			count++;
	}
	return count;
}

/* execve(2) of a program that is not set-id. */
void
hosted_exec(struct proc *p)
{

	p->p_flag &= ~PK_SUGID;
	p->p_lflag &= ~PL_PPWAIT;
	p->p_vmspace->vm_refcnt = 1;
	p->p_nlwps = 1;
}

void
hosted_set_pid(struct proc *p, pid_t pid)
{

	KASSERT(hosted_proc_find(pid) == NULL);
	p->p_pid = pid;
}

void
hosted_set_rlimit(struct proc *p, int which, uint64_t soft, uint64_t hard)
{

	KASSERT(which >= 0 && which < (int)RLIM_NLIMITS);
	p->p_rlimit[which].rlim_cur = soft;
	p->p_rlimit[which].rlim_max = hard;
}

void
hosted_set_trait(struct proc *p, int trait, uint64_t value)
{

	switch ((enum hosted_trait)trait) {
	case HOSTED_THREADS:
		p->p_nlwps = (int)value;
		break;
	case HOSTED_TRACED:
		p->p_slflag = value != 0 ? PSL_TRACED : 0;
		break;
	case HOSTED_VFORK_CHILD:
		p->p_lflag = value != 0 ? PL_PPWAIT : 0;
		break;
	case HOSTED_SHARED_FILES:
		p->p_fd->fd_refcnt = value != 0 ? 2 : 1;
		break;
	case HOSTED_SHARED_CWD:
		p->p_cwdi->cwdi_refcnt = value != 0 ? 2 : 1;
		break;
	case HOSTED_SHARED_MEMORY:
		p->p_vmspace->vm_refcnt = value != 0 ? 2 : 1;
		break;
	case HOSTED_CPU_US:
		p->p_cpu_us = value;
		break;
	case HOSTED_RESIDENT_PAGES:
		p->p_vmspace->vm_resident = (long)value;
		break;
	case HOSTED_VIRTUAL_BYTES:
		p->p_vmspace->vm_map.size = value;
		break;
	}
}

int
hosted_is_sugid(const struct proc *p)
{

	return (p->p_flag & PK_SUGID) != 0;
}

int
hosted_is_zombie(const struct proc *p)
{

	return P_ZOMBIE(p);
}

void
psignal(struct proc *p, int signo)
{

	KASSERT(mutex_owned(&proc_lock));
	KASSERT(!mutex_owned(p->p_lock));
	KASSERT(signo > 0 && signo < NSIG);
	p->p_sigpend.sp_set |= 1ULL << signo;
}

int
sigismember(const uint64_t *set, int signo)
{

	return (*set >> signo & 1) != 0;
}

/* SIGKILL stays pending, as it does until the process is gone. */
uint64_t
hosted_take_signals(struct proc *p)
{
	uint64_t set = p->p_sigpend.sp_set;

	p->p_sigpend.sp_set &= 1ULL << SIGKILL;
	return set;
}

void
calcru(struct proc *p, struct timeval *up, struct timeval *sp,
    struct timeval *ip, struct timeval *rp)
{

	KASSERT(mutex_owned(p->p_lock));
	KASSERT(up == NULL && sp == NULL && ip == NULL);
	rp->tv_sec = (time_t)(p->p_cpu_us / 1000000);
	rp->tv_usec = (suseconds_t)(p->p_cpu_us % 1000000);
}
